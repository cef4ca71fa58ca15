"""A run goes on where its journal ends, and takes no answer from it that is one to something else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from nbcoder.bench.data import load_data
from nbcoder.bench.quality import Contenders, measure_quality
from nbcoder.bench.records import Journal
from nbcoder.bench.runner import Desk, run_questions
from nbcoder.bench.verdicts import Verdict
from nbcoder.errors import EngineFailed
from nbcoder.progress import Silent
from tests.bench.contenders import PLAIN, Scripted, plain

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_goes_on_where_it_was_broken_off(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    first = Scripted({1: "6", 2: EngineFailed("it broke.")})
    with pytest.raises(EngineFailed):
        run_questions("data", plain(), [first], Desk(Journal(path), jobs=1), Silent())
    second = Scripted({1: "6", 2: "3", 3: "values += [4]", 4: "10"})
    desk = Desk(Journal(path), jobs=1)
    run_questions("data", plain(), [second], desk, Silent())
    assert second.asked == [2, 3, 4]
    assert [record.verdict for record in desk.journal.records] == [Verdict.CORRECT] * 4
    third = Scripted({})
    run_questions("data", plain(), [third], Desk(Journal(path), jobs=1), Silent())
    assert third.asked == []


class _Listening(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def test_answers_to_what_a_file_held_before_are_not_taken_and_counted_in_one_line(tmp_path: Path) -> None:
    path, journal = tmp_path / "set.py", tmp_path / "run.jsonl"
    answers: dict[int, str | Exception] = {1: "6", 2: "3", 3: "values.append(4)", 4: "10"}

    def measure(source: str, told: Silent) -> tuple[Scripted, Desk]:
        path.write_text(source)
        answerer, desk = Scripted(answers), Desk(Journal(journal), jobs=1)
        measure_quality(load_data(path), Contenders([answerer]), desk, told)
        return answerer, desk

    measure(PLAIN, silent := _Listening())
    assert silent.lines == []
    answerer, desk = measure(PLAIN.replace("Append four.", "Append one."), listening := _Listening())
    assert answerer.asked == [3, 4]
    assert len(desk.journal.records) == 4
    assert "Append four." not in {one.request for one in desk.journal.records}
    assert len(listening.lines) == 1
    assert listening.lines[0].startswith("Rows of the journal that are not used")
    assert listening.lines[0].endswith(": 2.")
    again, _ = measure(PLAIN, _Listening())
    assert again.asked == []


def test_answers_of_another_kernel_or_an_older_nbcoder_are_not_taken(tmp_path: Path) -> None:
    path, journal = tmp_path / "set.py", tmp_path / "run.jsonl"
    path.write_text(PLAIN)
    run_questions("set", plain(name="set"), [Scripted({1: "6"})], Desk(Journal(journal), jobs=1), Silent())
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    lines[0]["kernel"] = "pandas2"
    for name in ("digest", "kernel"):
        del lines[1][name]
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    answerer, listening = Scripted({1: "6"}), _Listening()
    measure_quality(load_data(path), Contenders([answerer]), Desk(Journal(journal), jobs=1), listening)
    assert answerer.asked == [1, 2]
    assert listening.lines[0].startswith("Rows of the journal that are not used")
    assert listening.lines[0].endswith(": 2.")
