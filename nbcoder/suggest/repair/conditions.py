"""Conditions on whole columns that are written as if they were on one value, each with one remedy."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nbcoder.suggest.code.edits import Edit, replaced

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AMBIGUOUS", "by_row", "with_parentheses"]

AMBIGUOUS = "truth value of a Series is ambiguous"


def with_parentheses(code: str, nodes: Sequence[ast.expr]) -> str:
    """``(a > 1) & (b < 2)`` for ``a > 1 & b < 2``, which Python reads as ``a > (1 & b) < 2``."""
    for node in nodes:
        if isinstance(node, ast.Compare) and len(node.ops) > 1 and (parts := _parts(code, node)):
            return replaced(code, [Edit(node, parts)])
    return code


def by_row(code: str, nodes: Sequence[ast.expr]) -> str:
    """``df[(a > 1) & (b < 2)]`` for ``df[a > 1 and b < 2]``, and the like for ``or``, ``not`` and ``in``.

    In square brackets and ``np.where`` alone: elsewhere, one yes or no may be meant.
    """
    for node in nodes:
        match node:
            case ast.Subscript(slice=ast.Tuple(elts=[rows, *_])) | ast.Subscript(slice=rows):
                pass
            case ast.Call(func=ast.Attribute(attr="where"), args=[rows, *_]):
                pass
            case _:
                continue
        if changed := _of_rows(code, rows):
            return replaced(code, [Edit(rows, changed)])
    return code


def _of_rows(code: str, node: ast.expr) -> str:
    """The condition as one for each row; '' where nothing in it is for one value."""
    match node:
        case ast.BoolOp(op=operator, values=values):
            sign = " & " if isinstance(operator, ast.And) else " | "
            return sign.join(f"({_of_rows(code, one) or _source(code, one)})" for one in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"~({_of_rows(code, operand) or _source(code, operand)})"
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as operator], comparators=[within]):
            sign, column = "~" if isinstance(operator, ast.NotIn) else "", _source(code, left)
            is_plain = isinstance(left, ast.Attribute | ast.Name | ast.Subscript)
            return f"{sign}{column if is_plain else f'({column})'}.isin({_source(code, within)})"
        case ast.Compare(ops=operators) if len(operators) > 1:
            return _in_pairs(code, node)
    return ""


def _in_pairs(code: str, node: ast.Compare) -> str:
    """``(1 < a) & (a < 3)`` for ``1 < a < 3``; '' where parentheses may be what is missing."""
    if any(isinstance(one, ast.BinOp) for one in node.comparators[:-1]):
        return ""
    sides = [node.left, *node.comparators]
    return " & ".join(
        f"({_source(code, sides[at])}{_sign(operator)}{_source(code, sides[at + 1])})"
        for at, operator in enumerate(node.ops)
    )


def _parts(code: str, node: ast.Compare) -> str:
    """The comparison as its parts in parentheses; '' if it is not of that kind."""
    left, text = node.left, ""
    for operator, right in zip(node.ops, node.comparators, strict=True):
        end, joint = right, ""
        if right is not node.comparators[-1]:
            if not isinstance(right, ast.BinOp) or not isinstance(right.op, ast.BitAnd | ast.BitOr):
                return ""
            if isinstance(right.left, ast.BinOp) and isinstance(right.left.op, ast.BitAnd | ast.BitOr):
                return ""
            end, joint = right.left, " & " if isinstance(right.op, ast.BitAnd) else " | "
        text += f"({_source(code, left)}{_sign(operator)}{_source(code, end)}){joint}"
        left = right.right if isinstance(right, ast.BinOp) and joint else right
    return text


def _sign(operator: ast.cmpop) -> str:
    return ast.unparse(ast.Compare(ast.Name("a"), [operator], [ast.Name("b")]))[1:-1]


def _source(code: str, node: ast.expr) -> str:
    return ast.get_source_segment(code, node) or ""
