"""Columns of live tables: their names, those that code speaks of, and the texts that they hold.

For use in the throwaway copy of the kernel, where any object may be looked at.
"""

from __future__ import annotations

import ast
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["column_names", "columns_in", "missing_column", "row_labels", "texts_of"]

_LIBRARIES = frozenset({"pandas", "polars", "pyarrow", "duckdb"})
_SAMPLED = 30
_MOST_COLUMNS = 300


def column_names(value: object) -> list[str]:
    """Those of a table or of what groups one; [] for anything else."""
    columns = getattr(getattr(value, "obj", value), "columns", None)
    if type(value).__module__.split(".")[0] not in _LIBRARIES or columns is None:
        return []
    return [str(column) for column in columns]


def columns_in(code: ast.AST, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The columns that ``code`` names, as ``df['a']``, ``df[['a']]`` or ``df.a``, each with its values."""
    named = dict.fromkeys(pair for node in ast.walk(code) for pair in _named_by(node))
    for name, label in named:
        if label in column_names(values.get(name)):
            yield f"{name}[{label!r}]", values[name][label]


def _named_by(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(label))):
            yield name, label
        case ast.Subscript(value=ast.Name(id=name), slice=ast.List(elts=parts)):
            for part in parts:
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield name, part.value
        case ast.Attribute(value=ast.Name(id=name), attr=label):
            yield name, label


def row_labels(value: object) -> list[str]:
    """The columns of the table that a pandas series is a row of, as far as it looks like one; [] else."""
    index = getattr(value, "index", None)
    if type(value).__name__ != "Series" or type(value).__module__.split(".")[0] != "pandas" or index is None:
        return []
    labels = list(islice(index, _MOST_COLUMNS + 1))
    are_texts = all(isinstance(label, str) for label in labels)
    return labels if are_texts and len(labels) <= _MOST_COLUMNS else []


def missing_column(error: BaseException) -> str:
    """The label that a table of pandas or polars does not have; '' if the error is about something else."""
    if type(error).__name__ == "ColumnNotFoundError":
        told = re.search(r'column "([^"]+)"|^"([^"]+)" not found', str(error))
        return next(filter(None, told.groups()), "") if told else ""
    if not isinstance(error, KeyError) or not error.args or not isinstance(error.args[0], str):
        return ""
    listed = re.search(r"\['([^']+)'", error.args[0])
    return listed[1] if listed else error.args[0].removeprefix("Column not found: ")


def texts_of(column: Iterable[object]) -> list[str]:
    """The texts among its first values."""
    return [value for value in islice(column, _SAMPLED) if isinstance(value, str)]
