"""Runs a notebook from top to bottom, with its requests answered and its failing cells mended."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol

from nbcoder.frontend.page import open_page
from nbcoder.wire import MAGICS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nbformat import NotebookNode

    from nbcoder.frontend.page import Page

__all__ = ["CellResult", "Fix", "Generation", "Mode", "RunResult", "Witness", "run_notebook"]

_REQUEST = re.compile(rf"\s*%%?(?:{'|'.join(MAGICS)})\b")


@dataclass(frozen=True)
class Generation:
    """A request that was answered with new cells."""

    request: str
    code: str
    seconds: float
    tokens: int


@dataclass(frozen=True)
class Fix:
    """A failing cell that was sent back; ``error`` is what it raised, ``refused`` why nothing came of it."""

    error: str
    diff: str
    seconds: float
    tokens: int
    refused: str = ""


@dataclass
class CellResult:
    """What became of one cell; ``error`` is the last exception if it still fails."""

    index: int
    cell_id: str
    generation: Generation | None = None
    fixes: list[Fix] = field(default_factory=list)
    error: str = ""


@dataclass
class RunResult:
    """What became of a notebook."""

    cells: list[CellResult] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failing(self) -> list[CellResult]:
        """The cells that still fail."""
        return [cell for cell in self.cells if cell.error]


@dataclass(frozen=True)
class Mode:
    """``run`` answers requests and mends; ``fix`` only mends. ``timeout`` is in seconds for one cell."""

    kind: Literal["run", "fix"] = "run"
    rounds: int = 3
    timeout: float | None = None


class Witness(Protocol):
    """Who wants to see a notebook being run; indices start at 0."""

    def running(self, index: int, total: int, source: str) -> None:
        """A cell starts."""

    def asking(self, index: int) -> None:
        """The model is about to be asked for new cells."""

    def mending(self, index: int, facts: str) -> None:
        """A failing cell is being mended, with the model or without; how far that is."""

    def generated(self, index: int, generation: Generation) -> None:
        """New cells are below this one."""

    def failed(self, index: int, error: str) -> None:
        """A cell raised."""

    def fixed(self, index: int, fix: Fix) -> None:
        """A failing cell was mended, or not."""


def run_notebook(notebook: NotebookNode, path: Path, witness: Witness, mode: Mode) -> RunResult:
    """Run ``notebook`` in its folder, changing it in place.

    Raises
    ------
    KernelError
        There is no kernel, it died, or a cell took longer than allowed.
    """
    return asyncio.run(_run(notebook, path, witness, mode))


async def _run(notebook: NotebookNode, path: Path, witness: Witness, mode: Mode) -> RunResult:
    started = time.perf_counter()
    result = RunResult()
    async with open_page(notebook, path, mode.timeout) as page:
        runner = _Runner(page, witness, mode)
        index = 0
        while index < len(notebook.cells):
            if runner.concerns(index):
                result.cells.append(await runner.cell(index))
            index += 1
    result.seconds = time.perf_counter() - started
    return result


@dataclass(frozen=True)
class _Runner:
    page: Page
    witness: Witness
    mode: Mode
    left_alone: set[str] = field(default_factory=set)
    """Ids of cells that were accepted and may not be run."""

    def concerns(self, index: int) -> bool:
        """Whether this cell is to be run at all."""
        cell = self.page.notebook.cells[index]
        if cell.cell_type != "code" or not cell.source.strip() or cell.id in self.left_alone:
            return False
        return self.mode.kind == "run" or _REQUEST.match(cell.source) is None

    async def cell(self, index: int) -> CellResult:
        """Run one cell and do what follows from it."""
        node = self.page.notebook.cells[index]
        result = CellResult(index, node.id)
        self.witness.running(index, len(self.page.notebook.cells), node.source)
        if _REQUEST.match(node.source):
            await self._request(index, result)
        else:
            await self._plain(index, result)
        return result

    async def _request(self, index: int, result: CellResult) -> None:
        self.witness.asking(index)
        error, offer = await self.page.ask(index)
        if offer is None:
            settled = error is None or error["ename"] == "NothingToFix"
            result.error = "" if settled else _one_line(error or {})
            if result.error:
                self.witness.failed(index, result.error)
            return
        new, refused = await self.page.accept(offer)
        result.generation = Generation(
            request=offer["request"],
            code="\n\n".join(cell["source"] for cell in offer["cells"]),
            seconds=offer["stats"]["seconds"],
            tokens=offer["stats"]["completionTokens"],
        )
        self.witness.generated(index, result.generation)
        if refused:
            result.error = refused
            self.left_alone.update(self.page.notebook.cells[at].id for at in new)
            self.witness.failed(index, refused)

    async def _plain(self, index: int, result: CellResult) -> None:
        at, error = await self._run([index])
        while error is not None:
            result.error = _one_line(error)
            self.witness.failed(at, result.error)
            if len(result.fixes) >= self.mode.rounds or error["ename"] == "KeyboardInterrupt":
                return
            fix, again = await self._fix(at, result.error)
            result.fixes.append(fix)
            self.witness.fixed(at, fix)
            if fix.refused:
                return
            at, error = await self._run([*(one for one in again if one < index), index])
        result.error = ""

    async def _run(self, indices: Sequence[int]) -> tuple[int, dict[str, Any] | None]:
        """Run these cells until one raises; which was the last, and its error."""
        for index in indices:
            if (error := await self.page.run(index)) is not None:
                break
        return index, error

    async def _fix(self, index: int, error: str) -> tuple[Fix, list[int]]:
        """Have a failing cell mended; also the cells to be run again, where another one was at fault."""
        offer = await self.page.fix(index, partial(self.witness.mending, index))
        if offer["type"] != "offer":
            return Fix(error, "", 0.0, 0, refused=str(offer["text"])), []
        stats = offer["stats"]
        changed, refused = await self.page.accept(offer) if offer["diff"] else ([], "")
        refused = refused or ("" if changed else "the model gave the same cell again")
        fix = Fix(error, offer["diff"], stats["seconds"], stats["completionTokens"], refused)
        dependants = {one["cellId"] for one in offer.get("dependants", ())}
        reading = [at for at, cell in enumerate(self.page.notebook.cells) if cell.id in dependants]
        return fix, sorted({*changed, *reading})


def _one_line(error: dict[str, Any]) -> str:
    value = str(error.get("evalue", "")).strip().splitlines()
    return f"{error.get('ename', 'Error')}: {value[0]}" if value else str(error.get("ename", "Error"))
