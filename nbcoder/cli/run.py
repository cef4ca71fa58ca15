"""``nbcoder run`` and ``nbcoder fix``: a whole notebook from the terminal."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.padding import Padding
from rich.syntax import Syntax

from nbcoder.cli.terminal import TerminalLine, TerminalProgress, console
from nbcoder.errors import NBCoderError, NotebookError
from nbcoder.frontend import Mode, run_notebook
from nbcoder.notebook.files import check_place, read_notebook, write_notebook
from nbcoder.settings import load_settings

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from nbcoder.frontend import Fix, Generation, RunResult
    from nbcoder.settings import Settings

__all__ = ["fix", "run"]

In = Annotated[Path, typer.Argument(help="The notebook; it is left as it is.")]
Out = Annotated[Path | None, typer.Option("-o", "--output", help="Where the result goes.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a report.")]
Timeout = Annotated[float | None, typer.Option(help="Most seconds one cell may take; default: no limit.")]


def run(notebook: In, output: Out = None, as_json: Json = False, timeout: Timeout = None) -> None:
    """Execute a notebook: answer its %%generate cells and mend its failing ones.

    Exit status: 0 all cells ran, 1 some still fail, 2 it could not be run.
    """
    _execute(notebook, output or notebook.with_suffix(".done.ipynb"), Mode("run", timeout=timeout), as_json)


def fix(notebook: In, output: Out = None, as_json: Json = False, timeout: Timeout = None) -> None:
    """Execute a notebook and mend its failing cells; %%generate cells are left alone.

    Exit status: 0 all cells ran, 1 some still fail, 2 it could not be run.
    """
    _execute(notebook, output or notebook.with_suffix(".fixed.ipynb"), Mode("fix", timeout=timeout), as_json)


def _execute(source: Path, target: Path, mode: Mode, as_json: bool) -> None:
    settings = load_settings()
    if target.exists() and target.samefile(source):
        raise NBCoderError("the result would overwrite the notebook. Give another file with -o.")
    notebook = read_notebook(source)
    check_place(target)
    mode = dataclasses.replace(mode, rounds=settings.repair_rounds)
    with TerminalLine() as line:
        witness = _JsonWitness(settings) if as_json else _TerminalWitness(settings, line)
        try:
            result = run_notebook(notebook, source, witness, mode)
        except BaseException:  # what ran before an interrupt is kept as well
            if witness.has_begun:  # else what an earlier run has written is worth more
                _write(notebook, target)
            raise
    _write(notebook, target)
    if as_json:
        typer.echo(json.dumps({"output": str(target), **dataclasses.asdict(result)}, indent=2))
    else:
        _summarise(result, target)
    raise typer.Exit(1 if result.failing else 0)


def _write(notebook: NotebookNode, target: Path) -> None:
    """Put the result where it belongs; where the disk is full by now, it is kept elsewhere."""
    try:
        write_notebook(notebook, target)
    except NotebookError as error:
        kept = Path(tempfile.mkdtemp(prefix="nbcoder-")) / target.name
        write_notebook(notebook, kept)
        raise NotebookError(f"{error} The result is in {kept}.") from error


class _Witness:
    """Starts the engine before the model is asked for new cells, where the user can see it start.

    A failing cell may be mended without it: the kernel starts it there if need be, and tells of it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.has_begun = False
        """Whether any cell was run."""

    def running(self, index: int, total: int, source: str) -> None:  # noqa: ARG002 - nothing is shown
        """Remember that."""
        self.has_begun = True

    def asking(self, index: int) -> None:  # noqa: ARG002 - the same for every cell
        """Have the engine ready; it may take a minute the first time."""
        from nbcoder.engine.process import ensure_running  # noqa: PLC0415 - a clean notebook needs no engine

        ensure_running(self._settings, TerminalProgress())

    def mending(self, index: int, facts: str) -> None:
        """Nothing to show."""

    def generated(self, index: int, generation: Generation) -> None:
        """Nothing to show."""

    def failed(self, index: int, error: str) -> None:
        """Nothing to show."""

    def fixed(self, index: int, fix: Fix) -> None:
        """Nothing to show."""


class _JsonWitness(_Witness):
    """Silent: the result is printed at the end."""


class _TerminalWitness(_Witness):
    """Tells the story of a run as it happens."""

    def __init__(self, settings: Settings, line: TerminalLine) -> None:
        super().__init__(settings)
        self._line = line

    def mending(self, index: int, facts: str) -> None:  # noqa: ARG002 - shown below its cell
        self._line.show(facts)

    def running(self, index: int, total: int, source: str) -> None:
        super().running(index, total, source)
        first, *rest = [line for line in source.splitlines() if line.strip()] or [""]
        console.print(f"[dim]cell {index + 1}/{total}[/]  {escape(first[:90])}", soft_wrap=True)
        if first.startswith("%%generate"):
            console.print(Padding(escape("\n".join(rest)), (0, 4)), style="italic")

    def generated(self, index: int, generation: Generation) -> None:  # noqa: ARG002 - printed below its cell
        console.print(f"  [green]generated[/] [dim]{generation.seconds:.1f} s, {generation.tokens} tokens[/]")
        _print_code(generation.code, "python")

    def failed(self, index: int, error: str) -> None:  # noqa: ARG002 - printed below its cell
        console.print(f"  [red]failed[/] {escape(error)}", soft_wrap=True)

    def fixed(self, index: int, fix: Fix) -> None:  # noqa: ARG002 - printed below its cell
        self._line.clear()
        if fix.refused:
            console.print(f"  [red]not mended[/] {escape(fix.refused)}", soft_wrap=True)
            return
        console.print(f"  [green]mended[/] [dim]{fix.seconds:.1f} s, {fix.tokens} tokens[/]")
        _print_code(fix.diff, "diff")


def _print_code(code: str, language: str) -> None:
    shown = Syntax(code, language, theme="ansi_dark", background_color="default", word_wrap=True)
    console.print(Padding(shown, (0, 4)))


def _summarise(result: RunResult, target: Path) -> None:
    generations = [cell.generation for cell in result.cells if cell.generation]
    fixes = [fix for cell in result.cells for fix in cell.fixes]
    mended = sum(1 for cell in result.cells if cell.fixes and not cell.error)
    answers: list[Generation | Fix] = [*generations, *fixes]
    model_seconds = sum(answer.seconds for answer in answers)
    tokens = sum(answer.tokens for answer in answers)
    console.print()
    console.print(
        f"{len(result.cells)} cells run in {result.seconds:.1f} s · {len(generations)} generated · "
        f"{mended} mended in {len(fixes)} {'try' if len(fixes) == 1 else 'tries'} · "
        f"{len(result.failing)} still failing · model: {model_seconds:.1f} s, {tokens} tokens"
    )
    for cell in result.failing:
        console.print(f"[red]cell {cell.index + 1} fails:[/] {escape(cell.error)}", soft_wrap=True)
    console.print(f"written: {target}", soft_wrap=True, markup=False)
