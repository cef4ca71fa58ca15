"""Fingerprints of what Python's own library keeps beside lists and dictionaries: buffers, files, generators.

The types here are written in C; their content is asked for by their own methods, past those of a subclass.
"""

from __future__ import annotations

import _random
import array
import ctypes
import io
import itertools
import mmap
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcoder.dryrun.effects.fingerprint import Walk

__all__ = ["LOOKS"]

_item_size: Final = vars(array.array)["itemsize"].__get__
_MOST_IN_ORDER: Final = 10_000
_ENDS: Final = 1 << 16
"""Of a file in memory, what is looked at on either side."""


def _bytearray(walk: Walk, value: bytearray, _depth: int) -> object:
    return _writable(value, bytearray.__len__(value), walk)


def _mmap(walk: Walk, value: mmap.mmap, _depth: int) -> object:
    size = mmap.mmap.__len__(value)
    try:
        return _writable(value, size, walk)
    except TypeError:  # it is only read
        return size


def _writable(value: Any, size: int, walk: Walk) -> object:
    if not size:
        return 0
    address = ctypes.addressof(ctypes.c_char.from_buffer(value))
    return (size, address, walk.buffer(address, size))


def _array(walk: Walk, value: array.array[Any], _depth: int) -> object:
    address, length = array.array.buffer_info(value)
    return (length, address, walk.buffer(address, length * _item_size(value)))


def _memoryview(walk: Walk, value: memoryview, depth: int) -> object:
    return walk.visit(value.obj, depth)


def _ordered(walk: Walk, value: OrderedDict[Any, Any], depth: int) -> object:
    first = itertools.islice(OrderedDict.__iter__(value), _MOST_IN_ORDER)
    last = itertools.islice(OrderedDict.__reversed__(value), 1)  # where a key is moved to
    return (walk.dict_like(value, depth), walk.identities(first), walk.identities(last))


def _random_state(_walk: Walk, value: _random.Random, _depth: int) -> object:
    return hash(_random.Random.getstate(value))


def _file(kind: Any) -> Callable[[Walk, Any, int], object]:
    """Of a file in memory its position, its length and both of its ends."""

    def look(_walk: Walk, value: Any, _depth: int) -> object:
        at = kind.tell(value)
        size = kind.seek(value, 0, io.SEEK_END)
        kind.seek(value, max(size - _ENDS, 0))
        end = kind.read(value, _ENDS)
        kind.seek(value, 0)
        start = kind.read(value, min(_ENDS, max(size - _ENDS, 0)))
        kind.seek(value, at)
        # The bytes themselves: Python goes on using those that it gave out, with the hash that they once had.
        return (at, size, start, end)

    return look


LOOKS: Final[tuple[tuple[type, Callable[[Walk, Any, int], object]], ...]] = (
    (OrderedDict, _ordered),
    (bytearray, _bytearray),
    (array.array, _array),
    (memoryview, _memoryview),
    (mmap.mmap, _mmap),
    (io.StringIO, _file(io.StringIO)),
    (io.BytesIO, _file(io.BytesIO)),
    (_random.Random, _random_state),
)
