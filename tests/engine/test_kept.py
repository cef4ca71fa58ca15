"""One connection for many requests, and a new one where the engine is another or has gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import nbcoder.engine.kept
from nbcoder.engine import connect
from nbcoder.engine.kept import KeptEngine
from nbcoder.errors import EngineFailed, EngineUnreachable
from nbcoder.progress import Silent
from nbcoder.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.models.speaker import Speaker
    from nbcoder.progress import Progress
    from tests.scripted_engine import ScriptedEngine


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Speaker]:
    """Every connection that is made."""
    made: list[Speaker] = []

    def count(settings: Settings, progress: Progress) -> Speaker:
        made.append(connect(settings, progress))
        return made[-1]

    monkeypatch.setattr(nbcoder.engine.kept, "connect", count)
    return made


@pytest.fixture
def kept() -> Iterator[KeptEngine]:
    with KeptEngine() as engine:
        yield engine


def _settings(engine: ScriptedEngine, stall_timeout: float = 60.0) -> Settings:
    return Settings(engine_url=engine.url, stall_timeout=stall_timeout)


def test_many_requests_need_one_connection(
    kept: KeptEngine, scripted_engine: ScriptedEngine, connections: list[Speaker]
) -> None:
    models = [kept.ask(_settings(scripted_engine), Silent(), lambda e: e.info().model) for _ in range(3)]
    assert len(set(models)) == len(connections) == 1


def test_other_settings_need_another(
    kept: KeptEngine, scripted_engine: ScriptedEngine, connections: list[Speaker]
) -> None:
    for seconds in (60.0, 30.0):
        kept.ask(_settings(scripted_engine, seconds), Silent(), lambda e: e.info())
    assert len(connections) == 2


def test_an_engine_that_went_between_two_requests_is_found_anew(
    kept: KeptEngine, scripted_engine: ScriptedEngine, connections: list[Speaker]
) -> None:
    def work(engine: Speaker) -> str:
        if engine is connections[0] and len(asked) > 1:
            raise EngineUnreachable("gone")
        return engine.info().model

    asked = [1]
    first = kept.ask(_settings(scripted_engine), Silent(), work)
    asked.append(2)
    assert kept.ask(_settings(scripted_engine), Silent(), work) == first
    assert len(connections) == 2


@pytest.mark.parametrize("error", [EngineUnreachable("gone"), EngineFailed("broken")])
def test_a_failure_of_a_fresh_connection_is_told_and_the_next_request_connects_anew(
    kept: KeptEngine,
    scripted_engine: ScriptedEngine,
    connections: list[Speaker],
    error: EngineUnreachable | EngineFailed,
) -> None:
    def fail(_: Speaker) -> None:
        raise error

    with pytest.raises(type(error)):
        kept.ask(_settings(scripted_engine), Silent(), fail)
    kept.ask(_settings(scripted_engine), Silent(), lambda engine: engine.info())
    assert len(connections) == 2
