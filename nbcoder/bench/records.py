"""What is written down of a run: one line per answer, appended as it comes, so that a run can be resumed."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from nbcoder.bench.verdicts import Verdict
from nbcoder.errors import BenchDataError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

__all__ = ["Item", "Journal", "Key", "Kind", "Label", "Record"]

Kind = Literal["question", "repair", "infilling"]
Item = tuple[str, str, int, str, str]
"""What is asked: the data file, the set in it, the question in that, its digest, and the kernel."""


@dataclass(frozen=True, order=True)
class Label:
    """Who answers: the mode, the model, the seed ('' for none). The same label is the same contender."""

    mode: str
    model: str
    seed: str = ""


@dataclass(frozen=True, order=True)
class Key:
    """Which answer: the data file, the set in it, the question in that (from 1), and who answers.

    ``digest`` tells what the question is and ``kernel`` the name of the Jupyter kernel; '' is not known.
    """

    data: str
    set: str
    index: int
    label: Label
    digest: str = ""
    kernel: str = ""

    @property
    def item(self) -> Item:
        """What is asked, whoever answers."""
        return self.data, self.set, self.index, self.digest, self.kernel


@dataclass(frozen=True)
class Record:
    """One answer and what became of it.

    ``seconds`` is the time to answer, ``error`` an exception's name, ``validator`` the one that refused.
    A repair is `Verdict.CORRECT` when it mended the notebook, and then ``tries`` says at which try;
    ``runs_at`` is the first try after which nothing raised (0: none), ``damaged`` says that a cell which ran
    before no longer did.
    """

    key: Key
    kind: Kind
    verdict: Verdict
    validator: str = ""
    error: str = ""
    why: str = ""
    request: str = ""
    code: str = ""
    note: str = ""
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tries: int = 0
    runs_at: int = 0
    damaged: bool = False

    def to_dict(self) -> dict[str, Any]:
        """One flat object of plain values."""
        values = asdict(self)
        key = values.pop("key")
        label = key.pop("label")
        return {**key, **label, **values}

    def to_json(self) -> str:
        """One line."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, line: str) -> Record:
        """Read what `to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
        try:
            values = json.loads(line)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if not isinstance(values, dict):
            raise TypeError("no object")
        _check(values)
        label = Label(*(values.pop(field.name) for field in fields(Label)))
        # What was written before there were digests has none.
        about = values.pop("digest", ""), values.pop("kernel", "")
        key = Key(values.pop("data"), values.pop("set"), values.pop("index"), label, *about)
        return cls(key, verdict=Verdict(values.pop("verdict")), **values)


_PLAIN = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}
_TYPES = {
    one.name: _PLAIN[str(one.type)]
    for kind in (Label, Key, Record)
    for one in fields(kind)
    if one.type in _PLAIN
}
_LARGEST = 2.0**53


def _check(values: Mapping[str, Any]) -> None:
    """Refuse values of other types: they would break what sorts and adds them up, long after."""
    if values["kind"] not in get_args(Kind):
        raise ValueError("no such kind")
    for name in values.keys() & _TYPES.keys():
        if type(values[name]) not in _TYPES[name]:
            raise TypeError(f"{name} is of another type")
        if int in _TYPES[name] and not abs(values[name]) <= _LARGEST:
            raise ValueError(f"{name} is no number to reckon with")


class Journal:
    """The records of a run, in a file that only grows. Safe to use from several threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Go on with what ``path`` holds; without a path nothing is written.

        A file that holds anything else is left as it is.

        Raises
        ------
        BenchDataError
            The file holds something else, or cannot be read.
        """
        self._path = path
        self._lock = threading.Lock()
        self._records: dict[Key, Record] = {}
        if path is not None:
            self._read(path)

    @property
    def records(self) -> list[Record]:
        """Everything so far, sorted by key."""
        with self._lock:
            return [self._records[key] for key in sorted(self._records)]

    def has(self, key: Key) -> bool:
        """Whether this answer was given already."""
        with self._lock:
            return key in self._records

    def keep(self, items: Collection[Item]) -> int:
        """Forget what was written for anything else; how many records that is. In the file they stay."""
        with self._lock:
            kept = {key: record for key, record in self._records.items() if key.item in items}
            forgotten = len(self._records) - len(kept)
            self._records = kept
        return forgotten

    def append(self, record: Record) -> None:
        """Remember a record and write it before returning.

        Raises
        ------
        BenchDataError
            The file cannot be written.
        """
        with self._lock:
            self._records[record.key] = record
            if self._path is None:
                return
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(record.to_json() + "\n")
            except OSError as error:
                raise BenchDataError(f"cannot write {self._path}: {error}. Give another place.") from error

    def _read(self, path: Path) -> None:
        try:
            *whole, unfinished = path.read_bytes().split(b"\n")
            for number, line in enumerate(whole, start=1):
                record = _record_of(line, number, path)
                self._records[record.key] = record
            if unfinished and not whole:
                raise _no_record(1, path)
            if unfinished:
                # The last run was killed while it wrote: that answer is asked for again.
                os.truncate(path, sum(len(line) + 1 for line in whole))
        except FileNotFoundError:
            return
        except OSError as error:
            raise BenchDataError(f"cannot go on with {path}: {error}. Give another place.") from error


def _record_of(line: bytes, number: int, path: Path) -> Record:
    try:
        return Record.from_json(line.decode("utf-8"))
    except (ValueError, KeyError, TypeError) as error:
        raise _no_record(number, path) from error


def _no_record(number: int, path: Path) -> BenchDataError:
    return BenchDataError(f"line {number} of {path} is no record of a bench run. Give another place.")
