"""What every suite needs: tests that know nothing of this user's settings, and an engine without a model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.scripted_engine import ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# How long one example takes says more about the machine than about us. The same examples each time: a test
# that fails once in a while tells nobody what has changed. `--hypothesis-profile=search` looks for others.
settings.register_profile("nbcoder", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile("nbcoder")


@pytest.fixture(autouse=True)
def isolated_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of nbcoder's that is this test's own; no other ``NBCODER_*`` variable is set."""
    for name in [name for name in os.environ if name.startswith("NBCODER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NBCODER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def scripted_engine() -> Iterator[ScriptedEngine]:
    """A fresh scripted engine on TCP."""
    with ScriptedEngine() as engine:
        yield engine
