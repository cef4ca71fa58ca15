"""The user's engine on this machine: find it, start it, wait for it, stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from nbcoder.engine.address import Address
from nbcoder.engine.log_file import last_lines
from nbcoder.engine.naming import served_name
from nbcoder.engine.state import EngineState
from nbcoder.errors import EngineStartFailed, EngineUnreachable, ModelNotServed
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.engine.run_folder import RunFolder
    from nbcoder.progress import Progress
    from nbcoder.settings import Settings

__all__ = [
    "EngineState",
    "ensure_running",
    "logs",
    "restart",
    "running",
    "start",
    "status",
    "stop",
    "wait_while_ready",
]

_POLL = 0.05
_TIME_TO_LEAVE = 30.0
_MORE_THAN_SUPERVISOR = 30.0


def status() -> EngineState:
    """How this user's engine on this machine is now; costs well below a millisecond."""
    return _our_folder().state()


def ensure_running(settings: Settings, progress: Progress) -> Address:
    """Where an engine answers: the one of the settings, or ours, which is started if need be.

    Raises
    ------
    EngineNotInstalled
        There is no vLLM here.
    ModelError
        The model cannot be had, or is broken.
    ModelNotServed
        Our engine runs with another model than the settings ask for.
    EngineStartFailed
        vLLM did not become ready; the message is the cause and where the log is.
    """
    if settings.engine_url:
        return Address(settings.engine_url, settings.engine_key, None, settings.engine_model)
    return start(settings, progress)


def running(settings: Settings) -> Address:
    """Where an engine answers already, with whatever model; never starts one.

    Raises
    ------
    EngineUnreachable
        Ours does not run, or is not ready yet.
    """
    if settings.engine_url:
        return Address(settings.engine_url, settings.engine_key, None, settings.engine_model)
    folder = _our_folder()
    state = folder.state()
    if state.phase == "starting":
        raise EngineUnreachable(Text("the engine is still starting %1. Wait until it is ready.", state.model))
    if state.phase != "ready":
        raise EngineUnreachable(Text("the engine does not run. Start it with `nbcoder engine start`."))
    return _address(folder, state)


def start(settings: Settings, progress: Progress, model: str | None = None) -> Address:
    """Our engine with ``model`` (None: that of the settings), started if it does not run, when it is ready.

    Of several processes that start at once one starts the engine, and all wait for it. Raises what
    `ensure_running` raises.
    """
    if model is not None:
        settings = settings.replace(model=model)
    folder = _our_folder()
    state = folder.state()
    if not state.is_running:
        with _start_lock(folder, progress):
            state = folder.state()
            if not state.is_running:
                _launch(settings, folder, progress)
                state = folder.state()
    _require_model(settings, state)
    return _address(folder, _when_ready(folder, state, settings.start_timeout, progress))


def wait_while_ready(seconds: float) -> None:
    """Wait, at most ``seconds``, until the engine is no longer said to be ready."""
    deadline = time.monotonic() + seconds
    while status().phase == "ready" and time.monotonic() < deadline:
        time.sleep(_POLL)


def stop(timeout: float = 15) -> bool:
    """End our engine and all its processes, after ``timeout`` seconds by force; False if none ran."""
    folder = _our_folder()
    supervisor = folder.supervisor()
    if supervisor is None:
        return _sweep(folder)
    with suppress(ProcessLookupError):
        os.kill(supervisor, signal.SIGTERM)
    if not _wait_until_gone(folder, timeout):
        with suppress(ProcessLookupError):
            os.kill(supervisor, signal.SIGKILL)
        _wait_until_gone(folder, _TIME_TO_LEAVE)
        _sweep(folder)
        folder.write(EngineState("stopped", folder.log, since=time.time(), cause="it was stopped by force"))
    return True


def restart(settings: Settings, progress: Progress, model: str | None = None) -> Address:
    """Stop our engine, if it runs, and `start` it."""
    stop()
    return start(settings, progress, model)


def logs(lines: int) -> list[str]:
    """The last ``lines`` lines of the engine's log, without their ends."""
    return last_lines(_our_folder().log, lines)


