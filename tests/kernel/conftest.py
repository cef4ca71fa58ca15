from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live_kernel import LiveKernel
from tests.scripted_engine import ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def shared_engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine(context_length=100_000) as engine:
        yield engine


@pytest.fixture(scope="module")
def shared_kernel(
    tmp_path_factory: pytest.TempPathFactory, shared_engine: ScriptedEngine
) -> Iterator[LiveKernel]:
    folder: Path = tmp_path_factory.mktemp("kernel")
    env = {"NBCODER_ENGINE_URL": shared_engine.url, "NBCODER_HOME": str(folder), "IPYTHONDIR": str(folder)}
    with LiveKernel(folder, env) as kernel:
        yield kernel


@pytest.fixture
def scripted_engine(shared_engine: ScriptedEngine) -> ScriptedEngine:
    """The engine that the kernel of these tests knows, with nothing scripted yet."""
    shared_engine.reset()
    return shared_engine


@pytest.fixture
def bare_kernel(shared_kernel: LiveKernel) -> Iterator[LiveKernel]:
    """A real kernel that knows the scripted engine, without names and without our extension."""
    shared_kernel.received.clear()
    yield shared_kernel
    shared_kernel.run("%unload_ext nbcoder")
    shared_kernel.run("%reset -sf")


@pytest.fixture
def kernel(bare_kernel: LiveKernel) -> LiveKernel:
    """The same with ``%load_ext nbcoder``."""
    assert bare_kernel.run("%load_ext nbcoder").ok
    return bare_kernel
