"""A candidate together with what was found out about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbcoder.dryrun import Report
    from nbcoder.suggest.checks import Problem
    from nbcoder.suggest.suggestion import Candidate

__all__ = ["Trial"]

_WORTH = {"ok": 0, "unavailable": 2, "timeout": 3, "memory": 3, "killed": 3, "error": 4}


@dataclass(frozen=True)
class Trial:
    """A candidate, what is wrong with its text, and what happened in its dry run (None: there was none)."""

    candidate: Candidate
    problems: tuple[Problem, ...] = ()
    report: Report | None = None

    @property
    def is_clean(self) -> bool:
        """Whether nothing speaks for asking the model again."""
        if self.report is None or self.report.status == "unavailable":
            return not self.problems
        return self.report.status == "ok"

    @property
    def signature(self) -> str:
        """Names what went wrong; the same signature twice means that telling the model did not help."""
        if self.report is not None and self.report.failure is not None:
            failure = self.report.failure
            return f"{failure.name}: {failure.value}"
        if self.report is not None and self.report.status != "ok":
            return self.report.status
        return "; ".join(problem.text for problem in self.problems)

    @property
    def rank(self) -> tuple[int, int]:
        """Lower is better: runs clean, runs with warnings, not run, does not end, raises."""
        if self.report is None:
            return (4 if self.problems else 2, 0)
        return (_WORTH[self.report.status] + bool(self.report.warnings), len(self.problems))
