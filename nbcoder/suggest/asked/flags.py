"""Columns of 1 and 0 that a request asks for, where an answer gives True and False."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbcoder.suggest.code.edits import Edit, replaced
from nbcoder.suggest.code.names import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["are_truths", "as_numbers", "asks_for_numbers"]

_WHERE = r"(?:if|when|where|for|in case|wenn|für)\b"
_NUMBERS = re.compile(
    rf"\b1\s+{_WHERE}[^.?!\n]{{1,120}}\b0\b|\b0\s+{_WHERE}[^.?!\n]{{1,120}}\b1\b"
    r"|\b(?:as|into|to|with|by|using|of|contains?|is|either)\s+(?:a\s+)?"
    r"(?:0\s*(?:and|or|/|und|oder)\s*1|1\s*(?:and|or|/|und|oder)\s*0)\b",
    re.IGNORECASE,
)
_TRUTHS = re.compile(r"\b(?:bool\w*|true|false)\b", re.IGNORECASE)
_TELLING = frozenset(
    re.findall(
        r"\w+",
        """
        between contains duplicated endswith eq fullmatch ge gt isin isna isnull le lt match ne notna notnull
        startswith
        """,
    )
)
"""Methods that say of each value whether something is true."""


def asks_for_numbers(words: str) -> bool:
    """Whether 1 and 0 are wanted, and True and False are not spoken of."""
    return bool(_NUMBERS.search(words)) and not _TRUTHS.search(words)


def are_truths(code: str) -> bool:
    """Whether a column that the code makes, or the value that it shows, is of True and False."""
    return any(True for _ in _truths(code))


def as_numbers(code: str) -> str:
    """``code`` with 1 and 0 there."""
    edits = [
        Edit(value, _as_numbers(ast.get_source_segment(code, value) or "", value)) for value in _truths(code)
    ]
    return replaced(code, edits)


def _as_numbers(text: str, value: ast.expr) -> str:
    return f"{text}.astype(int)" if isinstance(value, ast.Call) else f"({text}).astype(int)"


def _truths(code: str) -> Iterator[ast.expr]:
    body = tree_of(code).body
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Subscript() | ast.Attribute()], value=value):
                yield from _truths_in(value)
            case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Attribute(attr="assign")) as value):
                yield from _truths_in(value)
    match body:
        case [*_, ast.Expr(value=value)]:
            yield from _truths_in(value)


def _truths_in(value: ast.expr) -> Iterator[ast.expr]:
    match value:
        case ast.Call(func=ast.Attribute(attr="assign"), keywords=given):
            for one in given:
                yield from _truths_in(one.value)
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]):
            yield value
        case (
            ast.BinOp(left=part, op=ast.BitAnd() | ast.BitOr()) | ast.UnaryOp(op=ast.Invert(), operand=part)
        ) if any(_truths_in(part)):
            yield value
        case ast.Call(func=ast.Attribute(attr=name)) if name in _TELLING:
            yield value
        case ast.Call(func=ast.Attribute(attr="where"), args=[_, first, second]) if _is_truth(first, second):
            yield value
        case ast.Call(func=ast.Attribute(attr="apply" | "map"), args=[ast.Lambda(body=does)]) if _tells(does):
            yield value


def _tells(node: ast.expr) -> bool:
    match node:
        case ast.IfExp(body=first, orelse=second):
            return _is_truth(first, second)
    return isinstance(node, ast.Compare)


def _is_truth(*values: ast.expr) -> bool:
    return all(isinstance(one, ast.Constant) and isinstance(one.value, bool) for one in values)
