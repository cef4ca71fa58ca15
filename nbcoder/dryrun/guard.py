"""The guard: a fork of the kernel that forks the worker, watches over it and gives the verdict.

It runs none of the user's code. When the kernel ends, or wants no more of it, it ends the worker and all
that the worker started, and then itself; if it dies, the worker dies with it.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from nbcoder.dryrun.job import How, Verdict, encoded
from nbcoder.dryrun.system import linux
from nbcoder.dryrun.system.descriptors import isolate_channels
from nbcoder.dryrun.system.processes import ProcessTable, end_all, free_memory
from nbcoder.dryrun.walls.tiers import walls_of
from nbcoder.texts import Text, packed

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcoder.dryrun.job import Ends, Job
    from nbcoder.dryrun.walls.tiers import Walls

    Worker = Callable[["Work"], None]

__all__ = [
    "DONE",
    "FAILED",
    "SETTLE_SECONDS",
    "STARTED",
    "Work",
    "Worker",
    "be_first_victim",
    "become_guard",
    "leave_terminal",
]

STARTED: Final = b"+"
DONE: Final = b"."
FAILED: Final = b"!"
"""What a worker tells its guard: it begins to run the code; it has run it; it cannot run it, and why."""

SETTLE_SECONDS: Final = 10.0
"""What a worker may take, on a busy machine, until it begins to run the code."""
_LONGEST_REASON: Final = 1_000
_GLANCE_EVERY: Final = 0.005
"""Processes that start processes can be thousands in a twentieth of a second."""
_LOOK_EVERY: Final = 0.05
_IDLE_LOOKS: Final = 20
"""The last so many, over about a second, have to find it waiting mostly for it to be called idle."""
_MOSTLY: Final = 0.5
"""Code that asks again and again whether something is done wakes up for that."""
_LAST_RESERVE: Final = 200 << 20
"""Free memory, in bytes, below which a growing worker is ended whatever its limit is."""
_SMALL_GROWTH: Final = 64 << 20
_LIFE_BEYOND: Final = 60
"""Seconds beyond the time allowed at which the system ends a guard that hangs, and so the worker."""
_PRIORITY_STEP: Final = 10
_HIGHEST_PRIORITY: Final = -20
_WHOLE_FILE: Final = 1 << 16
_NEAR_LIMIT: Final = 0.8


@dataclass(frozen=True)
class Work:
    """What the guard hands to the worker; ``files`` are the kernel's open files."""

    job: Job
    ends: Ends
    walls: Walls
    files: list[int]
    tell: int


def become_guard(job: Job, ends: Ends, work: Worker, parent: int) -> NoReturn:
    """Turn this process, just forked by ``parent``, into the guard of ``job``; ``work`` is the worker."""
    try:
        if os.getppid() == parent:
            _Guard(job, ends, work).guard()
    except BaseException as error:  # noqa: BLE001 - whatever happens, this copy of the kernel must not go on
        _tell(ends.control, Verdict("broken", why=f"{type(error).__name__}: {error}"))
    finally:
        os._exit(0)


