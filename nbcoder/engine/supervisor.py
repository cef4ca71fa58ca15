"""Keeps one vLLM running: starts it, says when it is ready, stops it when idle, tells why it ended.

A process of its own, ``python -m nbcoder.engine.supervisor``, with an `Order` on its standard input. The
command ends at once, with status 0 if its child took over as supervisor. That child has a session of its
own, holds the lock by which others see that an engine runs, and lives as long as its vLLM.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from nbcoder.engine import order as orders
from nbcoder.engine.diagnose import diagnose
from nbcoder.engine.log_file import LogFile
from nbcoder.engine.probe import NotAnswering, Probe
from nbcoder.engine.run_folder import RunFolder
from nbcoder.engine.state import EngineState
from nbcoder.engine.steps import IMPORTING, TRYING, step_of

if TYPE_CHECKING:
    from types import FrameType

    from nbcoder.engine.order import Order

__all__ = ["Supervisor", "main"]

_PR_SET_CHILD_SUBREAPER = 36
_WATCH_INTERVAL = 0.1
_HEALTH_INTERVAL = 0.5
_SLOWEST_POLL, _FASTEST_POLL = 10.0, 0.2
_POLLS_PER_IDLE_TIME = 20
_TIME_TO_END = 8.0
_TIME_TO_DIE = 3.0


class _Ended(Exception):
    """vLLM has ended, or has to; the message says why."""


class _Stopped(_Ended):
    """As intended."""


class _Failed(_Ended):
    """It did not do what it should."""


class _Died(_Ended):
    """By itself, with ``status``; 0 where only a part of it has."""

    def __init__(self, status: int = 0) -> None:
        super().__init__()
        self.status = status


class Supervisor:
    """Carries out ``order`` and keeps the state in ``folder`` true."""

    def __init__(self, folder: RunFolder, order: Order) -> None:
        self._folder = folder
        self._order = order
        self._log = LogFile(folder.log)
        self._must_stop = False
        self._probe = Probe(order.socket, order.model, order.key)
        self._state = EngineState(
            "starting", folder.log, order.model, since=time.time(), step=IMPORTING, socket=order.socket
        )

    def begin(self) -> None:
        """Make it known that the engine is being started."""
        self._log.begin()
        self._folder.write(self._state)

    def run(self) -> None:
        """Keep vLLM running until it ends, idles for too long, or this process gets SIGTERM."""
        signal.signal(signal.SIGTERM, self._stop)
        kills_before = _out_of_memory_kills()
        vllm: subprocess.Popen[bytes] | None = None
        try:
            vllm = self._spawn()
            self._bring_up(vllm)
            self._watch(vllm)
        except _Stopped as reason:
            self._tell(phase="stopped", cause=str(reason))
        except _Failed as reason:
            self._tell(phase="failed", cause=str(reason))
        except _Died as death:
            was_killed = _out_of_memory_kills() > kills_before
            cause = diagnose(self._log.tail(), death.status, out_of_memory=was_killed)
            self._tell(phase="failed", cause=cause)
        except BaseException as error:
            # Whatever is wrong with us, everybody shall know that this engine is not to be counted on.
            self._tell(phase="failed", cause=f"its supervisor failed ({type(error).__name__}: {error})")
            raise
        finally:
            self._end(vllm)
            self._folder.remove_sockets(self._order.socket)
            self._tell(pid=None)

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [*self._order.command, str(os.getpid()), *self._order.arguments]
        self._log.write(f"nbcoder runs: {shlex.join(command)}\n")
        try:
            with self._log.open() as log:
                vllm = subprocess.Popen(
                    command,
                    env=self._order.environment,
                    cwd=self._folder.path,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise _Failed(f"{command[0]} cannot be run ({error.strerror})") from error
        self._tell(pid=vllm.pid)
        return vllm

    def _bring_up(self, vllm: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._order.start_timeout
        while not self._probe.is_healthy():
            self._check(vllm)
            if time.monotonic() > deadline:
                raise _Failed(
                    f"it was not ready after {self._order.start_timeout:g} s "
                    f"(it was {self._state.step}). Raise the setting start_timeout"
                )
            if step := step_of(self._log.news()):
                self._tell(step=step)
            time.sleep(_WATCH_INTERVAL)
        self._tell(step=TRYING)
        try:
            self._probe.generate_a_token()
        except NotAnswering as error:
            self._check(vllm)
            raise _Failed(f"it generates nothing ({error})") from error
        self._tell(phase="ready", step="", version=self._probe.version())

    def _watch(self, vllm: subprocess.Popen[bytes]) -> None:
        idle = self._order.idle
        interval = min(_SLOWEST_POLL, max(_FASTEST_POLL, idle / _POLLS_PER_IDLE_TIME))
        last = self._probe.activity()
        busy_at = polled_at = asked_at = time.monotonic()
        while True:
            self._check(vllm)
            time.sleep(_WATCH_INTERVAL)
            now = time.monotonic()
            if now - asked_at >= _HEALTH_INTERVAL:
                asked_at = now
                if self._probe.is_broken():
                    raise _Died
                if not self._folder.path.exists():
                    raise _Stopped
            if now - polled_at < interval:
                continue
            polled_at = now
            self._log.rotate()
            activity = self._probe.activity()
            if activity is not None and (activity.requests or activity != last):
                last, busy_at = activity, now
            elif idle and now - busy_at >= idle:
                raise _Stopped(f"nobody used it for {idle / 60:.3g} minutes")

    def _end(self, vllm: subprocess.Popen[bytes] | None) -> None:
        """End vLLM with all its processes."""
        if vllm is None:
            return
        vllm.terminate()
        with suppress(subprocess.TimeoutExpired):
            vllm.wait(_TIME_TO_END)
        deadline = time.monotonic() + _TIME_TO_DIE
        with suppress(ProcessLookupError, PermissionError, ChildProcessError):
            # Until nobody is left of the group that vLLM's server leads; orphans have become our children.
            while time.monotonic() < deadline:
                os.killpg(vllm.pid, signal.SIGKILL)
                if vllm.poll() is not None:
                    os.waitpid(-vllm.pid, os.WNOHANG)
                time.sleep(0.01)
        vllm.wait()

    def _check(self, vllm: subprocess.Popen[bytes]) -> None:
        if self._must_stop:
            raise _Stopped
        if (status := vllm.poll()) is not None:
            raise _Died(status)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._must_stop = True

    def _tell(self, **changes: object) -> None:
        if "phase" in changes:
            changes["since"] = time.time()
        state = replace(self._state, **changes)  # type: ignore[arg-type]  # names of fields, with their types
        if state != self._state:
            # Where somebody removed the folder, nobody looks.
            with suppress(FileNotFoundError):
                self._folder.write(state)
        self._state = state


def _out_of_memory_kills() -> int:
    """How many processes the system has killed so far because memory ran out."""
    with suppress(OSError, ValueError), open("/proc/vmstat", encoding="ascii") as file:  # noqa: PTH123
        return next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)
    return 0


def main() -> int:
    """Read the order and leave a child behind that carries it out."""
    order = orders.from_json(sys.stdin.read())
    folder = RunFolder()
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        return 0 if os.read(reader, 1) else 1
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _adopt_orphans()
    with folder.supervise():
        supervisor = Supervisor(folder, order)
        supervisor.begin()
        _leave_the_terminal(folder)
        os.write(writer, b"1")
        os.close(writer)
        supervisor.run()
    return 0


def _adopt_orphans() -> None:
    """Become the parent of vLLM's processes when theirs dies: in a container nobody else may bury them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _leave_the_terminal(folder: RunFolder) -> None:
    with open(os.devnull, "rb") as nothing, folder.log.open("ab") as log:  # noqa: PTH123 - devnull is no file
        os.dup2(nothing.fileno(), sys.stdin.fileno())
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())


if __name__ == "__main__":
    sys.exit(main())
