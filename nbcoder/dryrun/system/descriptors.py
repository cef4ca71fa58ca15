"""What a fork shares with the kernel through its file descriptors, and how that is undone.

A forked descriptor is the same open file: reading from it moves the kernel's place in the file, writing
to it writes past any overlay, and a change to an epoll set takes effect in the kernel's own event loop.
So every descriptor gets a replacement under the same number: files are opened anew, events become fresh
ones, and what leads to another process leads nowhere.
"""

from __future__ import annotations

import os
import select
import socket
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["isolate_channels", "isolate_files"]

_HARMLESS: Final = frozenset({"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"})
_CHANNELS: Final = ("socket:", "pipe:", "anon_inode:", "mnt:", "net:", "pid:", "user:")
_ONCE_ONLY: Final = os.O_CREAT | os.O_EXCL | os.O_TRUNC


def isolate_channels(keep: Collection[int]) -> list[int]:
    """Cut all that is not a file or a folder, but for ``keep``: sockets, pipes, events, terminals, devices.

    Returns the rest, the files and folders, for `isolate_files`.
    """
    files = []
    with _Replacements() as replacements:
        for name in os.listdir("/proc/self/fd"):
            fd = int(name)
            try:
                target = os.readlink(f"/proc/self/fd/{fd}")
            except OSError:
                continue  # the listing's own
            if fd in keep or fd in replacements:
                continue
            if (new := replacements.of(fd, target)) is None:
                files.append(fd)
            elif new >= 0:
                _put(new, fd)
    return files


def isolate_files(files: Collection[int]) -> None:
    """Open ``files`` anew, by their paths where they are still there, else only for reading.

    To be called inside the walls, so that what is opened anew is what the walls allow.
    """
    for fd in files:
        new = _opened_anew(fd)
        _put(new, fd)
        os.close(new)


def _put(new: int, fd: int) -> None:
    os.dup2(new, fd, inheritable=os.get_inheritable(fd))


class _Replacements:
    """One of each thing that stands in for a channel, made on first use."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self._made: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for fd in self._open:
            os.close(fd)

    def __contains__(self, fd: int) -> bool:
        return fd in self._open

    def of(self, fd: int, target: str) -> int | None:
        """What to put in the place of ``fd``, which leads to ``target``.

        -1: it may stay as it is; None: it is a file or a folder.
        """
        if target in _HARMLESS:
            return -1
        if (make := _ANEW.get(target)) is not None:
            return self._own(make())
        if target.startswith(_CHANNELS):
            return self._shared("dead", _dead_end)
        kind = stat.S_IFMT(os.fstat(fd).st_mode)
        if kind in {stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}:
            return None
        is_device = kind in {stat.S_IFCHR, stat.S_IFBLK}
        return self._shared("null", _null) if is_device else self._shared("dead", _dead_end)

    def _shared(self, name: str, make: Callable[[], int]) -> int:
        if name not in self._made:
            self._made[name] = self._own(make())
        return self._made[name]

    def _own(self, fd: int) -> int:
        self._open.append(fd)
        return fd


def _null() -> int:
    return os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)


def _nothing() -> int:
    return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)


def _dead_end() -> int:
    """A socket whose other end is closed: reading gives the end of the stream, writing EPIPE."""
    near, far = socket.socketpair()
    far.close()
    return near.detach()


def _fresh_epoll() -> int:
    with select.epoll() as fresh:
        return os.dup(fresh.fileno())


def _opened_anew(fd: int) -> int:
    flags = _flags(fd)
    is_path_only = bool(flags & os.O_PATH)
    with suppress(OSError):
        new = os.open(os.readlink(f"/proc/self/fd/{fd}"), flags & ~_ONCE_ONLY | os.O_CLOEXEC)
        if os.fstat(new).st_ino == os.fstat(fd).st_ino:
            return new if is_path_only else _at_same_place(fd, new)
        os.close(new)
    # Deleted, replaced or out of reach: the very file, but its content is the kernel's, so only to read.
    if is_path_only or stat.S_ISDIR(os.fstat(fd).st_mode):
        return _nothing()
    with suppress(OSError):
        return _at_same_place(fd, os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_CLOEXEC))
    return _nothing()


_ANEW: Final = {
    "anon_inode:[eventfd]": lambda: os.eventfd(0, os.EFD_NONBLOCK),
    "anon_inode:[eventpoll]": _fresh_epoll,
}


def _flags(fd: int) -> int:
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as info:
        for line in info:
            if line.startswith("flags:"):
                return int(line.split()[1], 8)
    return os.O_RDONLY


def _at_same_place(fd: int, new: int) -> int:
    if stat.S_ISREG(os.fstat(fd).st_mode):
        os.lseek(new, os.lseek(fd, 0, os.SEEK_CUR), os.SEEK_SET)
    return new
