"""What is written down of a run: one line per answer, appended as it comes, so that a run can be resumed."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from nbcoder.bench.verdicts import Verdict
from nbcoder.errors import BenchDataError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Journal", "Key", "Kind", "Label", "Record"]

Kind = Literal["question", "repair", "infilling"]


@dataclass(frozen=True, order=True)
class Label:
    """Who answers: the mode, the model, the seed ('' for none). The same label is the same contender."""

    mode: str
    model: str
    seed: str = ""


@dataclass(frozen=True, order=True)
class Key:
    """Which answer: the data file, the set in it, the question in that (from 1), and who answers."""

    data: str
    set: str
    index: int
    label: Label


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
        values = json.loads(line)
        label = Label(*(values.pop(field.name) for field in fields(Label)))
        key = Key(values.pop("data"), values.pop("set"), values.pop("index"), label)
        return cls(key, verdict=Verdict(values.pop("verdict")), **values)


class Journal:
    """The records of a run, in a file that only grows. Safe to use from several threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Go on with what ``path`` holds; without a path nothing is written.

        Raises
        ------
        BenchDataError
            The file holds something else, or cannot be read.
        """
        self._path = path
        self._lock = threading.Lock()
        self._records: dict[Key, Record] = {}
        if path is not None and path.exists():
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
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BenchDataError(f"cannot read {path}: {error}. Give another place.") from error
        whole, _, broken = text.rpartition("\n")
        if broken:
            # The last run was killed while it wrote: that answer is asked for again.
            path.write_text(whole + "\n" if whole else "", encoding="utf-8")
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                record = Record.from_json(line)
            except (ValueError, KeyError, TypeError) as error:
                raise BenchDataError(
                    f"line {number} of {path} is no record of a bench run. Give another place."
                ) from error
            self._records[record.key] = record
