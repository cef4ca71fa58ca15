"""A client of the scripted engine, and the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from nbcoder.engine.client import HttpEngine
from nbcoder.settings import Settings
from tests.engine.real import SMALL, real_home, started
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


@pytest.fixture(scope="session")
def engine_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with the installed engine and weights, and a run folder of its own beside the user's."""
    with real_home(tmp_path_factory.mktemp("home")) as home:
        yield home


@pytest.fixture
def model(request: pytest.FixtureRequest) -> str:
    """The model that the engine has: the small one, or what a test asks for as its parameter."""
    return str(getattr(request, "param", SMALL))


@pytest.fixture
def real_engine(engine_home: Path, model: str) -> Address:
    """The real vLLM with ``model``, as `make engine` sets it up, ended after the last test.

    One serves all tests; it is only started again where another test stopped it, or asks for another model.
    """
    return started(engine_home, model)


@pytest.fixture
def http(real_engine: Address) -> Iterator[httpx.Client]:
    """A bare client of the real engine."""
    transport = httpx.HTTPTransport(uds=str(real_engine.socket))
    with httpx.Client(transport=transport, base_url=real_engine.url) as bare:
        yield bare


@pytest.fixture
def live_kernel(tmp_path: Path, engine_home: Path, model: str) -> Iterator[LiveKernel]:
    """A real kernel whose engine is the real one, started on need."""
    env = {"NBCODER_HOME": str(engine_home), "NBCODER_MODEL": model, "IPYTHONDIR": str(tmp_path)}
    with LiveKernel(tmp_path, env, timeout=300) as kernel:
        assert kernel.run("%load_ext nbcoder").ok
        yield kernel
