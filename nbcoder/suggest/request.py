"""What the user asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbcoder.engine.requests import Sampling

if TYPE_CHECKING:
    from nbcoder import wire
    from nbcoder.notebook.cells import Cell, CellError

__all__ = ["INTERRUPTED", "Failure", "Request"]

INTERRUPTED = "KeyboardInterrupt"
"""The error of a cell that the user has stopped."""
_REPLACING = ("fix", "document", "refactor")


@dataclass(frozen=True)
class Failure:
    """A cell to be mended, and the error that shows it, as it was when it ran.

    Where another cell raised, such as one that calls a function, ``raised_in`` is the source of that one.
    """

    cell: Cell
    error: CellError
    raised_in: str = ""
    hints: str = ""
    """What live objects say to the error, one a line, where that was looked at."""


@dataclass(frozen=True)
class Request:
    """A wish for a new cell (``generate``), for a failing one to be mended (``fix``), or about any other.

    ``text`` is the wish in the user's words; it is empty where the kind says it all.
    """

    kind: wire.Kind
    text: str
    cell_id: str = ""
    """The cell that asks; new cells go below it."""
    failure: Failure | None = None
    subject: Cell | None = None
    """The cell to be explained, documented, tested or rewritten, as it was when that was asked."""
    sampling: Sampling = field(default_factory=Sampling)
    refused: frozenset[str] = frozenset()
    """What the user saw and wants another answer instead of, by `nbcoder.suggest.ranking.signs`."""
    is_anew: bool = False
    """Whether a failing cell is written from what it has to do, as if it were not there yet."""
    purpose: str = ""
    """What the user asked for as the failing cell was written, where an answer of ours was that cell."""

    @property
    def asked(self) -> str:
        """All that is known of what the answer has to do, in the user's words."""
        return "\n".join(told for told in (self.purpose, self.text) if told)

    @property
    def sources(self) -> tuple[str, ...]:
        """The code that is asked about: the cell, and the one that raised, if that is another."""
        if self.failure is not None:
            raised_in = self.failure.raised_in
            return (self.failure.cell.source, raised_in) if raised_in else (self.failure.cell.source,)
        return (self.subject.source,) if self.subject is not None else ()

    @property
    def target(self) -> Cell | None:
        """The cell whose text the answer replaces; None where it adds cells."""
        if self.failure is not None:
            return self.failure.cell
        return self.subject if self.kind in _REPLACING else None
