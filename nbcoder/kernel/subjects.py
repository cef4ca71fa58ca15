"""Which cell a request is about: the one that the frontend names, or one that ran."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbcoder.errors import NoSubject
from nbcoder.kernel.tracker import is_ours
from nbcoder.notebook.cells import Cell
from nbcoder.texts import Text

if TYPE_CHECKING:
    from nbcoder import wire
    from nbcoder.kernel.runs import Run
    from nbcoder.kernel.tracker import Tracker

__all__ = ["cell_of_run", "cell_that_ran"]

_OTHER_LANGUAGE = re.compile(r"\s*%%(?!time\b|timeit\b|prun\b|capture\b)\w+")
_NUMBER = re.compile(r"\s*\[?(\d+)\]?(?:\s+|$)")


def cell_of_run(run: Run, cell_id: str, kind: wire.Kind) -> Cell:
    """The cell of the page with that id.

    Raises
    ------
    NoSubject
        It is gone, or there is nothing in it for a request of that kind.
    """
    index = run.notebook.index(cell_id)
    if index is None:
        raise NoSubject(Text("the cell is gone."))
    return _usable(run.notebook.cells[index], kind)


def cell_that_ran(tracker: Tracker, line: str, kind: wire.Kind) -> tuple[Cell, str]:
    """The cell that ``line`` names by its number, else the last one that ran; and the rest of the line.

    Raises
    ------
    NoSubject
        No such cell has run in this kernel, or there is nothing in it for a request of that kind.
    """
    number = _NUMBER.match(line)
    wanted = int(number[1]) if number else None
    found = next(
        (ran for ran in reversed(tracker.executed) if wanted in (None, ran.execution_count)),
        None,
    )
    if found is None:
        what = "no cell" if wanted is None else f"no cell [{wanted}]"
        raise NoSubject(f"{what} has run in this kernel since nbcoder was loaded. Run it, then ask again.")
    cell = Cell(found.source, id=found.cell_id, execution_count=found.execution_count)
    return _usable(cell, kind), line[number.end() :] if number else line


def _usable(cell: Cell, kind: wire.Kind) -> Cell:
    if cell.type != "code" or not cell.source.strip() or is_ours(cell.source):
        raise NoSubject(Text("there is no code of yours in this cell. Choose another one."))
    if kind != "explain" and _OTHER_LANGUAGE.match(cell.source):
        raise NoSubject(Text("this cell is not Python. It can only be explained."))
    return cell
