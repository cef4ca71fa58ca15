"""Hints to values that are not what the code takes them for, see `repair.hints`."""

from __future__ import annotations

import ast
import builtins
import re
from itertools import islice
from typing import TYPE_CHECKING

from nbcoder.suggest.repair.again import evaluated
from nbcoder.suggest.repair.raised import mentioned, user_frame, user_statement

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ambiguous_truth",
    "broken_numbers",
    "called_in",
    "kinds_of_values",
    "local_before_bound",
    "no_functions",
    "not_called",
    "numbers_there",
]

_PLAIN = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, type(None))
_NUMBERS = (bool, int, float, complex)
_SAMPLED = 1_000
_MOST_KINDS = 3


def not_called(error: BaseException) -> Iterator[str]:
    """Functions in square brackets."""
    if "is not subscriptable" not in str(error):
        return
    for source, value in _evaluated(error, ast.Subscript):
        if callable(value):
            yield f"{source} is a function: call it with round brackets, {source}(...)"


def no_functions(error: BaseException) -> Iterator[str]:
    """Values in round brackets, above all variables that hide a function of Python's own."""
    if "object is not callable" not in str(error):
        return
    for source, value in called_in(error):
        if not callable(value):
            hides = hasattr(builtins, source)
            yield f"{source} is a variable of type {type(value).__name__}, not a function" + (
                f"; it hides Python's own {source}: del {source} brings that back" if hides else ""
            )


def called_in(error: BaseException) -> Iterator[tuple[str, object]]:
    """What the failing statement calls, with its value: names and attributes."""
    return _evaluated(error, ast.Call)


def kinds_of_values(error: BaseException) -> Iterator[str]:
    """The types of the plain values in the failing statement."""
    for name, value in mentioned(error):
        if type(value) in _PLAIN:
            yield f"{name} is {_kind(value)}"


def numbers_there(error: BaseException) -> Iterator[str]:
    """The numbers in the failing statement."""
    told = [f"{name} is {value}" for name, value in mentioned(error) if type(value) in _NUMBERS]
    if told:
        yield f"there, {', '.join(told)}"


def broken_numbers(error: BaseException) -> Iterator[str]:
    """What was divided, where a whole number is wanted."""
    statement = user_statement(error)
    if statement is None or not re.search(r"as an integer|must be integers", str(error)):
        return
    if any(isinstance(node, ast.Div) for node in ast.walk(statement)):
        yield "/ gives a broken number: // gives a whole one"


def ambiguous_truth(error: BaseException) -> Iterator[str]:
    """A whole column where one yes or no is wanted."""
    if "truth value of" in str(error):
        yield "a whole column is no condition: combine with & | ~ and parentheses, not with and, or, not"
        yield "for one yes or no, write .any() or .all(); to choose rows, df[condition]; by row, np.where"


def local_before_bound(error: BaseException) -> Iterator[str]:
    """A global variable that a function binds, too."""
    name, frame = re.search(r"local variable '(\w+)'", str(error)), user_frame(error)
    if name and frame and name[1] in frame.f_globals:
        yield (
            f"the function assigns to {name[1]}, so that it is its own: make it a parameter, "
            f"or write global {name[1]} in the function"
        )


def _evaluated(error: BaseException, kind: type[ast.Subscript | ast.Call]) -> Iterator[tuple[str, object]]:
    """What is called, or looked into, in the failing statement: names and attributes, with their values."""
    frame, statement = user_frame(error), user_statement(error)
    if frame is None or statement is None:
        return
    for node in ast.walk(statement):
        if not isinstance(node, kind):
            continue
        owner = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(owner, ast.Name | ast.Attribute):
            yield ast.unparse(owner), evaluated(owner, {**frame.f_globals, **frame.f_locals})


def _kind(value: object) -> str:
    name = type(value).__name__
    if value is None:
        return "None"
    if isinstance(value, list | tuple | set | frozenset):
        kinds = sorted({type(one).__name__ for one in islice(value, _SAMPLED)})
        return f"{name} of {' and '.join(kinds)}" if 0 < len(kinds) <= _MOST_KINDS else name
    return name
