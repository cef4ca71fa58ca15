"""Columns that a request calls columns: what answers it, names them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbcoder.suggest.code.names import tree_of
from nbcoder.suggest.data.tables import is_frame, labels_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["spoken_columns", "unused_columns"]

_SPOKEN = (
    re.compile(r"\bcolumns?\s+(?:named\s+|called\s+)?[`'\"]?(?P<name>\w+)\b", re.IGNORECASE),
    re.compile(r"\b(?P<name>\w+)[`'\"]?\s+column\b", re.IGNORECASE),
)
_LONGEST = 4_000
"""Characters: what comes then is data."""


def spoken_columns(request: str, namespace: Mapping[str, object]) -> tuple[str, ...]:
    """Those of the user's tables, as in ``the column deaths``."""
    words = request[:_LONGEST]
    spoken = {match["name"].casefold() for form in _SPOKEN for match in form.finditer(words)}
    tables = filter(is_frame, namespace.values()) if spoken else ()
    labels = (label for table in tables for _, label in labels_of(table))
    return tuple(dict.fromkeys(label for label in labels if label.casefold() in spoken))


def unused_columns(code: str, columns: Iterable[str]) -> Iterator[str]:
    """Those that the code has nowhere, each in words for the model; it may take several by their places."""
    plain, is_by_place = code.casefold(), any(map(_is_by_place, ast.walk(tree_of(code))))
    for column in columns:
        if column.casefold() not in plain and not is_by_place:
            yield f"It does not use the column {column!r}, which the request speaks of."


def _is_by_place(node: ast.AST) -> bool:
    """Whether it takes several columns by their places, as in ``df.iloc[:3, 1:]``."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="iloc"), slice=ast.Tuple(elts=[_, ast.Slice()])):
            return True
    return False
