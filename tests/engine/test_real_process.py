"""The real vLLM with the real small model, from its start to its end."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from nbcoder.engine import process
from nbcoder.engine.doctor import examine
from nbcoder.paths import data_dir, runtime_dir
from nbcoder.progress import Silent
from nbcoder.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]

_INSTALLED = data_dir()
_SETTINGS = Settings(model="qwen2.5-coder-0.5b-instruct")


@pytest.fixture(autouse=True)
def own_engine(isolated_home: Path) -> Iterator[None]:
    """An engine of the test's own, with the environment and the weights that `make engine` set up."""
    (isolated_home / "data").symlink_to(_INSTALLED)
    yield
    process.stop()
    psutil.wait_procs(_processes(), timeout=10)  # the supervisor is the last to go
    assert _processes() == []


def _processes() -> list[psutil.Process]:
    """The processes of this test's engine: they work in its private folder."""
    folder, found = str(runtime_dir().resolve()), []
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            if one.cwd() == folder and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
    return found


def _wait_for_phase(phase: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while process.status().phase != phase:
        assert time.monotonic() < deadline, f"not {phase} after {seconds} s: {process.status()}"
        time.sleep(0.05)


def test_the_engine_starts_is_healthy_and_comes_back_after_it_was_killed() -> None:
    process.ensure_running(_SETTINGS, Silent())
    state = process.status()
    assert (state.phase, state.model) == ("ready", _SETTINGS.model)
    assert state.version.startswith("0.")
    assert [check for check in examine(_SETTINGS) if not check.ok] == []

    assert state.pid is not None
    os.kill(state.pid, signal.SIGKILL)
    _wait_for_phase("failed", seconds=2)

    process.ensure_running(_SETTINGS, Silent())
    assert process.status().pid != state.pid


def test_an_idle_engine_stops_and_leaves_nothing() -> None:
    process.ensure_running(_SETTINGS.replace(idle_minutes=0.05), Silent())
    _wait_for_phase("stopped", seconds=30)
    assert process.status().cause == "nobody used it for 0.05 minutes"
