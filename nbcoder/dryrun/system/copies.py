"""Copies of this process by fork, and how they are ended without fail."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Forked", "fork", "uninterrupted"]

_PATIENCE: Final = 5.0


def fork() -> int:
    """os.fork, without the warning that newer Pythons give when there are threads: we know what we do.

    That warning would be raised as an error, and the child lost, where the user's filters say so.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold an interrupt of the user's back until the block has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield  # interrupts go to the main thread
        return
    before = signal.getsignal(signal.SIGINT)
    if before is None:
        yield  # set by a library in C; Python could not put it back
        return
    held: list[tuple[int, Any]] = []
    signal.signal(signal.SIGINT, lambda number, frame: held.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held and callable(before):
            before(*held[-1])


class Forked:
    """A child of this process, held by a descriptor, so that no other process can be mistaken for it."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._is_reaped = False
        self._fd: int | None = None
        with suppress(OSError, AttributeError):
            self._fd = os.pidfd_open(pid)

    def end(self, seconds: float) -> bool:
        """Kill it, and wait that long for its end; whether it is gone without a trace."""
        if self._is_reaped:
            return True
        self._kill()
        return self.wait(seconds)

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            if self._is_reaped:
                return
            if self._fd is not None:
                signal.pidfd_send_signal(self._fd, signal.SIGKILL)
            elif not self._reap():
                os.kill(self._pid, signal.SIGKILL)

    def wait(self, seconds: float) -> bool:
        """Wait that long for its end; whether it is gone."""
        deadline = time.monotonic() + seconds
        while not self._reap():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if self._fd is not None:
                select.select([self._fd], [], [], left)
            else:
                time.sleep(0.001)
        return True

    def wait_aside(self) -> None:
        """Let a thread wait for its end: giving back the memory of a large kernel takes its time."""
        if not self.wait(0):
            threading.Thread(target=self._see_off, name="nbcoder-dryrun", daemon=True).start()

    def end_aside(self) -> None:
        """Kill it, and let a thread wait for its end."""
        self._kill()
        self.wait_aside()

    def _see_off(self) -> None:
        if not self.wait(_PATIENCE):
            self.end(_PATIENCE)

    def _reap(self) -> bool:
        if not self._is_reaped:
            try:
                self._is_reaped = os.waitpid(self._pid, os.WNOHANG)[0] != 0
            except ChildProcessError:  # the user's own handler of SIGCHLD was faster, or ignores it
                self._is_reaped = True
            if self._is_reaped and self._fd is not None:
                os.close(self._fd)
                self._fd = None
        return self._is_reaped
