from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbcoder.engine.hardware import Gpu, Hardware
from nbcoder.engine.state import EngineState
from nbcoder.models import overview as module
from nbcoder.models.overview import Row, overview
from nbcoder.models.store import Stored
from nbcoder.settings import Settings
from tests.models.folders import model_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

_SMALL, _OTHER = "qwen2.5-coder-1.5b-instruct", "smollm2-1.7b-instruct"


def _machine(free: float, *gpus: Gpu) -> Hardware:
    return Hardware(gpus, 24 * 10**9, round(free * 1e9), 2, frozenset())


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one model of the catalogue, which runs, and one that only its files tell."""
    mine = model_folder(tmp_path / "mine", "llama", pieces=["▁<PRE>", "▁<SUF>"])
    here = (Stored(_SMALL, tmp_path, 3 * 10**9, "hub"), Stored("mine", mine, 10**9, "file"))
    monkeypatch.setattr(module, "stored", lambda: here)
    monkeypatch.setattr(module, "status", lambda: EngineState("ready", Path("log"), _SMALL))
    return tmp_path


def _named(rows: Iterable[Row], name: str) -> Row:
    return next(row for row in rows if row.name == name)


@pytest.mark.usefixtures("store")
def test_what_runs_is_marked_and_its_memory_counts_as_free() -> None:
    seen = overview(Settings(model=_SMALL), _machine(1))
    assert _named(seen.rows, _SMALL).marks == ("runs", "chosen", "default", "here")
    assert _named(seen.rows, _SMALL).missing_bytes == 0
    assert _named(seen.rows, _OTHER).marks == ()
    assert seen.free == "8.0 GB of memory"


@pytest.mark.usefixtures("store")
def test_a_model_that_only_its_files_tell_is_shown_with_its_family() -> None:
    assert _named(overview(Settings(), _machine(8)).rows, "mine").family == "Code Llama"


@pytest.mark.usefixtures("store")
def test_on_gpus_their_own_memory_is_free() -> None:
    gpu = Gpu("H200", 141 * 10**9, 130 * 10**9)
    seen = overview(Settings(), _machine(1, gpu))
    assert seen.free == "130.0 GB on H200"
    assert _named(seen.rows, "qwen2.5-coder-32b-instruct").missing_bytes == 0


def test_each_warning_of_a_licence_has_one_number() -> None:
    seen = overview(Settings(), _machine(8))
    note = _named(seen.rows, "codestral-22b").note
    assert "production is forbidden" in seen.notes[note - 1]
    assert _named(seen.rows, _SMALL).note == 0
