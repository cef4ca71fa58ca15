"""What `collect` is given: the state of one kernel and one page at the moment of a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbcoder.notebook.cells import CellError, Notebook

__all__ = ["Executed", "Limits", "Situation"]


@dataclass(frozen=True)
class Executed:
    """One run of a cell in this kernel, as it was."""

    cell_id: str
    source: str
    execution_count: int
    error: CellError | None = None


@dataclass(frozen=True)
class Situation:
    """Everything the context may be made from. Nothing here is changed, and none of it is run."""

    namespace: Mapping[str, object] = field(repr=False)
    """The user's names."""
    notebook: Notebook | None = None
    current_cell: str = ""
    """Id of the cell that asks; it is itself no part of the context."""
    executed: Sequence[Executed] = ()
    """In the order in which it ran."""
    request: str = ""
    error: CellError | None = None
    """The last error, if the request may be about it."""
    subject: Sequence[str] = ()
    """The cells the request is about; what is hidden in them, is hidden everywhere."""


@dataclass(frozen=True)
class Limits:
    """How much is looked at. Nothing here depends on the size of the user's data."""

    seconds: float = 0.008
    """Processor time for looking into variables; what is left over is told by name and type."""
    seconds_in_all: float = 0.017
    """The same with sorting names and reading cells; where these take long, less is left for looking."""
    described: int = 40
    """Variables looked into, the most relevant first."""
    listed: int = 300
    """Variables told by name and type alone."""
    columns: int = 40
    """Columns of one table that are described, and keys of one dict that are named."""
    column_names: int = 300
    """Columns of one table that are named."""
    sample: int = 200
    """Rows of a table whose values are looked at one by one."""
    elements: int = 400_000
    """Elements of a table up to which ranges and missing values are exact."""
    examples: int = 3
    """Example values shown of a column or a container."""
    value_characters: int = 40
    """Characters of one shown value."""
    cell_characters: int = 8_000
    """Characters of one cell; the middle of a longer one is left out."""
    notebook_characters: int = 80_000
    """Characters of all cells together; the oldest are left out."""
    output_lines: int = 6
    output_characters: int = 400
    """Of what one cell showed."""
    nearby_cells: int = 6
    """Cells above the asking one whose names are thought to matter now."""
