"""Failing notebooks, mended by what the test says, in real kernels."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - pytest reads the annotations

from nbcoder.bench.cases import InfillingCase, RepairCase
from nbcoder.bench.data import load_data
from nbcoder.bench.infilling import run_infillings
from nbcoder.bench.problems import Problem, validator_config
from nbcoder.bench.records import Journal, Label
from nbcoder.bench.repair import BaselineFixer, run_repairs
from nbcoder.bench.runner import Desk
from nbcoder.bench.score import summarise
from nbcoder.bench.verdicts import Verdict
from nbcoder.engine.client import HttpEngine
from nbcoder.progress import Silent
from nbcoder.settings import Settings
from tests.bench.contenders import ScriptedFixer, ScriptedInfiller
from tests.scripted_engine import ScriptedEngine  # noqa: TC001 - pytest reads the annotations

RIGHT = "def add(x, y):\n    return x + y"
WRONG = "def add(x, y):\n    return x - y"
FUNCTION = RepairCase("add", (WRONG, "assert add(1, 2) == 3"), RIGHT)
CRASH = RepairCase(
    name="frame",
    cells=("values.median()",),
    solution="sorted(values)[1]",
    before=("values = [3, 1, 2]",),
    problem=Problem("sorted(values)[1]", "What is the median?", validator_config(None), index=1),
)


def mend(
    case: RepairCase, *fixes: dict[int, str], can_give_others: bool = True
) -> tuple[Desk, ScriptedFixer]:
    desk = Desk(jobs=1, cell_seconds=1.0)
    fixer = ScriptedFixer(iter(fixes), can_give_others=can_give_others)
    run_repairs("data", [case], [fixer], desk, Silent())
    return desk, fixer


def test_a_function_is_mended_at_the_second_try() -> None:
    desk, fixer = mend(FUNCTION, {0: "def add(x, y):\n    return x.y"}, {0: RIGHT})
    (record,) = desk.journal.records
    assert (record.verdict, record.tries, record.runs_at, record.damaged) == (Verdict.CORRECT, 2, 2, False)
    assert (record.seconds, record.prompt_tokens, record.code) == (1.0, 20, RIGHT)
    # The second time, the fixer is shown what its own first try led to.
    assert [failure.error.name for failure in fixer.failures] == ["AssertionError", "AttributeError"]
    assert [failure.attempt for failure in fixer.failures] == [1, 2]
    assert (fixer.failures[0].suspect, fixer.failures[0].failing) == (0, 1)


def test_a_notebook_that_stays_broken_is_given_up_after_three_tries() -> None:
    desk, fixer = mend(FUNCTION, {0: WRONG}, {0: WRONG}, {0: WRONG}, {0: RIGHT})
    (record,) = desk.journal.records
    assert (record.verdict, record.tries, record.damaged) == (Verdict.UNIT_TEST_FAILURE, 3, False)
    assert len(fixer.failures) == 3


def test_breaking_a_cell_that_ran_is_damage() -> None:
    desk, _ = mend(FUNCTION, {0: "def add("}, {0: "1 / 0"}, {0: "raise ValueError"})
    assert desk.journal.records[0].damaged


def test_an_endless_loop_is_a_failure_that_can_be_mended() -> None:
    endless = "def f():\n    while True:\n        pass"
    case = RepairCase("loop", (endless, "assert f() == 1"), "def f(): return 1")
    desk, fixer = mend(case, {0: "def f():\n    return 1"})
    assert desk.journal.records[0].verdict is Verdict.CORRECT
    assert fixer.failures[0].error.name == "KeyboardInterrupt"


def test_a_crashed_cell_has_to_pass_its_validators_from_the_state_before_it() -> None:
    desk, fixer = mend(CRASH, {1: "values.sort()\nvalues.median()"}, {1: "sorted(values)[1]"})
    (record,) = desk.journal.records
    assert (record.verdict, record.tries, record.runs_at) == (Verdict.CORRECT, 2, 2)
    assert fixer.failures[0].request == "What is the median?"


def test_a_cell_that_runs_with_a_wrong_value_is_not_taken_and_another_is_asked_for() -> None:
    desk, fixer = mend(CRASH, {1: "values[1]"}, {1: "values[0]"}, {1: "sorted(values)[1]"})
    (record,) = desk.journal.records
    assert (record.verdict, record.runs_at, record.tries) == (Verdict.CORRECT, 1, 3)
    assert (record.seconds, record.prompt_tokens, record.code) == (1.5, 30, "sorted(values)[1]")
    assert len(fixer.failures) == 1


def test_another_one_that_fails_is_run_and_to_be_mended_itself() -> None:
    desk, fixer = mend(CRASH, {1: "values[1]"}, {1: "values[7]"}, {1: "sorted(values)[1]"})
    assert desk.journal.records[0].verdict is Verdict.CORRECT
    assert [failure.error.name for failure in fixer.failures] == ["AttributeError", "IndexError"]


def test_who_has_no_other_answers_is_not_asked_again() -> None:
    desk, _ = mend(CRASH, {1: "values[1]"}, can_give_others=False)
    (record,) = desk.journal.records
    assert (record.verdict, record.runs_at, record.tries) == (Verdict.WRONG_OUTPUT, 1, 1)


def test_an_edit_that_breaks_an_earlier_cell_is_damage() -> None:
    desk, _ = mend(CRASH, {0: "values = None.x", 1: "1"}, {}, {})
    assert desk.journal.records[0].damaged


def test_cases_that_show_nothing_are_left_out() -> None:
    fine = RepairCase("fine", (RIGHT, "assert add(1, 2) == 3"), RIGHT)
    hopeless = RepairCase("hopeless", (WRONG, "assert add(1, 2) == 3"), WRONG)
    for case in (fine, hopeless):
        desk, fixer = mend(case)
        assert desk.journal.records[0].verdict is Verdict.LEFT_OUT
        assert fixer.failures == []


def test_the_baseline_fixer_shows_the_cells_and_the_error(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("Nothing to see.", f"```python\n{RIGHT}\n```")
    desk = Desk(jobs=1)
    with HttpEngine(scripted_engine.address, Settings()) as engine:
        run_repairs("data", [FUNCTION], [BaselineFixer(Label("plain", "m"), engine)], desk, Silent())
    (record,) = desk.journal.records
    assert (record.verdict, record.tries) == (Verdict.CORRECT, 2)
    asked = scripted_engine.bodies[0]["messages"][-1]["content"]
    assert WRONG in asked
    assert "AssertionError" in asked


def test_holes_are_filled_and_tested(tmp_path: Path) -> None:
    test = "def check(f):\n    assert f() == 2\n\ncheck(f)"
    cases = [
        InfillingCase("right", "def f():\n    return 1", "", test, " + 1"),
        InfillingCase("wrong", "def f():\n    return 2", "", test, " + 0"),
        InfillingCase("silent", "def f():\n    return 3", "", test, " - 1"),
        InfillingCase("broken", "def f():\n    return 4", "", test, " - 1"),
    ]
    fills = {cases[0].prompt: " + 1", cases[1].prompt: " + 5"}
    desk = Desk(Journal(tmp_path / "run.jsonl"), jobs=2)
    run_infillings("holes", cases, [ScriptedInfiller(fills)], desk, Silent())
    verdicts = {record.key.set: record.verdict for record in desk.journal.records}
    assert verdicts == {
        "right": Verdict.CORRECT,
        "wrong": Verdict.UNIT_TEST_FAILURE,
        "silent": Verdict.NO_ANSWER,
        "broken": Verdict.LEFT_OUT,
    }
    assert summarise(desk.journal.records).rows[0].items == 3


def test_a_crash_from_a_file_is_mended(tmp_path: Path) -> None:
    source = '# %%\nx = [1]\n# %%\n"""\nquestion: sum\n"""\nsum(x)\n'
    row = {"subset": "sets", "set": "one", "index": 1, "code": "x.sum()"}
    (tmp_path / "sets.jsonl").write_text(json.dumps({"name": "one", "source": source}))
    (tmp_path / "crashes.jsonl").write_text(json.dumps(row))
    desk, _ = mend(load_data(tmp_path / "crashes.jsonl")[0].repairs[0], {1: "sum(x)"})
    assert desk.journal.records[0].verdict is Verdict.CORRECT
