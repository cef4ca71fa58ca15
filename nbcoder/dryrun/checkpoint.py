"""A checkpoint: the kernel as it was at one moment, in a fork that waits for something to try."""

from __future__ import annotations

import gc
import os
import select
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

from nbcoder.dryrun.guard import be_first_victim, become_guard, leave_terminal
from nbcoder.dryrun.job import Ends, Job, decoded, encoded
from nbcoder.dryrun.report import Limits
from nbcoder.dryrun.reporting import unavailable
from nbcoder.dryrun.restore import MOST_BYTES, values_in
from nbcoder.dryrun.system import linux
from nbcoder.dryrun.system.copies import Forked, fork, uninterrupted
from nbcoder.dryrun.system.descriptors import isolate_channels, isolate_files
from nbcoder.dryrun.system.mappings import Mapping, copy_mappings, memory_map, shared_memory
from nbcoder.dryrun.system.processes import free_memory, private_memory
from nbcoder.dryrun.system.threads import users_threads
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcoder.dryrun.channel import Channel
    from nbcoder.dryrun.guard import Worker
    from nbcoder.dryrun.report import Report

__all__ = ["Checkpoint", "PausedFork", "can_afford_one"]

_RESERVE_BYTES: Final = 512 << 20
"""Free memory, in bytes, that a checkpoint leaves to others: with less it is not made, or ends by itself."""
_MOST_BYTES: Final = 8 << 30
"""Held by the kernel; with more, a fork before each cell would be felt."""
_KEPT_SHARED_BYTES: Final = 4 << 20
"""Shared memory that is copied before a cell runs, while the cell waits; what is more is not kept."""
_MOST_NAMED: Final = 3
_LOOK_EVERY_MS: Final = 1_000
_FOR_VALUES: Final = Limits(seconds=30.0, output_bytes=MOST_BYTES * 3 // 2)
_LENGTH_BYTES: Final = 8
_DESCRIPTORS: Final = 4
_KEPT: Final = b"+"
_LOST: Final = b"!"
"""What it tells when it has copied the shared memory, and when it could not."""
_CLOSED: Final = -1
_SEND_SECONDS: Final = 5.0


class Checkpoint:
    """The state of the kernel at the moment of its making; `KernelDryRunner.checkpoint` makes one.

    It holds no connections, costs memory only for what the kernel changes after it was made, ends by itself
    when memory gets short, and dies with the kernel.
    """

    def __init__(self, paused: PausedFork, run: Callable[..., Report]) -> None:
        self._paused, self._run = paused, run

    @property
    def is_alive(self) -> bool:
        """Whether it is still there."""
        return self._paused.is_alive

    @property
    def unkept(self) -> tuple[str, ...]:
        """Shared memory that was too large to be kept: names of files, or sizes."""
        return self._paused.unkept

    def run(self, code: str, limits: Limits | None = None) -> Report:
        """Run ``code`` in a copy of that state, as `KernelDryRunner.run` does with the present one."""
        if not self.is_alive:
            return unavailable(Text("the state from before is not kept any more"))
        return self._run(code, limits or Limits(), self._paused)

    def values(self, names: tuple[str, ...]) -> dict[str, object]:
        """Copies of what ``names`` were, where a copy is as good as the old object; others are left out."""
        if not names or not self.is_alive:
            return {}
        return values_in(self._run("", _FOR_VALUES, self._paused, names))

    def close(self) -> None:
        """Give the state up."""
        self._paused.close()


class PausedFork:
    """A fork of this process that waits for jobs and forks a guard for each."""

    def __init__(self, worker: Worker) -> None:
        """Make it now; ``worker`` is what its guards' workers do.

        Raises
        ------
        OSError
            This process cannot be forked, or its shared memory cannot be kept.
        """
        kept, unkept = shared_memory(memory_map(), _KEPT_SHARED_BYTES)
        near, far = socket.socketpair()
        try:
            with uninterrupted():
                parent = os.getpid()
                pid = fork()
                if pid == 0:
                    near.close()
                    _pause(far, worker, parent, kept)
                self._process = Forked(pid)
        except BaseException:
            near.close()
            raise
        finally:
            far.close()
        near.settimeout(_SEND_SECONDS)
        self._socket = near
        if kept and not self._has_kept():
            self.close()
            raise OSError("its shared memory could not be copied")
        self.unkept = tuple(dict.fromkeys(map(_shown, unkept)))[:_MOST_NAMED]
        self.lost_threads = users_threads()
        """Threads of the user's that it lacks."""

    def _has_kept(self) -> bool:
        """Wait until it has copied the shared memory; whether it did."""
        with uninterrupted():
            try:
                return self._socket.recv(len(_KEPT)) == _KEPT
            except OSError:
                return False

    @property
    def is_alive(self) -> bool:
        """Whether it still waits for jobs."""
        return self._socket.fileno() != _CLOSED and not self._process.wait(0)

    def start(self, job: Job, channel: Channel) -> None:
        """Have it fork a guard for ``job``, at the other ends of ``channel``.

        Raises
        ------
        OSError
            It is not there any more.
        """
        message = encoded(job)
        socket.send_fds(self._socket, [len(message).to_bytes(_LENGTH_BYTES)], channel.ends.all())
        self._socket.sendall(message)

    def close(self) -> None:
        """End it."""
        with uninterrupted():
            self._socket.close()
            self._process.end_aside()


def can_afford_one() -> bool:
    """Whether a fork is quick, and there is memory for all that this process holds, if it came to that."""
    held = private_memory()
    return held < _MOST_BYTES and free_memory() - held > _RESERVE_BYTES


def _shown(mapping: Mapping) -> str:
    name = os.path.basename(mapping.path.removesuffix(" (deleted)"))
    return name if mapping.path.startswith("/") and name != "zero" else f"{mapping.size >> 20} MB"


def _pause(orders: socket.socket, worker: Worker, parent: int, kept: list[Mapping]) -> NoReturn:
    try:
        if kept:
            orders.sendall(_KEPT if copy_mappings(kept) else _LOST)
        linux.die_with_parent()
        if os.getppid() == parent:
            leave_terminal()
            gc.freeze()
            gc.disable()
            be_first_victim()
            # Files too, and at once: a lock of the kernel's must not outlive its closing of the file.
            isolate_files(isolate_channels(keep=(orders.fileno(),)))
            _take_orders(orders, worker)
    finally:
        os._exit(0)


def _take_orders(orders: socket.socket, worker: Worker) -> None:
    poller = select.poll()
    poller.register(orders, select.POLLIN)
    while True:
        if not poller.poll(_LOOK_EVERY_MS):
            if free_memory() < _RESERVE_BYTES:
                return
            continue
        head, descriptors, _, _ = socket.recv_fds(orders, _LENGTH_BYTES, _DESCRIPTORS)
        if len(head) < _LENGTH_BYTES:
            return
        job = Job(**(decoded(_received(orders, int.from_bytes(head))) or {}))
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            orders.close()
            become_guard(job, Ends(*descriptors), worker, parent)
        for fd in descriptors:
            os.close(fd)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _received(orders: socket.socket, size: int) -> bytes:
    message = b""
    while len(message) < size:
        piece = orders.recv(size - len(message))
        if not piece:
            break
        message += piece
    return message
