"""Code that cannot run in a fork, because the threads of polars are not there, runs in a fresh process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.dryrun.conftest import ORDINARY_USER
from tests.dryrun.live import DryKernel, report_of

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = """
import threading
import numpy as np
import polars as pl
df = pl.DataFrame({"a": [1, 2, 2], "b": [1, 2, 3], "word": ["x", "y", None]})
marks, many = pl.Series([1, 2, 3]), pl.Series(range(100_000)).append(pl.Series([1, None]))
numbers, text, lock = [1, 2], "x", threading.Lock()

class Box:
    def __init__(self): self.frame = df
    def total(self): return self.frame["a"].sum()

def grouped(): return df.group_by("a").agg(pl.col("b").sum()).sort("a")

box, several, connection = Box(), {"first": [df]}, (df, lock)
grouped()
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[DryKernel]:
    with DryKernel(ORDINARY_USER if os.geteuid() == 0 else None) as kernel:
        kernel.do(LIVE)
        yield kernel


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("df.group_by('a').agg(pl.col('b').sum())['b'].sum()", "6"),
        ("grouped()['b'].to_list()", "[1, 5]"),
        ("int(box.total())", "5"),
        ("several['first'][0].sum()['b'][0]", "6"),
        ("import polars\npolars.DataFrame({'x': [3, 4]}).group_by('x').len().height", "2"),
    ],
)
def test_code_that_uses_polars_does_not_hang(kernel: DryKernel, code: str, result: str) -> None:
    report = kernel.dry_run(code)
    assert (report.status, report.copy) == ("ok", "transfer"), report
    assert report.outputs[-1]["data"]["text/plain"] == result


def test_code_that_does_not_use_polars_runs_in_a_fork(kernel: DryKernel) -> None:
    report = kernel.dry_run("numbers.append(3)")
    assert (report.status, report.copy, report.effects.mutated) == ("ok", "fork", ("numbers",))


def test_effects_are_as_seen_from_the_kernel(kernel: DryKernel) -> None:
    report = kernel.dry_run("text = str(df.height); new = 1; df.write_csv('out.csv'); numbers.append(df)")
    assert report.effects.added == ("new",)
    assert report.effects.rebound == ("text",)
    assert report.effects.mutated == ("numbers",)
    assert report.effects.created == ("out.csv",)
    assert kernel.do("import os; print(os.path.exists('out.csv'), len(numbers), text)") == "False 2 x\n"


@pytest.mark.parametrize(
    ("code", "mutated"),
    [
        ("df[0, 'a'] = 9", ("df",)),
        ("df[1, 'word'] = 'q'", ("df",)),
        ("df.columns = ['x', 'y', 'z']", ("df",)),
        ("df.insert_column(0, pl.Series('n', [1, 2, 3]))", ("df",)),
        ("marks[1] = 7", ("marks",)),
        ("marks.append(pl.Series([1]))", ("marks",)),
        ("many[1] = 7", ("many",)),
        ("df.sort('a').to_arrow(); marks.sum(); many.rechunk().to_list(); df.rename({'a': 'c'})", ()),
        ("import numpy; df.to_numpy(); marks.to_numpy(); many.to_numpy(); df.rows()", ()),
    ],
)
def test_changes_in_place_of_polars_are_seen(kernel: DryKernel, code: str, mutated: tuple[str, ...]) -> None:
    report = kernel.dry_run(code)
    assert (report.status, report.effects.mutated) == ("ok", mutated), report


def test_an_error_is_told_with_its_line(kernel: DryKernel) -> None:
    report = kernel.dry_run("x = 1\ndf.nothing")
    assert report.failure is not None
    assert (report.status, report.failure.name, report.failure.line) == ("error", "AttributeError", 2)


def test_what_cannot_be_copied_is_named(kernel: DryKernel) -> None:
    report = kernel.dry_run("connection[0].sum()")
    assert report.status == "unavailable"
    assert "connection (tuple) cannot be copied" in report.why


def test_what_is_too_large_is_not_copied(kernel: DryKernel) -> None:
    kernel.do("huge = np.empty(600 << 20, dtype='u1')")
    report = kernel.dry_run("df.height + len(huge)")
    assert (report.status, report.copy) == ("unavailable", "transfer")
    assert "512 MB" in report.why
    kernel.do("del huge")


def test_from_before_polars_was_used_a_fork_does() -> None:
    with DryKernel() as kernel:
        kernel.do("import polars as pl; df = pl.DataFrame({'a': [1, 1]}); checkpoint = _runner.checkpoint()")
        kernel.do("df.group_by('a').len()")
        assert kernel.do("print(_runner.checkpoint())") == "None\n"
        report = report_of(kernel.do("_print_report(checkpoint.run(\"df.group_by('a').len().height\"))"))
        assert (report.status, report.copy) == ("ok", "fork")
        kernel.do("checkpoint.close()")


def test_an_endless_loop_is_ended(kernel: DryKernel) -> None:
    report = kernel.dry_run("df.height\nwhile True: pass", seconds=0.5)
    assert (report.status, report.copy) == ("timeout", "transfer")


def test_nothing_of_it_is_left(kernel: DryKernel) -> None:
    kernel.do("before = set(os.listdir(os.environ['TMPDIR'])) if (os := __import__('os')) else 0")
    kernel.dry_run("df.sum()")
    assert (
        kernel.do(
            "print([n for n in set(os.listdir(os.environ['TMPDIR'])) - before if 'dryrun' in n], _children())"
        )
        == "[] []\n"
    )
