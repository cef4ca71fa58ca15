"""A cell that works is explained, documented, tested and refactored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nbcoder import wire
from nbcoder.notebook.cells import source_hash
from tests.kernel.page import act, cell, done
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_DOUBLE = "def double(x):\n    return 2 * x"
_TOTAL = "values = [1, 2, 3]\ntotal = 0\nfor value in values:\n    total += value\ntotal"


def _ask(kernel: LiveKernel, kind: Any, source: str) -> tuple[str, dict[str, Any]]:
    """The offer for the cell ``a`` of that source, and the comm on which it came."""
    comm = kernel.open_comm("a", [cell("a", source)])
    kernel.tell(comm, wire.Ask(v=1, type="ask", kind=kind, cellId="a"))
    return comm, kernel.take(comm, "offer")


def _asked(engine: ScriptedEngine, number: int = -1) -> str:
    """The last turn of the user's in a request that the engine got."""
    turns = [turn for turn in engine.bodies[number]["messages"] if turn["role"] == "user"]
    return str(turns[-1]["content"])


def test_a_documented_cell_replaces_exactly_the_text_that_was_there(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_DOUBLE, "a")
    documented = 'def double(x):\n    """Twice x."""\n    return 2 * x'
    scripted_engine.script(documented)
    comm, offer = _ask(kernel, "document", _DOUBLE)
    assert (offer["kind"], offer["target"], offer["original"]) == ("document", "a", _DOUBLE)
    assert offer["report"]["status"] == "ok"
    assert '+    """Twice x."""' in offer["diff"].splitlines()
    assert "notes" not in offer
    kernel.tell(comm, act(offer["suggestion"]))
    replace = kernel.take(comm, "replace")
    assert (replace["source"], replace["sourceHash"]) == (documented, source_hash(_DOUBLE))
    assert replace["provenance"]["kind"] == "document"


def test_documenting_leaves_the_statements_alone_or_says_so(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_TOTAL, "a")
    scripted_engine.respond_with(lambda _: Reply("# The sum.\ntotal = sum([1, 2, 3])\ntotal"))
    _, offer = _ask(kernel, "document", _TOTAL)
    assert "It changes the code" in _asked(scripted_engine, 2)
    assert any("more than comments" in note for note in offer["notes"])


def test_a_refactored_cell_that_does_the_same_is_offered_without_a_word(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_TOTAL, "a")
    scripted_engine.script("values = [1, 2, 3]\ntotal = sum(values)\ntotal")
    _, offer = _ask(kernel, "refactor", _TOTAL)
    assert "notes" not in offer
    assert len(scripted_engine.bodies) == 1
    assert kernel.run("total").result == "6"


def test_another_refactored_cell_comes_to_the_same_as_it_should(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_TOTAL, "a")
    scripted_engine.script("values = [1, 2, 3]\ntotal = sum(values)\ntotal")
    comm, offer = _ask(kernel, "refactor", _TOTAL)
    other = "values = [1, 2, 3]\ntotal = sum(values, start=0)\ntotal"
    scripted_engine.script(other)
    kernel.tell(comm, act(offer["suggestion"], "regenerate"))
    again = kernel.take(comm, "offer")
    assert again["cells"][0]["source"] == other
    assert "notes" not in again
    assert len(scripted_engine.bodies) == 2


def test_other_words_in_a_documented_cell_are_another_answer(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_DOUBLE, "a")
    scripted_engine.script(f"# Doubles.\n{_DOUBLE}")
    comm, offer = _ask(kernel, "document", _DOUBLE)
    scripted_engine.script(f"# Two times a number.\n{_DOUBLE}")
    kernel.tell(comm, act(offer["suggestion"], "regenerate"))
    again = kernel.take(comm, "offer")
    assert "# Two times a number." in again["cells"][0]["source"]
    assert "notes" not in again


@pytest.mark.parametrize(
    ("rewritten", "told"),
    [
        ("values = [1, 2, 3]\ntotal = sum(values) + 1\ntotal", "its result is 7 instead of 6"),
        ("values = [1, 2]\ntotal = 6\ntotal", "total, values get another value"),
        ("total = sum([1, 2, 3])\ntotal", "values is not set any more"),
        ("values = [1, 2, 3]\ntotal = sum(values)\nprint(1)\ntotal", "it prints 1 instead of nothing"),
        ("values = [1, 2, 3]\ntotal = sum(values)", "it shows no result any more"),
    ],
)
def test_a_refactored_cell_that_does_something_else_is_asked_again_and_says_so(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, rewritten: str, told: str
) -> None:
    kernel.run(_TOTAL, "a")
    scripted_engine.respond_with(lambda _: Reply(rewritten))
    _, offer = _ask(kernel, "refactor", _TOTAL)
    assert f"Unlike the old cell, {told}" in _asked(scripted_engine, 2)
    assert any(told in note for note in offer["notes"])


