"""``nbcoder bench quality``: any data, any contenders, one result."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbcoder.bench.infilling import run_infillings
from nbcoder.bench.repair import run_repairs
from nbcoder.bench.runner import Desk, Reference, run_questions
from nbcoder.bench.score import summarise
from nbcoder.errors import BenchDataError
from nbcoder.notebook.files import check_place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nbcoder.bench.answerers import Answerer
    from nbcoder.bench.data import BenchData
    from nbcoder.bench.infilling import Infiller
    from nbcoder.bench.records import Record
    from nbcoder.bench.repair import Fixer
    from nbcoder.bench.score import Summary
    from nbcoder.progress import Progress

__all__ = ["Contenders", "check_references", "make_place", "measure_quality", "write_result"]


@dataclass(frozen=True)
class Contenders:
    """Who takes part, by the kind of data they can do."""

    answerers: Sequence[Answerer] = field(default=())
    fixers: Sequence[Fixer] = field(default=())
    infillers: Sequence[Infiller] = field(default=())


def measure_quality(
    given: Sequence[BenchData], contenders: Contenders, desk: Desk, progress: Progress
) -> Summary:
    """Run everyone on all of ``given`` and sum it up; goes on where the journal of ``desk`` ends.

    Raises
    ------
    BenchDataError
        Nobody can do anything with the data, or the journal cannot be written.
    EngineError
        The engine failed; run again to go on from there.
    """
    _forget_other_items(given, desk, progress)
    for data in given:
        if data.questions and contenders.answerers:
            run_questions(data.name, data.questions, contenders.answerers, desk, progress)
        elif data.repairs and contenders.fixers:
            run_repairs(data.name, data.repairs, contenders.fixers, desk, progress)
        elif data.infillings and contenders.infillers:
            run_infillings(data.name, data.infillings, contenders.infillers, desk, progress)
        else:
            progress.say(f"{data.name}: none of the chosen modes can do this kind of data.")
    if not desk.journal.records:
        raise BenchDataError("nothing was measured. Choose modes that fit the data.")
    return summarise(desk.journal.records)


def _forget_other_items(given: Sequence[BenchData], desk: Desk, progress: Progress) -> None:
    asked = {item for data in given for item in data.items(desk.kernel)}
    if forgotten := desk.journal.keep(asked):
        progress.say(
            "Rows of the journal that are not used, as they were written for other data, for another kernel, "
            f"or by an older nbcoder: {forgotten}."
        )


def check_references(given: Sequence[BenchData], desk: Desk, progress: Progress) -> Summary:
    """Answer every question with its own reference, to see which can be judged in this environment."""
    for data in given:
        if data.questions:
            run_questions(data.name, data.questions, [Reference(data.questions)], desk, progress)
    return summarise(desk.journal.records)


def make_place(path: Path) -> None:
    """Find out before hours of work whether a result can be written there, in a folder made for it.

    Raises
    ------
    NBCoderError
        It cannot.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_written(path, error) from error
    check_place(path)


def write_result(summary: Summary, records: Sequence[Record], path: Path) -> None:
    """Put the figures and every answer into a JSON file.

    Raises
    ------
    BenchDataError
        The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        answers = [record.to_dict() for record in records]
        path.write_text(json.dumps({**summary.to_json(), "answers": answers}, indent=1), encoding="utf-8")
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> BenchDataError:
    return BenchDataError(f"cannot write {path}: {error}. Give another place.")
