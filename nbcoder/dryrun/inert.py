"""Whether a live value is data alone: nothing in it acts by being called, iterated or written to."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.kinds import bases, module_name, package, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_inert"]

_ATOMS: Final = (
    *(bool, bytearray, bytes, complex, float, int, range, slice, str, type(None), type(...)),
    *(dt.date, dt.datetime, dt.time, dt.timedelta, dt.timezone),
    *(decimal.Decimal, fractions.Fraction),
)
_ATOM_IDS: Final = frozenset(map(id, _ATOMS))
_GROUPS: Final = (list, tuple, set, frozenset, collections.deque)
_TABLES: Final = (dict, collections.Counter, collections.OrderedDict, collections.defaultdict)
_FACTORIES: Final = (None, bool, dict, float, int, list, set, str, tuple, collections.Counter)
_SCALARS: Final = frozenset({"Interval", "NAType", "NaTType", "Period", "Timedelta", "Timestamp"})
_GROUPED: Final = ("GroupBy", "Resampler", "ResamplerGroupby", "Rolling", "Expanding", "Window")
_OF_OTHERS: Final = frozenset({"mmap.mmap", "builtins.memoryview"})
"""Memory that is a file, or belongs to another process too."""
_MOST_ITEMS: Final = 1_000_000
_DEEPEST: Final = 6


def is_inert(value: object) -> bool:
    """Whether ``value`` is plain data, as far as looking at a million parts of it can tell."""
    return _Look().is_inert(value, _DEEPEST)


class _Look:
    def __init__(self) -> None:
        self._left = _MOST_ITEMS

    def is_inert(self, value: Any, depth: int) -> bool:
        kind = type(value)
        if id(kind) in _ATOM_IDS:
            return True
        if depth <= 0:
            return False
        if any(kind is group for group in _GROUPS):
            return self._are_inert(value, len(value), depth)
        if any(kind is table for table in _TABLES):
            factory = value.default_factory if kind is collections.defaultdict else None
            is_plain = any(factory is one for one in _FACTORIES)
            return is_plain and self._are_inert(chain(value, value.values()), 2 * len(value), depth)
        return self._is_inert_array(value, kind, depth) or self._is_inert_table(value, kind, depth)

    def _are_inert(self, items: Iterable[Any], count: int, depth: int) -> bool:
        self._left -= count
        if self._left < 0:
            return False
        # By the numbers of the types: a type's own hash may be the user's code.
        return all(self.is_inert(item, depth - 1) for item in items if id(type(item)) not in _ATOM_IDS)

    def _is_inert_array(self, value: Any, kind: type, depth: int) -> bool:
        numpy = sys.modules.get("numpy")
        if numpy is None:
            return False
        if kind is numpy.ndarray:
            if not value.dtype.hasobject:
                return not _is_of_others(value)
            items = value.ravel().tolist() if value.dtype.names is None else [value]
            return self._are_inert(items, value.size, depth)
        is_scalar = any(base is numpy.generic for base in bases(kind)) and module_name(kind) == "numpy"
        return is_scalar or module_name(kind).startswith(("numpy.dtypes", "numpy.random."))

    def _is_inert_table(self, value: Any, kind: type, depth: int) -> bool:
        if package(kind) != "pandas" or "pandas" not in sys.modules:
            return False
        name = type_name(kind)
        if name in _SCALARS or module_name(kind).startswith("pandas._libs."):
            return True
        if name.endswith(_GROUPED):
            return self._is_inert_table(value.obj, type(value.obj), depth)
        if name == "DataFrame":
            axes = (value.index, value.columns)
            columns = (value.iloc[:, at] for at in range(value.shape[1]))
            return all(self._is_inert_column(part, depth) for part in chain(axes, columns))
        if name == "Series":
            return self._is_inert_column(value.index, depth) and self._is_inert_column(value, depth)
        return name.endswith("Index") and self._is_inert_column(value, depth)

    def _is_inert_column(self, column: Any, depth: int) -> bool:
        if type_name(type(column)) == "MultiIndex":
            return all(self._is_inert_column(level, depth) for level in column.levels)
        dtype, numpy = column.dtype, sys.modules["numpy"]
        if package(type(dtype)) not in ("numpy", "pandas"):
            return False
        if not self.is_inert(column.name, 2):
            return False
        if not getattr(dtype, "hasobject", False):
            held = column.array
            is_plain = package(type(held)) == "pandas"
            return is_plain and not (isinstance(dtype, numpy.dtype) and _is_of_others(column.to_numpy()))
        return self._are_inert(column.array, len(column), depth)


def _is_of_others(array: Any) -> bool:
    while array is not None:
        kind = type(array)
        if f"{module_name(kind)}.{type_name(kind)}" in _OF_OTHERS:
            return True
        array = array.base if module_name(kind) == "numpy" else None
    return False
