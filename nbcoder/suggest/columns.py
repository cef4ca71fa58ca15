"""Columns of live tables: their names, those that code speaks of, and numbers that they hold as texts.

For use in the throwaway copy of the kernel, where any object may be looked at.
"""

from __future__ import annotations

import ast
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["are_numbers", "as_numbers", "column_names", "columns_in", "texts_of"]

_LIBRARIES = frozenset({"pandas", "polars", "pyarrow", "duckdb"})
_MOST_SIGNS = 4
_SAMPLED = 30
_NUMBER = re.compile(r"\s*[-+(]?[^\w\s]?\s*\d[\d,. ]*[^\w\s]?\)?\s*")
"""With a sign of a currency before it or of percent behind it; no date and no time."""


def column_names(value: object) -> list[str]:
    """Those of a table or of what groups one; [] for anything else."""
    columns = getattr(getattr(value, "obj", value), "columns", None)
    if type(value).__module__.split(".")[0] not in _LIBRARIES or columns is None:
        return []
    return [str(column) for column in columns]


def columns_in(code: ast.AST, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The columns that ``code`` names, as ``df['a']`` or ``df.a``, each with its values."""
    seen = set()
    for node in ast.walk(code):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(label))):
                pass
            case ast.Attribute(value=ast.Name(id=name), attr=label):
                pass
            case _:
                continue
        if label in column_names(values.get(name)) and (name, label) not in seen:
            seen.add((name, label))
            yield f"{name}[{label!r}]", values[name][label]


def texts_of(column: Iterable[object]) -> list[str]:
    """The texts among its first values."""
    return [value for value in islice(column, _SAMPLED) if isinstance(value, str)]


def are_numbers(texts: list[str]) -> bool:
    """Whether all of them are numbers, which do not sort as such: texts of the same length do."""
    lengths = {len(text.strip()) for text in texts}
    return len(lengths) > 1 and all(map(_NUMBER.fullmatch, texts))


def as_numbers(place: str, texts: list[str]) -> str:
    """Code for the column at ``place``, which holds ``texts``, as numbers; '' if they are none."""
    signs = sorted({sign for text in texts for sign in re.sub(r"[\d.eE-]", "", text)})
    if not any(re.search(r"\d", text) for text in texts) or len(signs) > _MOST_SIGNS:
        return ""
    pattern = "[" + re.escape("".join(signs)) + "]" if signs else ""
    stripped = f".str.replace({pattern!r}, '', regex=True)" if signs else ""
    return f"{place}{stripped}.astype(float)"
