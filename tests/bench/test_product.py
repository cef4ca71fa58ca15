"""nbcoder as a contender: its magics in real kernels, with an engine that says what a test wrote down."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nbcoder.bench.cases import RepairCase
from nbcoder.bench.contenders import make_contenders
from nbcoder.bench.in_kernel.mechanisms import Mechanism
from nbcoder.bench.problems import parse_problem_set
from nbcoder.bench.records import Journal
from nbcoder.bench.repair import run_repairs
from nbcoder.bench.runner import Desk, run_questions
from nbcoder.bench.verdicts import Verdict
from nbcoder.engine import connect
from nbcoder.progress import Silent
from nbcoder.settings import load_settings
from tests.scripted_engine import Reply, ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nbcoder.bench.quality import Contenders
    from nbcoder.bench.records import Record
    from tests.scripted_engine.script import Body

_SET = '''
# %%
numbers = [3, 1, 2]
# %%
"""
question: What is the sum of the numbers?
"""
sum(numbers)
# %%
"""
question: Sort the numbers in-place.
validator:
  namespace_check:
    numbers:
"""
numbers.sort()
# %%
"""
question: What is the largest number?
"""
max(numbers)
'''


def _says(body: Body) -> Reply:
    asked = str(body["messages"][1]["content"]).rpartition("Request for the next cell:")[2]
    if "sum" in asked:
        return Reply("total = sum(numbers)\nprint(total)")
    if "Sort" in asked:
        return Reply(("numbers.sorted()",) if body.get("n", 1) == 1 else ("numbers.sort()",))
    return Reply("numbers.largest()")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedEngine]:
    with ScriptedEngine(context_length=100_000) as scripted:
        scripted.respond_with(_says)
        monkeypatch.setenv("NBCODER_ENGINE_URL", scripted.url)
        yield scripted


def _contenders(*modes: str, without: Sequence[Mechanism] = ()) -> Contenders:
    with connect(load_settings(), Silent()) as engine:
        return make_contenders(engine, modes, [None], without)


def _verdicts(*modes: str, without: Sequence[Mechanism] = ()) -> dict[tuple[str, int], str]:
    desk = Desk(Journal(), jobs=1)
    answerers = _contenders(*modes, without=without).answerers
    run_questions("data", [parse_problem_set("one", _SET)], answerers, desk, Silent())
    return {(one.key.label.mode, one.key.index): one.verdict for one in desk.journal.records}


def test_each_mode_adds_what_it_is_for(engine: ScriptedEngine) -> None:
    del engine
    verdicts = _verdicts("context", "dry-run")
    assert verdicts["context", 1] == Verdict.CORRECT, "a printed value is shown without a dry run"
    assert verdicts["context", 2] == Verdict.CRASH
    assert verdicts["dry-run", 2] == Verdict.CORRECT, "the drawn answer runs"
    assert verdicts["dry-run", 3] == Verdict.CRASH


def test_an_engine_that_is_slow_with_many_notebooks_is_waited_for(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.respond_with(lambda body: dataclasses.replace(_says(body), delay=0.5))
    monkeypatch.setenv("NBCODER_STALL_TIMEOUT", "0.2")
    assert _verdicts("context")["context", 1] == Verdict.CORRECT


def test_a_mechanism_can_be_measured_by_doing_without_it(engine: ScriptedEngine) -> None:
    del engine
    verdicts = _verdicts("full", without=[Mechanism.SHAPING])
    assert verdicts["full", 1] == Verdict.CORRECT
    assert verdicts["full without shaping", 1] == Verdict.PRESENTATION_ERROR


@pytest.mark.parametrize("mechanism", Mechanism)
def test_each_mechanism_is_where_it_is_switched_off(mechanism: Mechanism) -> None:
    code = f"from nbcoder.bench.in_kernel.mechanisms import switch_off\nswitch_off({mechanism.value!r})"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_asking_leaves_the_users_variables_and_cells_alone(engine: ScriptedEngine) -> None:
    verdicts = _verdicts("full")
    assert verdicts["full", 1] == Verdict.CORRECT
    told = str(engine.bodies[-1]["messages"])
    assert "numbers: list" in told
    assert "%%generate" not in told
    assert "%config" not in told


def test_a_failing_notebook_is_mended_where_the_mistake_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedEngine(context_length=100_000) as scripted:
        scripted.respond_with(lambda _: Reply("def double(x):\n    return 2 * x"))
        monkeypatch.setenv("NBCODER_ENGINE_URL", scripted.url)
        case = RepairCase(
            "double",
            ("def double(x):\n    return 2 + x", "assert double(5) == 10"),
            "def double(x):\n    return 2 * x",
        )
        desk = Desk(Journal(), jobs=1)
        run_repairs("data", [case], _contenders("full").fixers, desk, Silent())
    record = desk.journal.records[0]
    assert (record.verdict, record.tries, record.damaged) == (Verdict.CORRECT, 1, False)


def _record_of(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Body], Reply]) -> Record:
    """What comes of a cell that should show the largest number, with a model that answers so."""
    with ScriptedEngine(context_length=100_000) as scripted:
        scripted.respond_with(answer)
        monkeypatch.setenv("NBCODER_ENGINE_URL", scripted.url)
        case = RepairCase(
            name="largest",
            cells=("numbers.biggest()",),
            solution="max(numbers)",
            before=("numbers = [3, 1, 2]",),
            problem=parse_problem_set("one", _SET).problems[-1],
        )
        desk = Desk(Journal(), jobs=1)
        run_repairs("data", [case], _contenders("full").fixers, desk, Silent())
    return desk.journal.records[0]


def test_another_fix_is_asked_for_where_the_first_comes_to_something_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = _record_of(monkeypatch, lambda body: Reply("max(numbers)" if "seed" in body else "sum(numbers)"))
    assert (record.verdict, record.tries, record.runs_at) == (Verdict.CORRECT, 2, 1)
    assert record.note == "1 answers 1 answers"


def test_before_that_the_other_answers_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = ("sum(numbers)", "sum(numbers)", "max(numbers)")
    record = _record_of(monkeypatch, lambda body: Reply(drawn if "n" in body else "numbers.smallest()"))
    assert (record.verdict, record.tries, record.runs_at) == (Verdict.CORRECT, 2, 1)
    assert record.note == "4 answers the next of them"
