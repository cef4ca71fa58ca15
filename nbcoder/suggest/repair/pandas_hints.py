"""Hints to errors of pandas that models make again and again, see `repair.hints`."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from nbcoder.suggest.data.columns import column_names, texts_of
from nbcoder.suggest.data.numerals import hold_numbers
from nbcoder.suggest.repair.raised import mentioned, user_statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "NOT_NUMERIC",
    "OTHER_LENGTH",
    "OTHER_ROWS",
    "aggregations_of_texts",
    "dates_of_parts",
    "frequencies",
    "line_of_names",
    "numbers_only",
    "one_level",
    "other_lengths",
    "other_rows",
    "positions",
    "renamed_frequency",
    "unnamed_index",
]

NOT_NUMERIC = re.compile(
    r"agg function failed|[cC]ould not convert|unsupported operand|numeric|does not support operation"
    r"|annot perform reduction|not supported for dtype"
)
OTHER_ROWS = "Can only compare identically-labeled Series"
OTHER_LENGTH = "Grouper and axis must be same length"
_NUMERIC_ONLY = frozenset(
    {"mean", "median", "std", "var", "sem", "sum", "prod", "corr", "cov", "skew", "quantile"}
)
_PICKING = frozenset({"filter", "get", "pop"})
_TEXT_DTYPES = frozenset({"object", "str", "string", "category"})
_POSITION = re.compile(
    r"indexers? \[-?\d+\] of type int|Index\(\[[-\d, ]+\], dtype='int64'\)\] are in the \[index\]"
)
_INDEX = re.compile(r"\['(?:index|level_\d)'\]")
_SAMPLED_ROWS = 50
_PARTS = ("year", "month", "day")
_FREQUENCIES = {"M": "ME", "BM": "BME", "Q": "QE", "BQ": "BQE", "Y": "YE", "A": "YE", "BA": "BYE"}
_OF_PERIODS = {new: old for old, new in _FREQUENCIES.items() if old not in {"A", "BA"}}
"""Those of spans of time kept their names."""
_FREQUENCIES |= {"AS": "YS", "BAS": "BYS", "H": "h", "BH": "bh", "T": "min", "S": "s"}
_FREQUENCIES |= {"L": "ms", "U": "us", "N": "ns"}
"""What pandas called them before 2.2, and what since."""


def aggregations_of_texts(error: BaseException) -> Iterator[str]:
    """The methods that failed for columns of text: older pandas left these out, the installed one raises.

    Only where all columns are meant, and what would be left out holds no numbers.
    """
    statement = user_statement(error)
    if statement is None or not NOT_NUMERIC.search(str(error)):
        return
    values = dict(mentioned(error))
    if any(hold_numbers(texts_of(column)) for value in values.values() for column in _text_columns(value)):
        return
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=name), args=[], keywords=[]):
                if name in _NUMERIC_ONLY and not _picks_columns(owner, values):
                    yield name


def _text_columns(value: Any) -> Iterator[Any]:  # noqa: ANN401 - a pandas object
    """The columns of a table that are left out of a mean, as far as they are not empty."""
    if column_names(value):
        table = getattr(value, "obj", value)
        yield from (
            table.iloc[:, at].dropna() for at, dtype in enumerate(table.dtypes) if str(dtype) in _TEXT_DTYPES
        )


def _picks_columns(node: ast.expr, values: Mapping[str, object]) -> bool:
    """Whether the table is one of which the code has named the columns."""
    while not isinstance(node, ast.Name):
        match node:
            case ast.Call(func=ast.Attribute(value=below, attr=method)) if method not in _PICKING:
                node = below
            case ast.Subscript(value=below, slice=ast.Name(id=name)):
                if str(getattr(values.get(name), "dtype", "")) != "bool":
                    return True
                node = below
            case ast.Subscript(value=below, slice=ast.Compare() | ast.BinOp() | ast.UnaryOp() | ast.Slice()):
                node = below
            case ast.Attribute(value=below, attr="loc" | "iloc" | "T"):
                node = below
            case _:
                return True
    return False


def numbers_only(error: BaseException) -> Iterator[str]:
    """What leaves columns of text out of a mean and the like."""
    for name in aggregations_of_texts(error):
        yield f"there are columns of text; write {name}(numeric_only=True)"


def positions(error: BaseException) -> Iterator[str]:
    """Numbers in ``.loc`` where the labels are texts."""
    statement = user_statement(error)
    if statement is None or not _POSITION.search(str(error)):
        return
    for node in ast.walk(statement):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="loc") as accessor):
                accessor.attr = "iloc"
                yield f".loc wants labels; for positions, counted from 0, write {ast.unparse(node)}"


def unnamed_index(error: BaseException) -> Iterator[str]:
    """A key that is to be the index, which has no name."""
    statement = user_statement(error)
    if statement is None or "set_index" not in ast.unparse(statement) or not _INDEX.search(str(error)):
        return
    for name, value in mentioned(error):
        names = getattr(getattr(value, "index", None), "names", ())
        if list(names) == [None]:
            yield f"the index of {name} has no name; set_index(..., append=True) keeps it as a level"


def renamed_frequency(error: BaseException) -> tuple[str, str] | None:
    """The frequency as it is written, such as ``2H``, and as the installed pandas wants it."""
    found = re.search(r"Invalid frequency: ([\w-]{1,40})", str(error))
    if found is None:
        return None
    names = _OF_PERIODS if "for Period" in str(error) else _FREQUENCIES
    old, new = found[1], re.sub(r"[A-Za-z]+", lambda unit: names.get(unit[0], unit[0]), found[1])
    return (old, new) if old != new else None


def frequencies(error: BaseException) -> Iterator[str]:
    """What pandas calls a frequency now."""
    if renamed := renamed_frequency(error):
        old, new = renamed
        yield f"pandas now writes {new!r} instead of {old!r}"


def other_lengths(error: BaseException) -> Iterator[str]:
    """Groups by a key of another table than the one that is grouped."""
    statement = user_statement(error)
    if statement is None or OTHER_LENGTH not in str(error):
        return
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="groupby"), args=[key, *_]):
                table = ast.unparse(owner)
                yield f"{ast.unparse(key)} has as many rows as the table that it comes from, {table} others"
                yield f"bind the table to a name, part = {table}, and take both from it: part.groupby(part…)"


def other_rows(error: BaseException) -> Iterator[str]:
    """A column compared with some rows of another one."""
    if OTHER_ROWS in str(error):
        yield "columns of other rows are not compared one by one; whether values are in the other: a.isin(b)"


def one_level(error: BaseException) -> Iterator[str]:
    """A whole index of several levels where the dates in one of them are meant."""
    if "'tuple'> is not convertible to datetime" not in str(error):
        return
    tables: dict[str, Any] = dict(mentioned(error))
    for name, value in tables.items():
        if column_names(value) and (index := value.index).nlevels > 1:
            level = f"{name}.index.get_level_values"
            yield f"{name}.index has {index.nlevels} levels; one of them is {level}(0)"
            changed = f"{name}.index.set_levels(pd.to_datetime({name}.index.levels[0]), level=0)"
            yield f"to make dates of one level: {name}.index = {changed}"


def dates_of_parts(error: BaseException) -> Iterator[str]:
    """Years, months and days in columns that pandas does not know by their names."""
    statement = user_statement(error)
    if statement is None or "to assemble mappings requires" not in str(error):
        return
    for node in ast.walk(statement):
        match node:
            case ast.Subscript(slice=ast.List(elts=[*parts])) if len(parts) == len(_PARTS):
                names = [part.value for part in parts if isinstance(part, ast.Constant)]
                meant = [
                    next((one for one in _PARTS if one[0] == str(name)[:1].casefold()), "") for name in names
                ]
                if sorted(meant) == sorted(_PARTS):
                    yield f"pandas wants them named {meant}: {ast.unparse(node)}.set_axis({meant}, axis=1)"


def line_of_names(error: BaseException) -> Iterator[str]:
    """Texts where there should be dates or numbers: the names of the columns, read as the first row."""
    tables: dict[str, Any] = dict(mentioned(error))
    for name, value in tables.items():
        if column_names(value) and len(value) and _is_of_names(value, str(error)):
            yield (
                f"the first row of {name} holds the names of the columns: read the file without header=None, "
                "or with header=0 where it is given names"
            )


def _is_of_names(table: Any, message: str) -> bool:  # noqa: ANN401 - a pandas frame
    """Whether ``message`` is about a word in the first row, in a column that has no words otherwise."""
    first, rest = table.iloc[0], table.iloc[1:_SAMPLED_ROWS]
    return any(
        isinstance(value, str)
        and value.isalpha()
        and value in message
        and len(rest) > 0
        and not any(str(other)[:1].isalpha() for other in rest.iloc[:, at])
        for at, value in enumerate(first)
    )
