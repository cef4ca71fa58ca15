"""Does a piece of work in a throwaway copy of this process, whatever that work may do to it."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time
import traceback
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ChildLost", "in_fork"]

_CHUNK = 1 << 16


class ChildLost(Exception):
    """The copy ended, or had to be ended, before it could answer; ``name`` is an exception's name for it."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name


def in_fork(work: Callable[[], dict[str, Any]], seconds: float) -> dict[str, Any]:
    """What ``work`` returns, computed in a fork of this process; nothing else of it remains here.

    Raises
    ------
    ChildLost
        The fork died or was still busy after ``seconds``.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    with warnings.catch_warnings():
        # A kernel has threads. They do not exist in the child, which uses none of what they hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _be_the_child(work, writing, seconds)
    os.close(writing)
    try:
        answer = _read_line(reading, time.monotonic() + seconds)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if answer is None:
        raise ChildLost("TimeoutError", f"longer than {seconds:g} seconds")
    if not answer:
        ended = (
            f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.WEXITSTATUS(status)}"
        )
        raise ChildLost("SystemExit", f"the process was ended ({ended})")
    result: dict[str, Any] = json.loads(answer)
    return result


def _be_the_child(work: Callable[[], dict[str, Any]], writing: int, seconds: float) -> NoReturn:
    status, child = 1, os.getpid()
    try:
        os.setpgid(0, 0)
        _limit_cpu(seconds)
        _leave_the_shell_alone()
        answer = json.dumps(work())
        if os.getpid() != child:
            os._exit(0)  # the work has forked in its turn; one of us answers
        data = memoryview(answer.encode("utf-8", "replace") + b"\n")
        while data:
            data = data[os.write(writing, data) :]
        status = 0
    except BaseException:  # noqa: BLE001 - the child must not return into the kernel, whatever happens
        with suppress(Exception):
            os.write(writing, json.dumps({"broken": traceback.format_exc()[-2000:]}).encode() + b"\n")
    finally:
        os._exit(status)


def _limit_cpu(seconds: float) -> None:
    """Should the kernel be killed meanwhile, an endless loop in its child ends all the same."""
    most = int(seconds * (os.cpu_count() or 1)) + 10
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
    )


def _leave_the_shell_alone() -> None:
    """Nothing the child prints or shows may reach the kernel's sockets and pipes."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    ipython = sys.modules.get("IPython")
    if ipython is not None and (shell := ipython.get_ipython()) is not None:
        shell.display_pub.publish = _show_nothing
    # What the kernel put there writes to its sockets.
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open to the end


def _show_nothing(*_: object, **__: object) -> None:
    """In place of sending to the frontend."""


def _read_line(reading: int, deadline: float) -> bytes | None:
    """What came up to the first line end; b'' if the other side closed without, None at the deadline.

    The end of the stream would not do: what the child has started may keep the pipe open.
    """
    data = b""
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    while not data.endswith(b"\n"):
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            return None
        chunk = os.read(reading, _CHUNK)
        if not chunk:
            return b""
        data += chunk
    return data
