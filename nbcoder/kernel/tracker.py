"""What really ran in this kernel, in which order, and what failed."""

from __future__ import annotations

import re
import traceback
from collections import OrderedDict
from typing import TYPE_CHECKING, Self

from nbcoder.context import Executed
from nbcoder.kernel.colab import id_of_run
from nbcoder.notebook.cells import Cell, CellError
from nbcoder.suggest import INTERRUPTED, Failure
from nbcoder.wire import MAGICS

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

__all__ = ["Tracker", "is_ours"]

_KEPT = 5000
_RECENT = 5
"""Runs after which an error is not what the user is at any more."""
_OURS = re.compile(rf"\s*%%?(?:{'|'.join((*MAGICS, 'nbcoder'))})\b")


def is_ours(source: str) -> bool:
    """Whether a cell is a request to us, and so neither context nor something to be mended."""
    return _OURS.match(source) is not None


class Tracker:
    """Listens to the shell; holds the executed cells and the failures that still stand."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.executed: list[Executed] = []
        self._failures: OrderedDict[str, Failure] = OrderedDict()
        self.current: ExecutionInfo | None = None
        self._shell = shell

    def __enter__(self) -> Self:
        self._shell.events.register("pre_run_cell", self._before)
        self._shell.events.register("post_run_cell", self._after)
        return self

    def __exit__(self, *_: object) -> None:
        self._shell.events.unregister("pre_run_cell", self._before)
        self._shell.events.unregister("post_run_cell", self._after)

    @property
    def current_id(self) -> str:
        """The id of the cell that runs, '' where the frontend has none to give."""
        return id_of_run(self._shell, self.current) if self.current is not None else ""

    def last_failure(self, cell_id: str = "") -> Failure | None:
        """The newest failure that still stands, or that of one cell."""
        if cell_id:
            return next((f for f in self._failures.values() if f.cell.id == cell_id), None)
        return next(reversed(self._failures.values()), None)

    def last_error(self) -> CellError | None:
        """The newest error that still stands, while few other cells have run since; no interruption."""
        standing = reversed(self._failures.values())
        error = next((one.error for one in standing if one.error.name != INTERRUPTED), None)
        return error if any(run.error is error for run in self.executed[-_RECENT:]) else None

    def _before(self, info: ExecutionInfo) -> None:
        self.current = info

    def _after(self, result: ExecutionResult) -> None:
        info = result.info
        if info is None or info.raw_cell is None or info.silent or is_ours(info.raw_cell):
            return
        raised = result.error_before_exec or result.error_in_exec
        cell_id = id_of_run(self._shell, info)
        error = None if raised is None else describe_error(raised)
        self.executed.append(
            Executed(
                cell_id=cell_id,
                source=info.raw_cell,
                execution_count=result.execution_count or 0,
                error=error,
            )
        )
        del self.executed[:-_KEPT]
        self._note_failure(Cell(info.raw_cell, id=cell_id), error)

    def _note_failure(self, cell: Cell, error: CellError | None) -> None:
        """A cell that ran again settles its old failure, found by id or else by its text."""
        key = cell.id or cell.source
        self._failures.pop(key, None)
        if error is not None:
            self._failures[key] = Failure(cell, error)


def describe_error(error: BaseException) -> CellError:
    """An exception as plain text, its traceback cut to the frames of the user's cells.

    Frames inside libraries tell a small model little and cost it many tokens; the last one is kept.
    """
    told = traceback.TracebackException.from_exception(error, limit=-20, lookup_lines=True)
    frames = [frame for frame in told.stack if "ipykernel_" in frame.filename or "<ipython" in frame.filename]
    if told.stack and told.stack[-1] not in frames:
        frames.append(told.stack[-1])
    lines = [f"line {frame.lineno}: {(frame.line or '').strip()}" for frame in frames]
    value = "".join(told.format_exception_only()).strip()
    name = type(error).__name__
    return CellError(name, value.removeprefix(f"{name}: "), "\n".join([*lines, value]))
