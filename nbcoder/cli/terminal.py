"""Words, bars and colours in a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as RichProgress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.status import Status

    from nbcoder.progress import Bar

__all__ = ["TerminalLine", "TerminalProgress", "complain", "console"]

console = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)


def complain(text: str) -> None:
    """One line on standard error."""
    _errors.print(f"[bold red]nbcoder:[/] {escape(text)}", soft_wrap=True)


class _TerminalBar:
    def __init__(self, progress: RichProgress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def advance(self, amount: float = 1) -> None:
        self._progress.advance(self._task, amount)

    def note(self, text: str) -> None:
        self._progress.update(self._task, note=escape(text))


class TerminalProgress:
    """Progress as rich bars on standard error, so that standard output stays free for results."""

    def say(self, text: str) -> None:
        """Print one line that stays."""
        _errors.print(escape(text), soft_wrap=True)

    @contextmanager
    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> Iterator[Bar]:
        """Show a bar while the ``with`` lasts, and one line with the time at its end."""
        amount: ProgressColumn = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
        columns: list[ProgressColumn] = [SpinnerColumn(), TextColumn("{task.description}")]
        if total:
            columns += [BarColumn(), amount]
        columns += [TimeElapsedColumn(), TextColumn("{task.fields[note]}")]
        with RichProgress(*columns, console=_errors, transient=True) as progress:
            task = progress.add_task(escape(text), total=total, note="")
            yield _TerminalBar(progress, task)
            seconds = progress.tasks[0].elapsed or 0.0
        _errors.print(f"[green]✓[/] {escape(text)} [dim]({seconds:.0f} s)[/]", soft_wrap=True)


class TerminalLine:
    """One line at the end of standard error that is written anew, and is gone in the end."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.clear()

    def show(self, text: str) -> None:
        """Say this instead of what was said before."""
        if self._status is None:
            self._status = _errors.status("")
            self._status.start()
        self._status.update(f"[dim]{escape(text)}[/]")

    def clear(self) -> None:
        """Say nothing more."""
        if self._status is not None:
            self._status.stop()
            self._status = None
