"""Has failing notebooks mended, as a user would: run, see it fail, ask for a fix, run again.

A fix that runs but comes to something else than was wanted is not taken: another is asked for instead.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from nbcoder.bench.answerers import ask
from nbcoder.bench.kernels import open_kernel
from nbcoder.bench.records import Key, Label, Record
from nbcoder.bench.runner import REFERENCE_SECONDS, UNANSWERED, judge, judge_cells, side_by_side
from nbcoder.bench.verdicts import Judgement, Verdict
from nbcoder.engine.requests import Sampling
from nbcoder.errors import KernelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from nbcoder.bench.cases import RepairCase
    from nbcoder.bench.kernels import KernelHandle
    from nbcoder.bench.runner import Desk
    from nbcoder.engine.requests import Engine
    from nbcoder.notebook.cells import CellError
    from nbcoder.progress import Bar, Progress

__all__ = ["TRIES", "BaselineFixer", "Failure", "FixRecord", "Fixer", "run_repairs"]

TRIES = 3
"""How often a fixer is asked about one notebook, for a fix or for another one instead."""

_CRASHED = frozenset({Verdict.CRASH, Verdict.TIMEOUT, Verdict.SYNTAX_ERROR})


@dataclass(frozen=True)
class Failure:
    """A cell that raised. Positions are those in the kernel's notebook; the bug is in cell ``suspect``.

    ``request`` is what the notebook's failing cell was meant to do, where that is known.
    """

    name: str
    failing: int
    suspect: int
    error: CellError
    request: str
    attempt: int


@dataclass(frozen=True)
class FixRecord:
    """New sources for cells, by position, and what they cost."""

    edits: Mapping[int, str]
    seconds: float
    prompt_tokens: int = 0
    completion_tokens: int = 0
    note: str = ""
    another: Callable[[], FixRecord] | None = None
    """Asks for another one instead, where the fixer can; raises as `Fixer.fix` does."""


class Fixer(Protocol):
    """One contender."""

    @property
    def label(self) -> Label:
        """Who this is, in records and tables."""

    def prepare(self, kernel: KernelHandle) -> None:
        """Called once for each kernel that is to be mended, before the first cell runs in it."""

    def fix(self, failure: Failure, kernel: KernelHandle) -> FixRecord:
        """Mend the notebook that was just run in ``kernel``; `UnusableAnswer` and its like count as a try."""


@dataclass(frozen=True)
class BaselineFixer:
    """A plain prompt: the cells, the traceback, and which cell to write again."""

    label: Label
    engine: Engine
    sampling: Sampling = field(default_factory=Sampling)

    def prepare(self, kernel: KernelHandle) -> None:
        """Nothing has to be."""

    def fix(self, failure: Failure, kernel: KernelHandle) -> FixRecord:
        """See `Fixer`."""
        suspect = kernel.cells[failure.suspect].source
        others = [
            cell.source for i, cell in enumerate(kernel.cells) if i not in (failure.suspect, failure.failing)
        ]
        failing = kernel.cells[failure.failing].source if failure.failing != failure.suspect else ""
        parts = [
            _part("The notebook so far:", "\n\n".join(others)),
            _part("This cell has a bug:", suspect),
            _part("This cell, run after it, fails:", failing),
            f"{failure.error.name}: {failure.error.value}",
            f"The cell was meant to do this: {failure.request}" if failure.request else "",
            "Write the whole cell with the bug again, mended.",
        ]
        answer = ask(self.engine, "\n\n".join(filter(None, parts)), self.sampling)
        return FixRecord(
            {failure.suspect: answer.code}, answer.seconds, answer.prompt_tokens, answer.completion_tokens
        )


def _part(title: str, code: str) -> str:
    return f"{title}\n\n```python\n{code}\n```" if code else ""


def run_repairs(
    data: str, cases: Sequence[RepairCase], fixers: Sequence[Fixer], desk: Desk, progress: Progress
) -> None:
    """Have every case mended by everyone, in at most `TRIES` tries; the journal's cases are not asked again.

    A case is left out where the bug does not show here, or the known solution does not mend it.

    Raises
    ------
    EngineError
        The engine failed; run again to go on from there.
    BenchDataError
        A file that a notebook needs cannot be copied, or the journal cannot be written.
    """
    bouts = [_Bout(data, case, fixer, desk) for case in cases for fixer in fixers]
    pending = [bout for bout in bouts if not desk.journal.has(bout.key)]
    with progress.bar(f"repairs of {data}", total=len(pending), unit="notebooks") as bar:
        side_by_side([partial(bout.run, bar) for bout in pending], desk)


@dataclass(frozen=True)
class _Trial:
    """What a version of the notebook does: the verdict, and the position of an earlier cell that raised."""

    judgement: Judgement
    broken: int | None = None


@dataclass
class _Bout:
    """One case and one fixer."""

    data: str
    case: RepairCase
    fixer: Fixer
    desk: Desk
    _cost: list[FixRecord] = field(default_factory=list)
    _clean: KernelHandle | None = None
    _runs_at: int = 0
    _damaged: bool = False
    _another: Callable[[], FixRecord] | None = None
    """What is asked next where the last fix was not taken."""

    @property
    def key(self) -> Key:
        """Where this is in the journal."""
        return Key(self.data, self.case.name, 1, self.fixer.label, self.case.digest, self.desk.kernel)

    def run(self, bar: Bar) -> None:
        """Do it and write it down."""
        if self.desk.stop.is_set():
            return
        try:
            with (
                self._replayed(self.case.before, self.fixer.prepare) as kernel,
                self._clean_kernel() as self._clean,
            ):
                judgement = self._in_kernel(kernel)
        except KernelError as error:
            # Before anybody was asked, it says nothing of the answers.
            verdict = Verdict.CRASH if self._cost else Verdict.LEFT_OUT
            judgement = Judgement(verdict, "crash", type(error).__name__, str(error))
        self._write(judgement)
        bar.advance()

    def _in_kernel(self, kernel: KernelHandle) -> Judgement:
        sources = [*self.case.before, *self.case.cells]
        suspect = len(self.case.before)
        solution = self._try([*sources[:suspect], self.case.solution, *sources[suspect + 1 :]], kernel)
        if solution.judgement.verdict is not Verdict.CORRECT:
            return Judgement(Verdict.LEFT_OUT, why=f"the known solution fails: {solution.judgement.why}")
        for source in self.case.cells:
            kernel.run(source, self.desk.cell_seconds)
        if kernel.cells[-1].error is None:
            return Judgement(Verdict.LEFT_OUT, why="the bug does not show here")
        judgement = Judgement(Verdict.NO_ANSWER)
        for attempt in range(1, TRIES + 1):
            judgement = self._attempt(attempt, suspect, kernel)
            is_running = kernel.cells[-1].error is None
            if judgement.verdict is Verdict.CORRECT or (is_running and self._another is None):
                break
        return judgement

    def _attempt(self, attempt: int, suspect: int, kernel: KernelHandle) -> Judgement:
        """Ask once; leave the notebook in the kernel as the user would have it then."""
        last = len(kernel.cells) - 1
        started = time.perf_counter()
        try:
            fix = self._another() if self._another else self._fix(attempt, suspect, kernel)
        except UNANSWERED as no_answer:
            self._cost.append(FixRecord({}, time.perf_counter() - started))
            return Judgement(Verdict.NO_ANSWER, error=type(no_answer).__name__, why=str(no_answer))
        self._cost.append(fix)
        trial = self._try([fix.edits.get(i, cell.source) for i, cell in enumerate(kernel.cells)], kernel)
        self._damaged = trial.broken is not None
        if self._runs(trial.judgement.verdict):
            self._runs_at = self._runs_at or attempt
        is_wrong = self._runs(trial.judgement.verdict) and trial.judgement.verdict is not Verdict.CORRECT
        self._another = fix.another if is_wrong else None
        if trial.judgement.verdict is not Verdict.CORRECT and self._another is None:
            for position in sorted({*fix.edits, last}):
                source = fix.edits.get(position, kernel.cells[position].source)
                kernel.rerun(position, source, self.desk.cell_seconds)
        return trial.judgement

    def _fix(self, attempt: int, suspect: int, kernel: KernelHandle) -> FixRecord:
        last = len(kernel.cells) - 1
        error = kernel.cells[last].error
        assert error is not None  # noqa: S101 - the caller looked
        request = self.case.problem.question if self.case.problem else None
        failure = Failure(self.case.name, last, suspect, error, request or "", attempt)
        return self.fixer.fix(failure, kernel)

    def _runs(self, verdict: Verdict) -> bool:
        # Without a problem, the tests are a cell of the notebook: when they fail, that raises.
        return verdict not in _CRASHED and (self.case.problem is not None or verdict is Verdict.CORRECT)

    def _try(self, sources: list[str], kernel: KernelHandle) -> _Trial:
        if self.case.problem is None:
            return self._try_cells(sources, kernel)
        suspect = len(self.case.before)
        before = tuple(sources[:suspect])
        if self._clean is not None and before == self.case.before:
            return _Trial(judge(self._clean, self.case.problem, sources[suspect]))
        with self._replayed(before) as clean:
            for position, cell in enumerate(clean.cells):
                if cell.error is not None:
                    judgement = Judgement(Verdict.CRASH, "crash", cell.error.name, cell.error.value)
                    return _Trial(judgement, position)
            return _Trial(judge(clean, self.case.problem, sources[suspect]))

    @contextmanager
    def _replayed(
        self, cells: Sequence[str], prepare: Callable[[KernelHandle], None] | None = None
    ) -> Iterator[KernelHandle]:
        """A kernel in which these cells were run."""
        with open_kernel(self.case.files, kernel=self.desk.kernel) as kernel:
            if prepare is not None:
                prepare(kernel)
            for source in cells:
                kernel.run(source, REFERENCE_SECONDS)
            yield kernel

    @contextmanager
    def _clean_kernel(self) -> Iterator[KernelHandle | None]:
        """A second kernel for judging, which the failing cell never ran in; only validators need one."""
        if self.case.problem is None:
            yield None
            return
        with self._replayed(self.case.before) as clean:
            yield clean

    def _try_cells(self, sources: list[str], kernel: KernelHandle) -> _Trial:
        judgement = judge_cells(kernel, sources, self.desk.cell_seconds)
        if judgement.verdict is Verdict.CORRECT or len(sources) == 1:
            return _Trial(judgement)
        earlier = judge_cells(kernel, sources[:-1], self.desk.cell_seconds)
        return _Trial(judgement, None if earlier.verdict is Verdict.CORRECT else 0)

    def _write(self, judgement: Judgement) -> None:
        edits = self._cost[-1].edits if self._cost else {}
        record = Record(
            key=self.key,
            kind="repair",
            verdict=judgement.verdict,
            validator=judgement.validator,
            error=judgement.error,
            why=judgement.why,
            code="\n\n".join(edits.values()),
            note=" ".join(fix.note for fix in self._cost if fix.note),
            seconds=sum(fix.seconds for fix in self._cost),
            prompt_tokens=sum(fix.prompt_tokens for fix in self._cost),
            completion_tokens=sum(fix.completion_tokens for fix in self._cost),
            tries=len(self._cost),
            runs_at=self._runs_at,
            damaged=self._damaged,
        )
        self.desk.journal.append(record)
