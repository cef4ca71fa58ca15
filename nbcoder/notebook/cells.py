"""Cells and notebooks as plain values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Cell", "CellError", "Notebook", "Output", "source_hash"]

CellType = Literal["code", "markdown", "raw"]


@dataclass(frozen=True)
class Output:
    """What a cell showed, as text: a stream, a result or a display; images are named, not held."""

    kind: Literal["stream", "result", "display"]
    text: str
    mime: tuple[str, ...] = ()
    """All MIME types of the output, also of what `text` does not show."""


@dataclass(frozen=True)
class CellError:
    """The exception that ended a cell; ``traceback`` is plain text without colour codes."""

    name: str
    value: str
    traceback: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell. ``id`` is '' where the frontend has none to give."""

    source: str
    type: CellType = "code"
    id: str = ""
    execution_count: int | None = None
    outputs: tuple[Output, ...] = ()
    error: CellError | None = None


@dataclass(frozen=True)
class Notebook:
    """Cells in the order of the page, and where they came from ('' if unknown)."""

    cells: tuple[Cell, ...] = ()
    path: str = ""
    source: Literal["live", "file", "history"] = "live"
    """How fresh this is: the unsaved page, the file on disk, or only what was executed."""

    _by_id: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_id.update({cell.id: i for i, cell in enumerate(self.cells) if cell.id})

    def index(self, cell_id: str) -> int | None:
        """Position of the cell with that id, or None."""
        return self._by_id.get(cell_id)

    def before(self, cell_id: str) -> tuple[Cell, ...]:
        """The cells above that one; all of them when it is not here."""
        return self.cells[: self.index(cell_id)]


def source_hash(source: str) -> str:
    """Names a cell's text, so that a write can be refused when the text has changed (16 hex digits)."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:16]
