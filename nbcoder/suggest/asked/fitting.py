"""What is missing to the table that a function gives, to be that of a worked example.

Small models compute the right rows and give too many columns, or the right ones under other names, or leave
them in an index, a column or a bare number. Runs in the throwaway copy of the kernel only.
"""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from nbcoder.suggest.asked.rehearsal import call, is_same, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["VALUE", "fit"]

VALUE = "_value_"
"""Stands for what the function gives, in the code that `fit` gives."""
_MOST_WAYS = 200


def fit(function: Callable[..., Any], examples: str) -> str:
    """Code for what ``function`` should return, such as ``_value_[['id']].drop_duplicates()``.

    Told by the first of the examples. Empty where nothing of the kind helps, or where several ways to name
    the columns would.
    """
    told = json.loads(examples)[0]
    columns = told["expected"]["columns"]
    for code, found in _tables(call(function, told)[0], columns):
        for is_distinct in (False, True):
            ways = [way for way in _ways(columns, found) if _fits(way, told, found, is_distinct)]
            if len(ways) == 1:
                return code + _code(ways[0], columns, found) + ".drop_duplicates()" * is_distinct
    return ""


def _tables(value: Any, columns: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401 - what a function gives
    """The tables that the value is or can be made: the code for each, and what it holds."""
    if (found := texts(value)) is not None:
        yield VALUE, found
    if hasattr(value, "reset_index"):
        # A column may have the name of the index as well: pandas raises then.
        with suppress(ValueError):
            yield f"{VALUE}.reset_index()", texts(value.reset_index()) or {}
    if hasattr(value, "to_frame"):
        yield f"{VALUE}.to_frame()", texts(value.to_frame()) or {}
    elif found is None and len(columns) == 1:
        rows = list(value) if isinstance(value, list | tuple) else [value]
        code = VALUE if isinstance(value, list | tuple) else f"[{VALUE}]"
        yield (
            f"pd.DataFrame({{{columns[0]!r}: {code}}})",
            {"columns": columns, "rows": [[row] for row in rows]},
        )


def _ways(wanted: Sequence[str], found: Mapping[str, Any]) -> Iterator[tuple[int, ...]]:
    """For each wanted column the place of one that was found: that of its name, else any that is left."""
    order = list(found["columns"])
    left = [place for place, name in enumerate(order) if name not in wanted]
    choices = [[order.index(name)] if name in order else left for name in wanted]
    ways = (way for way in itertools.product(*choices) if len(set(way)) == len(way))
    return itertools.islice(ways, _MOST_WAYS)


def _fits(way: Sequence[int], told: Mapping[str, Any], found: Mapping[str, Any], is_distinct: bool) -> bool:
    rows = [[row[place] for place in way] for row in found["rows"]]
    if is_distinct:
        rows = list({str(row): row for row in rows}.values())
    columns = told["expected"]["columns"]
    return is_same(told["expected"], {"columns": columns, "rows": rows}, any_order=told["any_order"])


def _code(way: Sequence[int], wanted: Sequence[str], found: Mapping[str, Any]) -> str:
    order = list(found["columns"])
    chosen = [order[place] for place in way]
    renamed = {old: new for old, new in zip(chosen, wanted, strict=True) if old != new}
    picked = f"[{chosen!r}]" if chosen != order else ""
    return picked + (f".rename(columns={renamed!r})" if renamed else "")
