from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest  # type: ignore[import-untyped]

from nbcoder.bench.records import Key, Label, Record
from nbcoder.bench.report import report
from nbcoder.bench.score import mcnemar, summarise, wilson
from nbcoder.bench.verdicts import Verdict

GOOD, BAD, OUT = Verdict.CORRECT, Verdict.CRASH, Verdict.LEFT_OUT


def record(index: int, verdict: Verdict, mode: str = "full", seed: str = "", data: str = "d") -> Record:
    return Record(
        Key(data, "set", index, Label(mode, "m", seed)), "question", verdict, seconds=float(index), tries=1
    )


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_share_is_wilsons(counts: tuple[int, int]) -> None:
    solved, total = counts
    wanted = binomtest(solved, total).proportion_ci(0.95, method="wilson")
    assert wilson(solved, total) == pytest.approx((wanted.low, wanted.high), abs=1e-6)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_p_of_two_modes_is_mcnemars_exact_one(gained: int, lost: int) -> None:
    wanted = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar(gained, lost) == pytest.approx(wanted)


def test_a_row_tells_share_faults_and_times() -> None:
    (row,) = summarise([record(1, GOOD), record(2, BAD), record(3, GOOD), record(4, GOOD)]).rows
    assert (row.items, row.solved) == (4, 0.75)
    assert row.verdicts == {"correct": 3, "crash": 1}
    assert (row.seconds_median, row.seconds_p90) == (2.5, 4.0)
    assert row.low < 0.75 < row.high


def test_what_is_left_out_for_one_is_left_out_for_all_and_named() -> None:
    left = dataclasses.replace(record(1, OUT), why="the reference raises")
    summary = summarise([left, record(2, GOOD), record(1, GOOD, "bare"), record(2, BAD, "bare")])
    assert [(row.mode, row.items) for row in summary.rows] == [("full", 1), ("bare", 1)]
    assert summary.left_out == {"d set 1": "the reference raises"}


def test_modes_are_compared_answer_by_answer() -> None:
    records = [record(i, GOOD if i > 4 else BAD, "bare") for i in range(10)]
    records += [record(i, GOOD if i > 1 else BAD, "full") for i in range(10)]
    (comparison,) = summarise(records).comparisons
    assert (comparison.mode, comparison.against) == ("full", "bare")
    assert (comparison.gained, comparison.lost, comparison.items) == (3, 0, 10)
    assert comparison.difference == pytest.approx(0.3)
    assert comparison.low < 0.3 < comparison.high
    assert comparison.p == 0.25


def test_seeds_are_no_more_questions() -> None:
    (row,) = summarise([record(1, GOOD, seed="1"), record(1, BAD, seed="2")]).rows
    assert (row.items, row.solved) == (1, 0.5)


def test_several_files_have_a_row_for_all() -> None:
    rows = summarise([record(1, GOOD), record(1, BAD, data="e")]).rows
    assert [(row.data, row.items) for row in rows] == [("d", 1), ("e", 1), ("all questions", 2)]


def test_repairs_count_by_tries_and_damage() -> None:
    key = Key("q", "one", 1, Label("fix", "m"))
    records = [
        Record(key, "repair", GOOD, tries=1),
        Record(dataclasses.replace(key, set="two"), "repair", GOOD, tries=3),
        Record(dataclasses.replace(key, set="three"), "repair", BAD, tries=3, damaged=True),
    ]
    (row,) = summarise(records).rows
    assert row.solved_by_try == pytest.approx((1 / 3, 1 / 3, 2 / 3))
    assert row.damaged == 1
    assert "damaged" in report(summarise(records))


def test_the_report_shows_everything_and_the_json_too() -> None:
    left = dataclasses.replace(record(9, OUT), why="the reference\nraises")
    summary = summarise([record(1, GOOD), record(1, BAD, "bare"), left])
    text = report(summary)
    assert "100.0" in text
    assert "d set 9: the reference raises" in text
    assert all(line.startswith(("|", "-", "Left")) for line in text.splitlines() if line)
    assert json.loads(json.dumps(summary.to_json()))["left_out"] == {"d set 9": "the reference\nraises"}


def test_each_mode_has_for_each_file_its_share_its_times_and_its_tokens() -> None:
    records = [
        dataclasses.replace(record(i, GOOD if i % 2 else BAD, mode, data=data), prompt_tokens=900 + i)
        for data in ("d", "e")
        for mode in ("bare", "full")
        for i in range(1, 11)
    ]
    head, _, *lines = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in report(summarise(records)).split("\n\n")[0].splitlines()
    )
    assert head == ["data", "model", "mode", "n", "solved", "95 %", "p50 s", "p90 s", "tokens in", "out"]
    figures = ["10", "50.0", "23.7 to 76.3", "5.5", "9.0", "906", "0"]
    assert lines[:4] == [["d", "m", mode, *figures] for mode in ("bare", "full")] + [
        ["e", "m", mode, *figures] for mode in ("bare", "full")
    ]
    assert [line[:4] for line in lines[4:]] == [
        ["all questions", "m", mode, "20"] for mode in ("bare", "full")
    ]


def test_an_empty_run_has_a_report() -> None:
    assert report(summarise([])) == "Nothing was answered."
