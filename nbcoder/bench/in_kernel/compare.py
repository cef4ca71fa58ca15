"""Whether a value found is the value expected, by the rules of DSEval.

Runs in the user's kernel: numpy, pandas and scipy are looked up among the loaded modules, never imported.
"""

from __future__ import annotations

import math
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeGuard, cast

if TYPE_CHECKING:
    import types
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

__all__ = ["Match", "Options", "Value", "compare"]

# Whatever a variable of the user's may hold.
Value: TypeAlias = Any

_LONGEST_WHY = 400


@dataclass(frozen=True)
class Options:
    """What may differ. The names are those of the data format."""

    ignore_order: bool = False
    """Order of elements or rows."""
    ignore_index: bool = False
    """The index of a table, the keys of a dict."""
    ignore_names: bool = False
    """Names of columns, of the index, of a series."""
    ignore_dtypes: bool = False
    """Types of columns, where the values can be converted."""
    match_partial: bool = False
    """It is enough that the expected is contained in the found."""
    value_only: bool = False
    """The kind of container; one element is as good as a container of one."""
    type_only: bool = False
    """Everything but the type."""
    strict_type: bool = False
    """Arrays have to be of the same dtype."""
    atol: float = 1e-8
    rtol: float = 1e-5
    metrictol: float | None = None
    """Numbers are scores: the found has to reach this share of the expected."""

    def loosened(self) -> Options:
        """The same with everything forgiven that is a matter of form."""
        return replace(self, ignore_order=True, ignore_names=True, ignore_dtypes=True, match_partial=True)


class Match(NamedTuple):
    """The verdict of one comparison; ``why`` says what differs, or which part agreed."""

    same: bool
    why: str = ""


_SAME = Match(same=True)


def compare(expected: Value, found: Value, options: Options) -> Match:
    """Compare two values; what the values' own methods raise may come out."""
    if options.type_only:
        same = type(expected) is type(found)
        return _SAME if same else _kinds_differ(expected, found)
    if options.value_only:
        expected, found = _bare(expected), _bare(found)
    match = _match(expected, found, options)
    if not match.same and options.match_partial:
        partial = _match_part(expected, found, options)
        return partial if partial.same else match
    return match


def _match(expected: Value, found: Value, options: Options) -> Match:
    for applies, match in _KINDS:
        if applies(expected) or applies(found):
            if not (applies(expected) and applies(found)):
                return _kinds_differ(expected, found)
            return match(expected, found, options)
    return _others(expected, found)


def _others(expected: Value, found: Value) -> Match:
    # Missing values are not equal to themselves, but a missing answer to a missing value is right.
    try:
        same = expected is found or bool(expected == found)
    except Exception as error:  # noqa: BLE001 - equality is the values' own code
        return _differ(f"cannot be compared: {error}")
    return _SAME if same else _differ(f"expected {_short(expected)}, found {_short(found)}")


def _bools(expected: Value, found: Value, options: Options) -> Match:  # noqa: ARG001 - one signature for all
    return _SAME if bool(expected) == bool(found) else _differ(f"wrong value: {found} instead of {expected}")


def _numbers(expected: Value, found: Value, options: Options) -> Match:
    if options.metrictol is not None:
        wanted = expected * options.metrictol
        return _SAME if found >= wanted else _differ(f"score too low: {found}, wanted {wanted}")
    return (
        _SAME if _close(expected, found, options) else _differ(f"wrong value: {found} instead of {expected}")
    )


def _close(expected: Value, found: Value, options: Options) -> bool:
    if expected == found or (expected != expected and found != found):  # noqa: PLR0124 - both are NaN
        return True
    distance = abs(found - expected)
    return bool(math.isfinite(distance) and distance <= options.atol + options.rtol * abs(expected))


def _arrays(expected: Value, found: Value, options: Options) -> Match:
    np = _numpy()
    if options.strict_type and expected.dtype != found.dtype:
        return _differ(f"dtype {found.dtype} instead of {expected.dtype}")
    if expected.shape != found.shape:
        return _differ(f"shape {found.shape} instead of {expected.shape}")
    inexact = all(np.issubdtype(array.dtype, np.inexact) for array in (expected, found))
    if inexact:
        same = np.allclose(found, expected, rtol=options.rtol, atol=options.atol, equal_nan=True)
    else:
        same = np.array_equal(expected, found)
    return _SAME if same else _differ("the arrays' values are different")


def _sparse(expected: Value, found: Value, options: Options) -> Match:
    np = _numpy()
    same = (
        expected.shape == found.shape
        and np.array_equal(expected.indptr, found.indptr)
        and np.array_equal(expected.indices, found.indices)
        and np.allclose(expected.data, found.data, rtol=options.rtol, atol=options.atol)
    )
    return _SAME if same else _differ("the sparse matrices are different")