def test_a_refactored_function_is_compared_by_a_cell_that_calls_it(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_DOUBLE, "a")
    _, offer = _refactored(kernel, scripted_engine, "def double(x):\n    return x + x")
    assert offer["notes"] == ["Not compared with the old cell: it only defines what other cells call."]
    kernel.run("double(7)", "b")
    _, offer = _refactored(kernel, scripted_engine, "def double(x):\n    return x + x")
    assert "notes" not in offer
    _, offer = _refactored(kernel, scripted_engine, "def double(x):\n    return x ** 2")
    assert offer["notes"] == ["Not the same as the old cell: its result is 49 instead of 14."]


def _refactored(kernel: LiveKernel, engine: ScriptedEngine, answer: str) -> tuple[str, dict[str, Any]]:
    engine.respond_with(lambda _: Reply(answer))
    return _ask(kernel, "refactor", _DOUBLE)


def test_a_cell_that_gives_something_else_each_time_is_not_compared(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    clock = "import time\nnow = time.perf_counter_ns()\nnow"
    kernel.run(clock, "a")
    scripted_engine.script("from time import perf_counter_ns\nnow = perf_counter_ns()\nimport time\nnow")
    _, offer = _ask(kernel, "refactor", clock)
    assert offer["notes"] == ["Not compared with the old cell: it gives something else each time it is run."]
    assert len(scripted_engine.bodies) == 1


def test_a_cell_that_fails_when_it_is_run_again_is_rewritten_all_the_same(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("table = {'x': 1}")
    kernel.run("del table['x']", "a")
    scripted_engine.script("table.pop('x')")
    _, offer = _ask(kernel, "refactor", "del table['x']")
    assert offer["notes"] == ["Not compared with the old cell: both fail when they are run now (KeyError)."]
    assert len(scripted_engine.bodies) == 1


def test_tests_have_run_and_come_below_the_cell(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run(_DOUBLE, "a")
    scripted_engine.script("def test_double():\n    assert double(2) == 4")
    comm, offer = _ask(kernel, "tests", _DOUBLE)
    tests = "def test_double():\n    assert double(2) == 4\n\ntest_double()"
    assert offer["cells"] == [{"type": "code", "source": tests}]
    assert offer["report"]["status"] == "ok"
    assert "target" not in offer
    kernel.tell(comm, act(offer["suggestion"]))
    insert = kernel.take(comm, "insert")
    assert (insert["after"], insert["provenance"]["kind"]) == ("a", "tests")


def test_tests_that_check_nothing_are_sent_back(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run(_DOUBLE, "a")
    scripted_engine.respond_with(lambda _: Reply("y = double(2)"))
    _ask(kernel, "tests", _DOUBLE)
    assert "It checks nothing" in _asked(scripted_engine, 2)


def test_tests_that_fail_say_that_the_cell_may_be_wrong(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_DOUBLE, "a")
    scripted_engine.script("y = double(2)")
    scripted_engine.respond_with(lambda _: Reply("assert double(2) == 5"))
    _, offer = _ask(kernel, "tests", _DOUBLE)
    assert offer["report"]["status"] == "error"
    assert any("may have found a mistake in the cell" in note for note in offer["notes"])


def test_tests_of_a_cell_that_has_not_run_are_tried_after_it(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("def double(x):\n    return 'an earlier one'", "a")
    scripted_engine.script("assert double(2) == 4")
    _, offer = _ask(kernel, "tests", _DOUBLE)
    assert offer["report"]["status"] == "ok", offer["report"]["why"]
    assert any("not in your kernel" in note for note in offer["notes"])
    assert len(scripted_engine.bodies) == 1
    assert kernel.run("double(2)").result == "'an earlier one'"


def test_an_explanation_is_markdown_that_can_be_inserted(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_DOUBLE, "a")
    scripted_engine.script(Reply("It **doubles**:\n\n- `double(2)` is 4", delay=0.02))
    comm, offer = _ask(kernel, "explain", _DOUBLE)
    assert offer["cells"] == [{"type": "markdown", "source": "It **doubles**:\n\n- `double(2)` is 4"}]
    assert "report" not in offer
    assert any("It **dou" in draft["text"] for draft in kernel.heard(comm, "draft"))
    body = scripted_engine.bodies[-1]
    assert body["messages"][-1]["role"] == "user"
    assert "\n```" not in body.get("stop", [])
    kernel.tell(comm, act(offer["suggestion"]))
    assert kernel.take(comm, "insert")["cells"][0]["type"] == "markdown"


@pytest.mark.parametrize(
    ("source", "kind", "why"),
    [
        ("", "explain", "no code"),
        ("%%generate\nx", "explain", "no code"),
        ("%%bash\nls", "tests", "not Python"),
    ],
)
def test_what_cannot_be_done_with_a_cell_is_refused(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, source: str, kind: Any, why: str
) -> None:
    comm = kernel.open_comm("a", [cell("a", source)])
    kernel.tell(comm, wire.Ask(v=1, type="ask", kind=kind, cellId="a"))
    assert why in kernel.take(comm, "say")["text"]
    assert scripted_engine.bodies == []


def test_magics_do_the_same_for_a_cell_that_ran(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run(_DOUBLE)
    number = int(kernel.run("len(In) - 2").result)
    scripted_engine.script("assert double(2) == 4")
    assert kernel.run(f"%tests {number} also negative ones").next_cell == "assert double(2) == 4"
    assert "The user's wish: also negative ones" in _asked(scripted_engine)
    kernel.run(_TOTAL)
    scripted_engine.script("It adds them up.")
    explained = kernel.run("%explain")
    assert explained.next_cell is None
    assert explained.shown[-1].endswith("It adds them up.")
    assert "total += value" in _asked(scripted_engine)
    assert kernel.run("%refactor 999").error.startswith("NoSubject")
    assert "%refactor" in kernel.run("%nbcoder help").printed


def test_the_cells_that_depend_on_a_mended_cause_are_named_and_run_with_it(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    cells = [
        wire.CellMessage(id=name, type="code", source=source, executionCount=count)
        for name, source, count in (
            ("rate", "def rate(x):\n    return x / 0", 1),
            ("other", "unrelated = 1", 2),
            ("use", "half = rate(4)", 3),
            ("later", "print(half + 1)", 4),
            ("never", "print(half)", None),
        )
    ]
    for message in cells[:3]:
        kernel.run(message["source"], message["id"])
    scripted_engine.script("def rate(x):\n    return x / 2")
    comm = kernel.open_comm("use", cells)
    kernel.tell(comm, wire.Fix(v=1, type="fix", cellId="use"))
    offer = kernel.take(comm, "offer")
    assert offer["target"] == "rate"
    assert offer["dependants"] == [
        {"cellId": "use", "count": 3, "names": ["rate"]},
        {"cellId": "later", "count": 4, "names": ["half"]},
    ]
    kernel.tell(comm, act(offer["suggestion"], "accept-and-run-dependants"))
    kernel.tell(comm, done(offer["suggestion"], ok=True))
    assert kernel.take(comm, "run")["cellIds"] == ["rate", "use", "later"]


def test_an_edited_answer_is_run_in_a_copy_and_accepted_with_what_that_showed(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("6 * 7")
    ask = "%%generate\nthe answer"
    comm = kernel.open_comm("b", [cell("b", ask)])
    kernel.run(ask, "b")
    suggestion = kernel.take(comm, "offer")["suggestion"]
    cells = [wire.NewCell(type="code", source="open('made.txt', 'w').close()\n43")]
    kernel.tell(comm, wire.Try(v=1, type="try", suggestion=suggestion, cells=cells))
    tried = kernel.take(comm, "tried")
    assert tried["cells"] == cells
    assert tried["report"]["outputs"][-1]["data"]["text/plain"] == "43"
    accepted = act(suggestion, "accept-and-run")
    accepted["cells"] = cells
    kernel.tell(comm, accepted)
    kernel.tell(comm, done(suggestion, ok=True))
    assert "made.txt" in kernel.take(comm, "say")["text"]
    assert not kernel.heard(comm, "run")


@pytest.mark.parametrize("is_known", [True, False], ids=["rejected here", "of an earlier kernel"])
def test_a_suggestion_out_of_the_history_is_tried_and_offered_again(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, is_known: bool
) -> None:
    kernel.run("1 / zero", "a")
    comm = kernel.open_comm("a", [cell("a", "1 / zero")])
    suggestion = "cafe0000"
    if is_known:
        scripted_engine.script("1 / one")
        kernel.tell(comm, wire.Fix(v=1, type="fix", cellId="a"))
        suggestion = kernel.take(comm, "offer")["suggestion"]
        kernel.tell(comm, act(suggestion, "reject"))
    kernel.run("one = 1")
    again = wire.Again(
        v=1,
        type="again",
        suggestion=suggestion,
        kind="fix",
        asker="a",
        request="",
        model="scripted",
        cells=[wire.NewCell(type="code", source="1 / one")],
        target="a",
        original="1 / zero",
    )
    kernel.tell(comm, again)
    offer = kernel.take(comm, "offer")
    assert (offer["suggestion"], offer["state"], offer["stats"]["model"]) == (suggestion, "ready", "scripted")
    assert offer["report"]["outputs"][-1]["data"]["text/plain"] == "1.0"
    kernel.tell(comm, act(suggestion))
    assert kernel.take(comm, "replace")["sourceHash"] == source_hash("1 / zero")
