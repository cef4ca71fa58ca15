"""What stands between a copy of the kernel and the user's machine, by tier.

Walls are raised in two steps: in the guard, before it forks the worker, and in the worker, before it runs
the code. If the system refuses a step, the guard says so and another tier is tried.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
import struct
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from nbcoder.dryrun.system import linux
from nbcoder.dryrun.walls import audit, landlock, seccomp, traffic
from nbcoder.dryrun.walls.changes import FileChanges, list_changes
from nbcoder.dryrun.walls.limits import most_tasks
from nbcoder.dryrun.walls.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcoder.dryrun.job import Job
    from nbcoder.dryrun.report import Tier
    from nbcoder.dryrun.walls.audit import Note

__all__ = ["NAMESPACED", "Walls", "walls_of"]

NAMESPACED: Final = seccomp.Refusals(
    network=False, processes=False, metadata=False, starting=False, writes=False
)
"""What the system's namespaces leave to refuse."""

_EVERYTHING: Final = seccomp.Refusals(network=True, processes=True, metadata=True, starting=True, writes=True)

_CAP_CHOWN: Final = 0
_CAP_DAC_OVERRIDE: Final = 1
_CAP_FOWNER: Final = 3
_CAP_SYS_ADMIN: Final = 21
_FOR_FILES: Final = (_CAP_CHOWN, _CAP_DAC_OVERRIDE, _CAP_FOWNER)
"""What root keeps: files of others are within its reach in the kernel too."""
_PID_MAX: Final = "/proc/sys/kernel/pid_max"
_SMALLEST_PID_MAX: Final = 400
_OWN_PID_MAX_SINCE: Final = (6, 14)
_SIOCGIFFLAGS: Final = 0x8913
_SIOCSIFFLAGS: Final = 0x8914
_IFF_UP: Final = 1


class Walls(Protocol):
    """One tier."""

    counts_processes: bool
    """Whether the system counts the worker's processes apart from the user's others."""
    are_strict: bool
    """Whether they refuse what would do no harm too, and with the errors that the system itself gives."""

    def raise_in_guard(self) -> None:
        """What has to be done before the worker is forked."""

    def raise_in_worker(self) -> None:
        """The rest."""

    def watch(self, note: Note) -> Callable[[], None]:
        """Tell ``note`` from now on what is refused, and what is not but reaches others.

        What is returned has to be called when the code has run; it tells what could be seen only then.
        """

    def changes(self, cwd: str) -> FileChanges:
        """What the worker did to files; called in the guard after the worker's end."""


def walls_of(tier: Tier, job: Job) -> Walls:
    """The walls of ``tier``."""
    if tier == "namespaces":
        return _Namespaces(job)
    if tier == "landlock":
        return _Landlock(job)
    if tier == "audit":
        return _Audit()
    return _None()


class _Namespaces:
    def __init__(self, job: Job) -> None:
        self.counts_processes, self.are_strict = True, False
        self._job = job
        self._own_user = not (os.geteuid() == 0 and linux.has_capability(_CAP_SYS_ADMIN))
        self._overlay = Overlay(job.file_bytes, self._own_user)

    def raise_in_guard(self) -> None:
        uid, gid = os.geteuid(), os.getegid()
        flags = linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWNET | linux.CLONE_NEWIPC
        linux.unshare(flags | (linux.CLONE_NEWUSER if self._own_user else 0))
        if self._own_user:
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{uid} {uid} 1")
            _write("/proc/self/gid_map", f"{gid} {gid} 1")
        _raise_loopback()
        self._overlay.build(self._job.places)

    def raise_in_worker(self) -> None:
        self._show_own_processes()
        self._overlay.close()
        linux.drop_capabilities(() if self._own_user else _FOR_FILES)
        seccomp.install(NAMESPACED)

    def watch(self, note: Note) -> Callable[[], None]:
        return audit.watch(note, files=None, refuse=False, attempts=traffic.attempts)

    def changes(self, cwd: str) -> FileChanges:
        return list_changes(self._overlay.layers, cwd)

    def _show_own_processes(self) -> None:
        flags = linux.MS_NOSUID | linux.MS_NOEXEC
        with suppress(OSError):  # in some containers; the process table that is seen instead is read-only
            linux.mount("proc", "/proc", "proc", flags)
            with suppress(OSError):  # of its own for each namespace only since Linux 6.14
                if _has_own_pid_max():
                    _write(_PID_MAX, str(max(_SMALLEST_PID_MAX, most_tasks(self._job))))
            linux.mount_setattr("/proc", add=linux.ATTR_RDONLY)


class _Landlock:
    counts_processes, are_strict = False, True

    def __init__(self, job: Job) -> None:
        self._scratch = job.scratch
        # No limit holds root's processes, and nothing ends a flood of them for certain.
        self._is_uncounted = os.getuid() == 0

    def raise_in_guard(self) -> None:
        linux.become_subreaper()

    def raise_in_worker(self) -> None:
        tempfile.tempdir = os.environ["TMPDIR"] = self._scratch
        devices = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
        landlock.restrict_writes((self._scratch, *devices))
        _drop_capabilities()
        refusals = seccomp.Refusals(
            network=True, processes=True, metadata=True, starting=self._is_uncounted, writes=False
        )
        seccomp.install(refusals)

    def watch(self, note: Note) -> Callable[[], None]:
        return audit.watch(note, files=(self._scratch,), refuse=False, starting=self._is_uncounted)

    def changes(self, cwd: str) -> FileChanges:  # noqa: ARG002 - a file that was written is in the scratch folder
        return FileChanges()


class _Audit:
    counts_processes, are_strict = False, True

    def raise_in_guard(self) -> None:
        with suppress(OSError):
            linux.become_subreaper()

    def raise_in_worker(self) -> None:
        _drop_capabilities()
        seccomp.install(_EVERYTHING)  # an audit hook sees only what goes through Python

    def watch(self, note: Note) -> Callable[[], None]:
        return audit.watch(note, files=(), refuse=True, starting=True)

    def changes(self, cwd: str) -> FileChanges:  # noqa: ARG002 - nothing can be written
        return FileChanges()


class _None:
    """What Python itself refuses, for code that by its syntax tree would do nothing anyway."""

    counts_processes, are_strict = False, True

    def raise_in_guard(self) -> None:
        with suppress(OSError):
            linux.become_subreaper()

    def raise_in_worker(self) -> None:
        """Nothing: this system has no walls."""

    def watch(self, note: Note) -> Callable[[], None]:
        return audit.watch(note, files=(), refuse=True, starting=True)

    def changes(self, cwd: str) -> FileChanges:  # noqa: ARG002 - nothing is known about files
        return FileChanges()


def _has_own_pid_max() -> bool:
    """Whether each process namespace has a limit of its own; before, it was the machine's."""
    release = tuple(int(number) for number in re.findall(r"\d+", os.uname().release)[:2])
    return release >= _OWN_PID_MAX_SINCE


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _drop_capabilities() -> None:
    with suppress(OSError):  # on a system without them
        linux.drop_capabilities(_FOR_FILES if os.geteuid() == 0 else ())


def _raise_loopback() -> None:
    """A new network namespace has only a loopback, and that is down."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as some:
        request = fcntl.ioctl(some, _SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
        flags = struct.unpack("16sH14x", request)[1]
        fcntl.ioctl(some, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))
