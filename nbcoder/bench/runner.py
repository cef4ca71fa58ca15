"""Asks every question of every notebook, in a real kernel, and judges the answers beside the reference."""

from __future__ import annotations

import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from nbcoder.bench.answerers import AnswerRecord, Question
from nbcoder.bench.kernels import open_kernel
from nbcoder.bench.records import Journal, Key, Label, Record
from nbcoder.bench.verdicts import Judgement, Verdict, judgement_of, judgement_of_cells
from nbcoder.errors import KernelError, NoSuggestion, NothingToFix, PromptTooLong, UnusableAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbcoder.bench.answerers import Answerer
    from nbcoder.bench.kernels import KernelHandle
    from nbcoder.bench.problems import Problem, ProblemSet
    from nbcoder.progress import Bar, Progress

__all__ = [
    "MEMORY",
    "UNANSWERED",
    "Desk",
    "Reference",
    "judge",
    "judge_cells",
    "run_questions",
    "side_by_side",
]

UNANSWERED = (UnusableAnswer, NoSuggestion, NothingToFix, PromptTooLong)
"""What counts as no answer; every other error ends the run."""
REFERENCE_SECONDS = 120.0
"""How long a cell of the notebook itself may take."""
MEMORY = 4096
"""MB by which a kernel may grow while an answer runs, unless the data says otherwise."""

# The limits in the data are for a machine that does nothing else. Here they are to end endless loops.
_PATIENCE = 10.0
_MARGIN = 30.0
_REFERENCE = Label("reference", "")


@dataclass(frozen=True)
class Desk:
    """How a run works: where it writes, in which kernel, how many notebooks at once."""

    journal: Journal = field(default_factory=Journal)
    kernel: str = "python3"
    jobs: int = 4
    cell_seconds: float = 10.0
    """How long a cell under repair, or a function under test, may run."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set it, and the run ends after the questions that are being answered."""


@dataclass(frozen=True)
class Reference:
    """Answers with the references themselves: shows which questions can be judged here at all."""

    sets: Sequence[ProblemSet]
    label: Label = field(default=_REFERENCE, init=False)
    needs_own_kernel: bool = field(default=False, init=False)

    def prepare(self, kernel: KernelHandle) -> None:
        """Nothing has to be."""

    def answer(self, question: Question, kernel: KernelHandle) -> AnswerRecord:  # noqa: ARG002 - the protocol's words
        """See `nbcoder.bench.answerers.Answerer`."""
        problems = next(one for one in self.sets if one.name == question.set).questions
        return AnswerRecord(problems[question.index - 1].code, 0.0)


def run_questions(
    data: str, sets: Sequence[ProblemSet], answerers: Sequence[Answerer], desk: Desk, progress: Progress
) -> None:
    """Have every question of ``sets`` answered by everyone; what the journal holds is not asked again.

    A question is left out where the reference itself does not pass in this environment.

    Raises
    ------
    EngineError
        The engine failed; run again to go on from there.
    BenchDataError
        A file that a notebook needs cannot be copied, or the journal cannot be written.
    """
    shared = [answerer for answerer in answerers if not answerer.needs_own_kernel]
    groups = [shared, *([answerer] for answerer in answerers if answerer.needs_own_kernel)]
    by_set = [[_Sitting(data, one, group, desk) for group in groups] for one in sets]
    # The longest first: a notebook is answered in its order, and the last ones would run alone.
    by_set.sort(key=lambda sittings: max(len(one.pending()) for one in sittings), reverse=True)
    sittings = [one for of_set in by_set for one in of_set]
    total = sum(len(sitting.pending()) for sitting in sittings)
    with progress.bar(f"questions of {data}", total=total, unit="questions") as bar:
        side_by_side([partial(sitting.run, bar) for sitting in sittings], desk)


def side_by_side(tasks: Sequence[Callable[[], None]], desk: Desk) -> None:
    """Run the tasks, some at once; the first error stops the others and is raised."""
    with ThreadPoolExecutor(desk.jobs) as pool:
        futures = [pool.submit(_in_thread, task) for task in tasks]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            if not all(future.done() for future in futures):
                desk.stop.set()
            for future in futures:
                future.cancel()
    for future in futures:
        if not future.cancelled():
            future.result()


def _in_thread(task: Callable[[], None]) -> None:
    from jupyter_core.utils import ensure_event_loop  # noqa: PLC0415 - the kernel imports this package

    try:
        task()
    finally:
        # jupyter_client makes one for every thread it is used in, and leaves it to us.
        ensure_event_loop().close()


