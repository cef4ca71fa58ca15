"""Calls a function with the worked example of a request. Runs in the throwaway copy of the kernel only."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["ArgumentChanged", "ExampleFailed", "call", "is_same", "rehearse", "texts"]

_MISSING = frozenset({"", "none", "null", "nan", "nat", "na", "<na>"})
_MOST_CHARACTERS = 1_500


class ExampleFailed(AssertionError):
    """The function gives something else than the request says."""


class ArgumentChanged(AssertionError):
    """The function changes a table that it was given, though it gives one back."""


def rehearse(function: Callable[..., Any], examples: str) -> object:
    """What ``function`` gives for the first of the examples, a JSON text.

    Raises
    ------
    ExampleFailed
        It gives something else than an example says.
    ArgumentChanged
        It gives that, but changes its arguments on the way.
    """
    values = [_rehearsed(function, told) for told in json.loads(examples)]
    return values[0]


def _rehearsed(function: Callable[..., Any], told: Mapping[str, Any]) -> object:
    value, changed = call(function, told)
    found = texts(value)
    if found is None or not is_same(told["expected"], found, any_order=told["any_order"]):
        raise ExampleFailed(
            f"for the example of the request, {function.__name__} gives\n{_shown(value)}\n"
            f"but the request says\n{_shown(_frame(told['expected'], {}))}{_faults(told, found)}"
        )
    if changed and not told["in_place"]:
        names = " and ".join(changed)
        raise ArgumentChanged(f"{function.__name__} changes {names}. Work on a copy: {changed[0]}.copy().")
    return value


def call(function: Callable[..., Any], told: Mapping[str, Any]) -> tuple[object, list[str]]:
    """What ``function`` gives for the arguments of an example, and which tables of them it changed.

    One that gives nothing works on its first table; that is what it gives then, and no change.
    """
    given = {
        name: _frame(argument, told["kinds"].get(name, {})) if isinstance(argument, dict) else argument
        for name, argument in told["arguments"].items()
    }
    frames = {name: given[name] for name, argument in told["arguments"].items() if isinstance(argument, dict)}
    before = {name: frame.copy() for name, frame in frames.items()}
    value = function(*given.values())
    if value is None:
        return next(iter(frames.values()), None), []
    return value, [name for name, frame in frames.items() if not frame.equals(before[name])]


def _faults(told: Mapping[str, Any], found: Mapping[str, Any] | None) -> str:
    """What is wrong, in words: small models do not see it in tables."""
    wanted = told["expected"]["columns"]
    if found is None:
        return f"\nIt has to be a DataFrame with the columns {wanted}."
    if sorted(found["columns"]) != sorted(wanted):
        return f"\nThe columns have to be exactly {wanted}."
    is_text = any(_is_missing_as_text(value) for row in found["rows"] for value in row)
    return "\nWhat is missing has to be None or NaN, not a text." if is_text else ""


def _is_missing_as_text(value: object) -> bool:
    return isinstance(value, str) and value != "" and value.casefold() in _MISSING


def _frame(table: Mapping[str, Any], kinds: Mapping[str, str]) -> Any:  # noqa: ANN401 - a pandas frame
    import pandas as pd  # noqa: PLC0415 - only where the request has tables

    columns = {}
    for position, name in enumerate(table["columns"]):
        texts = [row[position] for row in table["rows"]]
        columns[name] = _column(texts, kinds.get(name, ""), pd)
    return pd.DataFrame(columns)


def _column(texts: Sequence[str], kind: str, pd: Any) -> Any:  # noqa: ANN401 - see above
    if kind.startswith(("str", "varchar", "text", "object", "enum", "char")):
        return pd.Series(
            [None if text and text.casefold() in _MISSING else text for text in texts], dtype=object
        )
    values = [None if text.casefold() in _MISSING else text for text in texts]
    if kind.startswith(("date", "time")):
        return pd.to_datetime(pd.Series(values))
    try:
        return pd.to_numeric(pd.Series(values))
    except (ValueError, TypeError):
        return pd.Series(values, dtype=object)


def texts(value: object) -> dict[str, Any] | None:
    """A frame as columns and rows; None for anything else."""
    columns, itertuples = getattr(value, "columns", None), getattr(value, "itertuples", None)
    if columns is None or itertuples is None:
        return None
    return {
        "columns": [str(one) for one in columns],
        "rows": [list(row) for row in itertuples(index=False, name=None)],
    }


def is_same(expected: Mapping[str, Any], found: Mapping[str, Any], *, any_order: bool) -> bool:
    """Whether two tables have the same columns, in any order, and the same rows; one of them is of texts."""
    columns, order = list(expected["columns"]), list(found["columns"])
    if sorted(columns) != sorted(order) or len(expected["rows"]) != len(found["rows"]):
        return False
    places = [order.index(name) for name in columns]
    rows = [[row[place] for place in places] for row in found["rows"]]
    numbers = [at for at in range(len(columns)) if any(_is_number(row[at]) for row in expected["rows"])]
    if any(_is_missing_as_text(row[at]) for row in rows for at in numbers):
        return False
    if not any_order:
        return all(_same_row(want, got) for want, got in zip(expected["rows"], rows, strict=True))
    for want in expected["rows"]:
        match = next((got for got in rows if _same_row(want, got)), None)
        if match is None:
            return False
        rows.remove(match)
    return True


def _same_row(expected: Sequence[str], found: Sequence[Any]) -> bool:
    return all(_same_value(want, got) for want, got in zip(expected, found, strict=True))


def _same_value(expected: str, found: Any) -> bool:  # noqa: ANN401 - a cell of a frame
    text = str(found)
    if expected.casefold() in _MISSING:
        return text.casefold() in _MISSING
    if text == expected:
        return True
    try:
        wanted, number = float(expected), float(found)
    except (TypeError, ValueError):
        return _date(text) == _date(expected) != ""
    decimals = len(expected.partition(".")[2])
    return math.isclose(wanted, number, rel_tol=1e-9, abs_tol=0.51 * 10**-decimals if decimals else 1e-9)


def _is_number(text: str) -> bool:
    try:
        return not math.isnan(float(text))
    except ValueError:
        return False


def _date(text: str) -> str:
    """A date in its plainest form; '' for what is none."""
    parts = text.partition(" ")[0].partition("T")[0].split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):  # noqa: PLR2004 - year, month, day
        return ""
    return "-".join(str(int(part)) for part in parts)


def _shown(value: object) -> str:
    to_string = getattr(value, "to_string", None)
    text = to_string(index=False) if callable(to_string) and hasattr(value, "columns") else repr(value)
    return str(text)[:_MOST_CHARACTERS]
