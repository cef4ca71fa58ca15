"""Run a command for its effect: each line it prints goes to a log, and at once to whoever watches."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["CommandFailed", "Commands", "Unwatched", "Watch"]

_TICK = 0.25
_GRACE = 5.0


class CommandFailed(Exception):
    """A command ended with an error; ``output`` is all that it printed."""

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output


class Watch(Protocol):
    """Who follows a running command."""

    def line(self, text: str) -> None:
        """The command has printed ``text``."""

    def tick(self) -> None:
        """A moment has passed, whether or not something was printed."""


class Unwatched:
    """For commands that are over soon."""

    def line(self, text: str) -> None:
        """Nobody looks."""

    def tick(self) -> None:
        """Nobody looks."""


@dataclass(frozen=True)
class Commands:
    """Runs commands one after the other.

    A child inherits the descriptor ``held``: the lock behind it stays taken for as long as a child lives,
    even where this process is killed and cannot take its child along.
    """

    log: Path
    environment: Mapping[str, str] = field(repr=False)
    held: int

    def run(self, command: Sequence[str | Path], watch: Watch) -> None:
        """Run ``command`` to its end; it is ended with us when we are interrupted.

        Raises
        ------
        CommandFailed
            It ended with an error, or could not be started.
        """
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(map(str, command))}\n")
            try:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env=dict(self.environment),
                    pass_fds=(self.held,),
                    start_new_session=True,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                )
            except OSError as error:
                log.write(f"{error}\n")
                raise CommandFailed(str(error)) from error
            try:
                output = _follow(process, watch, log)
            finally:
                _end(process)
        if process.returncode != 0:
            raise CommandFailed(output)


def _follow(process: subprocess.Popen[str], watch: Watch, log: IO[str]) -> str:
    assert process.stdout is not None  # noqa: S101 - it is a pipe; this tells the type checker
    lines: SimpleQueue[str | None] = SimpleQueue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    printed: list[str] = []
    while True:
        try:
            line = lines.get(timeout=_TICK)
        except Empty:
            watch.tick()
            continue
        if line is None:
            break
        printed.append(line)
        log.write(line)
        log.flush()
        watch.line(line.rstrip("\n"))
    process.wait()
    return "".join(printed)


def _read(stream: IO[str], lines: SimpleQueue[str | None]) -> None:
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


def _end(process: subprocess.Popen[str]) -> None:
    # The whole session, for pip may have started another pip.
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
