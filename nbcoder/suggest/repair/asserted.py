"""Hints on a check that failed: what it compared, see `repair.hints`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from nbcoder.suggest.repair.again import at_most, evaluated, shortened
from nbcoder.suggest.repair.raised import user_frame, user_statement

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["compared"]

_LONGEST = 200
_SAME = (ast.Eq, ast.Is)


def compared(error: BaseException) -> Iterator[str]:
    """What came out in a failed ``assert``, and what should have."""
    frame, statement = user_frame(error), user_statement(error)
    if frame is None or not isinstance(statement, ast.Assert):
        return
    values = {**frame.f_globals, **frame.f_locals}
    with at_most():
        match statement.test:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                yield from _sides(left, operator, right, values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                if value := evaluated(operand, values):
                    yield f"{_source(operand)} is {_told(value)}"
            case test:
                if not (value := evaluated(test, values)):
                    yield f"{_source(test)} is {_told(value)}"


def _sides(left: ast.expr, operator: ast.cmpop, right: ast.expr, values: dict[str, Any]) -> Iterator[str]:
    """Both sides of a comparison; nothing where it holds now, as with what gives another value each time."""
    sides = {"left": evaluated(left, values), "right": evaluated(right, values)}
    if evaluated(ast.Compare(ast.Name("left"), [operator], [ast.Name("right")]), sides):
        return
    if isinstance(operator, _SAME):
        yield f"{_source(left)} is {_told(sides['left'])}; it should be {_told(sides['right'])}"
        return
    for node, value in zip((left, right), sides.values(), strict=False):
        if not isinstance(node, ast.Constant):
            yield f"{_source(node)} is {_told(value)}"


def _source(node: ast.expr) -> str:
    return shortened(ast.unparse(node), _LONGEST)


def _told(value: object) -> str:
    return shortened(repr(value), _LONGEST)
