"""Dry runs of a kernel: a copy by fork, watched from here."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nbcoder.dryrun.channel import Channel, Heard
from nbcoder.dryrun.checkpoint import Checkpoint, PausedFork, can_afford_one
from nbcoder.dryrun.guard import SETTLE_SECONDS, become_guard
from nbcoder.dryrun.harm.harmless import possible_effects
from nbcoder.dryrun.harm.hazards import Hazard, card_is_open, hazard_of, is_about_card, polars_is_running
from nbcoder.dryrun.job import Job
from nbcoder.dryrun.observer import Observer
from nbcoder.dryrun.report import Limits, Report, Tier
from nbcoder.dryrun.reporting import unavailable, write_report
from nbcoder.dryrun.runtime import random_state
from nbcoder.dryrun.system.copies import Forked, fork, uninterrupted
from nbcoder.dryrun.system.processes import free_memory
from nbcoder.dryrun.system.threads import users_threads
from nbcoder.dryrun.walls import seccomp
from nbcoder.dryrun.walls.places import named_places
from nbcoder.dryrun.walls.tiers import NAMESPACED
from nbcoder.dryrun.worker import Origin
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcoder.dryrun.shell import Shell

__all__ = ["KernelDryRunner"]

_TIERS: Final[tuple[Tier, ...]] = ("namespaces", "landlock", "audit", "none")
_GRACE_SECONDS: Final = 5.0
"""For walls before the code runs, and for the list of files after it."""
_END_SECONDS: Final = 2.0
_GIVING_UP: Final = frozenset({"BrokenBarrierError", "Empty", "Full", "TimeoutError"})


class KernelDryRunner:
    """Runs code in forks of this kernel; a `DryRunner`.

    ``observer`` sees, in the copy, what the code came to, and speaks in the report. ``load`` is called in
    each copy before the code is run.
    """

    def __init__(
        self,
        shell: Shell,
        observer: Observer | None = None,
        tiers: tuple[Tier, ...] = _TIERS,
        load: Callable[[], None] | None = None,
    ) -> None:
        self._shell = shell
        self._observer = observer or Observer()
        self._tiers = list(tiers)
        self._load = load
        self._lock = threading.Lock()
        _warm_up()

    def run(self, code: str, limits: Limits | None = None) -> Report:
        """Run ``code`` in a throwaway copy of this kernel; never raises for what the code does.

        An interrupt of the user's ends the copy and is raised as ever.
        """
        limits = limits or Limits()
        hazard = self._hazard(code)
        if hazard is None or not hazard.can_move:
            return self._run(code, limits, None)
        from nbcoder.dryrun.transfer import Parcel, run_in_fresh_process  # noqa: PLC0415 - loads cloudpickle

        parcel = Parcel(code, limits, tuple(self._tiers), list(sys.path), random_state(), self._observer)
        return run_in_fresh_process(self._shell, self._plain(code), parcel)

    def checkpoint(self) -> Checkpoint | None:
        """Keep the present state in a paused copy; None where that cannot be or memory is short."""
        if _refusal() or polars_is_running() or not can_afford_one():
            return None
        try:
            return Checkpoint(PausedFork(self._origin().run), self._run)
        except OSError:
            return None

    def _origin(self) -> Origin:
        return Origin(self._shell, self._observer, random_state(), gc.isenabled(), self._load)

    def _hazard(self, code: str) -> Hazard | None:
        return hazard_of(code, self._shell.user_ns, self._plain)

    def _possible_effects(self, code: str) -> list[str]:
        return possible_effects(self._plain(code), self._shell.user_ns)

    def _plain(self, code: str) -> str:
        """The code with its magics made calls."""
        try:
            return str(self._shell.input_transformer_manager.transform_cell(code))
        except Exception:  # noqa: BLE001 - it will be the cell's error
            return code

    def _run(
        self, code: str, limits: Limits, paused: PausedFork | None, names: tuple[str, ...] = ()
    ) -> Report:
        if why := _refusal():
            return unavailable(why)
        hazard = self._hazard(code)
        # When a checkpoint was made there were no threads of polars.
        if hazard is not None and (paused is None or not hazard.can_move):
            return unavailable(hazard.why)
        places = named_places(self._plain(code), self._shell.user_ns)
        job = replace(_job(code, limits, names), places=places)
        with self._lock:
            for tier in tuple(self._tiers):
                if tier == "none" and (effects := self._possible_effects(code)):
                    return unavailable(
                        Text("this system has no walls, and it might %1; it was not run", effects[0])
                    )
                report, is_refused = self._attempt(replace(job, tier=tier), paused)
                if not is_refused:
                    return report
                self._tiers.remove(tier)  # it will not stand here the next time either
        return unavailable(Text("this system refuses every wall; the code was not run"))

    def _attempt(self, job: Job, paused: PausedFork | None) -> tuple[Report, bool]:
        scratch = tempfile.mkdtemp(prefix=".nbcoder-dryrun-") if job.tier == "landlock" else ""
        job = replace(job, scratch=scratch)
        lost = users_threads() if paused is None else paused.lost_threads
        try:
            heard = self._hear(job) if paused is None else _hear_paused(job, paused)
        except OSError as error:
            return unavailable(Text("no copy of the kernel could be made: %1", error.strerror)), False
        finally:
            if scratch:
                shutil.rmtree(scratch, ignore_errors=True)
        is_refused = heard.verdict is not None and heard.verdict.how == "refused"
        # What writes without end waits too, for its output to be read.
        is_idle = heard.verdict is not None and heard.verdict.is_idle and not heard.outputs.is_cut
        report = write_report(heard, job)
        return _without_lacks(report, lost if is_idle or _has_given_up(report) else ()), is_refused

    def _hear(self, job: Job) -> Heard:
        origin = self._origin()
        channel = Channel(job.output_bytes)
        copy: Forked | None = None
        try:
            with uninterrupted():
                parent = os.getpid()
                pid = fork()
                if pid == 0:
                    channel.become_copy()
                    become_guard(job, channel.ends, origin.run, parent)
                copy = Forked(pid)
                channel.give_away()
            heard = channel.listen(job.seconds + SETTLE_SECONDS + _GRACE_SECONDS)
        except BaseException:
            with uninterrupted():
                channel.close()  # the guard sees that, and ends the worker and itself
                if copy is not None and not copy.wait(_END_SECONDS):
                    copy.end(_END_SECONDS)
            raise
        with uninterrupted():
            channel.close()
            copy.wait_aside()
        return heard


def _hear_paused(job: Job, paused: PausedFork) -> Heard:
    channel = Channel(job.output_bytes)
    try:
        with uninterrupted():
            paused.start(job, channel)
            channel.give_away()
        return channel.listen(job.seconds + SETTLE_SECONDS + _GRACE_SECONDS)
    finally:
        with uninterrupted():
            channel.close()  # a guard that still runs sees that, and ends the worker and itself


def _has_given_up(report: Report) -> bool:
    """Whether it failed because what it waited for did not come in time."""
    failure = report.failure
    return failure is not None and failure.name in _GIVING_UP and "_nowait" not in failure.traceback


def _without_lacks(report: Report, threads: tuple[str, ...]) -> Report:
    """What comes of it that a copy lacks ``threads``, or what is on a card, is no news about the code."""
    if report.failure is not None and is_about_card(report.failure) and card_is_open():
        return unavailable(Text("what is on a graphics card cannot be copied"))
    if report.status != "timeout" and not (threads and report.status == "error"):
        return report
    if report.status == "timeout" and polars_is_running():
        return unavailable(Text("it did not end, which may be for want of the threads of polars in a copy"))
    if threads:
        return unavailable(Text("it waits, it may be for a thread that is not in a copy (%1)", threads[0]))
    return report


def _refusal() -> str:
    if not sys.platform.startswith("linux"):
        return Text("a copy of the kernel can be made on Linux only")
    if _main_thread_runs_code():
        return Text("a cell is running; ask again when it has ended")
    return ""


def _job(code: str, limits: Limits, names: tuple[str, ...]) -> Job:
    free = free_memory()
    memory = limits.memory_bytes if limits.memory_bytes is not None else free // 2
    return Job(
        code=code,
        tier="none",
        seconds=limits.seconds,
        memory_bytes=memory,
        output_bytes=limits.output_bytes,
        processes=limits.processes,
        file_bytes=max(1 << 20, min(limits.file_bytes, free // 4)),
        names=names,
    )


def _warm_up() -> None:
    """Do here once what every copy would have to do."""
    from nbcoder.dryrun import capture  # noqa: F401, PLC0415 - imports IPython, which a kernel has

    with suppress(OSError):
        seccomp.assembled(NAMESPACED, 0)


def _main_thread_runs_code() -> bool:
    """Whether this is another thread, and the main one is in the middle of a cell."""
    main = threading.main_thread()
    if threading.current_thread() is main or main.ident is None:
        return False
    frame = sys._current_frames().get(main.ident)  # noqa: SLF001 - documented, its name notwithstanding
    while frame is not None:
        if frame.f_code.co_name == "run_code" and frame.f_code.co_filename.endswith("interactiveshell.py"):
            return True
        frame = frame.f_back
    return False
