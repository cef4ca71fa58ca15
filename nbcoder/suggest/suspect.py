"""Which cell is to be mended: the one that raised, or the one that defines what it calls."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nbcoder.notebook.cells import Cell
from nbcoder.suggest.names import defined, tree_of
from nbcoder.suggest.request import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbcoder.context import Executed

__all__ = ["find_suspect"]


def find_suspect(failure: Failure, executed: Sequence[Executed]) -> Failure:
    """The failure, blamed on the cell that defines the function where it arose.

    An assertion about what a function gives shows a mistake in the function, not in the assertion; and an
    exception that arose inside a function belongs to the cell that holds it. Otherwise the failing cell
    itself is to be mended.
    """
    own = defined(failure.cell.source)
    for name in _candidates(failure):
        if name in own:
            return failure
        cell = next((one for one in reversed(executed) if name in defined(one.source)), None)
        if cell is not None and cell.source != failure.cell.source:
            return Failure(Cell(cell.source, id=cell.cell_id), failure.error, raised_in=failure.cell.source)
    return failure


def _candidates(failure: Failure) -> Iterable[str]:
    """Names of functions that may be at fault, the likeliest first."""
    lines = failure.error.traceback.splitlines()
    raising = next((line for line in reversed(lines) if line.startswith("line ")), "").partition(": ")[2]
    tree = tree_of(failure.cell.source)
    if raising and raising not in failure.cell.source:
        # The last line that ran is not of this cell: it is of a function that the cell calls.
        return _called(tree)
    if failure.error.name == "AssertionError":
        asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
        at = [node for node in asserts if raising and raising in ast.unparse(node)]
        return [name for node in at or asserts for name in _called(node)]
    return []


def _called(tree: ast.AST) -> list[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return list(dict.fromkeys(call.id for call in calls if isinstance(call, ast.Name)))
