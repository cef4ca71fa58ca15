"""What the user asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from nbcoder.engine.requests import Sampling

if TYPE_CHECKING:
    from nbcoder.notebook.cells import Cell, CellError

__all__ = ["Failure", "Request"]


@dataclass(frozen=True)
class Failure:
    """A cell to be mended, and the error that shows it, as it was when it ran.

    Where another cell raised, such as one that calls a function, ``raised_in`` is the source of that one.
    """

    cell: Cell
    error: CellError
    raised_in: str = ""


@dataclass(frozen=True)
class Request:
    """A wish for a new cell (``generate``) or for a failing one to be mended (``fix``).

    ``text`` is the wish in the user's words; for a fix it may be empty.
    """

    kind: Literal["generate", "fix"]
    text: str
    cell_id: str = ""
    """The cell that asks; new cells go below it."""
    failure: Failure | None = None
    sampling: Sampling = field(default_factory=Sampling)
