"""Whether a live value is data alone: nothing in it acts by being called, iterated or written to."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import bases, module_name, package, type_name

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
        if name in ("DataFrame", "Series"):
            # The arrays are taken from where a table keeps them: what pandas gives out of it comes with a
            # deep copy of ``attrs``, which runs the code of the objects in it.
            manager = vars(value).get("_mgr")
            if manager is None:  # it was never filled
                return False
            labels = all(self._is_inert_index(index, depth) for index in manager.axes)
            named = self.is_inert(value.name if name == "Series" else None, 2)
            arrays = (block.values for block in manager.blocks)
            is_plain = labels and named and self.is_inert(value.attrs, depth)
            return is_plain and all(self._are_inert_values(array, depth) for array in arrays)
        return name.endswith("Index") and self._is_inert_index(value, depth)

    def _is_inert_index(self, index: Any, depth: int) -> bool:
        if package(type(index)) != "pandas":
            return False
        if type_name(type(index)) == "MultiIndex":
            return all(self._is_inert_index(level, depth) for level in index.levels)
        return self.is_inert(index.name, 2) and self._are_inert_values(index.array, depth)

    def _are_inert_values(self, array: Any, depth: int) -> bool:
        """Whether an array of one or more columns, numpy's or pandas' own, holds data alone."""
        if package(type(array)) not in ("numpy", "pandas") or package(type(array.dtype)) not in (
            "numpy",
            "pandas",
        ):
            return False
        if getattr(array.dtype, "hasobject", False):
            return self._are_inert(array.ravel(), array.size, depth)
        is_numpys = isinstance(array.dtype, sys.modules["numpy"].dtype)
        return not (is_numpys and _is_of_others(sys.modules["numpy"].asarray(array)))


def _is_of_others(array: Any) -> bool:
    while array is not None:
        kind = type(array)
        if f"{module_name(kind)}.{type_name(kind)}" in _OF_OTHERS:
            return True
        array = array.base if module_name(kind) == "numpy" else None
    return False
