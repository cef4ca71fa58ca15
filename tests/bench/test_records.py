from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from nbcoder.bench.records import Journal, Key, Label, Record
from nbcoder.bench.verdicts import Verdict
from nbcoder.errors import BenchDataError

if TYPE_CHECKING:
    from pathlib import Path


def record(index: int = 1, verdict: Verdict = Verdict.CORRECT, code: str = "x") -> Record:
    return Record(
        Key("data", "set", index, Label("full", "model", "7")), "question", verdict, code=code, seconds=1.5
    )


def test_a_journal_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.jsonl"
    first = Journal(path)
    first.append(record(2, code='line\n"quoted" ü'))
    first.append(record(1, Verdict.LEFT_OUT))
    second = Journal(path)
    assert (
        second.records == first.records == [record(1, Verdict.LEFT_OUT), record(2, code='line\n"quoted" ü')]
    )
    assert second.has(record(2).key)
    assert not second.has(record(3).key)


def test_a_line_that_was_cut_short_is_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(record(1).to_json() + "\n" + record(2).to_json()[:30])
    journal = Journal(path)
    assert journal.records == [record(1)]
    journal.append(record(2))
    assert Journal(path).records == [record(1), record(2)]


def test_another_file_is_not_taken_for_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text('{"name": "other"}\n')
    with pytest.raises(BenchDataError, match="line 1"):
        Journal(path)


def test_a_journal_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchDataError, match="cannot write"):
        Journal(tmp_path / "file" / "run.jsonl").append(record())


def test_several_threads_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = Journal(path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda index: journal.append(record(index, code="x" * 5000)), range(200)))
    assert Journal(path).records == [record(index, code="x" * 5000) for index in range(200)]
