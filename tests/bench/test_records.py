from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.bench.records import Journal, Key, Label, Record
from nbcoder.bench.report import report
from nbcoder.bench.score import summarise
from nbcoder.bench.verdicts import Verdict
from nbcoder.errors import BenchDataError


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


WHOLE = json.loads(record().to_json())


def refusal(path: Path, content: bytes) -> str:
    """The one line that is said of a file which is no journal; it is still what it was."""
    path.write_bytes(content)
    with pytest.raises(BenchDataError) as raised:
        Journal(path)
    assert path.read_bytes() == content
    assert len(str(raised.value).splitlines()) == 1
    return str(raised.value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'{"name": "other"}\n', 1),
        (b"important file without newline", 1),
        (b"# my notes\nline 2", 1),
        (record().to_json().encode() + b"\n# my notes\nline 3", 2),
        (b"\xff\xfe\n", 1),
        (b"[" * 100_000 + b"\n", 1),
    ],
)
def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes, line: int
) -> None:
    assert f"line {line} of" in refusal(tmp_path / "notes.md", content)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data", ["d"]),
        ("index", "1"),
        ("index", True),
        ("mode", None),
        ("kind", "nothing"),
        ("verdict", "fine"),
        ("seconds", "1"),
        ("seconds", float("nan")),
        ("prompt_tokens", 10**400),
        ("damaged", 0),
        ("colour", "red"),
    ],
)
def test_a_row_with_a_value_of_another_type_is_no_record(tmp_path: Path, name: str, value: object) -> None:
    row = json.dumps(WHOLE | {name: value})
    assert "line 2 of" in refusal(tmp_path / "run.jsonl", f"{record().to_json()}\n{row}\n".encode())


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
ROWS = st.dictionaries(st.sampled_from(sorted(WHOLE)), VALUES, max_size=3).map(
    lambda changed: json.dumps(WHOLE | changed)
)
FILES = st.lists(ROWS | st.just(record().to_json()) | st.text(max_size=30), max_size=4).map(
    lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass")
)


@given(FILES | st.binary(max_size=50))
def test_any_file_gives_records_or_one_line_and_is_changed_only_where_its_last_line_is_unfinished(
    content: bytes,
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.jsonl"
        path.write_bytes(content)
        whole = content[: content.rfind(b"\n") + 1]
        try:
            records = Journal(path).records
        except BenchDataError:
            refusal(path, content)
            return
        assert path.read_bytes() == whole
        assert bool(records) == bool(whole)
        report(summarise(records))


def test_a_journal_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchDataError, match="cannot go on with"):
        Journal(tmp_path / "file" / "run.jsonl")
    journal = Journal(tmp_path / "new" / "run.jsonl")
    (tmp_path / "new").write_text("")
    with pytest.raises(BenchDataError, match="cannot write"):
        journal.append(record())


def test_several_threads_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = Journal(path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda index: journal.append(record(index, code="x" * 5000)), range(200)))
    assert Journal(path).records == [record(index, code="x" * 5000) for index in range(200)]
