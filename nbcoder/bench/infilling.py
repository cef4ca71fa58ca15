"""Has holes in functions filled, and runs the functions' tests on the result."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from nbcoder.bench.answerers import AnswerRecord
from nbcoder.bench.kernels import open_kernel
from nbcoder.bench.records import Key, Label, Record
from nbcoder.bench.runner import UNANSWERED, judge_cells, side_by_side
from nbcoder.bench.verdicts import Judgement, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.bench.cases import InfillingCase
    from nbcoder.bench.kernels import KernelHandle
    from nbcoder.bench.runner import Desk
    from nbcoder.progress import Bar, Progress

__all__ = ["Infiller", "run_infillings"]


class Infiller(Protocol):
    """One contender."""

    @property
    def label(self) -> Label:
        """Who this is, in records and tables."""

    def infill(self, prompt: str, suffix: str) -> AnswerRecord:
        """What belongs between the two; `UnusableAnswer` and its like count as no answer."""


def run_infillings(
    data: str, cases: Sequence[InfillingCase], infillers: Sequence[Infiller], desk: Desk, progress: Progress
) -> None:
    """Have every hole filled by everyone; what the journal holds is not asked again.

    A case is left out where the known solution fails its test here.

    Raises
    ------
    EngineError
        The engine failed; run again to go on from there.
    BenchDataError
        The journal cannot be written.
    """
    holes = [_Hole(data, case, infiller, desk) for case in cases for infiller in infillers]
    pending = [hole for hole in holes if not desk.journal.has(hole.key)]
    with progress.bar(f"infillings of {data}", total=len(pending), unit="holes") as bar:
        # One kernel does for many: every hole is run in a fork of it, in a namespace of its own.
        shares = [pending[start :: desk.jobs] for start in range(desk.jobs)]
        side_by_side([partial(_fill_all, share, desk, bar) for share in shares if share], desk)


def _fill_all(holes: Sequence[_Hole], desk: Desk, bar: Bar) -> None:
    with open_kernel(kernel=desk.kernel) as kernel:
        for hole in holes:
            if desk.stop.is_set():
                return
            hole.fill(kernel)
            bar.advance()


@dataclass(frozen=True)
class _Hole:
    """One case and one infiller."""

    data: str
    case: InfillingCase
    infiller: Infiller
    desk: Desk

    @property
    def key(self) -> Key:
        """Where this is in the journal."""
        return Key(self.data, self.case.name, 1, self.infiller.label, self.case.digest, self.desk.kernel)

    def fill(self, kernel: KernelHandle) -> None:
        """Do it and write it down."""
        answer = AnswerRecord("", 0.0)
        known = self._judge(self.case.solution, kernel)
        if self.case.solution and known.verdict is not Verdict.CORRECT:
            judgement = Judgement(Verdict.LEFT_OUT, why=f"the known solution fails: {known.why}")
        else:
            started = time.perf_counter()
            try:
                answer = self.infiller.infill(self.case.prompt, self.case.suffix)
                judgement = self._judge(answer.code, kernel)
            except UNANSWERED as error:
                answer = AnswerRecord("", time.perf_counter() - started)
                judgement = Judgement(Verdict.NO_ANSWER, error=type(error).__name__, why=str(error))
        record = Record(
            key=self.key,
            kind="infilling",
            verdict=judgement.verdict,
            validator=judgement.validator,
            error=judgement.error,
            why=judgement.why,
            code=answer.code,
            note=answer.note,
            seconds=answer.seconds,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            tries=answer.tries,
        )
        self.desk.journal.append(record)

    def _judge(self, fill: str, kernel: KernelHandle) -> Judgement:
        return judge_cells(
            kernel, [self.case.prompt + fill + self.case.suffix, self.case.test], self.desk.cell_seconds
        )
