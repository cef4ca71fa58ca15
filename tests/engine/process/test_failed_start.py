"""An engine that cannot start: the cause in one line, and where the log is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbcoder.engine import process
from nbcoder.engine.hardware import Hardware
from nbcoder.errors import BrokenModel, EngineStartFailed
from nbcoder.progress import Silent
from tests.engine.process.stage import wait_for

if TYPE_CHECKING:
    from tests.engine.process.stage import Stage

_LOGS = Path(__file__).parents[1] / "logs"


def test_the_cause_that_vllm_gives_is_told_with_the_place_of_the_log(stage: Stage) -> None:
    stage.script(log=(_LOGS / "kvtoobig.txt").read_text(), exit=1)
    with pytest.raises(EngineStartFailed) as caught:
        process.ensure_running(stage.settings(), Silent())
    log = process.status().log
    assert str(caught.value) == (
        "the engine did not start: not enough memory: 60 GiB are needed, 19.38 GiB are free, 40.62 GiB are "
        f"missing. Close other programs, or choose a smaller model. Log: {log}"
    )
    assert log.is_file()


def test_a_failed_engine_leaves_no_processes_and_can_be_started_again(stage: Stage) -> None:
    stage.script(exit=1, children=2)
    with pytest.raises(EngineStartFailed):
        process.ensure_running(stage.settings(), Silent())
    wait_for(lambda: not stage.processes())
    stage.script()
    process.ensure_running(stage.settings(), Silent())
    assert process.status().phase == "ready"


def test_an_engine_that_answers_but_generates_nothing_is_not_ready(stage: Stage) -> None:
    stage.script(refuse=500)
    with pytest.raises(EngineStartFailed, match=r"generates nothing .status 500: .*scripted refusal"):
        process.ensure_running(stage.settings(), Silent())


def test_an_engine_that_takes_too_long_is_given_up(stage: Stage) -> None:
    stage.script(ready_after=60)
    with pytest.raises(EngineStartFailed, match=r"not ready after 0.5 s .*start_timeout"):
        process.ensure_running(stage.settings(start_timeout=0.5), Silent())
    wait_for(lambda: not stage.processes())


def test_a_broken_model_is_found_before_anything_is_started(stage: Stage) -> None:
    weights = stage.model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    with pytest.raises(BrokenModel, match="cut off"):
        process.ensure_running(stage.settings(), Silent())
    assert process.status().phase == "stopped"


def test_too_little_memory_is_found_before_anything_is_started(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    little = Hardware((), 4 << 30, 1 << 30, 2, frozenset())
    monkeypatch.setattr("nbcoder.engine.prepare.look", lambda: little)
    with pytest.raises(
        EngineStartFailed, match=r"not enough memory: .* 1\.1 GB are free, 1\.6 GB are missing"
    ):
        process.ensure_running(stage.settings(), Silent())
    assert process.status().phase == "stopped"


def test_a_python_that_is_gone_is_named(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbcoder.engine.prepare.command", lambda _: ["/nowhere/python"])
    with pytest.raises(EngineStartFailed, match="/nowhere/python cannot be run"):
        process.ensure_running(stage.settings(), Silent())
