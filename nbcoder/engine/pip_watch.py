"""pip's progress as a bar: packages done of all that are locked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from nbcoder.progress import Bar

__all__ = ["PipWatch", "count_packages"]

_LOCKED = re.compile(r"^[\w.-]+==", re.MULTILINE)
_STARTED = re.compile(r"Collecting ([\w.-]+?)==|Processing \S*?([^/\s-]+)-[^/\s]+\.whl")
_IGNORED = re.compile(r"Ignoring \S+: markers ")
_BYTES = re.compile(r"\s*Progress (\d+) of (\d+)$")
_WORTH_TELLING = 20 * 10**6


def count_packages(lock: Path) -> int:
    """Number of packages in ``lock``, those for other machines included."""
    return len(_LOCKED.findall(lock.read_text(encoding="utf-8")))


class PipWatch:
    """Follows one ``pip install --progress-bar raw`` into the environment ``folder``; each package moves
    the bar by ``worth``.
    """

    def __init__(self, bar: Bar, folder: Path, worth: float = 1.0) -> None:
        self._bar, self._folder, self._worth = bar, folder, worth
        self._name = ""
        self._unpacked = self._count_unpacked()

    def line(self, text: str) -> None:
        """Move the bar by what pip says: packages that are fetched, and those that are for other machines."""
        if match := _STARTED.match(text):
            self._name = match[1] or match[2]
            # Fetching and unpacking take about as long.
            self._bar.advance(self._worth / 2)
            self._bar.note(f"fetching {self._name}")
        elif match := _BYTES.match(text):
            self._tell_bytes(int(match[1]), int(match[2]))
        elif _IGNORED.match(text):
            self._bar.advance(self._worth)
        elif text.startswith("Installing collected packages"):
            self._bar.note("unpacking")
        elif text.startswith("Successfully installed"):
            self.tick()

    def tick(self) -> None:
        """Move the bar by what has appeared on the disk, for pip is silent while it unpacks."""
        unpacked = self._count_unpacked()
        if unpacked > self._unpacked:
            self._bar.advance(self._worth / 2 * (unpacked - self._unpacked))
            self._unpacked = unpacked

    def _tell_bytes(self, done: int, total: int) -> None:
        if total >= _WORTH_TELLING:
            self._bar.note(f"fetching {self._name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    def _count_unpacked(self) -> int:
        # RECORD is the last file that pip writes of a package.
        return sum(1 for _ in self._folder.glob("lib/python*/site-packages/*.dist-info/RECORD"))
