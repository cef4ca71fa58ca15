"""The places in code where a text is the name of a column, or a frequency, and no value."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["column_places", "frequency_places"]

_TAKING_COLUMNS = frozenset(
    re.findall(
        r"\w+",
        """
        agg aggregate astype col drop drop_duplicates explode get groupby melt merge nlargest nsmallest pivot
        pivot_table pop set_index sort_values value_counts
        """,
    )
)
"""Methods of pandas whose arguments name columns."""
_OF_COLUMNS = frozenset(
    re.findall(
        r"\w+",
        """
        by c column columns dtype hue id_vars index key keys left_on on right_on subset usecols value_vars
        values x y
        """,
    )
)
"""Parameters that do so in any of its functions."""
_AGGREGATING = frozenset({"agg", "aggregate"})
_TAKING_FREQUENCIES = frozenset(
    re.findall(
        r"\w+",
        "Grouper asfreq bdate_range ceil date_range floor period_range resample rolling round shift "
        "timedelta_range to_offset to_period to_timestamp",
    )
)


def column_places(nodes: Iterable[ast.AST]) -> Iterator[ast.Constant]:
    """The texts among ``nodes`` that pick columns: in brackets, or as arguments that name them."""
    for node in nodes:
        match node:
            case ast.Subscript(slice=within):
                yield from _texts(within)
            case ast.Call(func=ast.Attribute(attr=method), args=arguments, keywords=keywords):
                if method in _TAKING_COLUMNS:
                    for argument in arguments:
                        yield from _texts(argument)
                for word in keywords:
                    if word.arg in _OF_COLUMNS:
                        yield from _texts(word.value)
                    elif method in _AGGREGATING and isinstance(word.value, ast.Tuple):
                        yield from _texts(ast.List(word.value.elts[:1]))


def frequency_places(nodes: Iterable[ast.AST]) -> Iterator[ast.Constant]:
    """The texts among ``nodes`` that may be frequencies, such as ``resample('ME')``."""
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=method), args=arguments, keywords=keywords):
                if method in _TAKING_FREQUENCIES:
                    for argument in arguments:
                        yield from _texts(argument)
                for word in keywords:
                    if word.arg in ("freq", "rule"):
                        yield from _texts(word.value)


def _texts(node: ast.expr) -> Iterator[ast.Constant]:
    """The text that the expression is, or those that it lists; of a dict, its keys."""
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from _texts(part)
        case ast.Slice(lower=lower, upper=upper):
            for end in (lower, upper):
                yield from _texts(end) if end is not None else ()
        case ast.Dict(keys=keys):
            for key in keys:
                yield from _texts(key) if key is not None else ()
