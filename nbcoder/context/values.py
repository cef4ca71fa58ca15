"""What is known at the moment of a request, as values that may be shown: secrets are out already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from nbcoder.context.secrets.guard import Guard

if TYPE_CHECKING:
    from nbcoder.context.describe import Description

__all__ = ["CellState", "Context", "Status", "Variable"]

Status = Literal["ran", "not run", "changed", "failed", "unknown"]


@dataclass(frozen=True)
class CellState:
    """A cell of the page and what became of it in this kernel.

    ``changed``: the page does not show what ran. ``unknown``: it ran, if at all, before we listened.
    """

    type: Literal["code", "markdown", "raw"]
    source: str
    status: Status = "ran"
    id: str = ""
    shown: tuple[str, ...] = ()
    """Lines of what it showed, cut."""
    error: str = ""
    out_of_order: bool = False
    """It ran, for the last time, after a cell that stands below it."""


@dataclass(frozen=True)
class Variable:
    """A name of the user's and what it stands for; ``score`` orders by relevance to the request."""

    name: str
    description: Description
    score: float


@dataclass(frozen=True)
class Context:
    """What the model may be told, before it is known how much fits."""

    older: int = 0
    """Cells above the first of ``above`` that were not even looked at."""
    above: tuple[CellState, ...] = ()
    below: tuple[CellState, ...] = ()
    """Cells under the asking one that have run: they are part of the state."""
    gone: tuple[str, ...] = ()
    """Sources that ran and are on the page no more, oldest first."""
    variables: tuple[Variable, ...] = ()
    """Looked into, the most relevant first."""
    others: tuple[tuple[str, str], ...] = ()
    """Name and type of variables that were not looked into."""
    untold: int = 0
    """How many more variables there are."""
    modules: tuple[str, ...] = ()
    """Such as ``pd = pandas 3.1.1``."""
    error: str = ""
    hints: tuple[str, ...] = ()
    """What the request's words may refer to in the live data."""
    guard: Guard = field(default_factory=Guard)
    """What made all this fit to be shown; for texts that go to the model beside the context."""
