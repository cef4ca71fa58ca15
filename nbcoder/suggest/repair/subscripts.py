"""Slips in what stands in square brackets behind a table, each with one remedy.

A tuple for a list of columns, a row where a column would be named, numbers of rows where labels are meant,
values of a column where labels of rows would be named.
"""

from __future__ import annotations

import ast
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from nbcoder.suggest.code.edits import Edit, replaced
from nbcoder.suggest.data.columns import column_names
from nbcoder.suggest.repair.raised import mentioned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["SUBSCRIPTS", "subscript_remedies", "with_subscript"]

SUBSCRIPTS = frozenset({"keyed", "listed", "pair", "positions", "row"})
"""The kinds of remedies of this module."""
_TUPLE = "Cannot subset columns with a tuple"
_NUMBERS_MISSING = re.compile(
    r"None of \[Index\(\[(?P<numbers>-?\d{1,9}(?:, -?\d{1,9}){0,99})\], dtype='(?:int\d+|object)'"
    r"(?:, name=[^)]{1,100})?\)\] are in the \[index\]"
)
_TEXTS_MISSING = re.compile(
    r"None of \[Index\((?P<texts>\['.{1,5000}?'\]),\s{1,99}dtype='(?:object|str|string)'", re.DOTALL
)
_MOST_ROWS = 1_000_000
_INDEXERS = frozenset({"at", "iat", "iloc", "loc"})
_LABELS = frozenset({"idxmax", "idxmin"})
_NUMBER = "number"


def subscript_remedies(error: BaseException) -> Iterator[tuple[str, str, str]]:
    """What to do about ``error``, as `repair.mending.remedy` tells it."""
    match error:
        case ValueError() if _TUPLE in str(error):
            yield ("listed", "", "")
        case Exception(args=((_, _),)) if type(error).__name__ == "InvalidIndexError":
            yield ("pair", "", "")
        case KeyError(args=(label,)):
            tables = [value for _, value in mentioned(error) if column_names(value)]
            if isinstance(label, tuple) and any(set(label) <= set(column_names(one)) for one in tables):
                yield ("listed", "", "")
            elif any(_is_row(label, one) for one in tables):
                yield ("row", _NUMBER if isinstance(label, int) else "", "")
            elif (numbers := _numbers(label)) and any(_are_positions(numbers, one) for one in tables):
                yield ("positions", "", "")
            else:
                yield from (("keyed", key, "") for table in tables if (key := _key(_texts(label), table)))


def with_subscript(code: str, nodes: Iterable[ast.expr], kind: str, key: str = "") -> str:
    """``code`` with the first of ``nodes`` mended that has a slip of that kind."""
    changes: dict[str, Callable[[str, ast.Subscript], Edit | None]] = {
        "keyed": partial(_by_key, key=key),
        "listed": _listed,
        "pair": _as_pair,
        "positions": _by_position,
        "row": partial(_as_row, key=key),
    }
    change = changes[kind]
    for node in nodes:
        if isinstance(node, ast.Subscript) and (edit := change(code, node)) is not None:
            return replaced(code, [edit])
    return code


def _is_row(label: object, table: Any) -> bool:  # noqa: ANN401 - a pandas object
    """Whether the label, or the first of two, is one of a row and not of a column."""
    row, *rest = label if isinstance(label, tuple) else (label,)
    if rest and (len(rest) > 1 or rest[0] not in table.columns):
        return False
    return row in table.index and row not in table.columns


def _numbers(label: object) -> list[int]:
    """The numbers that are no labels of rows: of a list of them, or of one."""
    if isinstance(label, int):
        return [label]
    found = _NUMBERS_MISSING.search(label) if isinstance(label, str) else None
    return [int(number) for number in found["numbers"].split(", ")] if found else []


def _are_positions(numbers: list[int], table: Any) -> bool:  # noqa: ANN401 - a pandas object
    are_labels = table.index.inferred_type in ("integer", "floating", "mixed", "mixed-integer", "boolean")
    return not are_labels and all(-len(table) <= number < len(table) for number in numbers)


def _texts(label: object) -> list[str]:
    """The texts that are no labels of rows: of a list of them, or of one."""
    found = _TEXTS_MISSING.search(label) if isinstance(label, str) else None
    if found is None:
        return [label] if isinstance(label, str) else []
    try:
        return list(ast.literal_eval(found["texts"]))
    except (SyntaxError, ValueError):
        return []


def _key(texts: list[str], table: Any) -> str:  # noqa: ANN401 - a pandas object
    """The one column that has all of the texts; '' where none has, or more than one."""
    if not texts or not hasattr(table, "dtypes") or len(table) > _MOST_ROWS:
        return ""
    names = [name for name in table.columns if isinstance(name, str)]
    having = [name for name in names if table[name].dtype.kind == "O" and set(texts) <= set(table[name])]
    return having[0] if len(having) == 1 else ""


def _listed(code: str, node: ast.Subscript) -> Edit | None:
    """``df[['a', 'b']]`` for ``df['a', 'b']``."""
    is_indexer = isinstance(node.value, ast.Attribute) and node.value.attr in _INDEXERS
    if is_indexer or not isinstance(node.slice, ast.Tuple) or len(node.slice.elts) < 2:  # noqa: PLR2004 - a pair
        return None
    return Edit(node.slice, f"[{_source(code, node.slice).strip('()')}]")


def _as_row(code: str, node: ast.Subscript, key: str = "") -> Edit | None:
    """``df.loc[df.a.idxmax()]`` for ``df[df.a.idxmax()]``.

    A number that is written otherwise may be meant to be the place of a column.
    """
    if isinstance(node.value, ast.Attribute) and node.value.attr in _INDEXERS:
        return None
    match node.slice:
        case ast.Call(func=ast.Attribute(attr=attr)) if attr not in _LABELS:
            return None
        case ast.Constant() | ast.Name() if key == _NUMBER:
            return None
        case ast.Call() | ast.Constant() | ast.Name() | ast.Tuple():
            return Edit(node.value, f"{_source(code, node.value)}.loc")
    return None


def _as_pair(code: str, node: ast.Subscript) -> Edit | None:
    """``df.loc[df.a > 1, 'b']`` for ``df[df.a > 1, 'b']``."""
    return _as_row(code, node) if isinstance(node.slice, ast.Tuple) else None


def _by_position(code: str, node: ast.Subscript) -> Edit | None:
    """``df.loc[df.index[[3, 4]], 'a']`` for ``df.loc[[3, 4], 'a']``."""
    match node:
        case ast.Subscript(value=ast.Attribute(value=owner, attr="loc"), slice=ast.Tuple(elts=[rows, *_])):
            pass
        case ast.Subscript(value=ast.Attribute(value=owner, attr="loc"), slice=rows):
            pass
        case _:
            return None
    try:
        written = ast.literal_eval(rows)
    except ValueError:
        return None
    if not isinstance(written, int | list):
        return None
    return Edit(rows, f"{_source(code, owner)}.index[{_source(code, rows)}]")


def _by_key(code: str, node: ast.Subscript, key: str) -> Edit | None:
    """``df.set_index('city').loc['Bern']`` for ``df.loc['Bern']``."""
    match node:
        case ast.Subscript(value=ast.Attribute(value=owner, attr="loc"), ctx=ast.Load()):
            return Edit(owner, f"{_source(code, owner)}.set_index({key!r})")
    return None


def _source(code: str, node: ast.expr) -> str:
    return ast.get_source_segment(code, node) or ""
