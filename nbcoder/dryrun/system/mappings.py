"""Memory that a fork shares with the kernel for good: writing to it would change the kernel or a file.

``np.memmap(mode="r+")``, ``multiprocessing.shared_memory`` and the like are mappings of the shared kind,
which a fork does not copy on write. Each is replaced, at its address, by a private copy; one that can only
be read now too, where the system would let it be made writable.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Isolation",
    "Mapping",
    "copy_mappings",
    "isolate_mappings",
    "memory_map",
    "shared_mappings",
    "shared_memory",
]

_MAP_FIXED: Final = 0x10
_MREMAP_MAYMOVE: Final = 1
_MREMAP_FIXED: Final = 2
_FAILED: Final = ctypes.c_void_p(-1).value
_CHUNK: Final = 1 << 24
_SHARED: Final = re.compile(
    rb"^([0-9a-f]+)-([0-9a-f]+) ([r-][w-][x-])s ([0-9a-f]+) [0-9a-f]+:[0-9a-f]+ (\d+) *(.*)$", re.MULTILINE
)
_WRITABLE: Final = re.compile(rb" [r-]w[x-]s ")
_PROTECTIONS: Final = (("r", mmap.PROT_READ), ("w", mmap.PROT_WRITE), ("x", mmap.PROT_EXEC))
_SYS_MSEAL: Final = 462
"""The same number on all architectures."""
_MEMORY_FILES: Final = ("/dev/zero", "/dev/shm/")  # noqa: S108 - names of mappings


@dataclass(frozen=True)
class Mapping:
    """A shared mapping; ``inode`` is 0 where no file is behind it."""

    start: int
    end: int
    offset: int
    inode: int
    path: str
    protection: int = mmap.PROT_READ | mmap.PROT_WRITE

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start

    @property
    def is_device(self) -> bool:
        """Whether it is no memory for data."""
        return self.path.startswith("/dev/") and not self.path.startswith(_MEMORY_FILES)

    @property
    def is_writable(self) -> bool:
        """Whether it can be written to as it is."""
        return bool(self.protection & mmap.PROT_WRITE)


@dataclass
class Isolation:
    """What became of the shared mappings."""

    copied: list[tuple[int, int]] = field(default_factory=list)
    """First and last addresses of what was copied."""
    read_only_bytes: int = 0
    """Of what could be written to and now can only be read."""


def memory_map() -> bytes:
    """``/proc/self/maps``."""
    with open("/proc/self/maps", "rb") as maps:
        return maps.read()


def shared_mappings(maps: bytes) -> list[Mapping]:
    """The mappings in ``maps`` that are shared, those that can be written to first."""
    found = [
        Mapping(int(a, 16), int(b, 16), int(offset, 16), int(inode), os.fsdecode(path), _protection(letters))
        for a, b, letters, offset, inode, path in _SHARED.findall(maps)
    ]
    return sorted(found, key=lambda mapping: not mapping.is_writable)


def shared_memory(maps: bytes, most: int) -> tuple[list[Mapping], list[Mapping]]:
    """The mappings in ``maps`` that share data with others: those of ``most`` bytes together, and the rest.

    It is quick where there are none, as in most kernels.
    """
    if _WRITABLE.search(maps) is None:
        return [], []
    small: list[Mapping] = []
    rest: list[Mapping] = []
    for mapping in sorted(shared_mappings(maps), key=lambda mapping: mapping.size):
        if mapping.is_writable and not mapping.is_device:
            most -= mapping.size
            (small if most >= 0 else rest).append(mapping)
    return small, rest


def copy_mappings(mappings: Iterable[Mapping]) -> bool:
    """Replace each by a copy of what it holds now, unlike `isolate_mappings`; whether that could be done.

    A private mapping of a file still shows what is written to the file later.
    """
    return all(_copy(mapping) for mapping in mappings)


def isolate_mappings(maps: bytes, copy_bytes: int) -> Isolation:
    """Make every shared mapping private that can be written to, or could be made so.

    What has no file that can be mapped again is copied, up to ``copy_bytes`` in all; the rest can only be
    read from then on.
    """
    done = Isolation()
    for mapping in shared_mappings(maps):
        if not _could_be_written(mapping) or _map_file(mapping):
            continue
        if not mapping.is_device and mapping.size <= copy_bytes and _copy(mapping):
            copy_bytes -= mapping.size
            done.copied.append((mapping.start, mapping.end))
        else:
            _leave_to_read(mapping)
            done.read_only_bytes += mapping.size * mapping.is_writable
    return done


def _protection(letters: bytes) -> int:
    return sum(bit for letter, bit in _PROTECTIONS if letter.encode() in letters)


def _could_be_written(mapping: Mapping) -> bool:
    """Whether it is writable, or the system lets it be: not where its file was opened only to be read."""
    if mapping.is_writable:
        return True
    return not _libc().mprotect(mapping.start, mapping.size, mapping.protection | mmap.PROT_WRITE)


def _leave_to_read(mapping: Mapping) -> None:
    _libc().mprotect(mapping.start, mapping.size, mapping.protection & ~mmap.PROT_WRITE)
    _libc().syscall(_SYS_MSEAL, mapping.start, mapping.size, 0)  # refused by a system before Linux 6.10


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    address, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    libc.mmap.restype = libc.mremap.restype = address
    libc.mmap.argtypes = [address, size, number, number, number, ctypes.c_long]
    libc.mremap.argtypes = [address, size, size, number, address]
    libc.mprotect.argtypes = [address, size, number]
    libc.syscall.argtypes = [ctypes.c_long, address, size, ctypes.c_ulong]
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
        flags = mmap.MAP_PRIVATE | _MAP_FIXED
        done = _libc().mmap(mapping.start, mapping.size, mapping.protection, flags, fd, mapping.offset)
        return bool(done != _FAILED)
    finally:
        os.close(fd)


def _copy(mapping: Mapping) -> bool:
    flags, protection = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE
    place = _libc().mmap(None, mapping.size, protection, flags, -1, 0)
    if place == _FAILED:
        return False
    _read_memory(mapping, place)
    _libc().mprotect(place, mapping.size, mapping.protection)
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
