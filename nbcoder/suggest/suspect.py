"""Which cell is to be mended: the one that raised, or the one that defines what it calls."""

from __future__ import annotations

import ast
import re
from itertools import takewhile
from typing import TYPE_CHECKING

from nbcoder.notebook.cells import Cell
from nbcoder.suggest.code.names import defined, tree_of
from nbcoder.suggest.request import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.context import Executed

__all__ = ["find_suspect"]

_FRAME = re.compile(r"line (\d+): (.*\S)")


def find_suspect(failure: Failure, executed: Sequence[Executed]) -> Failure:
    """The failure, blamed on the cell that defines the function where it arose.

    An assertion about what a function gives shows a mistake in the function, not in the assertion; and an
    exception that arose inside a function belongs to the cell that holds it. Otherwise the failing cell
    itself is to be mended.
    """
    own = failure.cell.source
    others = [one for one in reversed(executed) if one.source != own]
    held = _where_it_arose(failure, [own, *(one.source for one in others)])
    if held == own and failure.error.name == "AssertionError":
        called = _checked(failure)
        cell = next((one for name in called for one in others if name in defined(one.source)), None)
    else:
        cell = next((one for one in others if one.source == held), None)
    if cell is None:
        return failure
    return Failure(Cell(cell.source, id=cell.cell_id), failure.error, raised_in=own)


def _where_it_arose(failure: Failure, sources: Sequence[str]) -> str:
    """That of the ``sources`` which holds the innermost line of the traceback that is in any of them."""
    frames = [(int(found[1]), found[2]) for found in map(_FRAME.fullmatch, _lines(failure)) if found]
    stripped = {source: [line.strip() for line in source.split("\n")] for source in sources}
    for number, text in reversed(frames):
        at_number = (source for source, lines in stripped.items() if lines[number - 1 : number] == [text])
        anywhere = (source for source, lines in stripped.items() if text in lines)
        if source := next(at_number, None) or next(anywhere, None):
            return source
    return failure.cell.source


def _lines(failure: Failure) -> list[str]:
    return [line.strip() for line in failure.error.traceback.splitlines()]


def _checked(failure: Failure) -> list[str]:
    """The functions whose values the failed assertion is about, the likeliest first.

    Only those before one that is defined in the cell itself: that is where to mend it then.
    """
    tree, own = tree_of(failure.cell.source), defined(failure.cell.source)
    frames = [found[2] for found in map(_FRAME.fullmatch, _lines(failure)) if found]
    raising = frames[-1] if frames else ""
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    at = [node for node in asserts if raising and raising in ast.unparse(node)] or asserts
    if called := _called(at):
        return list(takewhile(lambda name: name not in own, called))
    # What it looks at was bound before, in the function around it.
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(one in at for one in ast.walk(node))
    ]
    return [name for name in _called(around or [tree]) if name not in own]


def _called(nodes: Sequence[ast.AST]) -> list[str]:
    calls = [node.func for one in nodes for node in ast.walk(one) if isinstance(node, ast.Call)]
    return list(dict.fromkeys(call.id for call in calls if isinstance(call, ast.Name)))
