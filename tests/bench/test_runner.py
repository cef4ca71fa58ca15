"""Whole runs over small problem sets, in real kernels."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from nbcoder.bench.answerers import Baseline
from nbcoder.bench.data import load_data
from nbcoder.bench.kernels import open_kernel
from nbcoder.bench.quality import Contenders, check_references, measure_quality, write_result
from nbcoder.bench.records import Journal, Label
from nbcoder.bench.runner import Desk, run_questions
from nbcoder.bench.verdicts import Verdict
from nbcoder.engine.client import HttpEngine
from nbcoder.errors import BenchDataError, EngineFailed, KernelError
from nbcoder.progress import Silent
from nbcoder.settings import Settings
from tests.bench.contenders import PLAIN, Scripted, plain
from tests.scripted_engine import Reply, RuleBook, ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbcoder.bench.answerers import Question
    from nbcoder.bench.kernels import KernelHandle
    from nbcoder.progress import Bar

FRAMES = '''
# %%
import pandas as pd
# %%
"""
question: Read `inputs/sales.csv` into sales.
validator:
  namespace_check:
    sales:
"""
sales = pd.read_csv("inputs/sales.csv")
# %%
"""
question: What is the total?
"""
sales.amount.sum()
# %%
"""
question: Which shops are there? Any order.
validator:
  result:
    value_only: true
    ignore_order: true
"""
sales.shop.unique().tolist()
# %%
"""
question: Add a column tax, a tenth of the amount.
validator:
  namespace_check:
    sales:
"""
sales["tax"] = sales.amount / 10
# %%
"""
question: Print the columns.
validator:
  stream:
"""
print(*sales.columns)
'''

FUNCTION = '''
# %%
import pandas as pd
# %%
"""
question: Write `top(sales)` that gives the largest amount.
validator:
  table_test:
    function_name: top
    input_validator: |
      def _validate(sales):
        assert len(sales) > 0
    test_cases:
    - - "`pd.DataFrame({'amount': [1, 5, 3]})`"
    - |
      ```
      def _generate():
        return pd.DataFrame({'amount': np.random.randint(0, 100, 20)}),
      ```
    - //
