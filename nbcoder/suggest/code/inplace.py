"""Tables and lists that code loses: what changes them in place gives nothing back."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbcoder.suggest.code.edits import Edit, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["without_lost_tables", "without_lost_values"]

_METHODS = frozenset(
    re.findall(
        r"\w+",
        """
        bfill clip drop drop_duplicates dropna eval ffill fillna interpolate mask query rename rename_axis
        replace reset_index set_axis set_index sort_index sort_values where
        """,
    )
)
"""Those of pandas that take ``inplace``; ``nn.ReLU(inplace=True)`` means something else."""

_CHANGING = frozenset(
    re.findall(r"\w+", "add append clear discard extend insert remove reverse shuffle sort update")
)
"""Methods of lists, sets and dictionaries that do so, and what shuffles a list."""


def without_lost_values(code: str) -> str:
    """``xs.append(1)`` for ``xs = xs.append(1)``, which leaves None in ``xs``; for code that met one."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return code
    return replaced(code, [edit for node in ast.walk(tree) for edit in _unbound(code, node)])


def _unbound(code: str, node: ast.AST) -> Iterator[Edit]:
    match node:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method), args=given) as call,
        ) if method in _CHANGING:
            shuffled = [one.id for one in given if isinstance(one, ast.Name)] if method == "shuffle" else []
            if name in (owner, *shuffled):
                yield Edit(node, ast.get_source_segment(code, call) or "")


def without_lost_tables(code: str) -> str:
    """``code`` without ``inplace=True`` where what the method gives back is used.

    ``df = df.dropna(inplace=True)`` leaves None in ``df``, which nobody means.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return code
    unused = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node not in unused]
    return replaced(code, [Edit(gap, "") for call in calls for gap in _gaps(call)])


def _gaps(call: ast.Call) -> Iterator[ast.expr]:
    """The place of ``inplace=True`` among the arguments, with the comma that parts it from the others."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS):
        return
    arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    given = sorted(arguments, key=lambda one: (one.lineno, one.col_offset))
    for at, one in enumerate(given):
        match one:
            case ast.keyword(arg="inplace", value=ast.Constant(value=True)):
                yield _gap(given, at)


def _gap(given: Sequence[ast.expr | ast.keyword], at: int) -> ast.expr:
    one = given[at]
    start = (one.lineno, one.col_offset)
    end = (one.end_lineno, one.end_col_offset)
    if at > 0:
        start = (given[at - 1].end_lineno or 0, given[at - 1].end_col_offset or 0)
    elif len(given) > 1:
        end = (given[1].lineno, given[1].col_offset)
    return ast.Constant(None, lineno=start[0], col_offset=start[1], end_lineno=end[0], end_col_offset=end[1])
