"""The steps of a statement that fails, each as a hole to be filled anew.

A small model that is asked to mend a cell often gives it back as it is. Of a step that it does not see, such
as ``.last().index`` between ``sales.resample('ME')`` and ``.tolist()``, it writes what belongs there; that
the cell runs then, tells that this was the step. `nbcoder.suggest.code.lines` does so where there are tests.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nbcoder.suggest.code.edits import place
from nbcoder.suggest.code.lines import Hole
from nbcoder.suggest.code.names import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["step_holes"]

_MOST = 8
"""Steps looked at, the last of the statement first."""


def step_holes(source: str, line: int | None) -> Iterator[Hole]:
    """One for each step of the statement in that line, the last first; then one for all of its expression."""
    statement = _statement(source, line)
    if statement is None:
        return
    nodes = list(_within(statement))
    steps = [(place(source, below)[1], place(source, step)[1]) for step, below in _steps(nodes)]
    steps.sort(key=lambda step: step[1], reverse=True)
    data = source.encode()
    for start, end in dict.fromkeys([*steps[:_MOST], *(place(source, node) for node in nodes[:1])]):
        yield Hole(data[:start].decode(), data[end:].decode(), data[start:end].decode())


def _statement(source: str, line: int | None) -> ast.stmt | None:
    """The innermost one in that line."""
    around = [
        node
        for node in ast.walk(tree_of(source))
        if isinstance(node, ast.stmt) and line and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return min(around, key=lambda node: (node.end_lineno or node.lineno) - node.lineno, default=None)


def _within(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expression that it evaluates, then those inside of it, but for what stands in f-strings."""
    told = (getattr(statement, name, None) for name in ("value", "iter", "test"))
    found: list[ast.AST] = [node for node in told if isinstance(node, ast.expr)]
    for node in found:
        if isinstance(node, ast.expr):
            yield node
        if not isinstance(node, ast.JoinedStr):  # before Python 3.12, places in these are not told right
            found += ast.iter_child_nodes(node)


def _steps(nodes: Iterable[ast.expr]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is called on a value or picked from it, with that value."""
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=below)) | ast.Subscript(value=below):
                yield node, below
