"""Fingerprints of iterators, open files, locks and connections: by the structures that Python keeps of them.

None has a method that tells how far it is and leaves it where it is, as some write out what they hold back.
"""

from __future__ import annotations

import _thread
import ctypes
import gc
import io
import itertools
import os
import sys
import types
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import module_name, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbcoder.dryrun.effects.fingerprint import Walk

__all__ = ["look_of"]

_HEAD: Final = 16
"""Bytes of a plain object in a Python with a global lock: how often it is referred to, and its class."""
_IS_KNOWN: Final = sys.implementation.name == "cpython" and object.__basicsize__ == _HEAD
_FILES: Final = (io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.FileIO)
_NONE: Final[dict[Any, Any]] = {}
_SOME: Final[tuple[Any, ...]] = (
    *([], (), _NONE, range(0), range(1 << 70), _NONE.values(), _NONE.items()),
    *("", "\u4e2d", b"", bytearray(), set()),
)
_ITERATORS: Final = (
    *map(type, map(iter, _SOME)),
    *map(type, map(reversed, _SOME[:7])),
    *(enumerate, filter, map, zip),
    *(itertools.accumulate, itertools.chain, itertools.compress, itertools.count, itertools.cycle),
    *(itertools.dropwhile, itertools.islice, itertools.repeat, itertools.starmap, itertools.takewhile),
    *(itertools.zip_longest, type(itertools.tee(())[0])),
)
_INNER: Final = (*_ITERATORS, *_FILES, types.GeneratorType)


def look_of(kind: type) -> tuple[type, Callable[[Walk, Any, int], object]] | None:
    """How objects of exactly that class are looked at, and the class once more; None for others."""
    look: Callable[[Walk, Any, int], object] | None = None
    if kind is _thread.LockType:
        look = _lock
    elif (module_name(kind), type_name(kind)) == ("sqlite3", "Connection"):
        look = _connection
    elif _IS_KNOWN and (kind in _INNER or (module_name(kind), type_name(kind)) == ("_csv", "reader")):
        look = _structure
    return None if look is None else (kind, look)


def _structure(walk: Walk, value: Any, depth: int) -> object:
    """What is in the object itself, and the same of those that it goes on from."""
    own = ctypes.string_at(id(value) + _HEAD, type(value).__basicsize__ - _HEAD)
    inner = [walk.visit(other, depth) for other in _behind(value) if type(other) in _INNER]
    return own, inner, _place(value) if type(value) is io.FileIO else None


def _behind(value: object) -> Iterator[object]:
    """What it refers to; ``zip`` and ``map`` keep what they go on from in a tuple."""
    for other in gc.get_referents(value):
        yield from (other,) if type(other) is not tuple else other


def _place(value: io.FileIO) -> object:
    with suppress(OSError, ValueError):  # it is closed, or has no places
        return os.lseek(io.FileIO.fileno(value), 0, os.SEEK_CUR)
    return None


def _lock(_walk: Walk, value: Any, _depth: int) -> object:
    return value.locked()


def _connection(_walk: Walk, value: Any, _depth: int) -> object:
    try:
        return value.total_changes, value.in_transaction, id(value.row_factory)
    except sys.modules["sqlite3"].Error:
        return "closed"