@dataclass
class _Sitting:
    """One notebook, and the contenders who share its kernel."""

    data: str
    problems: ProblemSet
    answerers: Sequence[Answerer]
    desk: Desk
    _asking: tuple[Problem, Answerer] | None = None

    def pending(self) -> list[tuple[Problem, Answerer]]:
        """What was not answered yet."""
        return [
            (problem, answerer)
            for problem in self.problems.questions
            for answerer in self.answerers
            if not self.desk.journal.has(self._key(problem, answerer))
        ]

    def run(self, bar: Bar) -> None:
        """Answer everything that is pending; a kernel that dies costs the answer that killed it."""
        while self.pending() and not self.desk.stop.is_set():
            try:
                with open_kernel(self.problems.files, kernel=self.desk.kernel) as kernel:
                    for answerer in self.answerers:
                        answerer.prepare(kernel)
                    self._walk(kernel, bar)
            except KernelError as error:
                guilty, self._asking = self._asking, None
                if guilty is not None:
                    died = Judgement(Verdict.CRASH, "crash", type(error).__name__, str(error))
                    self._write(*guilty, died, AnswerRecord("", 0.0), bar)
                    continue
                for problem, answerer in self.pending():
                    self._leave_out(problem, answerer, str(error), bar)

    def _walk(self, kernel: KernelHandle, bar: Bar) -> None:
        for problem in self.problems.problems:
            pending = self.pending()
            if not pending or self.desk.stop.is_set():
                return
            self._question(problem, [who for asked, who in pending if asked is problem], kernel, bar)
            kernel.run(problem.code, REFERENCE_SECONDS)

    def _question(self, problem: Problem, answerers: list[Answerer], kernel: KernelHandle, bar: Bar) -> None:
        if not answerers:
            return
        reference = judge(kernel, problem, problem.code)
        for answerer in answerers:
            if self.desk.stop.is_set():
                return
            if reference.verdict is not Verdict.CORRECT:
                self._leave_out(problem, answerer, reference.why or reference.verdict, bar)
                continue
            self._asking = problem, answerer
            self._answer(problem, answerer, kernel, bar)
            self._asking = None

    def _answer(self, problem: Problem, answerer: Answerer, kernel: KernelHandle, bar: Bar) -> None:
        question = Question(self.problems.name, problem.index, problem.question or "")
        started = time.perf_counter()
        try:
            answer = answerer.answer(question, kernel)
        except UNANSWERED as error:
            nothing = Judgement(Verdict.NO_ANSWER, error=type(error).__name__, why=str(error))
            waited = AnswerRecord("", time.perf_counter() - started)
            self._write(problem, answerer, nothing, waited, bar)
            return
        self._write(problem, answerer, judge(kernel, problem, answer.code), answer, bar)

    def _leave_out(self, problem: Problem, answerer: Answerer, why: str, bar: Bar) -> None:
        self._write(problem, answerer, Judgement(Verdict.LEFT_OUT, why=why), AnswerRecord("", 0.0), bar)

    def _write(
        self, problem: Problem, answerer: Answerer, judgement: Judgement, answer: AnswerRecord, bar: Bar
    ) -> None:
        record = Record(
            key=self._key(problem, answerer),
            kind="question",
            verdict=judgement.verdict,
            validator=judgement.validator,
            error=judgement.error,
            why=judgement.why,
            request=problem.question or "",
            code=answer.code,
            note=answer.note,
            seconds=answer.seconds,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            tries=answer.tries,
        )
        self.desk.journal.append(record)
        bar.advance()

    def _key(self, problem: Problem, answerer: Answerer) -> Key:
        digest = self.problems.digests[problem.index]
        return Key(self.data, self.problems.name, problem.index, answerer.label, digest, self.desk.kernel)


def judge(kernel: KernelHandle, problem: Problem, candidate: str) -> Judgement:
    """Run ``candidate`` and the reference from the present state of ``kernel``, which stays as it is.

    Raises
    ------
    KernelError
        The kernel died, or nbcoder cannot be imported there.
    """
    limits = problem.limits
    seconds = limits.max_time * _PATIENCE
    question = {
        "candidate": candidate,
        "reference": problem.code,
        "validator": problem.validator,
        "limits": {
            "seconds": seconds,
            "memory": limits.max_memory or MEMORY,
            "forbid": limits.forbid_names,
        },
    }
    # Both run once, and once more when a function is tested or the missing value is guessed.
    return judgement_of(kernel.call("judge", 4 * seconds + _MARGIN, question=question))


def judge_cells(kernel: KernelHandle, cells: Sequence[str], seconds: float) -> Judgement:
    """Run cells in an empty namespace beside that of ``kernel``; correct if none raises.

    Raises
    ------
    KernelError
        The kernel died, or nbcoder cannot be imported there.
    """
    deadline = seconds * len(cells) + _MARGIN
    report = kernel.call("run_cells", deadline, sources=list(cells), seconds=seconds, memory=MEMORY)
    return judgement_of_cells(report)
