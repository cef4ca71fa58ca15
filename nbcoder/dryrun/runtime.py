"""Libraries and the interpreter in a fork: what remembers threads and channels that are gone."""

from __future__ import annotations

import asyncio
import builtins
import ctypes
import os
import random
import re
import signal
import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcoder.dryrun.recorder import Recorder, Stream

__all__ = ["RandomState", "random_state", "settle", "take_streams"]

_INLINE: Final = "module://matplotlib_inline.backend_inline"
_STAYING_BACKENDS: Final = frozenset(
    {"agg", "cairo", "inline", "pdf", "pgf", "ps", "svg", "template", _INLINE}
)
_OPENMP: Final = re.compile(rb" (/.*/lib(?:gomp|omp|iomp)[^/\n]*)$", re.MULTILINE)

RandomState = tuple[Any, ...]


def random_state() -> RandomState | None:
    """Where the ``random`` module is in its sequence; a fork would be given another one."""
    return random.getstate()


def settle(state: RandomState | None, maps: bytes) -> None:
    """Make this fork behave like the kernel it came from, as far as its libraries go.

    ``maps`` is the memory map, to find libraries that were loaded.
    """
    if state is not None:
        random.setstate(state)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    asyncio._set_running_loop(None)  # noqa: SLF001 - there is no other way to leave a loop that is not there
    _refuse_questions()
    _forget_comms()
    _forget_pools()
    _use_one_thread(maps)
    _draw_inline()
    # Byte code of modules that the code imports first would show as created files.
    sys.dont_write_bytecode = True


def take_streams(recorder: Recorder, out: Stream, err: Stream) -> None:
    """Lead Python's own output, that of logging handlers, and warnings to the recorder."""
    for name, stream in (("stdout", out), ("stderr", err)):
        for old in (getattr(sys, name), getattr(sys, f"__{name}__")):
            # Whoever kept the old stream, as handlers of logging do, writes to the new one.
            with suppress(AttributeError, TypeError):
                old.write, old.flush = stream.write, stream.flush
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - for the life of this process
    warnings.showwarning = _warning_teller(recorder)


def _warning_teller(recorder: Recorder) -> Callable[..., None]:
    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, *_how: object
    ) -> None:
        recorder.note("warning", f"{category.__name__}: {message}")
        sys.stderr.write(warnings.formatwarning(message, category, filename, lineno))

    return show


def _refuse_questions() -> None:
    def ask(prompt: object = "", *_how: object, **_more: object) -> NoReturn:
        raise EOFError(f"nobody can answer input() in a dry run: {prompt}")

    builtins.input = ask
    if "getpass" in sys.modules:
        sys.modules["getpass"].getpass = sys.modules["getpass"].unix_getpass = ask  # type: ignore[attr-defined] # it is that module


def _forget_comms() -> None:
    """Widgets can be made and changed, but nobody is told."""
    if (comm := sys.modules.get("comm")) is not None:
        comm.create_comm = comm.DummyComm  # type: ignore[attr-defined] # made to be replaced
    if (ours := sys.modules.get("ipykernel.comm.comm")) is not None:
        ours.BaseComm.publish_msg = lambda *_args, **_kwargs: None
    if (session := sys.modules.get("jupyter_client.session")) is not None:
        session.Session.send = lambda *_args, **_kwargs: None
    if (streams := sys.modules.get("ipykernel.iostream")) is not None:
        streams.IOPubThread.schedule = lambda *_args: None


def _forget_pools() -> None:
    """Pools of processes that the kernel started: their helpers are out of reach here."""
    for name in ("joblib.externals.loky.reusable_executor", "loky.reusable_executor"):
        if (module := sys.modules.get(name)) is not None:
            module._executor = None  # type: ignore[attr-defined] # noqa: SLF001 - it is that module
    for name in (
        "multiprocessing.resource_tracker",
        "joblib.externals.loky.backend.resource_tracker",
        "loky.backend.resource_tracker",
    ):
        tracker = getattr(sys.modules.get(name), "_resource_tracker", None)
        if tracker is not None:
            tracker._fd = tracker._pid = None  # noqa: SLF001 - it asks for no more
    if (server := sys.modules.get("multiprocessing.forkserver")) is not None:
        server._forkserver.__init__()  # noqa: SLF001 - a fresh one, under the same name


def _use_one_thread(maps: bytes) -> None:
    """Pools of threads do not survive a fork; with one thread they are not asked for."""
    if (torch := sys.modules.get("torch")) is not None:
        with suppress(Exception):  # half imported, or another module of that name
            torch.set_num_threads(1)
    for path in {path for line in maps.splitlines() if b"omp" in line for path in _OPENMP.findall(line)}:
        with suppress(OSError, AttributeError):
            ctypes.CDLL(os.fsdecode(path), mode=os.RTLD_NOLOAD | os.RTLD_LAZY).omp_set_num_threads(1)


def _draw_inline() -> None:
    """Figures go into the output whatever window they were to open in."""
    matplotlib = sys.modules.get("matplotlib")
    rc = getattr(matplotlib, "rcParams", None)
    if rc is None:
        os.environ.setdefault("MPLBACKEND", _INLINE)
        return
    backend = dict.get(rc, "backend")
    if not isinstance(backend, str) or backend.lower() in _STAYING_BACKENDS:
        return
    with suppress(Exception):  # no such backend in this environment: then figures are not shown
        if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
            pyplot.switch_backend(_INLINE)
        else:
            rc["backend"] = _INLINE
