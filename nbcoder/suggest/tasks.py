"""What each kind of request demands of its answers, and where these are tried."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from nbcoder.suggest.asked.examples import read_examples
from nbcoder.suggest.asked.grouped import grouping
from nbcoder.suggest.asked.mentions import find_mentions
from nbcoder.suggest.asked.wish import ANY_CODE, Wish, read_wish
from nbcoder.suggest.code.checks import check
from nbcoder.suggest.code.comparing import Predecessor, is_same_code
from nbcoder.suggest.code.grafting import graft
from nbcoder.suggest.code.names import defined, names_taken
from nbcoder.suggest.code.testing import CHECKS_NOTHING, each_once, missing, with_calls
from nbcoder.suggest.request import INTERRUPTED
from nbcoder.suggest.trial import Trial
from nbcoder.suggest.trying import Bench
from nbcoder.texts import Text

if TYPE_CHECKING:
    from nbcoder.context import Situation
    from nbcoder.dryrun import DryRunner, Report
    from nbcoder.notebook.cells import Cell
    from nbcoder.suggest.request import Request
    from nbcoder.suggest.suggestion import Candidate

__all__ = ["make_bench"]

_MAGIC_HEAD = re.compile(r"\A(?:\s*%%\w+[^\n]*\n)+")
_CHANGED_CODE = "It changes the code. Leave every statement as it is; add docstrings and comments only."
_NOTHING_ADDED = "It adds no docstring and no comment."
_NOT_RUN = Text("The cell is not in your kernel as it stands here; its tests were tried after it.")
_FAILING_CHECK = Text("A check that fails may be wrong, or may have found a mistake in the cell.")


def make_bench(request: Request, situation: Situation, runner: DryRunner | None) -> Bench:
    """Where answers to this request are tried."""
    if request.kind in ("document", "refactor") and request.subject is not None:
        is_documented = request.kind == "document"
        return _RewriteBench(
            situation, ANY_CODE, runner, subject=request.subject, is_documented=is_documented
        )
    if request.kind == "tests" and request.subject is not None:
        has_run = _has_run(request.subject, situation)
        # What runs first, binds its own names anew.
        wish = Wish() if has_run else ANY_CODE
        return _TestBench(situation, wish, runner, subject=request.subject, has_run=has_run)
    if request.failure is None and request.subject is not None:
        return Bench(situation, ANY_CODE, runner)
    is_free = request.failure is not None and not request.asked
    wish = ANY_CODE if is_free else _wish(request.asked, situation)
    then = request.failure.raised_in if request.failure else ""
    examples = read_examples(request.asked, wish.function) if wish.function else ()
    mentions = find_mentions(request.asked, situation.namespace, runner, examples) if runner else ()
    mended = request.failure.cell.source if request.failure else ""
    is_endless = request.failure is not None and request.failure.error.name == INTERRUPTED
    return Bench(situation, wish, runner, then, mentions, mended, is_endless)


def _wish(asked: str, situation: Situation) -> Wish:
    """What is asked for, with the column by whose values it is grouped."""
    wish = read_wish(asked, situation.namespace)
    if not wish.wants_value or wish.form.each or wish.form.is_truth:
        return wish
    return replace(wish, form=replace(wish.form, each=grouping(asked, situation.namespace)))


@dataclass(frozen=True, kw_only=True)
class _RewriteBench(Bench):
    """For answers that take the subject's place: they are held against what it does itself."""

    subject: Cell
    is_documented: bool
    """Whether only docstrings and comments may be added."""

    @property
    def can_vote(self) -> bool:
        """It is held against the subject instead."""
        return False

    def form(self, candidate: Candidate) -> Candidate:
        """With the subject's own magics at its head; of a documented cell, the subject with the new words."""
        head = _MAGIC_HEAD.match(self.subject.source)
        code = candidate.code
        if head is not None and not _MAGIC_HEAD.match(code):
            code = head[0] + code
        if self.is_documented:
            code = graft(self.subject.source, code)
        if code == candidate.code:
            return candidate
        return replace(candidate, cells=(replace(candidate.cells[0], source=code, type="code"),))

    def run(self, candidate: Candidate) -> Trial:
        """The candidate with what it does otherwise than the subject."""
        problems = check(candidate.code, self.situation.namespace)
        if self.runner is None or any(problem.kind == "syntax" for problem in problems):
            return Trial(candidate, problems, complaints=self._of_text(candidate.code))
        return replace(self.run_as_is(candidate), problems=problems)

    def run_as_is(self, candidate: Candidate) -> Trial:
        """The same without a look at the text before."""
        assert self.runner is not None and self._old is not None  # noqa: PT018, S101 - asked by `run` alone
        report = self.runner.run(candidate.code)
        complaints = self._of_text(candidate.code)
        is_mere_text = self.is_documented and is_same_code(self.subject.source, candidate.code)
        if is_mere_text and report.status == "ok":
            return Trial(candidate, report=report, complaints=complaints, is_same=True)
        found = self._old.compare(candidate.code, report)
        is_alike = not found.differences and report.status in ("ok", self._old.report.status)
        notes = [Text("It changes more than comments and docstrings.")] if _CHANGED_CODE in complaints else []
        return Trial(
            candidate,
            report=report,
            complaints=(*complaints, *(f"Unlike the old cell, {one}." for one in found.differences)),
            is_same=is_alike,
            notes=(*notes, *([found.note] if found.note else [])),
        )

    def _of_text(self, code: str) -> tuple[str, ...]:
        if not self.is_documented:
            return ()
        if not is_same_code(self.subject.source, code):
            return (_CHANGED_CODE,)
        return (_NOTHING_ADDED,) if code.strip() == self.subject.source.strip() else ()

    @cached_property
    def _old(self) -> Predecessor | None:
        if self.runner is None:
            return None
        own = self.subject.source
        calling = (
            ran.source
            for ran in reversed(self.situation.executed)
            if ran.error is None and ran.source != own and names_taken(ran.source) & defined(own)
        )
        return Predecessor(own, self.runner, next(calling, ""))


