"""Limits of the system on the worker and all that it starts."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nbcoder.dryrun.job import Job

__all__ = ["lift_memory_limit", "limit", "memory_peak", "most_tasks", "own_tasks"]

_RESERVE_BYTES: Final = 64 << 20
"""Kept back from the code, so that a report can be written when its memory is used up."""
_THREADS_PER_PROCESS: Final = 4


def most_tasks(job: Job) -> int:
    """How many processes and threads together are within the job's limit of processes; a generous count."""
    return job.processes * _THREADS_PER_PROCESS + 8 * (os.cpu_count() or 1)


def limit(job: Job, *, own_count: bool) -> None:
    """Set the limits; with ``own_count`` the system counts this user's processes from here on."""
    data = _status("VmData:")
    cpu = int(job.seconds * (os.cpu_count() or 1)) + 2  # only for a worker whose guard is gone
    limits = {
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_CPU: (cpu, cpu),
        resource.RLIMIT_DATA: (data + job.memory_bytes, data + job.memory_bytes + _RESERVE_BYTES),
        resource.RLIMIT_FSIZE: (job.file_bytes, job.file_bytes),
    }
    if os.getuid() != 0:  # the system does not count root's
        tasks = most_tasks(job) + (0 if own_count else own_tasks())
        limits[resource.RLIMIT_NPROC] = (tasks, tasks)
    for kind, wanted in limits.items():
        most = resource.getrlimit(kind)[1]
        soft, hard = wanted if most == resource.RLIM_INFINITY else (min(value, most) for value in wanted)
        resource.setrlimit(kind, (soft, hard))


def lift_memory_limit() -> None:
    """Give the reserve to what comes after the code."""
    with suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def memory_peak() -> int:
    """The most private memory that this process has held, in bytes."""
    return _status("VmHWM:") - _status("RssFile:") - _status("RssShmem:")


def own_tasks() -> int:
    """Processes and threads of this user."""
    count, uid = 0, os.getuid()
    for name in os.listdir("/proc"):
        with suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _status(name: str) -> int:
    with suppress(OSError), open("/proc/self/status", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return 0
