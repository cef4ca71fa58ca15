"""Brings values that a cell prints to its end, where the notebook shows them in full.

Texts that are laid out in lines are left to be printed: shown as values, they would stand on one line.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nbcoder.suggest.code.edits import Edit, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_laid_out", "is_print", "show_result", "show_results"]

_LAYING_OUT = frozenset({"dedent", "fill", "pformat", "tabulate", "to_markdown", "to_string"})


def show_result(code: str) -> str:
    """``code`` with a last ``print(value)`` as a bare ``value``, so that the notebook shows it in full.

    Of several things printed at once, or of a text with slots, the one value among them is shown. A cell that
    prints more than once is left alone.
    """
    match _prints(code):
        case [only] if (value := _only_value(only)) and not is_laid_out(value):
            return replaced(code, [Edit(only, _source(code, value))])
    return code


def show_results(code: str) -> str:
    """``code`` whose last lines, each of which prints one value, show these values together."""
    match _prints(code):
        case [first, _, *_] as prints:
            values = [_only_value(one) for one in prints]
            if None not in values and not any(map(is_laid_out, filter(None, values))):
                shown = ", ".join(_source(code, value) for value in values if value)
                edits = [Edit(first, shown), *(Edit(one, "") for one in prints[1:])]
                return replaced(code, edits).rstrip()
    return code


def is_laid_out(value: ast.expr) -> bool:
    """Whether it is a text that was made to be printed, of several lines."""
    match value:
        case ast.Attribute(attr="__doc__"):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join")):
            return "\n" in between
        case ast.Call(func=ast.Attribute(attr="dumps" | "to_json"), keywords=words):
            return any(word.arg == "indent" for word in words)
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name in _LAYING_OUT
    return False


def is_print(node: ast.AST) -> bool:
    """Whether it calls ``print`` or ``display``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("print", "display")
    )


def _prints(code: str) -> list[ast.Expr]:
    """The statements at the end of a cell that print, if it prints nowhere else."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError):
        return []
    prints: list[ast.Expr] = []
    for statement in reversed(body):
        if not (isinstance(statement, ast.Expr) and is_print(statement.value)):
            break
        prints.insert(0, statement)
    count = sum(is_print(node) for one in body for node in ast.walk(one))
    return prints if count == len(prints) else []


def _only_value(statement: ast.Expr) -> ast.expr | None:
    match statement.value:
        case ast.Call(args=arguments, keywords=[]):
            values = [value for argument in arguments for value in _values_in(argument)]
            return values[0] if len(values) == 1 else None
    return None


def _values_in(node: ast.expr) -> Iterator[ast.expr]:
    """What of a printed thing is a value: not texts, and of a text with slots what is in them."""
    if isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from [part.value] if part.format_spec is None else [part.value, part.value]
    elif isinstance(node, ast.Starred | ast.BinOp):
        yield from (node, node)
    elif not isinstance(node, ast.Constant):
        yield node


def _source(code: str, node: ast.expr) -> str:
    text = ast.get_source_segment(code, node) or ""
    return f"({text})" if "\n" in text and text[:1] not in "([{" else text
