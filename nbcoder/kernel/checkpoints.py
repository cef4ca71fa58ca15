"""The state before the last cell, kept while it may be needed: a repair is tried from there."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING, Self

from nbcoder.errors import NothingToRestore
from nbcoder.kernel.colab import id_of_run
from nbcoder.kernel.tracker import is_ours
from nbcoder.texts import Text, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

    from nbcoder.dryrun import Checkpoint, KernelDryRunner, Report
    from nbcoder.dryrun import Failure as Failed
    from nbcoder.suggest import Failure

__all__ = ["Checkpoints", "Halfway"]

_WAITS = re.compile(r"\bos\.wait|\bimport\b[^\n]*\bwait")
"""Code that waits for whichever child ends next would wait for the paused copy, which does not end."""
_AGAIN_SECONDS = 5.0
"""A failed run that takes longer is not run again only to see what it changed."""
_MISSING = re.compile(r"No such file or directory: (['\"])(?P<path>.+?)\1")
_PROCESS = {
    "working folder": Text("the working folder"),
    "environment": Text("the environment"),
    "import path": Text("the import path"),
    "logging": Text("the logging"),
    "random numbers": Text("the random numbers"),
    "settings of matplotlib": Text("the settings of matplotlib"),
    "settings of pandas": Text("the settings of pandas"),
    "warning filters": Text("the warning filters"),
}
_SLACK_SECONDS = 0.05
"""Times of files are coarser than the clock."""


@dataclass(frozen=True)
class Halfway:
    """What a cell had already changed when it failed; ``is_certain`` if running it again failed the same."""

    added: tuple[str, ...]
    altered: tuple[str, ...]
    files: tuple[str, ...]
    process: tuple[str, ...] = ()
    is_certain: bool = True
    unkept: tuple[str, ...] = ()
    """Shared memory that is not as it was before, see `Checkpoint.unkept`."""

    @property
    def note(self) -> str:
        """One line for the user; '' if nothing was changed."""
        told = [self._changed] if self._changed else []
        if self.unkept:
            shown = ", ".join(self.unkept)
            told.append(Text("Shared memory (%1) is not kept: it is as the failed run left it.", shown))
        return joined(told, "%1 %2")

    @property
    def _changed(self) -> str:
        if not self.is_certain and self.files:
            return Text(
                "The failed run had already removed %1; what else it had changed cannot be told. "
                "This was tried from before it.",
                ", ".join(self.files),
            )
        if not self.is_certain:
            return Text(
                "What the failed run had already changed cannot be told. This was tried from before it."
            )
        told = joined([*self.added, *self.altered, *self.files, *self.process], "%1, %2")
        if not told:
            return ""
        said = Text("The failed run had already changed %1. This was tried from before it.", told)
        ways = Text("`%nbcoder restore` puts back what can be.")
        return joined((said, ways), "%1 %2") if self.added or self.altered else said


@dataclass
class _Kept:
    """The state before one run of a cell, and how that run ended."""

    checkpoint: Checkpoint
    source: str
    cell_id: str
    started: float
    error: tuple[str, str] | None = None
    """Name and value of the exception that ended it."""
    halfway: Halfway | None = None


class Checkpoints:
    """Takes a checkpoint before each of the user's cells, and keeps that of the last one if it failed.

    ``runner`` makes them; ``are_wanted`` says whether the user has them switched on.
    """

    def __init__(
        self,
        shell: InteractiveShell,
        runner: Callable[[], KernelDryRunner],
        are_wanted: Callable[[], bool],
    ) -> None:
        self._shell, self._runner, self._are_wanted = shell, runner, are_wanted
        self._kept: _Kept | None = None
        self._has_waited = False

    def __enter__(self) -> Self:
        self._shell.events.register("pre_run_cell", self._before)
        self._shell.events.register("post_run_cell", self._after)
        return self

    def __exit__(self, *_: object) -> None:
        self._shell.events.unregister("pre_run_cell", self._before)
        self._shell.events.unregister("post_run_cell", self._after)
        self._drop()

    def before(self, failure: Failure) -> Checkpoint | None:
        """The state before that failure; None if it is not kept, or the user has run another cell since."""
        kept = self._of(failure)
        return kept.checkpoint if kept is not None else None

    def halfway(self, failure: Failure) -> Halfway | None:
        """What the failed run had changed, as running it again from before shows; None if none is kept."""
        kept = self._of(failure)
        if kept is None:
            return None
        if kept.halfway is None:
            kept.halfway = _compared(kept, self._again(kept), self._shell.user_ns)
        return kept.halfway

    def restore(self, failure: Failure | None) -> tuple[list[str], list[str]]:
        """Put names back as they were before the failure; returns those put back, and those that cannot be.

        Raises
        ------
        NothingToRestore
            The state before is not kept.
        """
        halfway = self.halfway(failure) if failure is not None else None
        kept = self._kept
        if halfway is None or kept is None:
            raise NothingToRestore("no state from before a failed cell is kept; other cells have run since.")
        if not halfway.is_certain:
            raise NothingToRestore(
                "what the failed cell has changed cannot be told, so nothing was put back."
            )
        old = kept.checkpoint.values(halfway.altered)
        self._shell.user_ns.update(old)
        for name in halfway.added:
            self._shell.user_ns.pop(name, None)
        kept.halfway = replace(halfway, added=(), altered=tuple(n for n in halfway.altered if n not in old))
        return [*halfway.added, *old], [*kept.halfway.altered, *halfway.files, *halfway.process]

    @staticmethod
    def _again(kept: _Kept) -> Report:
        from nbcoder.dryrun import Limits  # noqa: PLC0415 - loaded with the first checkpoint

        return kept.checkpoint.run(kept.source, Limits(seconds=_AGAIN_SECONDS))

    def _of(self, failure: Failure) -> _Kept | None:
        kept = self._kept
        if kept is None or kept.error is None or not kept.checkpoint.is_alive:
            return None
        is_it = (kept.cell_id, kept.source) == (failure.cell.id, failure.cell.source)
        return kept if is_it else None

    def _before(self, info: ExecutionInfo) -> None:
        if info.silent or not info.raw_cell or is_ours(info.raw_cell) or _is_within_a_cell():
            return
        self._drop()
        self._has_waited = self._has_waited or _WAITS.search(info.raw_cell) is not None
        if self._has_waited or not self._are_wanted():
            return
        checkpoint = self._runner().checkpoint()
        if checkpoint is not None:
            cell_id = id_of_run(self._shell, info)
            self._kept = _Kept(checkpoint, info.raw_cell, cell_id, time.time())

    def _after(self, result: ExecutionResult) -> None:
        info, kept = result.info, self._kept
        if kept is None or info is None or info.silent or info.raw_cell != kept.source or kept.error:
            return
        raised = result.error_before_exec or result.error_in_exec
        if raised is None:
            self._drop()
        else:
            kept.error = type(raised).__name__, _text(raised)
            if result.error_before_exec is not None:
                kept.halfway = Halfway((), (), ())

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept.checkpoint.close()
            self._kept = None


def _is_within_a_cell() -> bool:
    """Whether the cell that begins is run by another one, as ``%run`` does with a notebook."""
    frame = sys._getframe()  # noqa: SLF001 - documented, its name notwithstanding
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_name == "run_code" and frame.f_code.co_filename.endswith("interactiveshell.py"):
            return True
    return False


def _compared(kept: _Kept, report: Report, namespace: dict[str, object]) -> Halfway:
    failure, unkept = report.failure, kept.checkpoint.unkept
    if failure is None or (failure.name, failure.value) != kept.error:
        return Halfway((), (), _removed(failure, kept.started), is_certain=False, unkept=unkept)
    effects = report.effects
    # A file that the second run deletes was there: the first one may have made it.
    files = (*effects.created, *effects.changed, *effects.rewritten, *effects.deleted)
    return Halfway(
        added=tuple(n for n in effects.added if not issubclass(type(namespace.get(n)), ModuleType)),
        altered=(*effects.rebound, *effects.mutated, *effects.removed),
        files=tuple(path for path in files if _was_written(path, kept.started)),
        process=tuple(_PROCESS[part] for part in effects.process),
        unkept=unkept,
    )


def _removed(failure: Failed | None, since: float) -> tuple[str, ...]:
    """The file that the second run misses, if it went after ``since``: the first one removed it."""
    from pathlib import Path  # noqa: PLC0415 - there is nothing to look at in most cells

    found = _MISSING.search(failure.value) if failure is not None else None
    if found is None or Path(found["path"]).exists():
        return ()
    return (found["path"],) if _was_written(str(Path(found["path"]).parent), since) else ()


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception's own text is the user's code
        return ""


def _was_written(path: str, since: float) -> bool:
    """Whether the real file was written to after ``since``; the copy wrote to another."""
    from pathlib import Path  # noqa: PLC0415 - there is nothing to look at in most cells

    try:
        return Path(path).stat().st_mtime >= since - _SLACK_SECONDS
    except OSError:
        return False