@dataclass(frozen=True, kw_only=True)
class _TestBench(Bench):
    """For tests of the subject, which is run first where the kernel has not run it as it stands."""

    subject: Cell
    has_run: bool

    @property
    def can_vote(self) -> bool:
        """What a test comes to says nothing of it."""
        return False

    def form(self, candidate: Candidate) -> Candidate:
        """Also with each check once, and with calls of the test functions that nothing calls."""
        formed = super().form(candidate)
        *others, last = (at for at, cell in enumerate(formed.cells) if cell.type == "code")
        cells = list(formed.cells)
        cells[last] = replace(cells[last], source=each_once(cells[last].source))
        above = "\n".join(cells[at].source for at in others)
        called = with_calls(f"{above}\n{cells[last].source}" if above else cells[last].source)
        cells[last] = replace(cells[last], source=called.removeprefix(f"{above}\n") if above else called)
        return replace(formed, cells=tuple(cells))

    def _whole(self, candidate: Candidate) -> str:
        return candidate.code if self.has_run else f"{self.subject.source}\n\n{candidate.code}"

    def run_as_is(self, candidate: Candidate) -> Trial:
        """The same, with what is to be said of it."""
        return self._noted(super().run_as_is(candidate))

    def _told(self, candidate: Candidate, report: Report) -> Trial:
        trial = self._noted(super()._told(candidate, report))
        found = missing(candidate.code)
        return replace(trial, complaints=(*trial.complaints, *found), is_idle=CHECKS_NOTHING in found)

    def _noted(self, trial: Trial) -> Trial:
        failure = trial.report.failure if trial.report else None
        is_failing = failure is not None and failure.name == "AssertionError"
        notes = (*trial.notes, "" if self.has_run else _NOT_RUN, _FAILING_CHECK if is_failing else "")
        return replace(trial, notes=tuple(note for note in notes if note))


def _has_run(cell: Cell, situation: Situation) -> bool:
    source = cell.source.strip()
    return any(one.source.strip() == source and one.error is None for one in situation.executed)
