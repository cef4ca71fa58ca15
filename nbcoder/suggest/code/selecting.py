"""Whether code looks for values that it names: where nothing is found, they are written otherwise."""

from __future__ import annotations

import ast

from nbcoder.suggest.code.names import tree_of

__all__ = ["selects_values"]

_MATCHING = frozenset({"contains", "endswith", "eq", "fullmatch", "isin", "match", "startswith"})
_JOINING = frozenset({"join", "merge", "query"})
"""What finds nothing where keys, or what a text says, are otherwise than the code has them."""


def selects_values(code: str) -> bool:
    """Whether rows are picked by a value in the code, or by keys that have to be the same.

    Rows that are twice there, missing or above a limit may be none; a name that is not found is misspelt.
    """
    return any(_selects(node) for node in ast.walk(tree_of(code)))


def _selects(node: ast.AST) -> bool:
    match node:
        case ast.Compare(left=left, ops=[*operators], comparators=[*rights]):
            is_exact = any(isinstance(one, ast.Eq | ast.In) for one in operators)
            return any(_is_value(side, is_exact=is_exact) for side in (left, *rights))
        case ast.Call(func=ast.Attribute(attr=method), args=arguments):
            return method in _JOINING or (
                method in _MATCHING and any(_is_value(one, is_exact=True) for one in arguments)
            )
        case ast.Subscript(value=ast.Attribute(attr="loc"), slice=within):
            return any(
                isinstance(one, ast.Constant) and isinstance(one.value, str) for one in ast.walk(within)
            )
    return False


def _is_value(node: ast.expr, *, is_exact: bool) -> bool:
    """Whether it is a text or, where it has to be met exactly, a number or a list of such."""
    match node:
        case ast.Constant(value=bool() | None):
            return False
        case ast.Constant(value=str()):
            return True
        case ast.Constant(value=int() | float()):
            return is_exact
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return any(_is_value(part, is_exact=is_exact) for part in parts)
    return False