def _containers(expected: Value, found: Value, options: Options) -> Match:
    if isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        return _sequences(list(expected), list(found), options)
    if isinstance(expected, dict) and isinstance(found, dict):
        if options.ignore_index:
            return _sequences(
                list(expected.values()), list(found.values()), replace(options, ignore_order=False)
            )
        return _dicts(expected, found, options)
    if isinstance(expected, set) and isinstance(found, set):
        return _SAME if expected == found else _differ("the sets are different")
    return _kinds_differ(expected, found)


def _sequences(expected: list[Value], found: list[Value], options: Options) -> Match:
    if len(expected) != len(found):
        return _differ(f"length {len(found)} instead of {len(expected)}")
    if options.ignore_order:
        expected, found = _sorted(expected), _sorted(found)
    for position, (left, right) in enumerate(zip(expected, found, strict=True)):
        match = _match(left, right, options)
        if not match.same:
            return _differ(f"element {position}: {match.why}")
    return _SAME


def _sorted(values: list[Value]) -> list[Value]:
    return sorted(values, key=lambda value: (str(type(value)), value))


def _dicts(expected: dict[Value, Value], found: dict[Value, Value], options: Options) -> Match:
    if expected.keys() != found.keys():
        return _differ(f"keys {_short(list(found))} instead of {_short(list(expected))}")
    for key, value in expected.items():
        match = _match(value, found[key], options)
        if not match.same:
            return _differ(f"element {_short(key)}: {match.why}")
    return _SAME


def _tables(expected: Value, found: Value, options: Options) -> Match:
    """Data frames, series and indexes; both of the same kind, or they differ."""
    pd = _pandas()
    if _is_frame(expected) and _is_frame(found):
        return _frames(expected, found, options)
    if _is_series(expected) and _is_series(found):
        return _series(expected, found, options)
    if isinstance(expected, pd.Index) and isinstance(found, pd.Index):
        return _asserted(pd.testing.assert_index_equal, expected, found)
    return _kinds_differ(expected, found)


def _frames(expected: pd.DataFrame, found: pd.DataFrame, options: Options) -> Match:
    columns = expected.columns.tolist()
    if options.ignore_names:
        found = _with_names_of(expected, found)
    if options.ignore_order or options.ignore_index:
        if set(columns) != set(found.columns.tolist()):
            return _differ(f"columns {_short(found.columns.tolist())} instead of {_short(columns)}")
        expected, found = expected.reset_index(drop=True), found[columns].reset_index(drop=True)
        if options.ignore_order:
            expected = expected.sort_values(by=columns).reset_index(drop=True)
            found = found.sort_values(by=columns).reset_index(drop=True)
    if options.ignore_dtypes:
        found = _converted(found, cast("Any", expected.dtypes.to_dict()))
    return _asserted(_pandas().testing.assert_frame_equal, expected, found)