def leave_terminal() -> None:
    """Be out of reach of what is sent to the kernel: interrupts, signals to its group, wake-ups."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _tell(control: int, verdict: Verdict) -> None:
    message = memoryview(encoded(verdict))
    with suppress(OSError):  # nobody listens any more
        while message:
            message = message[os.write(control, message) :]


class _Guard:
    def __init__(self, job: Job, ends: Ends, work: Worker) -> None:
        self._job, self._ends, self._work = job, ends, work
        self._walls = walls_of(job.tier, job)
        self._peak = 0
        self._waited: deque[bool] = deque(maxlen=_IDLE_LOOKS)
        self._memory_kills = _memory_kills()
        self._priority = os.getpriority(os.PRIO_PROCESS, 0)

    def guard(self) -> None:
        """Do it all; returns when nothing of the dry run is left."""
        leave_terminal()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(self._job.seconds) + _LIFE_BEYOND)
        gc.freeze()  # a collection would copy the kernel's pages and run the finalizers of its objects
        gc.disable()
        be_first_victim()
        self._come_first()
        files = isolate_channels(keep=self._ends.all())
        cwd = _cwd()
        table = ProcessTable.open()
        try:
            self._walls.raise_in_guard()
        except OSError as error:
            _tell(
                self._ends.control, Verdict("refused", why=f"{error.filename or 'walls'}: {error.strerror}")
            )
            return
        with suppress(OSError):  # it may lie where nothing is seen any more; then the worker is in the root
            os.chdir(cwd)
        worker, hear = self._fork_worker(table, files)
        for fd in (self._ends.events, self._ends.out, self._ends.err):
            os.close(fd)
        trouble = self._watch(worker, hear, table)
        self._end(worker, table, cwd, trouble)

    def _come_first(self) -> None:
        """Where that is allowed, get the processor before the worker and all that it may start."""
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, max(_HIGHEST_PRIORITY, self._priority - _PRIORITY_STEP))

    def _fork_worker(self, table: ProcessTable, files: list[int]) -> tuple[int, int]:
        """Returns its number, and a descriptor on which it tells how far it is."""
        hear, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                for fd in (table.folder, self._ends.control, hear):
                    os.close(fd)
                linux.die_with_parent()
                os.setsid()
                os.setpriority(os.PRIO_PROCESS, 0, self._priority)
                self._work(Work(self._job, self._ends, self._walls, files, tell))
            finally:
                os._exit(1)
        os.close(tell)
        return pid, hear

    def _watch(self, worker: int, hear: int, table: ProcessTable) -> tuple[How | None, str]:
        """Wait until the code has run; if the worker has to be ended before, say how it failed and why."""
        deadline = time.monotonic() + SETTLE_SECONDS
        start = table.private_bytes(worker)
        poller = select.poll()
        poller.register(self._ends.control, select.POLLIN)
        poller.register(hear, select.POLLIN)
        with suppress(OSError, AttributeError):  # then its end is seen a little later
            poller.register(os.pidfd_open(worker), select.POLLIN)
        tasks, next_look = table.tasks(), 0.0
        while (left := deadline - time.monotonic()) > 0:
            ready = {fd for fd, _ in poller.poll(min(_GLANCE_EVERY, left) * 1000)}
            told = os.read(hear, _LONGEST_REASON) if hear in ready else b""
            if DONE in told:
                return "done", ""
            if told.startswith(FAILED):
                return "refused", told[len(FAILED) :].decode("utf-8", "replace")
            if told.startswith(STARTED):
                deadline = time.monotonic() + self._job.seconds
                self._waited.clear()
            if _has_ended(worker):
                return None, ""
            if self._ends.control in ready:
                return "timeout", "the kernel wants no more of it"
            if time.monotonic() < next_look and table.tasks() <= tasks + self._job.processes:
                continue
            next_look = time.monotonic() + _LOOK_EVERY
            if trouble := self._look(worker, table, start):
                return trouble
        return "timeout", ""

    def _look(self, worker: int, table: ProcessTable, start: int) -> tuple[How, str] | None:
        others = [pid for pid in table.below(os.getpid(), self._job.processes + 2) if pid != worker]
        self._waited.append(table.are_waiting([worker, *others]))
        grown = max(0, table.private_bytes(worker) - start)
        # Forks of the worker share its memory; only what is beyond it is theirs for certain.
        grown += sum(max(0, table.private_bytes(pid) - start) for pid in others)
        self._peak = max(self._peak, grown)
        if len(others) > self._job.processes:
            return "processes", Text("it started more than %1 processes", self._job.processes)
        if grown > self._job.memory_bytes:
            return "memory", Text("it took more than %1 of memory", _megabytes(self._job.memory_bytes))
        if grown > _SMALL_GROWTH and free_memory() < _LAST_RESERVE:
            return "memory", Text("this machine has no more memory for it")
        return None

    def _end(self, worker: int, table: ProcessTable, cwd: str, trouble: tuple[How | None, str]) -> None:
        _end_group(worker)
        how, why = trouble
        code = 0
        if how is None:
            code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
            how, why = self._own_end(code)
        changes = self._walls.changes(cwd)
        files = (changes.created, changes.changed, changes.deleted, changes.rewritten)
        is_idle = how == "timeout" and sum(self._waited) > _MOSTLY * len(self._waited)
        _tell(self._ends.control, Verdict(how, abs(code), packed(why), self._peak, *files, is_idle))
        # Only now, because giving back the memory of a large kernel takes its time.
        end_all(table, os.getpid())

    def _own_end(self, code: int) -> tuple[How, str]:
        """How a worker ended that nobody ended."""
        if code >= 0:
            return "exit", ""
        out_of_memory = -code == signal.SIGKILL and _memory_kills() > self._memory_kills
        if out_of_memory or self._peak > _NEAR_LIMIT * self._job.memory_bytes:
            return "memory", Text("the system ended it for want of memory")
        return "signal", ""


def _end_group(worker: int) -> None:
    """End a worker and all of its group at one stroke; it is not reaped yet, so that number is still its."""
    try:
        os.killpg(worker, signal.SIGKILL)
    except ProcessLookupError:  # it has not even made its group
        os.kill(worker, signal.SIGKILL)


def _has_ended(pid: int) -> bool:
    """Without reaping it."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _memory_kills() -> int:
    """How many processes this machine has ended for want of memory."""
    with suppress(OSError), open("/proc/vmstat", "rb", buffering=0) as file:
        rest = file.read(_WHOLE_FILE).partition(b"\noom_kill ")[2]
        return int(rest.partition(b"\n")[0] or 0)
    return 0


def be_first_victim() -> None:
    """If memory runs out, the system ends this process and those it forks before any other."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.0f} MB"