"""
def top(sales):
    return sales.amount.max()
'''


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    inputs = tmp_path / "data" / "shop" / "inputs"
    inputs.mkdir(parents=True)
    (inputs / "sales.csv").write_text("shop,amount\nnorth,10\nsouth,20\nnorth,5\n")
    return inputs


def verdicts(desk: Desk) -> list[Verdict]:
    return [record.verdict for record in desk.journal.records]


def test_references_pass_their_own_validators(sales: Path) -> None:
    folder = sales.parents[1]
    (folder / "shop.py").write_text(FRAMES)
    (folder / "function.py").write_text(FUNCTION)
    (folder / "inputs").symlink_to(sales)
    desk = Desk(jobs=2)
    summary = check_references(load_data(folder), desk, Silent())
    assert verdicts(desk) == [Verdict.CORRECT] * 6
    assert summary.left_out == {}
    assert sales.joinpath("sales.csv").read_text().startswith("shop,amount")


def test_answers_are_judged_and_one_failure_does_not_spoil_the_next() -> None:
    answerer = Scripted(
        {1: "sum(values) + 1", 2: "values.clear()\n3", 3: "values = values + [4]", 4: "print(sum(values))"}
    )
    desk = Desk(jobs=1)
    run_questions("data", plain(), [answerer], desk, Silent())
    assert verdicts(desk) == [
        Verdict.WRONG_OUTPUT,
        Verdict.INTACT_VIOLATION,
        Verdict.CORRECT,
        Verdict.PRESENTATION_ERROR,
    ]
    record = desk.journal.records[0]
    assert (record.request, record.code, record.validator) == ("Sum?", "sum(values) + 1", "result")
    assert (record.seconds, record.prompt_tokens, record.completion_tokens) == (0.25, 10, 5)


def test_an_answerer_sees_the_live_notebook() -> None:
    seen: list[tuple[str, ...]] = []

    def look(question: Question, kernel: KernelHandle) -> None:
        live = kernel.execute("len(values)", 10).outputs[0].text
        page = kernel.notebook()
        seen.append(
            (
                question.text,
                page.cells[-1].source,
                page.cells[-1].outputs[0].text if page.cells[-1].outputs else "",
                live,
            )
        )

    answerer = Scripted({}, look=look, needs_own_kernel=True)
    run_questions("data", plain(), [answerer], Desk(jobs=1), Silent())
    assert seen == [
        ("Sum?", "values = [1, 2, 3]", "", "3"),
        ("Longest?", "sum(values)", "6", "3"),
        ("Append four.", "max(values)", "3", "3"),
        ("Sum now?", "values.append(4)", "", "4"),
    ]


def test_no_answer_is_a_verdict_and_an_engine_that_fails_ends_the_run() -> None:
    desk = Desk(jobs=1)
    with pytest.raises(EngineFailed):
        run_questions("data", plain(), [Scripted({2: EngineFailed("it broke.")})], desk, Silent())
    assert verdicts(desk) == [Verdict.NO_ANSWER]


def test_waiting_for_no_answer_counts_as_time_of_the_request() -> None:
    def look(question: Question, kernel: KernelHandle) -> None:
        del question
        kernel.execute("import time; time.sleep(0.2)", 30)

    desk = Desk(jobs=1)
    run_questions("data", plain(), [Scripted({1: "6"}, look=look)], desk, Silent())
    given, *not_given = desk.journal.records
    assert given.seconds == 0.25
    assert all(one.seconds >= 0.2 for one in not_given)


def test_all_modes_answer_a_set_before_the_next_one_begins() -> None:
    seen: list[tuple[str, str, int]] = []

    def contender(mode: str, *, own: bool) -> Scripted:
        def look(question: Question, kernel: KernelHandle) -> None:
            del kernel
            seen.append((question.set, mode, question.index))

        return Scripted({}, Label(mode, "none"), own, look=look)

    contenders = [contender("bare", own=False), contender("cells", own=False), contender("full", own=True)]
    sets = [*plain(name="one"), *plain(PLAIN + PLAIN, name="long"), *plain(name="two")]
    run_questions("data", sets, contenders, Desk(jobs=1), Silent())
    assert list(dict.fromkeys(name for name, _, _ in seen)) == ["long", "one", "two"]
    changes = [one for one, after in zip(seen, [*seen[1:], ("", "", 0)], strict=True) if one[0] != after[0]]
    assert [name for name, _, _ in changes] == ["long", "one", "two"]
    assert [index for name, mode, index in seen if (name, mode) == ("one", "full")] == [1, 2, 3, 4]


def test_a_question_whose_reference_fails_here_is_not_asked_and_named() -> None:
    source = PLAIN.replace("max(values)", "values.longest()")
    answerer = Scripted({1: "6", 3: "values.append(4)", 4: "10"})
    desk = Desk(jobs=1)
    run_questions("data", plain(source), [answerer], desk, Silent())
    assert answerer.asked == [1, 3, 4]
    assert verdicts(desk) == [Verdict.CORRECT, Verdict.LEFT_OUT, Verdict.CORRECT, Verdict.CORRECT]
    assert "AttributeError" in desk.journal.records[1].why


def test_a_contender_who_kills_the_kernel_loses_that_question_only() -> None:
    def look(question: Question, kernel: KernelHandle) -> None:
        if question.index == 2:
            kernel.run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 10)

    killer = Scripted({1: "6", 2: "3", 3: "values.append(4)", 4: "10"}, look=look, needs_own_kernel=True)
    desk = Desk(jobs=1)
    run_questions("data", plain(), [killer], desk, Silent())
    assert verdicts(desk) == [Verdict.CORRECT, Verdict.CRASH, Verdict.CORRECT, Verdict.CORRECT]


def test_a_reference_that_kills_the_kernel_leaves_out_the_rest() -> None:
    source = PLAIN.replace("values = [1, 2, 3]", "values = [1, 2, 3]; import os; os._exit(1)")
    desk = Desk(jobs=1)
    run_questions("data", plain(source), [Scripted({})], desk, Silent())
    assert verdicts(desk) == [Verdict.LEFT_OUT] * 4


def test_contenders_share_a_kernel_only_if_they_leave_it_alone() -> None:
    kernels: dict[str, set[Path]] = {"one": set(), "two": set(), "own": set()}

    def contender(name: str, *, own: bool) -> Scripted:
        def look(question: Question, kernel: KernelHandle) -> None:
            del question
            kernels[name].add(kernel.connection_file)

        return Scripted({}, Label(name, "none"), own, look=look)

    contenders = [contender("one", own=False), contender("two", own=False), contender("own", own=True)]
    run_questions("data", plain(), contenders, Desk(jobs=2), Silent())
    assert kernels["one"] == kernels["two"]
    assert len(kernels["one"]) == len(kernels["own"]) == 1
    assert kernels["own"] != kernels["one"]


def test_several_notebooks_are_answered_at_once() -> None:
    together = threading.Barrier(2, timeout=60)

    def look(question: Question, kernel: KernelHandle) -> None:
        del kernel
        if question.index == 1:
            together.wait()

    sets = [*plain(name="one"), *plain(name="two")]
    desk = Desk(jobs=2)
    run_questions("data", sets, [Scripted({1: "6"}, look=look)], desk, Silent())
    assert not together.broken
    assert len(desk.journal.records) == 8


class _CountingProgress(Silent):
    def __init__(self) -> None:
        self.total: float | None = None
        self.done = 0.0

    @contextmanager
    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> Iterator[Bar]:
        del text, unit
        self.total = total
        yield self

    def advance(self, amount: float = 1) -> None:
        self.done += amount

    def note(self, text: str) -> None:
        del text


def test_progress_ends_where_it_said() -> None:
    progress = _CountingProgress()
    run_questions("data", plain(), [Scripted({1: "6"})], Desk(jobs=1), progress)
    assert (progress.total, progress.done) == (4, 4)


def test_baselines_ask_the_engine_with_and_without_the_cells(
    tmp_path: Path, scripted_engine: ScriptedEngine
) -> None:
    (tmp_path / "plain.py").write_text(PLAIN)
    scripted_engine.respond_with(
        RuleBook(
            (
                (r"values = \[1, 2, 3\](.|\n)*Sum\?", Reply("Sure:\n```python\nsum(values)\n```\nThere.")),
                (r"^Sum\?", Reply("```\nsum([])\n```")),
            ),
            otherwise=Reply("I cannot say."),
        )
    )
    with HttpEngine(scripted_engine.address, Settings()) as engine:
        bare = Baseline(Label("bare", "m"), engine)
        cells = Baseline(Label("cells", "m"), engine, with_cells=True)
        desk = Desk(Journal(tmp_path / "out" / "run.jsonl"), jobs=1)
        summary = measure_quality(load_data(tmp_path / "plain.py"), Contenders([bare, cells]), desk, Silent())
    assert {row.mode: row.solved for row in summary.rows} == {"bare": 0.0, "cells": 0.25}
    first = desk.journal.records[0]
    assert (first.key.label.mode, first.verdict, first.code) == ("bare", Verdict.WRONG_OUTPUT, "sum([])")
    assert first.prompt_tokens > 0
    write_result(summary, desk.journal.records, tmp_path / "out" / "result.json")
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["rows"][0]["items"] == 4
    assert result["answers"][0]["code"] == "sum([])"


def test_data_that_nobody_can_do_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(PLAIN)
    with pytest.raises(BenchDataError, match="nothing was measured"):
        measure_quality(load_data(tmp_path), Contenders(), Desk(), Silent())


def test_a_kernel_starts_in_a_folder_of_its_own_with_copies(tmp_path: Path, sales: Path) -> None:
    sales.chmod(0o500)
    with open_kernel((("inputs", sales), ("one.csv", sales / "sales.csv"))) as kernel:
        cell = kernel.run("open('inputs/sales.csv', 'a').write('x'); open('inputs/new', 'w').close()", 30)
        assert cell.error is None
        assert sorted(path.name for path in kernel.folder.iterdir()) == ["inputs", "one.csv"]
    assert not kernel.folder.exists()
    assert sales.joinpath("sales.csv").read_text().endswith("north,5\n")
    with pytest.raises(BenchDataError, match="cannot copy"), open_kernel((("inputs", tmp_path / "none"),)):
        pass


def test_a_cell_that_takes_too_long_is_interrupted() -> None:
    with open_kernel() as kernel:
        cell = kernel.run("while True: pass", 0.5)
        assert cell.error is not None
        assert cell.error.name == "KeyboardInterrupt"
        assert kernel.rerun(0, "1 + 1", 30).outputs[0].text == "2"
        assert [one.source for one in kernel.cells] == ["1 + 1"]


def test_a_kernel_that_is_not_there_is_said_so() -> None:
    with pytest.raises(KernelError, match="nonsense"), open_kernel(kernel="nonsense"):
        pass


def test_an_error_of_which_the_kernel_does_not_tell_is_known_from_its_reply() -> None:
    with open_kernel() as kernel:
        kernel.execute("get_ipython().showtraceback = lambda *_, **__: None", 10.0)
        error = kernel.run("1 / 0", 10.0).error
    assert error is not None
    assert (error.name, error.value) == ("ZeroDivisionError", "division by zero")
