"""Processes seen from outside: those below one, their memory, and how to end them all."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ProcessTable", "end_all", "free_memory", "private_memory"]

_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_END_SECONDS: Final = 30
_WAITING: Final = frozenset("SZXI")
"""States of a thread that neither runs, nor wants to, nor waits for a disk, nor was stopped."""


@dataclass(frozen=True)
class ProcessTable:
    """``/proc`` as it was when this was made: it stays valid when another one is mounted over it."""

    folder: int

    @classmethod
    def open(cls) -> ProcessTable:
        """The process table of this process."""
        return cls(os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def close(self) -> None:
        """Let go of it."""
        os.close(self.folder)

    def below(self, pid: int, most: int = 10_000) -> list[int]:
        """The children of ``pid``, their children, and so on."""
        found: list[int] = []
        waiting = [pid]
        while waiting and len(found) < most:
            children = self._children(waiting.pop())
            found += children
            waiting += children
        return found

    def tasks(self) -> int:
        """All processes and threads of the machine: cheap, to see whether a closer look is worth it."""
        fields = self._read("loadavg").split()
        return int(fields[3].partition("/")[2]) if len(fields) > 3 else 0  # noqa: PLR2004 - running/all is the fourth

    def private_bytes(self, pid: int) -> int:
        """Memory of ``pid`` that is not shared with files; 0 if it has ended."""
        fields = self._read(f"{pid}/statm").split()
        return max(0, int(fields[1]) - int(fields[2])) * _PAGE if len(fields) > 2 else 0  # noqa: PLR2004 - size, resident, shared

    def are_waiting(self, pids: Iterable[int]) -> bool:
        """Whether all threads of these processes wait for something else than a disk."""
        return all(self._state(pid, task) in _WAITING for pid in pids for task in self._tasks(pid))

    def _children(self, pid: int) -> list[int]:
        children: list[int] = []
        for task in self._tasks(pid):
            children += map(int, self._read(f"{pid}/task/{task}/children").split())
        return children

    def _state(self, pid: int, task: str) -> str:
        """One letter; of a thread that has ended meanwhile that of a dead one."""
        return self._read(f"{pid}/task/{task}/stat").rpartition(")")[2].strip()[:1] or "X"

    def _tasks(self, pid: int) -> list[str]:
        try:
            tasks = os.open(f"{pid}/task", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self.folder)
        except OSError:
            return []
        try:
            return os.listdir(tasks)
        except OSError:
            return []  # it ended meanwhile
        finally:
            os.close(tasks)

    def _read(self, path: str) -> str:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.folder)
        except OSError:
            return ""
        try:
            return os.read(fd, 1 << 16).decode("ascii", "replace")
        except OSError:
            return ""
        finally:
            os.close(fd)


def end_all(table: ProcessTable, above: int) -> None:
    """Kill and reap all processes below ``above``, which has to be this process and a subreaper."""
    deadline = time.monotonic() + _END_SECONDS
    while True:
        pids = table.below(above)
        for how in (signal.SIGSTOP, signal.SIGKILL):  # stopped first, so that none forks while others die
            for pid in pids:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, how)
        has_children = _reap()
        if not (has_children or pids) or time.monotonic() > deadline:
            return
        time.sleep(0.002)


def _reap() -> bool:
    """Whether children are left."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True


def private_memory() -> int:
    """Memory of this process that is not shared with files, in bytes; 0 where that cannot be known."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            fields = statm.read().split()
    except OSError:
        return 0
    return max(0, int(fields[1]) - int(fields[2])) * _PAGE


def free_memory() -> int:
    """Memory that can still be taken, in bytes: of the machine, or of the container if that has less."""
    free = [value for value in (_machine_free(), _group_free_v2(), _group_free_v1()) if value is not None]
    return min(free, default=1 << 40)


def _machine_free() -> int | None:
    with suppress(OSError), open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _group_free_v2() -> int | None:
    own = ""
    with suppress(OSError), open("/proc/self/cgroup", encoding="utf-8") as lines:
        own = next((line.rstrip("\n")[len("0::") :] for line in lines if line.startswith("0::")), "")
    for folder in (f"/sys/fs/cgroup{own}", "/sys/fs/cgroup"):
        with suppress(OSError, ValueError):
            return _headroom(folder, "memory.max", "memory.current", "inactive_file")
    return None


def _group_free_v1() -> int | None:
    with suppress(OSError, ValueError):
        folder = "/sys/fs/cgroup/memory"
        return _headroom(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    return None


def _headroom(folder: str, limit: str, usage: str, reclaimable: str) -> int:
    with open(f"{folder}/{limit}", encoding="ascii") as file:
        most = int(file.read())  # "max" is a ValueError: no limit
    with open(f"{folder}/{usage}", encoding="ascii") as file:
        used = int(file.read())
    with open(f"{folder}/memory.stat", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(reclaimable + " "):
                used -= int(line.split()[1])
    return max(0, most - used)
