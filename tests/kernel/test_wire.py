from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder import wire
from nbcoder.notebook.cells import source_hash
from tests.kernel.page import act, cell
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_ASK = "%%generate\ndefine the answer"
_BROKEN = "1 / 0"


def test_a_frontend_of_ours_gets_an_offer_and_no_next_cell(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42")
    comm = kernel.open_comm("b", [cell("a", "seven = 7"), cell("b", _ASK)])
    executed = kernel.run(_ASK, "b")
    offer = kernel.take(comm, "offer")
    assert executed.next_cell is None
    assert offer["cells"] == [{"type": "code", "source": "answer = 42"}]
    assert offer["state"] == "ready"
    assert offer["stats"]["completionTokens"] > 0


def test_how_tokens_were_drawn_is_told_and_remembered(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    ask = "%%generate --temperature 0.5 --top-p 0.9 --top-k 7 --seed 3\nx"
    scripted_engine.script("answer = 42")
    comm = kernel.open_comm("b", [cell("b", ask)])
    kernel.run(ask, "b")
    offer = kernel.take(comm, "offer")
    kernel.tell(comm, act(offer["suggestion"]))
    insert = kernel.take(comm, "insert")
    for told in (offer["stats"], insert["provenance"]):
        assert (told["temperature"], told["topP"], told["topK"], told["seed"]) == (0.5, 0.9, 7, 3)


def test_the_unsaved_notebook_reaches_the_model(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("answer = 42")
    kernel.open_comm("b", [cell("a", "never_executed = 7"), cell("b", _ASK)])
    kernel.run(_ASK, "b")
    assert "never_executed = 7" in scripted_engine.bodies[-1]["messages"][1]["content"]


def test_the_output_holds_the_answer_as_it_comes_and_then_the_offer(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(Reply("answer = 42\n" * 8, delay=0.02))
    kernel.open_comm("b", [cell("b", _ASK)])
    answers = [data[wire.ANSWER_MIME] for data in kernel.run(_ASK, "b").displayed]
    assert {answer["state"] for answer in answers[:-1]} <= {"streaming", "checking"}
    assert any("answer" in answer["text"] for answer in answers[:-1])
    assert answers[-1]["state"] == answers[-1]["offer"]["state"] == "ready"


def test_a_frontend_is_told_how_far_a_fix_is(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run(_BROKEN, "a")
    scripted_engine.script(Reply("x = 1\n" * 20, delay=0.02))
    comm = kernel.open_comm("a", [cell("a", _BROKEN)])
    kernel.tell(comm, wire.Fix(v=1, type="fix", cellId="a"))
    drafts = kernel.heard(comm, "draft")
    assert any("tokens of context" in draft["facts"] for draft in drafts)
    assert any("x = 1" in draft["text"] for draft in drafts)
    assert kernel.take(comm, "offer")["original"] == _BROKEN


def test_the_offer_tells_what_the_dry_run_gave_and_would_change(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("numbers = [1, 2]")
    scripted_engine.script("numbers.append(3)\ntotal = sum(numbers)\ntotal")
    ask = "%%generate\nappend 3 to numbers, and show the total"
    comm = kernel.open_comm("b", [cell("b", ask)])
    kernel.run(ask, "b")
    report = kernel.take(comm, "offer")["report"]
    assert report["status"] == "ok", report["why"]
    assert report["outputs"][-1]["data"]["text/plain"] == "6"
    assert report["effects"]["added"] == ["total"]
    assert report["effects"]["mutated"] == ["numbers"]
    assert kernel.run("numbers").result == "[1, 2]"


def test_the_offer_tells_how_sure_the_model_was_of_each_token(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    code = "größe = '🐍'\nanswer = 42"
    scripted_engine.script(Reply(f"```python\n{code}\n```", logprobs=-0.7))
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    answer = kernel.run(_ASK, "b").displayed[-1][wire.ANSWER_MIME]
    offer = kernel.take(comm, "offer")
    units = code.encode("utf-16-le")
    pieces = [units[2 * t["at"] : 2 * (t["at"] + t["length"])].decode("utf-16-le") for t in offer["tokens"]]
    assert "".join(pieces) == code.replace("\n", "")
    assert {token["p"] for token in offer["tokens"]} == {0.497}
    assert offer["tokens"][0]["top"][1] == ["?", 0.183]
    assert "tokens" not in answer["offer"]


def test_a_page_that_was_loaded_anew_is_told_what_is_on_offer(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42", "answer = 43")
    for cell_id in ("b", "elsewhere"):
        kernel.open_comm(cell_id, [cell(cell_id, _ASK)])
        kernel.run(_ASK, cell_id)
    comm = kernel.open_comm("a", [cell("a", "1"), cell("b", _ASK)])
    kernel.tell(comm, wire.Resume(v=1, type="resume"))
    offers = kernel.heard(comm, "offer")
    assert [offer["cells"][0]["source"] for offer in offers] == ["answer = 42"]
    kernel.tell(comm, act(offers[0]["suggestion"]))
    assert kernel.take(comm, "insert")["after"] == "b"


def test_a_request_is_made_again_with_an_added_wish_in_the_same_output(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42", "answer = 'forty-two'")
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    first = kernel.take(comm, "offer")["suggestion"]
    accepted = act(first, "regenerate")
    accepted["text"] = "in words"
    kernel.tell(comm, accepted)
    again = kernel.take(comm, "offer")
    assert again["replaces"] == first
    assert again["cells"][0]["source"] == "answer = 'forty-two'"
    assert "in words" in scripted_engine.bodies[-1]["messages"][1]["content"]
    kernel.tell(comm, act(first))
    assert "not on offer any more" in kernel.take(comm, "say")["text"]


_REFUSED = "max(numbers)"
_ALIKE = "sorted(numbers)[-1]"


@pytest.fixture
def refused(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> tuple[LiveKernel, str, str]:
    """A kernel with an offer of 3 for a question, with its comm and its name."""
    ask = "%%generate\nWhat comes out?"
    kernel.run("numbers = [1, 3, 2]")
    scripted_engine.script(_REFUSED)
    comm = kernel.open_comm("b", [cell("b", ask)])
    kernel.run(ask, "b")
    return kernel, comm, kernel.take(comm, "offer")["suggestion"]


@pytest.mark.parametrize("same", [_REFUSED, _ALIKE])
def test_what_is_not_wanted_does_not_come_again_where_there_is_another(
    refused: tuple[LiveKernel, str, str], scripted_engine: ScriptedEngine, same: str
) -> None:
    kernel, comm, suggestion = refused
    scripted_engine.script(same, Reply((same, same, "sum(numbers)")))
    kernel.tell(comm, act(suggestion, "regenerate"))
    again = kernel.take(comm, "offer")
    assert again["cells"][0]["source"] == "sum(numbers)"
    scripted_engine.script("sum(numbers)", Reply((same, "min(numbers)", same)))
    kernel.tell(comm, act(again["suggestion"], "regenerate"))
    third = kernel.take(comm, "offer")
    assert third["cells"][0]["source"] == "min(numbers)"
    first_seed, second_seed = (scripted_engine.bodies[at]["seed"] for at in (1, 3))
    assert first_seed != second_seed


def test_where_the_model_comes_to_nothing_else_that_is_said(
    refused: tuple[LiveKernel, str, str], scripted_engine: ScriptedEngine
) -> None:
    kernel, comm, suggestion = refused
    scripted_engine.script(_ALIKE, Reply((_REFUSED,) * 3))
    kernel.tell(comm, act(suggestion, "regenerate"))
    again = kernel.take(comm, "offer")
    assert again["cells"][0]["source"] in (_REFUSED, _ALIKE)
    assert "It comes to the same as what was offered before." in again["notes"]


def test_with_a_wish_added_the_same_may_come_again(
    refused: tuple[LiveKernel, str, str], scripted_engine: ScriptedEngine
) -> None:
    kernel, comm, suggestion = refused
    scripted_engine.script(_ALIKE)
    kernel.tell(comm, act(suggestion, "regenerate") | {"text": "without max"})
    assert kernel.take(comm, "offer")["cells"][0]["source"] == _ALIKE


def test_an_answer_that_cannot_be_had_again_leaves_the_offer(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42", Reply("", status=500))
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    suggestion = kernel.take(comm, "offer")["suggestion"]
    kernel.tell(comm, act(suggestion, "regenerate"))
    assert kernel.take(comm, "say")["level"] == "error"
    kernel.tell(comm, act(suggestion))
    assert kernel.take(comm, "insert")["cells"][0]["source"] == "answer = 42"


def test_a_fix_replaces_exactly_the_text_that_failed(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_BROKEN, "a")
    scripted_engine.script("```python\n1 / 1\n```")
    comm = kernel.open_comm("a", [cell("a", _BROKEN)])
    kernel.tell(comm, wire.Fix(v=1, type="fix", cellId="a"))
    offer = kernel.take(comm, "offer")
    assert offer["target"] == "a"
    assert offer["diff"].splitlines()[-2:] == ["-1 / 0", "+1 / 1"]
    kernel.tell(comm, act(offer["suggestion"]))
    replace = kernel.take(comm, "replace")
    assert replace["sourceHash"] == source_hash(_BROKEN)
    assert replace["source"] == "1 / 1"
    assert replace["provenance"]["mendedError"] == "ZeroDivisionError"


def test_the_model_sees_the_failing_cell_and_its_error(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("def half(x):\n    return x / 0\nhalf(3)", "a")
    scripted_engine.script("1")
    kernel.run("%fix")
    asked = scripted_engine.bodies[-1]["messages"][1]["content"]
    assert "half(3)" in asked
    assert "ZeroDivisionError: division by zero" in asked
    assert "line 2: return x / 0" in asked


def test_fix_without_a_failure_says_so(kernel: LiveKernel) -> None:
    assert kernel.run("%fix").error.startswith("NothingToFix")
    comm = kernel.open_comm("a", [cell("a", "1")])
    kernel.tell(comm, wire.Fix(v=1, type="fix", cellId="a"))
    assert kernel.take(comm, "say")["level"] == "error"


def test_a_cell_that_ran_again_is_not_failing_any_more(kernel: LiveKernel) -> None:
    kernel.run(_BROKEN, "a")
    kernel.run("1", "a")
    assert kernel.run("%fix").error.startswith("NothingToFix")


def test_fix_offers_the_mended_cell_below(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run(_BROKEN)
    scripted_engine.script("1 / 1")
    assert kernel.run("%fix use one").next_cell == "1 / 1"
    assert "use one" in scripted_engine.bodies[-1]["messages"][1]["content"]


def test_a_snapshot_of_another_text_is_not_trusted(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42")
    kernel.open_comm("b", [cell("b", "%%generate\nan older wish")])
    assert kernel.run(_ASK, "b").next_cell == "answer = 42"


@pytest.mark.parametrize(
    "data", [{}, {"v": 1, "type": "snapshot"}, {"v": 99, "type": "snapshot", "cells": []}]
)
def test_a_malformed_snapshot_is_left_alone(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, data: dict[str, object]
) -> None:
    kernel._send("comm_open", {"comm_id": "x", "target_name": wire.TARGET, "data": data})
    scripted_engine.script("answer = 42")
    assert kernel.run(_ASK, "b").next_cell == "answer = 42"


def test_many_snapshots_may_wait_before_the_first_runs(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    asks = [f"%%generate\nwish {number}" for number in range(40)]
    comms = [kernel.open_comm(str(number), [cell(str(number), ask)]) for number, ask in enumerate(asks)]
    scripted_engine.respond_with(lambda _: Reply("x = 1"))
    for number, ask in enumerate(asks):
        kernel.run(ask, str(number))
    assert all(kernel.take(comm, "offer")["request"] == f"wish {n}" for n, comm in enumerate(comms))