def _our_folder() -> RunFolder:
    # Windows has no such locks, but may use an engine elsewhere.
    from nbcoder.engine.run_folder import RunFolder  # noqa: PLC0415

    return RunFolder()


@contextmanager
def _start_lock(folder: RunFolder, progress: Progress) -> Iterator[None]:
    from filelock import FileLock, Timeout  # noqa: PLC0415 - only needed for a start

    try:
        folder.make()
        lock = FileLock(folder.start_lock, mode=0o600)
        with suppress(Timeout):
            lock.acquire(timeout=0)
        if not lock.is_locked:
            progress.say(Text("Another process is starting the engine; waiting for it."))
            lock.acquire(poll_interval=_POLL)
        try:
            yield
        finally:
            lock.release()
    except OSError as error:
        raise EngineStartFailed(Text("the engine cannot be started: %1. Mend that first.", error)) from error


def _launch(settings: Settings, folder: RunFolder, progress: Progress) -> None:
    from nbcoder.engine import order as orders  # noqa: PLC0415 - only needed for a start
    from nbcoder.engine.prepare import prepare  # noqa: PLC0415 - only needed for a start, and loads much

    # One that is being stopped is told from one that is gone by its supervisor.
    if not _wait_until_gone(folder, _TIME_TO_LEAVE):
        raise EngineStartFailed(Text("the engine that ran before does not end. Run `nbcoder engine stop`."))
    _sweep(folder)
    order = prepare(settings, folder, progress)
    # A module of the user's in the current folder would be imported instead of the standard library's.
    result = subprocess.run(
        [sys.executable, "-m", "nbcoder.engine.supervisor"],
        input=orders.to_json(order),
        text=True,
        capture_output=True,
        cwd=folder.path,
        check=False,
    )
    if result.returncode:
        folder.remove_sockets(order.socket)
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EngineStartFailed(Text("the engine's supervisor cannot be run: %1.", reason))


def _require_model(settings: Settings, state: EngineState) -> None:
    wanted = served_name(settings.model)
    if wanted and wanted != state.model:
        raise ModelNotServed(
            Text("the engine serves %1, not %2. Run `nbcoder engine restart`.", state.model, wanted)
        )


def _when_ready(folder: RunFolder, state: EngineState, timeout: float, progress: Progress) -> EngineState:
    if state.phase == "ready":
        return state
    # The supervisor keeps to the time-out; this is for one that does not.
    deadline = time.monotonic() + timeout + _MORE_THAN_SUPERVISOR
    with progress.bar(Text("Starting %1", state.model)) as bar:
        while state.phase == "starting" and time.monotonic() < deadline:
            bar.note(state.step)
            time.sleep(_POLL)
            state = folder.state()
    if state.phase == "ready":
        return state
    is_stopped = state.phase == "stopped"
    unknown = Text("somebody stopped it") if is_stopped else Text("it does not become ready")
    cause = state.cause.rstrip(".") or unknown
    raise EngineStartFailed(Text("the engine did not start: %1. Log: %2", cause, state.log))


def _address(folder: RunFolder, state: EngineState) -> Address:
    return Address("http://localhost", folder.key(), state.socket, state.model)


def _wait_until_gone(folder: RunFolder, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while folder.is_alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def _sweep(folder: RunFolder) -> bool:
    """Remove what an engine whose supervisor was killed left behind; True if processes were left."""
    state = folder.last_state()
    had_processes = state.pid is not None and _kill_group(state.pid, str(folder.path.resolve()))
    folder.remove_sockets(state.socket)
    if state.is_running or state.pid is not None:
        folder.write(replace(folder.state(), pid=None, socket=None))
    return had_processes


def _kill_group(group: int, folder: str) -> bool:
    """Kill the processes of ``group`` that work in ``folder``, for the number may be another's by now."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    import psutil  # noqa: PLC0415 - hardly ever needed

    killed = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.cwd() == folder:
                process.kill()
                killed.append(process)
    psutil.wait_procs(killed, timeout=_TIME_TO_LEAVE)
    return bool(killed)
