"""A Jupyter server with our extension, in the test's own event loop, before a scripted engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403 - fixtures, and the hooks that run coroutines

from nbcoder.engine.run_folder import RunFolder
from nbcoder.engine.state import EngineState
from tests.engine.process.conftest import fake_environment, stage
from tests.scripted_engine import ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path


__all__ = ["Fetch", "eventually", "fake_environment", "stage"]

Fetch = Any
"""pytest-jupyter's ``jp_fetch``: parts of the path, then what tornado's client takes."""


@pytest.fixture(name="jp_server_config")
def server_config() -> dict[str, Any]:
    """Our extension enabled; a handler that forgets to ask who is there does not get away with it."""
    return {
        "ServerApp": {"jpserver_extensions": {"nbcoder.server": True}, "allow_unauthenticated_access": False}
    }


@pytest.fixture
def elsewhere(scripted_engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch) -> ScriptedEngine:
    """A scripted engine that the settings name."""
    monkeypatch.setenv("NBCODER_ENGINE_URL", scripted_engine.url)
    return scripted_engine


@pytest.fixture
def ours(isolated_home: Path) -> Iterator[ScriptedEngine]:
    """A scripted engine in the place of our own vLLM: on its socket, with its key and its state."""
    assert isolated_home.exists()
    folder = RunFolder()
    folder.make()
    socket = folder.new_socket()
    with ScriptedEngine(uds=socket, key=folder.make_key()) as engine, folder.supervise():
        folder.write(EngineState("ready", folder.log, "scripted", version="0.32.0", socket=socket))
        yield engine


async def eventually(happened: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Ask again and again until ``happened``; `TimeoutError` when it does not come to that."""
    async with asyncio.timeout(seconds):
        while not await happened():
            await asyncio.sleep(0.02)
