"""A client of the scripted engine, and the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder.engine.client import HttpEngine
from nbcoder.progress import Silent
from nbcoder.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.engine.address import Address
    from tests.scripted_engine import ScriptedEngine


@pytest.fixture
def client(scripted_engine: ScriptedEngine) -> Iterator[HttpEngine]:
    """A client of the scripted engine."""
    with HttpEngine(scripted_engine.address, Settings()) as engine:
        yield engine


@pytest.fixture(scope="session")
def real_engine() -> Address:
    """The real vLLM with the small model, as `make engine` sets it up; started if it does not run.

    It stays for the next run of the tests and stops by itself when nobody uses it.
    """
    from nbcoder.engine.process import ensure_running  # noqa: PLC0415 - only the tests of the real engine use it

    return ensure_running(Settings(model="qwen2.5-coder-0.5b-instruct"), Silent())
