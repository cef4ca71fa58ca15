"""Calls the function that a candidate defines with the worked examples of the request."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nbcoder.suggest.asked.demands import result
from nbcoder.suggest.asked.examples import fitting, probe
from nbcoder.suggest.asked.fitting import VALUE
from nbcoder.suggest.asked.shaping import on_own_arguments, with_returns
from nbcoder.suggest.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.dryrun import DryRunner
    from nbcoder.suggest.asked.examples import Example
    from nbcoder.suggest.asked.wish import Signature
    from nbcoder.suggest.suggestion import Candidate

__all__ = ["Rehearsal"]

_EXAMPLE_FAILED, _ARGUMENT_CHANGED = "ExampleFailed", "ArgumentChanged"
_MOST_CHANGES = 2


@dataclass(frozen=True)
class Rehearsal:
    """The function that is asked for, and the examples that it is called with in copies of the kernel."""

    runner: DryRunner
    function: Signature
    examples: Sequence[Example]

    def of(self, trial: Trial) -> Trial:
        """``trial``, of a candidate that ran, with what the examples showed.

        Where little is missing (columns too many or under other names, a copy of an argument), the candidate
        is changed, and the trial is that of the changed one.
        """
        first, error = self._called(trial)
        last = first
        for _ in range(_MOST_CHANGES):
            changed = self._changed(last.candidate, error)
            if last.is_clean or changed.code == last.candidate.code:
                break
            last, error = self._called(Trial(changed, report=self.runner.run(changed.code)))
        return last if last.is_clean else first

    def _called(self, trial: Trial) -> tuple[Trial, str]:
        """The trial after the call, and the name of the exception that ended it."""
        if not trial.is_clean:
            return trial, ""
        report = self.runner.run(f"{trial.candidate.code}\n\n{probe(self.function, self.examples)}")
        failure = report.failure
        if report.status == "ok" and trial.report is not None:
            return replace(trial, report=replace(trial.report, result_digest=report.result_digest)), ""
        if failure is not None and failure.name in (_EXAMPLE_FAILED, _ARGUMENT_CHANGED):
            return replace(trial, complaints=(failure.value,)), failure.name
        return replace(trial, report=report), failure.name if failure else ""

    def _changed(self, candidate: Candidate, error: str) -> Candidate:
        name = self.function.name
        if error == _ARGUMENT_CHANGED:
            return candidate.with_code(lambda code: on_own_arguments(code, name, self.function.parameters))
        if error == _EXAMPLE_FAILED and (fitted := self._fitted(candidate)):
            return candidate.with_code(
                lambda code: with_returns(code, name, lambda value: fitted.replace(VALUE, value))
            )
        return candidate

    def _fitted(self, candidate: Candidate) -> str:
        report = self.runner.run(f"{candidate.code}\n\n{fitting(self.function, self.examples)}")
        shown = result(report).text
        return str(ast.literal_eval(shown)) if report.status == "ok" and shown else ""
