"""How long work is shown, without the worker knowing where: a terminal, a notebook cell, or nowhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

__all__ = ["Bar", "Progress", "Silent"]


class Bar(Protocol):
    """One running piece of work."""

    def advance(self, amount: float = 1) -> None:
        """Say that ``amount`` more of the total is done."""

    def note(self, text: str) -> None:
        """Replace the words beside the bar."""


class Progress(Protocol):
    """Where long work reports to."""

    def say(self, text: str) -> None:
        """One line that stays."""

    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> AbstractContextManager[Bar]:
        """A bar for the time of the ``with``; ``total`` None means that nobody knows it."""


class _SilentBar:
    def advance(self, amount: float = 1) -> None:
        """Nobody looks."""

    def note(self, text: str) -> None:
        """Nobody looks."""


class Silent:
    """Progress that nobody looks at."""

    def say(self, text: str) -> None:
        """Nobody looks."""

    @contextmanager
    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> Iterator[Bar]:  # noqa: ARG002 - the protocol's words
        """A bar nobody looks at."""
        yield _SilentBar()
