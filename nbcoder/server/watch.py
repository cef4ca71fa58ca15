"""Long work as the browser sees it: what is being done and how far it is, read from another thread."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from nbcoder.errors import NBCoderError
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.progress import Bar

__all__ = ["CalledOff", "Watch"]


class CalledOff(NBCoderError):
    """Somebody stopped what was being done."""


class Watch:
    """`nbcoder.progress.Progress` that is looked at, and that can end the work at its next report."""

    def __init__(self) -> None:
        self.step = ""
        self.fraction: float | None = None
        self.is_called_off = False

    def call_off(self) -> None:
        """End the work soon."""
        self.is_called_off = True

    def say(self, text: str) -> None:
        """Show ``text`` until there is news."""
        self._show(text, None)

    @contextmanager
    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> Iterator[Bar]:  # noqa: ARG002 - the protocol's words
        """Show ``text`` and how much of ``total`` is done."""
        self._show(text, 0.0 if total else None)
        yield _WatchedBar(self, text, total)

    def _show(self, step: str, fraction: float | None) -> None:
        if self.is_called_off:
            raise CalledOff("it was stopped.")
        self.step, self.fraction = step, fraction


class _WatchedBar:
    def __init__(self, watch: Watch, text: str, total: float | None) -> None:
        self._watch, self._text, self._total = watch, text, total
        self._done = 0.0

    def advance(self, amount: float = 1) -> None:
        """Say that ``amount`` more is done."""
        self._done += amount
        fraction = min(self._done / self._total, 1.0) if self._total else None
        self._watch._show(self._text, fraction)  # noqa: SLF001 - its own bar

    def note(self, text: str) -> None:
        """Replace the words."""
        if text:
            self._watch._show(Text("%1: %2", self._text, text), self._watch.fraction)  # noqa: SLF001 - its own bar
