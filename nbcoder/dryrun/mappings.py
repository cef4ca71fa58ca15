"""Memory that a fork shares with the kernel for good: writing to it would change the kernel or a file.

``np.memmap(mode="r+")``, ``multiprocessing.shared_memory`` and the like are mappings of the shared kind,
which a fork does not copy on write. Each is replaced, at its address, by a private copy.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import os
import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Mapping", "isolate_mappings", "memory_map", "shared_mappings"]

_MAP_FIXED: Final = 0x10
_MREMAP_MAYMOVE: Final = 1
_MREMAP_FIXED: Final = 2
_FAILED: Final = ctypes.c_void_p(-1).value
_CHUNK: Final = 1 << 24
_SHARED: Final = re.compile(
    rb"^([0-9a-f]+)-([0-9a-f]+) .w.s ([0-9a-f]+) [0-9a-f]+:[0-9a-f]+ (\d+) *(.*)$", re.MULTILINE
)
_MEMORY_FILES: Final = ("/dev/zero", "/dev/shm/")  # noqa: S108 - names of mappings


@dataclass(frozen=True)
class Mapping:
    """A shared mapping that can be written; ``inode`` is 0 where no file is behind it."""

    start: int
    end: int
    offset: int
    inode: int
    path: str

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start


def memory_map() -> bytes:
    """``/proc/self/maps``."""
    with open("/proc/self/maps", "rb") as maps:
        return maps.read()


def shared_mappings(maps: bytes) -> list[Mapping]:
    """The mappings in ``maps`` that are shared and can be written."""
    return [
        Mapping(int(start, 16), int(end, 16), int(offset, 16), int(inode), os.fsdecode(path))
        for start, end, offset, inode, path in _SHARED.findall(maps)
    ]


def isolate_mappings(maps: bytes, copy_bytes: int) -> list[tuple[int, int]]:
    """Make every shared mapping private.

    What has no file that can be mapped again is copied, up to ``copy_bytes`` in all; the rest can only be
    read from then on. Returns the first and last addresses of what was copied.
    """
    copied = []
    for mapping in shared_mappings(maps):
        if _map_file(mapping):
            continue
        is_device = mapping.path.startswith("/dev/") and not mapping.path.startswith(_MEMORY_FILES)
        if not is_device and mapping.size <= copy_bytes and _copy(mapping):
            copy_bytes -= mapping.size
            copied.append((mapping.start, mapping.end))
        else:
            _libc().mprotect(mapping.start, mapping.size, mmap.PROT_READ)
    return copied


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    address, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    libc.mmap.restype = libc.mremap.restype = address
    libc.mmap.argtypes = [address, size, number, number, number, ctypes.c_long]
    libc.mremap.argtypes = [address, size, size, number, address]
    libc.mprotect.argtypes = [address, size, number]
    return libc


def _map_file(mapping: Mapping) -> bool:
    if not mapping.path.startswith("/") or mapping.path.startswith("/dev/zero"):
        return False
    try:
        fd = os.open(mapping.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if os.fstat(fd).st_ino != mapping.inode:
            return False
        flags, protection = mmap.MAP_PRIVATE | _MAP_FIXED, mmap.PROT_READ | mmap.PROT_WRITE
        done = _libc().mmap(mapping.start, mapping.size, protection, flags, fd, mapping.offset)
        return bool(done != _FAILED)
    finally:
        os.close(fd)


def _copy(mapping: Mapping) -> bool:
    flags, protection = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE
    place = _libc().mmap(None, mapping.size, protection, flags, -1, 0)
    if place == _FAILED:
        return False
    _read_memory(mapping, place)
    how = _MREMAP_MAYMOVE | _MREMAP_FIXED
    return bool(_libc().mremap(place, mapping.size, mapping.size, how, mapping.start) != _FAILED)


def _read_memory(mapping: Mapping, place: int) -> None:
    # Through /proc, because touching a page past the end of its file directly is a SIGBUS.
    target = memoryview((ctypes.c_char * mapping.size).from_address(place)).cast("B")
    fd = os.open("/proc/self/mem", os.O_RDONLY | os.O_CLOEXEC)
    try:
        done = 0
        while done < mapping.size:
            got = os.preadv(fd, [target[done : done + _CHUNK]], mapping.start + done)
            if not got:
                break
            done += got
    except OSError:
        return  # what lies past the end of the file stays zero, as it would read
    finally:
        os.close(fd)
