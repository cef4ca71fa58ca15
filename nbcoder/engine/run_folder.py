"""The private folder of this user's engine on this machine: its state, key, locks and socket.

Whether an engine runs is told by a lock, not by process ids: the system releases a lock however its holder
ends, a power cut included, so that nothing that is left over can block the next start.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.engine.state import EngineState, from_json, to_json
from nbcoder.paths import log_dir, private_dir, runtime_dir

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["LONGEST_FOLDER", "RunFolder"]

LONGEST_FOLDER = 66
"""Bytes. The path of a socket may have 103 on all systems; vLLM makes some with names of 36."""

_KILLED = "it was killed, or the machine was switched off"
_SHORTEST_KEY = 32
_LOCK_TRIES = 100
_MOMENT = 0.01
_WIDTH = 20


class RunFolder:
    """The folder and what is in it; it is made when something is first written."""

    def __init__(self) -> None:
        self.path = runtime_dir()
        self.log = log_dir() / "engine.log"
        self._state = self.path / "state.json"
        self._key = self.path / "key"
        self._alive = self.path / "alive"

    @property
    def start_lock(self) -> Path:
        """The lock of whoever is about to start an engine."""
        return self.path / "start.lock"

    def make(self) -> None:
        """Make the folders that are missing, closed to other users.

        Raises
        ------
        OSError
            That is impossible, or the folder belongs to another user.
        """
        private_dir(self.path)
        private_dir(self.log.parent)

    def state(self) -> EngineState:
        """The engine as it is at this moment."""
        was_alive = self.is_alive()
        state = self.last_state()
        if state.is_running and not was_alive and not self.is_alive():
            return replace(state, phase="failed", pid=None, cause=_KILLED)
        return state

    def last_state(self) -> EngineState:
        """What was written last, be it true or not."""
        with suppress(OSError, UnicodeDecodeError):
            if state := from_json(self._state.read_text(encoding="utf-8")):
                return state
        return EngineState("stopped", self.log)

    def write(self, state: EngineState) -> None:
        """Make ``state`` known to everybody, whole or not at all."""
        _write_private(self._state, to_json(state))

    def is_alive(self) -> bool:
        """Whether an engine is being supervised."""
        try:
            with self._alive.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            pass  # without the file nobody can hold its lock
        return False

    def supervise(self) -> TextIO:
        """Say that the calling process supervises the engine, for as long as it does not close the file.

        Raises
        ------
        BlockingIOError
            Another process does.
        """
        file = os.fdopen(os.open(self._alive, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii")
        try:
            _lock_patiently(file)
        except BlockingIOError:
            file.close()
            raise
        # Over the old one in one go: a reader finds one or the other.
        os.pwrite(file.fileno(), f"{os.getpid():<{_WIDTH}}".encode(), 0)
        return file

    def supervisor(self) -> int | None:
        """Process id of the supervisor; None if there is none."""
        while self.is_alive():
            with suppress(OSError, ValueError):
                return int(self._alive.read_text(encoding="ascii"))
            time.sleep(_MOMENT)  # it has just begun
        return None

    def key(self) -> str:
        """The key of the engine; '' if there is none that others could not have read or written."""
        try:
            about = self._key.lstat()
            text = self._key.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""
        is_own = about.st_uid == os.getuid() and stat.S_ISREG(about.st_mode)
        is_closed = not about.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        return text if is_own and is_closed and len(text) >= _SHORTEST_KEY and text.isprintable() else ""

    def has_key(self) -> bool:
        """Whether there is a file for the key, with or without a key."""
        return self._key.is_file()

    def make_key(self) -> str:
        """The key of the engine, a new one if need be."""
        if not self.key():
            _write_private(self._key, secrets.token_urlsafe(_SHORTEST_KEY))
        return self.key()

    def new_socket(self) -> Path:
        """A path for the engine's socket, in a private folder with a path that is short enough."""
        if len(os.fsencode(self.path)) <= LONGEST_FOLDER:
            return self.path / "vllm.sock"
        return Path(tempfile.mkdtemp(prefix="nbcoder-", dir=_short_temporary_folder())) / "vllm.sock"

    def remove_sockets(self, socket: Path | None) -> None:
        """Delete all sockets here, and those beside ``socket`` with their folder if it was made for them."""
        for folder in {self.path, socket.parent if socket else self.path}:
            with suppress(OSError):
                for path in folder.iterdir():
                    if path.is_socket():
                        path.unlink(missing_ok=True)
                if folder != self.path:
                    folder.rmdir()


def _lock_patiently(file: TextIO) -> None:
    # Whoever asks for the state holds the lock for some microseconds.
    for _ in range(_LOCK_TRIES):
        with suppress(BlockingIOError):
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(_MOMENT)
    return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _short_temporary_folder() -> str:
    usual = tempfile.gettempdir()
    room_for_name = LONGEST_FOLDER - len("/nbcoder-12345678")
    return usual if len(os.fsencode(usual)) <= room_for_name else "/tmp"  # noqa: S108 - mkdtemp is safe there


def _write_private(path: Path, text: str) -> None:
    # NamedTemporaryFile makes it with mode 0600.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)
