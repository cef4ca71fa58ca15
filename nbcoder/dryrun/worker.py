"""The worker: the fork in which the code runs."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.digest import digest_values
from nbcoder.dryrun.effects.names import Names
from nbcoder.dryrun.failures import (
    FailureEvent,
    describe_failure,
    refused_by_walls,
    shown_names,
    system_error,
)
from nbcoder.dryrun.guard import DONE, FAILED, STARTED
from nbcoder.dryrun.observer import Observer, Outcome
from nbcoder.dryrun.originals import Originals
from nbcoder.dryrun.recorder import Recorder, Stream
from nbcoder.dryrun.restore import give
from nbcoder.dryrun.runtime import RandomState, settle, take_streams
from nbcoder.dryrun.system.descriptors import isolate_files
from nbcoder.dryrun.system.mappings import isolate_mappings, memory_map
from nbcoder.dryrun.system.pages import Memory
from nbcoder.dryrun.system.processes import private_memory
from nbcoder.dryrun.walls.limits import lift_memory_limit, limit, memory_peak
from nbcoder.texts import Text, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbcoder.dryrun.guard import Work
    from nbcoder.dryrun.job import Ends
    from nbcoder.texts import Line

__all__ = ["Origin"]

_COPIED_SHARED_BYTES: Final = 256 << 20
_LONGEST_REMARK: Final = 1_000


@dataclass(frozen=True)
class Origin:
    """What of the kernel a worker needs; made before the fork."""

    shell: Any
    observer: Observer
    random_state: RandomState | None
    is_collecting: bool
    load: Callable[[], None] | None = None
    """Called in the worker before the code is run, where the values come from elsewhere."""

    def run(self, work: Work) -> None:
        """Run the code in this process and tell of it; the process is of no use afterwards."""
        recorder = Recorder(work.ends.events, work.job.output_bytes)
        try:
            copied, look_back = self._settle_in(work, recorder)
        except OSError as error:
            os.write(work.tell, FAILED + f"{error.filename}: {error.strerror}".encode())
            return
        recorder.end(self._loaded() or self._do(work, recorder, copied, look_back))
        os.write(work.tell, DONE)

    def _do(
        self, work: Work, recorder: Recorder, copied: list[tuple[int, int]], look_back: Callable[[], None]
    ) -> dict[str, Any]:
        os.write(work.tell, STARTED)
        if not work.job.names:
            events = _Run(self, recorder, work, copied).events()
            look_back()
            return events
        give(self.shell, work.job.names, recorder)
        return {}

    def _loaded(self) -> dict[str, Any]:
        try:
            if self.load is not None:
                self.load()
        except BaseException as error:  # noqa: BLE001 - unpickling runs code of any class
            return {"unloaded": f"{type(error).__name__}: {error}"}
        return {}

    def _settle_in(self, work: Work, recorder: Recorder) -> tuple[list[tuple[int, int]], Callable[[], None]]:
        """Cut all ties to the kernel; which memory was copied, and what is to be called after the code."""
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        work.walls.raise_in_worker()
        isolate_files(work.files)
        maps = memory_map()
        isolation = isolate_mappings(maps, min(_COPIED_SHARED_BYTES, work.job.memory_bytes))
        _redirect(work.ends, null)
        limit(work.job, own_count=work.walls.counts_processes)
        settle(self.random_state, maps)
        look_back = work.walls.watch(recorder.note)
        take_streams(recorder, Stream(recorder, "stdout", 1), Stream(recorder, "stderr", 2))
        recorder.read_only(isolation.read_only_bytes)
        if self.is_collecting:
            gc.enable()
        return isolation.copied, look_back


class _Run:
    def __init__(self, origin: Origin, recorder: Recorder, work: Work, copied: list[tuple[int, int]]) -> None:
        self._shell, self._observer = origin.shell, origin.observer
        self._recorder, self._code, self._copied = recorder, work.job.code, copied
        self._are_strict = work.walls.are_strict
        self._pid = os.getpid()

    def events(self) -> dict[str, Any]:
        """Run the code; what the last event says of it."""
        originals = Originals()
        try:
            return self._told()
        except BaseException as error:  # noqa: BLE001 - the code can have changed anything that is used here
            originals.put_back()
            return {"broken": f"{type(error).__name__}: {error}"}

    def _told(self) -> dict[str, Any]:
        from nbcoder.dryrun.capture import capture_displays  # noqa: PLC0415 - imports IPython

        tracebacks = capture_displays(self._shell, self._recorder, self._code)
        transformed, problem = self._transformed()
        shell, memory = self._shell, Memory(self._copied)
        names = Names(shell.user_ns, shell.user_ns_hidden, transformed, memory)
        originals = Originals()
        held, started = private_memory(), time.perf_counter()
        result = self._run_cell(transformed, problem)
        originals.put_back()
        seconds = time.perf_counter() - started
        if os.getpid() != self._pid:
            os._exit(0)  # the code forked, and this is the fork
        lift_memory_limit()
        _flush()
        if getattr(shell, "exit_now", False) is True:
            self._recorder.note("outside", Text("end the kernel"))
        error = result.error_before_exec or result.error_in_exec or tracebacks.last
        effects = names.effects()
        return {
            "seconds": seconds,
            "peak": max(0, memory_peak() - held),
            "failure": self._failure(error),
            "from_system": self._is_from_system(error),
            "names": effects,
            "digest": self._digest(result.result, effects) if error is None else None,
            "remarks": self._remarks(transformed, names.before, effects) if error is None else [],
        }

    def _transformed(self) -> tuple[str, Any]:
        """The code with its magics made calls, and what was wrong if that failed."""
        try:
            return self._shell.transform_cell(self._code), None
        except Exception:  # noqa: BLE001 - IPython is told of it, and makes it the cell's error
            return self._code, sys.exc_info()

    def _digest(self, value: object, effects: dict[str, list[str]]) -> str | None:
        if value is not None:
            return digest_values([value])
        return digest_values(self._shell.user_ns[name] for name in _changed(effects))

    def _remarks(self, code: str, before: Mapping[str, Any], effects: dict[str, list[str]]) -> list[Line]:
        outcome = Outcome(code, before, self._shell.user_ns, _changed(effects))
        return [packed(text) for text in self._observer.remark(outcome) if len(text) <= _LONGEST_REMARK]

    def _run_cell(self, transformed: str, problem: Any) -> Any:
        _drop_own_callbacks(self._shell.events)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        result = None
        try:
            # As in a kernel, all code runs inside a loop, whether it awaits something or not.
            result = loop.run_until_complete(self._cell(transformed, problem))
        finally:
            self._shell.events.trigger("post_execute")
            self._shell.events.trigger("post_run_cell", result)
        return result

    async def _cell(self, transformed: str, problem: Any) -> Any:
        return await self._shell.run_cell_async(
            self._code, store_history=False, transformed_cell=transformed, preprocessing_exc_tuple=problem
        )

    def _is_from_system(self, error: BaseException | None) -> bool:
        if (cause := system_error(error)) is None:
            return False
        if what := refused_by_walls(cause, are_strict=self._are_strict):
            self._recorder.note("blocked", what)
        return True

    def _failure(self, error: BaseException | None) -> FailureEvent | None:
        if error is None:
            return None
        return describe_failure(error, shown_names(self._shell.compile), self._observer)


def _changed(effects: dict[str, list[str]]) -> list[str]:
    return [*effects["added"], *effects["rebound"], *effects["mutated"]]


def _drop_own_callbacks(events: Any) -> None:
    """Nbcoder follows the user's cells; this is none."""
    for callbacks in events.callbacks.values():
        callbacks[:] = [c for c in callbacks if not str(getattr(c, "__module__", "")).startswith("nbcoder.")]


def _redirect(ends: Ends, null: int) -> None:
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    _flush_c_streams()  # what the kernel had not written yet is not the code's
    os.dup2(ends.out, 1)
    os.dup2(ends.err, 2)
    os.close(ends.out)
    os.close(ends.err)


def _flush_c_streams() -> None:
    libc = ctypes.CDLL(None)
    for name in ("stdout", "stderr"):
        with suppress(ValueError):
            libc.fflush(ctypes.c_void_p.in_dll(libc, name))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # the code may have put anything there
            stream.flush()
    _flush_c_streams()
