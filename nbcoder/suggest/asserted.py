"""Hints on a check that failed: what it compared, see `nbcoder.suggest.hints`."""

from __future__ import annotations

import ast
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from nbcoder.suggest.raised import user_frame, user_statement

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["compared"]

_SECONDS = 1.0
"""For the check to be evaluated once more; a check that takes longer tells nothing."""
_LONGEST = 200
_SAME = (ast.Eq, ast.Is)


def compared(error: BaseException) -> Iterator[str]:
    """What came out in a failed ``assert``, and what should have."""
    frame, statement = user_frame(error), user_statement(error)
    if frame is None or not isinstance(statement, ast.Assert):
        return
    values = {**frame.f_globals, **frame.f_locals}
    with _at_most(_SECONDS):
        match statement.test:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                yield from _sides(left, operator, right, values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                if value := _value(operand, values):
                    yield f"{_source(operand)} is {_told(value)}"
            case test:
                if not (value := _value(test, values)):
                    yield f"{_source(test)} is {_told(value)}"


def _sides(left: ast.expr, operator: ast.cmpop, right: ast.expr, values: dict[str, Any]) -> Iterator[str]:
    """Both sides of a comparison; nothing where it holds now, as with what gives another value each time."""
    sides = {"left": _value(left, values), "right": _value(right, values)}
    if _value(ast.Compare(ast.Name("left"), [operator], [ast.Name("right")]), sides):
        return
    if isinstance(operator, _SAME):
        yield f"{_source(left)} is {_told(sides['left'])}; it should be {_told(sides['right'])}"
        return
    for node, value in zip((left, right), sides.values(), strict=False):
        if not isinstance(node, ast.Constant):
            yield f"{_source(node)} is {_told(value)}"


def _value(node: ast.expr, values: dict[str, Any]) -> object:
    # The copy is thrown away: evaluating it again costs nothing but time.
    return eval(ast.unparse(node), values)  # noqa: S307


def _source(node: ast.expr) -> str:
    return _short(ast.unparse(node))


def _told(value: object) -> str:
    return _short(repr(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise TimeoutError inside after so many seconds; in the main thread of the copy alone."""

    def ring(*_: object) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
