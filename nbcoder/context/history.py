"""The cells of the page, matched with what really ran in this kernel."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from nbcoder.context.values import CellState
from nbcoder.notebook.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.context.secrets.guard import Guard
    from nbcoder.context.situation import Executed, Limits, Situation
    from nbcoder.context.values import Status

__all__ = ["History", "error_text"]

_MOST_GONE = 5
_STEP = 8  # the first cell told moves on by so many at a time, for the prefix cache
_MOST_ERROR_CHARACTERS = 2_000
_MARGIN = 300  # of a text that is cut: a secret that begins before the cut is seen whole

_FILE_OF_CELL = re.compile(r"^.*[/\\]ipykernel_\d+[/\\]\d+\.py:(\d+): (?=\w+Warning: )", re.MULTILINE)


class History:
    """Reads one situation; ``guard`` cleans every text that comes out."""

    def __init__(self, situation: Situation, guard: Guard, limits: Limits) -> None:
        self._guard, self._limits = guard, limits
        self._current = situation.current_cell
        self._executed = situation.executed
        page = situation.notebook
        self._is_page = page is not None and page.source != "history"
        self._cells = page.cells if page is not None else _cells_of(situation.executed)
        if not self._is_page:
            # Of a failing cell that is asked about, the request tells by itself.
            self._cells = tuple(
                cell for cell in self._cells if not (cell.error and cell.source in situation.subject)
            )
        self.older = 0
        """Cells at the top that `split` left out."""
        self._sources = [cell.source.strip() for cell in self._cells]
        self._last: dict[str, int] = {}
        strangers: dict[str, int] = {}
        ids = {cell.id for cell in self._cells if cell.id}
        for i, run in enumerate(situation.executed):
            self._last[run.source.strip()] = i
            if run.cell_id:
                self._last[run.cell_id] = i
            if run.cell_id not in ids:
                strangers[run.source.strip()] = i
        self._positions = [
            self._last.get(cell.id, strangers.get(source))
            for cell, source in zip(self._cells, self._sources, strict=True)
        ]
        """When each cell ran last, counted in runs of this kernel."""
        self._first_count = min((run.execution_count for run in situation.executed), default=math.inf)

    def split(self) -> tuple[tuple[CellState, ...], tuple[CellState, ...]]:
        """The cells above the asking one, and those below it that have run."""
        at = next((i for i, cell in enumerate(self._cells) if cell.id and cell.id == self._current), None)
        end = len(self._cells) if at is None else at
        start = self.older = self._first_that_fits(end)
        late = self._out_of_order()
        above = tuple(self._state(i, out_of_order=late[i]) for i in range(start, end))
        below = (self._state(i) for i in range(end + 1, len(self._cells)) if self._cells[i].type == "code")
        return above, tuple(state for state in below if state.status in ("ran", "changed"))

    def nearby(self, count: int) -> tuple[str, ...]:
        """Code of the cells just above the asking one and of those that ran last, the nearest last."""
        at = next((i for i, cell in enumerate(self._cells) if cell.id and cell.id == self._current), None)
        above = [cell.source for cell in self._cells[:at] if cell.type == "code"][-count:]
        recent = [run.source for run in self._executed[-count // 2 :]]
        most = self._limits.cell_characters
        return tuple(dict.fromkeys(source[:most] for source in (*recent, *above)))

    def gone(self) -> tuple[str, ...]:
        """The newest sources that ran without an error and that the page does not show any more."""
        shown = set(self._sources)
        lost: dict[str, None] = {}
        for i in sorted(self._last.values(), reverse=True):
            run = self._executed[i]
            if run.error is None and run.source.strip() not in shown and run.cell_id != self._current:
                lost[run.source] = None
            if len(lost) == _MOST_GONE:
                break
        return tuple(self._code(source) for source in reversed(lost))

    def _state(self, index: int, *, out_of_order: bool = False) -> CellState:
        cell = self._cells[index]
        if cell.type != "code":
            return CellState(cell.type, self._guard.data(_cut(cell.source, self._limits.cell_characters)))
        at = self._positions[index] if self._is_page else None
        run = None if at is None else self._executed[at]
        status = self._status(index, run)
        error = (run.error if run is not None else cell.error) if status == "failed" else None
        return CellState(
            type="code",
            source=self._code(cell.source),
            status=status,
            id=cell.id,
            shown=self._shown(cell) if status != "not run" else (),
            error=self._guard.data(f"{error.name}: {error.value[:_MARGIN]}") if error else "",
            out_of_order=out_of_order,
        )

    def _status(self, index: int, run: Executed | None) -> Status:
        cell = self._cells[index]
        if not self._is_page:
            return "failed" if cell.error else "ran"
        if run is None:
            count = cell.execution_count
            return "not run" if count is None or count >= self._first_count else "unknown"
        if run.source.strip() != self._sources[index]:
            return "changed"
        return "failed" if run.error is not None else "ran"

    def _out_of_order(self) -> Sequence[bool]:
        """For each cell of the page, whether a cell below it ran earlier than it did."""
        earliest: float = math.inf
        late = []
        for index in range(len(self._cells) - 1, -1, -1):
            is_code = self._cells[index].type == "code"
            at = self._positions[index] if is_code and self._is_page else None
            late.append(at is not None and earliest < at)
            earliest = min(earliest, math.inf if at is None else at)
        return late[::-1]

    def _first_that_fits(self, end: int) -> int:
        room = self._limits.notebook_characters
        for i in range(end - 1, -1, -1):
            room -= min(len(self._cells[i].source), self._limits.cell_characters)
            if room < 0:
                return -(-(i + 1) // _STEP) * _STEP
        return 0

    def _code(self, source: str) -> str:
        return self._guard.code(_cut(source, self._limits.cell_characters)).strip("\n")

    def _shown(self, cell: Cell) -> tuple[str, ...]:
        lines: list[str] = []
        room = self._limits.output_characters
        for output in cell.outputs:
            if room <= 0 or len(lines) > self._limits.output_lines:
                break
            text = self._guard.data(_final(output.text[: room + _MARGIN])).strip("\n")
            if len(text) > room:
                text = text[:room] + " …"
            room -= len(text)
            new = text.splitlines()
            if output.kind == "result" and new:
                new = ["Out: " + new[0]] if len(new) == 1 else ["Out:", *new]
            lines += new or [f"[{mime}]" for mime in output.mime[:1]]
        most = self._limits.output_lines
        return (*lines[:most], "…") if len(lines) > most else tuple(lines)


def _final(text: str) -> str:
    """What stays of each line on a screen, as a progress bar writes over itself; of warnings, not the file.

    That of a cell is another one in each kernel, and tells nothing.
    """
    if "ipykernel_" in text:
        text = _FILE_OF_CELL.sub(r"line \1: ", text)
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def error_text(situation: Situation, guard: Guard) -> str:
    """The last error with its traceback, if it has one: the lines of the user's that led to it."""
    error = situation.error
    if error is None:
        return ""
    text = error.traceback or f"{error.name}: {error.value}"
    return guard.data(text[-_MOST_ERROR_CHARACTERS:])


def _cells_of(executed: Sequence[Executed]) -> tuple[Cell, ...]:
    return tuple(
        Cell(run.source, id=run.cell_id, execution_count=run.execution_count, error=run.error)
        for run in executed
    )


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    head, tail = most * 3 // 4, most // 4
    return f"{text[:head]}\n# … {len(text) - most:,} characters are left out …\n{text[-tail:]}"
