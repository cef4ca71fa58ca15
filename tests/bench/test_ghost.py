"""Ghost text is timed through a real Jupyter server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder.bench.ghost import measure_ghost
from nbcoder.errors import EngineFailed
from nbcoder.progress import Silent
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.scripted_engine import Body, ScriptedEngine

_CELLS = ("import pandas as pd", "totals = values.sum() + others.sum()")


def test_every_pause_is_a_wish_and_what_says_nothing_is_counted_apart(
    scripted_engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCODER_ENGINE_URL", scripted_engine.url)
    scripted_engine.script("x", "", "x", "x")
    times = measure_ghost(Silent(), _CELLS)
    assert len(scripted_engine.requests) == 1 + len(times.seconds) + times.silent
    assert times.silent == 1
    assert times.first is not None
    assert all(0 < seconds < 10 for seconds in times.seconds)


def test_a_server_that_refuses_is_no_figure(
    scripted_engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Body) -> Reply:
        return Reply("no such thing", status=400)

    monkeypatch.setenv("NBCODER_ENGINE_URL", scripted_engine.url)
    scripted_engine.respond_with(refuse)
    with pytest.raises(EngineFailed, match="no such thing"):
        measure_ghost(Silent(), _CELLS)
