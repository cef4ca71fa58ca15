"""Was a large piece of memory written to since the fork? The system's page table knows.

After a fork all pages of private memory are shared with the parent. A page that is written to becomes the
child's own, and ``/proc/self/pagemap`` tells so. That answers for a gigabyte in a few milliseconds and
misses nothing, where a hash takes a second and samples miss most.
"""

from __future__ import annotations

import ctypes
import hashlib
import mmap
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Memory", "digest_memory"]

_PAGE: Final = mmap.PAGESIZE
_ENTRY: Final = 8
_FLAGS_BYTE: Final = 7
"""Of an entry in the page map: bits 56 to 63."""
_EXCLUSIVE: Final = 0x01
_FILE: Final = 0x20
_PRESENT: Final = 0x80
_OWN: Final = bytes(value & (_EXCLUSIVE | _FILE) == _EXCLUSIVE for value in range(256))
"""For each value of that byte, 1 if the page is this process's own anonymous memory."""
_ALWAYS_HASHED: Final = 1 << 17
_SAMPLES: Final = 64
_SAMPLE_BYTES: Final = 1024
_WRITTEN: Final = b"written"
_NONE: Final = -1


class Memory:
    """Marks of pieces of memory: equal marks before and after the code mean that it wrote nothing there."""

    def __init__(self, own_already: Sequence[tuple[int, int]] = ()) -> None:
        """``own_already`` are ranges that were copied since the fork."""
        self._own_already = own_already
        self._pagemap = _NONE if _swaps() else _open_pagemap()
        self._before: dict[tuple[int, int], bytes | None] = {}
        self.has_run = False
        """Whether the code has run: to be set then."""

    def mark(self, address: int, size: int) -> bytes:
        """The mark of ``size`` bytes at ``address`` now."""
        if size <= _ALWAYS_HASHED:
            return digest_memory(address, size)
        end = address + size
        if self._pagemap == _NONE or any(a < end and address < b for a, b in self._own_already):
            return b"".join(digest_memory(start, _SAMPLE_BYTES) for start in _samples(address, size))
        first, last = -(-address // _PAGE), end // _PAGE
        edges = digest_memory(address, first * _PAGE - address) + digest_memory(
            last * _PAGE, end - last * _PAGE
        )
        return edges + self._pages(first, last)

    def _pages(self, first: int, last: int) -> bytes:
        key = (first, last)
        if not self.has_run or key not in self._before:
            # Most pages of zeros may not exist yet, and then come into being when a neighbour is written to.
            samples = _samples(first * _PAGE, (last - first) * _PAGE)
            is_blank = all(_is_zero(start, _SAMPLE_BYTES) for start in samples)
            self._before.setdefault(key, self._flags(first, last) if is_blank else None)
            return b""
        return _WRITTEN if self._is_written(first, last) else b""

    def _is_written(self, first: int, last: int) -> bool:
        flags = self._flags(first, last)
        own = flags.translate(_OWN)
        if (before := self._before[first, last]) is None:
            return 1 in own
        page = own.find(1)
        while page >= 0:
            was_there = before[page] & _PRESENT
            if was_there or not _is_zero((first + page) * _PAGE, _PAGE):
                return True
            page = own.find(1, page + 1)
        return False

    def _flags(self, first: int, last: int) -> bytes:
        entries = os.pread(self._pagemap, (last - first) * _ENTRY, first * _ENTRY)
        return entries[_FLAGS_BYTE::_ENTRY]


def digest_memory(address: int, size: int) -> bytes:
    """A fingerprint of ``size`` bytes at ``address``."""
    if size <= 0:
        return b""
    return hashlib.blake2b((ctypes.c_char * size).from_address(address), digest_size=8).digest()


def _samples(address: int, size: int) -> Iterator[int]:
    step = max(1, (size - _SAMPLE_BYTES) // _SAMPLES)
    return iter(range(address, address + size - _SAMPLE_BYTES, step))


def _is_zero(address: int, size: int) -> bool:
    return ctypes.string_at(address, size).count(0) == size


def _open_pagemap() -> int:
    with suppress(OSError):
        return os.open("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
    return _NONE


def _swaps() -> bool:
    """Whether part of this process is on a disk: a page that comes back is its own without being written."""
    with suppress(OSError), open("/proc/self/status", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("VmSwap:"):
                return int(line.split()[1]) > 0
    return True
