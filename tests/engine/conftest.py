"""A client of the scripted engine, and the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder.engine.client import HttpEngine
from nbcoder.paths import data_dir
from nbcoder.progress import Silent
from nbcoder.settings import Settings
from tests.live_kernel import LiveKernel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbcoder.engine.address import Address
    from tests.scripted_engine import ScriptedEngine


@pytest.fixture
def client(scripted_engine: ScriptedEngine) -> Iterator[HttpEngine]:
    """A client of the scripted engine."""
    with HttpEngine(scripted_engine.address, Settings()) as engine:
        yield engine


_SMALL = "qwen2.5-coder-0.5b-instruct"


@pytest.fixture(scope="session")
def engine_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with the installed engine and weights, and a run folder of its own beside the user's."""
    from nbcoder.engine.process import stop  # noqa: PLC0415 - only for the real engine

    home = tmp_path_factory.mktemp("home")
    (home / "data").symlink_to(data_dir())
    yield home
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBCODER_HOME", str(home))
        stop()


@pytest.fixture
def real_engine(engine_home: Path) -> Address:
    """The real vLLM with the small model, as `make engine` sets it up, ended after the last test.

    One serves all tests; it is only started again where another test stopped it.
    """
    from nbcoder.engine.process import ensure_running  # noqa: PLC0415 - only for the real engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBCODER_HOME", str(engine_home))
        return ensure_running(Settings(model=_SMALL), Silent())


@pytest.fixture
def live_kernel(tmp_path: Path, engine_home: Path) -> Iterator[LiveKernel]:
    """A real kernel whose engine is the real one, started on need."""
    env = {"NBCODER_HOME": str(engine_home), "NBCODER_MODEL": _SMALL, "IPYTHONDIR": str(tmp_path)}
    with LiveKernel(tmp_path, env, timeout=300) as kernel:
        assert kernel.run("%load_ext nbcoder").ok
        yield kernel
