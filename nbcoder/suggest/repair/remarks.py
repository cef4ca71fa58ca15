"""What is odd about the tables that code came to, though it raised nothing: mistakes that pandas keeps quiet.

Called in the throwaway copy of the kernel, right behind the code: looking at any object is harmless there.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from nbcoder.context.files import are_values
from nbcoder.suggest.data.columns import column_names, texts_of
from nbcoder.suggest.data.numerals import are_numbers, as_numbers
from nbcoder.suggest.data.tables import is_table
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbcoder.dryrun import Outcome

__all__ = ["remark"]

_MOST_REMARKS = 3
_MOST_COLUMNS = 200
_NOTHING = frozenset({"None", "nan", "NA", "NaN", "NaT"})
_SHOWN_LABELS = 3
_READERS = frozenset({"read_csv", "read_excel", "read_table"})
_OF_NUMBERS = frozenset({"cumsum", "idxmax", "idxmin", "max", "min", "sum"})
_SELECTING = frozenset(
    {"copy", "drop_duplicates", "dropna", "groupby", "head", "query", "sort_values", "tail"}
)
"""Methods whose tables have the columns of the table that they are called on, with its values."""


def remark(outcome: Outcome) -> list[str]:
    """What is to be said of ``outcome``, one line each."""
    found: list[str] = []
    for tell in _TELLERS:
        with suppress(Exception):  # arbitrary objects are asked; no remark is better than none at all
            found += [text for text in tell(outcome, ast.parse(outcome.code)) if text not in found]
    return found[:_MOST_REMARKS]


def _first_days_of_1970(outcome: Outcome, _: ast.Module) -> Iterator[str]:
    """Years or days as numbers are read as nanoseconds since 1970."""
    for name in outcome.changed:
        for place, dates in _dates(name, outcome.after[name]):
            known = dates.dropna()
            if len(known) and str(known.min())[:10] == str(known.max())[:10] == "1970-01-01":
                yield Text(
                    "The dates in %1 are all of 1970-01-01: numbers were read as nanoseconds. "
                    "Say what the numbers are: unit='s' for seconds; .astype(str) and format='%Y' for years.",
                    place,
                )


def _dates(name: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - a pandas object
    if not is_table(value):
        return
    columns = [(f"{name}.index", value.index)]
    if hasattr(value, "columns"):
        labels = list(value.columns)[:_MOST_COLUMNS]
        columns += [(f"{name}[{label!r}]", value.iloc[:, at]) for at, label in enumerate(labels)]
    else:
        columns.append((name, value))
    yield from ((place, one) for place, one in columns if str(one.dtype).startswith("datetime64"))


def _all_missing(outcome: Outcome, code: ast.Module) -> Iterator[str]:
    """A column that the code computes, and that holds nothing."""
    for node in ast.walk(code):
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(label)))],
                value=value,
            ) if ast.unparse(value).rpartition(".")[2] not in _NOTHING:
                table: Any = outcome.after.get(name)
                if label in column_names(table) and len(table[label]) and table[label].isna().all():
                    yield Text("Every value of %1 is missing.", f"{name}[{label!r}]")


def _no_line_of_names(outcome: Outcome, code: ast.Module) -> Iterator[str]:
    """The first row of a file that was taken for the names of its columns: no column is called 14.23."""
    for node in ast.walk(code):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr=reader)) as call
            ):
                pass
            case _:
                continue
        labels = column_names(outcome.after.get(name))
        told = {word.arg for word in call.keywords}
        if reader in _READERS and told.isdisjoint({"header", "names"}) and are_values(labels):
            yield Text(
                "The columns of %1 are called %2: its file has no line of names, and the first row was taken "
                "for one. Read it with header=None.",
                name,
                ", ".join(labels[:_SHOWN_LABELS]),
            )


def _texts_as_numbers(outcome: Outcome, code: ast.Module) -> Iterator[str]:
    """Numbers that are texts, and are compared, sorted or added up as such."""
    for node in ast.walk(code):
        for place, column in _ordered_columns(node, outcome):
            texts = texts_of(column)
            if are_numbers(texts) and (numbers := as_numbers(place, texts)):
                yield Text(
                    "%1 holds texts such as %2, which are ordered letter by letter. "
                    "Make them numbers first: %3",
                    place,
                    repr(texts[0]),
                    numbers,
                )


def _ordered_columns(node: ast.AST, outcome: Outcome) -> Iterator[tuple[str, Any]]:
    match node:
        case ast.Compare(left=left, ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()], comparators=[right]):
            yield from _column(left, outcome)
            yield from _column(right, outcome)
        case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in _OF_NUMBERS:
            yield from _column(owner, outcome)
        case ast.Call(func=ast.Attribute(value=owner, attr="sort_values")):
            yield from _column(owner, outcome)
            name = _table(owner)
            words = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
            for label in column_names(outcome.after.get(name)):
                if label in words:
                    yield f"{name}[{label!r}]", outcome.after[name][label]


def _column(node: ast.expr, outcome: Outcome) -> Iterator[tuple[str, Any]]:
    """The column that an expression picks out of a table of the user's, whole or some rows of it."""
    match node:
        case ast.Subscript(value=owner, slice=ast.Constant(value=str(label))):
            pass
        case ast.Attribute(value=owner, attr=label):
            pass
        case _:
            return
    name = _table(owner)
    if label in column_names(outcome.after.get(name)):
        yield f"{name}[{label!r}]", outcome.after[name][label]


def _table(node: ast.expr) -> str:
    """The variable of which the expression is some rows or columns; '' if it is something else."""
    while not isinstance(node, ast.Name):
        match node:
            case ast.Call(func=ast.Attribute(value=below, attr=method)) if method in _SELECTING:
                node = below
            case ast.Subscript(value=below) | ast.Attribute(value=below, attr="loc" | "iloc"):
                node = below
            case _:
                return ""
    return node.id


_TELLERS: tuple[Callable[[Outcome, ast.Module], Iterator[str]], ...] = (
    _first_days_of_1970,
    _all_missing,
    _no_line_of_names,
    _texts_as_numbers,
)
