"""Which cells have to run again after a cell was replaced."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.suggest.code.names import names_given, names_taken

if TYPE_CHECKING:
    from nbcoder.notebook.cells import Cell, Notebook

__all__ = ["Dependant", "find_dependants"]

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Dependant:
    """A cell that ran, and the names in it that come from what was replaced."""

    cell: Cell
    names: tuple[str, ...]


def find_dependants(notebook: Notebook, target: Cell, code: str) -> tuple[Dependant, ...]:
    """The cells below ``target`` that ran and read what it, or ``code`` in its place, gives them.

    What they give to others counts as well. A name that is bound anew on the way is another one from there.
    """
    at = notebook.index(target.id)
    if at is None:
        return ()
    changed = names_given(target.source) | names_given(code)
    found = []
    for cell in notebook.cells[at + 1 :]:
        if cell.type != "code" or (cell.execution_count is None and cell.error is None):
            continue
        if changed.isdisjoint(_WORD.findall(cell.source)):
            continue  # most cells of a long notebook need no parser
        given = names_given(cell.source)
        read = names_taken(cell.source) & changed
        if read:
            found.append(Dependant(cell, tuple(sorted(read))))
            changed |= given
        else:
            changed -= given
    return tuple(found)
