"""The engine's log: one file for each start, with the one before kept, never larger than is useful."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["LogFile", "last_lines"]

_LARGEST = 10 << 20
_TAIL = 1 << 20


class LogFile:
    """The log at ``path``, which vLLM's processes write; the last one is beside it with ``.1``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._old = path.with_suffix(path.suffix + ".1")
        self._read = 0

    def begin(self) -> None:
        """Start an empty log."""
        with suppress(FileNotFoundError):
            self._path.replace(self._old)
        os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))

    def open(self) -> BinaryIO:
        """The log for a process to write to; it has to append, or `rotate` would leave a hole."""
        return self._path.open("ab")

    def write(self, text: str) -> None:
        """Add ``text``."""
        with self.open() as file:
            file.write(text.encode())

    def news(self) -> str:
        """What was written since this was last asked."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        return new.decode("utf-8", "replace")

    def tail(self) -> str:
        """The end of the log, enough for what vLLM says from its start to its death."""
        return _end(self._path)

    def rotate(self) -> None:
        """If the log has grown large, copy it away and empty it; its writers go on."""
        if self._path.stat().st_size > _LARGEST:
            shutil.copyfile(self._path, self._old)
            os.truncate(self._path, 0)


def last_lines(path: Path, count: int) -> list[str]:
    """The last ``count`` lines of the log at ``path``; none if there is no log."""
    try:
        return _end(path).splitlines()[-count:] if count > 0 else []
    except FileNotFoundError:
        return []


def _end(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return file.read().decode("utf-8", "replace")
