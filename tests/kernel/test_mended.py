"""A failing cell is mended: what the model is told of it, and which of its answers are no repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder.suggest.wording import FENCE
from tests.kernel.page import act, cell
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine
    from tests.scripted_engine.script import Body

_BROKEN = "'There are ' + count"
_MENDED = "'There are ' + str(count)"


@pytest.fixture
def failed(kernel: LiveKernel) -> LiveKernel:
    """A kernel whose last cell failed."""
    kernel.run("count = 3")
    assert kernel.run(_BROKEN).error.startswith("TypeError")
    return kernel


def _asked(engine: ScriptedEngine, request: int = 0) -> str:
    return "\n".join(message["content"] for message in engine.bodies[request]["messages"])


def test_the_model_is_told_at_once_what_live_objects_say(
    failed: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(_MENDED)
    assert failed.run("%fix").next_cell == _MENDED
    assert "What the notebook's objects say to that:\ncount is int" in _asked(scripted_engine)


def test_a_cell_that_was_stopped_can_be_mended(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    endless = "n = 3\nwhile n:\n    n = n - 2"
    kernel.run("import _thread, threading\nthreading.Timer(0.3, _thread.interrupt_main).start()")
    assert kernel.run(endless).error.startswith("KeyboardInterrupt")
    scripted_engine.script(endless, "n = 3\nwhile n > 0:\n    n = n - 2")
    assert kernel.run("%fix").next_cell == "n = 3\nwhile n > 0:\n    n = n - 2"
    assert "It did not end by itself." in _asked(scripted_engine)


def test_what_another_error_says_is_not_told(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run("calls = []")
    kernel.run("calls.append(1)\nif len(calls) > 1: 'There are ' + len(calls)\nmissing_name", cell_id="a")
    kernel.run("%config NBCoder.checkpoints = 'off'")
    scripted_engine.script("'fine'")
    kernel.run("%fix")
    kernel.run("%config NBCoder.checkpoints = 'on'")
    assert "NameError" in _asked(scripted_engine)
    assert "objects say" not in _asked(scripted_engine)


def test_the_failing_cell_is_told_once(failed: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script(_MENDED)
    failed.run("%fix")
    told = _asked(scripted_engine)
    assert told.count(f"\n{_BROKEN}\n") == 1
    assert "count = 3" in told


def test_an_answer_may_be_as_long_as_a_mended_cell_can_be(
    failed: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(_MENDED, _MENDED)
    failed.run("%fix")
    failed.run("%%fix\nsay it in a sentence with the number in words")
    short, usual = (body["max_tokens"] for body in scripted_engine.bodies)
    assert short < 200 < usual


@pytest.mark.parametrize(
    "copied",
    [
        _BROKEN,
        f"{_BROKEN}  # the number",
        f'{_BROKEN}\n# TypeError: can only concatenate str (not "int") to str',
        "count = 3",
        f"count = 3\n\n# %%\n{_BROKEN}",
    ],
    ids=["the same", "with a comment", "with its error", "another cell", "both"],
)
def test_cells_of_the_notebook_are_no_repair(
    failed: LiveKernel, scripted_engine: ScriptedEngine, copied: str
) -> None:
    scripted_engine.script(copied, copied, copied, copied, _MENDED)
    assert failed.run("%fix").next_cell == _MENDED
    _, filled, afresh, again, _ = scripted_engine.bodies
    assert filled["messages"][-1]["role"] == "assistant"
    roles = [message["role"] for message in afresh["messages"] if message["content"] != FENCE]
    assert roles == ["system", "user"]
    assert afresh["temperature"] > 0
    assert again["temperature"] > afresh["temperature"]


def test_a_model_that_only_copies_the_cell_is_said_to_do_so(
    failed: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.respond_with(lambda body: Reply((_BROKEN,) * body.get("n", 1)))
    answer = failed.run("%fix")
    assert answer.next_cell is None
    assert answer.error == (
        "UnusableAnswer: the model does not mend the cell. Say what the cell has to do, or try another model."
    )


def test_asked_once_more_the_model_does_not_say_the_same_again(
    failed: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.respond_with(lambda body: Reply(_MENDED if body.get("seed") else _BROKEN))
    assert not failed.run("%fix").ok
    assert failed.run("%fix").next_cell == _MENDED


def test_a_mended_cell_that_is_not_wanted_is_written_anew_from_the_wish(
    failed: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    wish = "Say how many there are."
    page = [cell("a", "count = 3"), cell("c", _BROKEN), cell("b", f"%%fix\n{wish}")]
    comm = failed.open_comm("b", page)
    failed.run(_BROKEN, "c")
    scripted_engine.script(_MENDED, "f'There are {count}'", "f'{count} of them'")
    failed.run(f"%%fix\n{wish}", "b")
    assert _BROKEN in _asked(scripted_engine)
    failed.tell(comm, act(failed.take(comm, "offer")["suggestion"], "regenerate"))
    assert _BROKEN not in _asked(scripted_engine, 1)
    assert f"Request for the next cell:\n{wish}" in _asked(scripted_engine, 1)
    assert failed.take(comm, "offer")["cells"][0]["source"] == "f'{count} of them'"


def test_a_cell_that_the_model_does_not_mend_is_written_anew_from_the_wish(
    failed: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.respond_with(
        lambda body: Reply("f'{count} of them'" if _is_anew(body) else _BROKEN, logprobs=(-0.01,))
    )
    assert failed.run("%%fix\nSay how many there are.").next_cell == "f'{count} of them'"
    # An answer, one that is filled in, and three that were asked for afresh.
    assert [_is_anew(body) for body in scripted_engine.bodies] == [*[False] * 5, True]


def test_written_anew_without_a_page_only_the_failing_cell_is_left_out(
    failed: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.respond_with(lambda body: Reply("f'{count}'" if _is_anew(body) else _BROKEN))
    failed.run("%%fix\nSay how many there are.")
    told = _asked(scripted_engine, -1)
    assert _BROKEN not in told
    assert "count = 3" in told


def _is_anew(body: Body) -> bool:
    return "Request for the next cell:" in body["messages"][1]["content"]


def test_an_error_told_below_the_mended_cell_is_left_out(
    failed: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(f"{_MENDED}\n# TypeError: as before")
    assert failed.run("%fix").next_cell == _MENDED


def test_the_model_does_not_go_on_with_other_cells(
    failed: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(f"{_MENDED}\n# %%\ncount = 3")
    assert failed.run("%fix").next_cell == _MENDED


def test_a_part_of_the_failing_cell_can_be_all_that_is_needed(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("values = [1, 2]")
    kernel.run("values.pop()\nraise ValueError")
    scripted_engine.script("values.pop()")
    assert kernel.run("%fix").next_cell == "values.pop()"


@pytest.mark.parametrize(
    ("before", "broken", "mended"),
    [
        ("total = sum(range(count))", "total = smu(range(cuont))", "total = sum(range(count))"),
        ("count = 3", "from collections import Cntr", "from collections import Counter"),
        ("import collections", "import colections.abx", "import collections"),
        ("count = 3", "def f(x: Lst): pass", "def f(x: list): pass"),
        ("count = 3", "print(count", "print(count)"),
    ],
    ids=["an earlier version of it", "imports", "imports made before", "an annotation", "a bracket"],
)
def test_what_looks_like_a_copy_can_be_the_repair(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, before: str, broken: str, mended: str
) -> None:
    kernel.run("count = 3")
    kernel.run(before)
    assert kernel.run(broken).error
    scripted_engine.script(mended)
    assert kernel.run("%fix").next_cell == mended
    assert len(scripted_engine.bodies) == 1


def test_a_cell_that_runs_now_is_offered_as_it_is(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("%config NBCoder.checkpoints = 'off'")
    kernel.run("print(late_name)")
    kernel.run("late_name = 1")
    scripted_engine.script("print(late_name)")
    offered = kernel.run("%fix").next_cell
    kernel.run("%config NBCoder.checkpoints = 'on'")
    assert offered == "print(late_name)"


def test_the_failing_function_with_a_missing_import_is_a_repair(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    words = "def words(x):\n    return shlex.split(x)"
    kernel.run(words)
    kernel.run("words('a b')")
    scripted_engine.script(f"import shlex\n\n{words}")
    assert kernel.run("%fix").next_cell == f"import shlex\n\n{words}"


def test_a_remedy_is_applied_where_the_error_arose(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("def root(x):\n    return np.sqrt(x)")
    assert kernel.run("root(4)").error.startswith("NameError")
    assert kernel.run("%fix").next_cell == "import numpy as np\ndef root(x):\n    return np.sqrt(x)"
    assert not scripted_engine.bodies


def test_what_a_remedy_makes_of_the_cell_is_offered_where_the_model_has_nothing_better(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("measured = [1, 2]")
    kernel.run("len(measurd)")
    scripted_engine.respond_with(lambda body: Reply(("len(measured) / 0",) * body.get("n", 1)))
    assert kernel.run("%%fix\nhow many were measured?").next_cell == "len(measured)"


_WISH = "What is the largest number?"
_WRONG = "'The largest is ' + max(numbers)"


@pytest.fixture
def accepted(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> LiveKernel:
    """A kernel whose last cell failed, as an answer to a request had it."""
    kernel.run("numbers = [3, 1, 2]")
    scripted_engine.respond_with(lambda body: Reply((_WRONG,) * body.get("n", 1)))
    assert kernel.run(f"%%generate\n{_WISH}").next_cell == _WRONG
    assert kernel.run(_WRONG).error.startswith("TypeError")
    scripted_engine.reset()
    return kernel


def test_a_mended_answer_has_to_do_what_was_asked_for(
    accepted: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("min(numbers)", "max(numbers)", "max(numbers)")
    assert accepted.run("%fix").next_cell == "max(numbers)"
    assert f"What it has to do: {_WISH}" in _asked(scripted_engine)


def test_it_does_so_where_its_user_has_changed_it_a_little(
    accepted: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    accepted.run(_WRONG.replace("The largest", "Largest"))
    scripted_engine.script("'Largest is ' + str(max(numbers))", "max(numbers)", "max(numbers)")
    accepted.run("%%fix\nas a number")
    assert f"What it has to do: {_WISH}\nas a number" in _asked(scripted_engine)


def test_a_cell_of_the_users_own_has_no_request(
    accepted: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    accepted.run(_BROKEN.replace("count", "len(numbers)"))
    scripted_engine.script("'There are ' + str(len(numbers))")
    accepted.run("%fix")
    assert "has to do" not in _asked(scripted_engine)