def _with_names_of(expected: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    columns = expected.columns.tolist()
    if set(columns) == set(found.columns.tolist()):
        found = found[columns]
    if expected.index.shape == found.index.shape and expected.index.nlevels == found.index.nlevels:
        found = found.rename_axis(list(expected.index.names))
    if len(columns) == len(found.columns):
        found = found.rename(columns=dict(zip(found.columns.tolist(), columns, strict=True)))
    return found


def _series(expected: pd.Series[Any], found: pd.Series[Any], options: Options) -> Match:
    if options.ignore_names:
        if expected.index.shape == found.index.shape and expected.index.nlevels == found.index.nlevels:
            found = found.rename_axis(list(expected.index.names))
        found = found.rename(cast("Any", expected.name))
    if options.ignore_order or options.ignore_index:
        expected, found = expected.reset_index(drop=True), found.reset_index(drop=True)
        if options.ignore_order:
            expected, found = _ordered(expected, found)
    if options.ignore_dtypes:
        found = _converted(found, cast("Any", expected.dtype))
    return _asserted(_pandas().testing.assert_series_equal, expected, found)


def _ordered(expected: pd.Series[Any], found: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    try:
        return (
            expected.sort_values().reset_index(drop=True),
            found.sort_values().reset_index(drop=True),
        )
    except TypeError:
        # Values without an order stay where they are.
        return expected, found


def _converted(found: Value, dtype: Value) -> Value:
    try:
        return found.astype(dtype)
    except (TypeError, ValueError, KeyError):
        # What cannot be converted is compared as it is.
        return found


def _asserted(testing: Callable[..., None], expected: Value, found: Value) -> Match:
    try:
        testing(expected, found)
    except AssertionError as error:
        return _differ(str(error))
    except Exception as error:  # noqa: BLE001 - the cells of a table may hold objects with broken methods
        return _SAME if expected.equals(found) else _differ(f"cannot be compared: {error}")
    return _SAME


def _match_part(expected: Value, found: Value, options: Options) -> Match:
    """Whether the expected is a part of a table that holds more."""
    if _is_frame(found):
        if _is_frame(expected):
            return _frame_in_frame(expected, found, options)
        if _is_series(expected) or isinstance(expected, list):
            return _series_in_frame(_pandas().Series(expected), found, options)
    if _is_series(found):
        if _is_series(expected) or isinstance(expected, list):
            return _series_in_series(_pandas().Series(expected), found, options)
        if _is_frame(expected) and _match(expected, found.to_frame(), options).same:
            return Match(same=True, why="partial match as a frame of one column")
    return Match(same=False)


def _frame_in_frame(expected: pd.DataFrame, found: pd.DataFrame, options: Options) -> Match:
    columns = expected.columns.tolist()
    with suppress(ValueError):
        # It raises when a level of the index is called like a column; then it is one already.
        found = found.reset_index()
    there = found.columns.tolist()
    if (
        there == columns
        or not set(columns) <= set(there)
        or not _match(expected, found[columns], options).same
    ):
        return Match(same=False)
    return Match(same=True, why=f"partial match on columns {_short(columns)}")


def _series_in_frame(expected: pd.Series[Any], found: pd.DataFrame, options: Options) -> Match:
    for column in found.columns:
        if _match(expected, found[column], options).same:
            return Match(same=True, why=f"partial match on column {_short(column)}")
    return _index_match(expected, found, options)


def _series_in_series(expected: pd.Series[Any], found: pd.Series[Any], options: Options) -> Match:
    match = _index_match(expected, found, options)
    if not match.same and _match(expected, _pandas().Series(found.values), options).same:
        return Match(same=True, why="partial match on the values")
    return match


def _index_match(expected: pd.Series[Any], found: Value, options: Options) -> Match:
    same = _match(expected, _pandas().Series(found.index), options).same
    return Match(same, "partial match on the index" if same else "")


def _bare(value: Value) -> Value:
    """``value`` as nested lists; a list of one element is that element."""
    if _is_frame(value):
        value = value.to_numpy().tolist()
    elif _is_array(value) or _is_table(value):
        value = value.tolist()
    if isinstance(value, list | tuple | set):
        value = [_bare(element) for element in value]
        return value[0] if len(value) == 1 else value
    return value


def _is_bool(value: Value) -> bool:
    np = sys.modules.get("numpy")
    return isinstance(value, bool) or (np is not None and isinstance(value, np.bool_))


def _is_number(value: Value) -> bool:
    np = sys.modules.get("numpy")
    return isinstance(value, int | float) or (np is not None and isinstance(value, np.number))


def _is_array(value: Value) -> TypeGuard[np.ndarray[Any, Any]]:
    np = sys.modules.get("numpy")
    return np is not None and isinstance(value, np.ndarray)


def _is_sparse(value: Value) -> bool:
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and isinstance(value, sparse.csr_matrix)


def _is_frame(value: Value) -> TypeGuard[pd.DataFrame]:
    pd = sys.modules.get("pandas")
    return pd is not None and isinstance(value, pd.DataFrame)


def _is_series(value: Value) -> TypeGuard[pd.Series[Any]]:
    pd = sys.modules.get("pandas")
    return pd is not None and isinstance(value, pd.Series)


def _is_table(value: Value) -> bool:
    pd = sys.modules.get("pandas")
    return pd is not None and isinstance(value, pd.DataFrame | pd.Series | pd.Index)


def _is_container(value: Value) -> bool:
    return isinstance(value, list | tuple | dict | set)


# The first kind that either of the two values is of decides.
_KINDS: tuple[tuple[Callable[[Value], bool], Callable[[Value, Value, Options], Match]], ...] = (
    (_is_bool, _bools),
    (_is_number, _numbers),
    (_is_array, _arrays),
    (_is_sparse, _sparse),
    (_is_table, _tables),
    (_is_container, _containers),
)


def _numpy() -> types.ModuleType:
    return sys.modules["numpy"]


def _pandas() -> types.ModuleType:
    return sys.modules["pandas"]


def _differ(why: str) -> Match:
    return Match(same=False, why=why[:_LONGEST_WHY])


def _kinds_differ(expected: Value, found: Value) -> Match:
    return _differ(f"type {type(found).__name__} instead of {type(expected).__name__}")


def _short(value: Value) -> str:
    return repr(value)[: _LONGEST_WHY // 2]
