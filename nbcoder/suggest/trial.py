"""A candidate together with what was found out about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbcoder.dryrun import Report
    from nbcoder.suggest.code.checks import Problem
    from nbcoder.suggest.suggestion import Candidate

__all__ = ["Trial"]

_WORTH = {"ok": 0, "unavailable": 2, "timeout": 3, "memory": 3, "killed": 3, "error": 4}
_IDLE = 5
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]{1,16}\b")
"""Of objects in messages: another one each time."""


@dataclass(frozen=True)
class Trial:
    """A candidate, what is wrong with its text, and what happened in its dry run (None: there was none).

    ``complaints`` say what it does not do of what was asked, in words for the model.
    """

    candidate: Candidate
    problems: tuple[Problem, ...] = ()
    report: Report | None = None
    complaints: tuple[str, ...] = ()
    unused_days: tuple[str, ...] = ()
    """Days that the request names and the candidate has nothing to do with."""
    is_idle: bool = False
    """Whether it does nothing at all of what was asked."""
    is_same: bool = False
    """Whether it does what the cell that it replaces does, also where that fails."""
    is_refused: bool = False
    """Whether the user saw this, or what comes to the same, and wants another answer."""
    notes: tuple[str, ...] = ()
    """What the user has to know of it, a line each."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing speaks for asking the model again."""
        if self.complaints or self.is_same:
            return not self.complaints
        if self.report is None or self.report.status == "unavailable":
            return not self.problems
        return self.report.status == "ok"

    @property
    def signature(self) -> str:
        """Names what went wrong; the same signature twice means that telling the model did not help."""
        if self.report is not None and self.report.failure is not None:
            failure = self.report.failure
            return f"{failure.name}: {_ADDRESS.sub('', failure.value)}"
        if self.report is not None and self.report.status != "ok":
            return self.report.status
        return "; ".join((*(problem.text for problem in self.problems), *self.complaints))

    @property
    def rank(self) -> tuple[int, bool, int, bool, int]:
        """Lower is better: runs, not run, does not end, raises, does nothing; then what speaks against it."""
        if self.is_idle:
            return (_IDLE, self.is_refused, 0, False, 0)
        if self.report is None:
            return (4 if self.problems else 2, self.is_refused, len(self.complaints), False, 0)
        worth = 0 if self.is_same else _WORTH[self.report.status]
        warns = bool(self.report.warnings)
        return (worth, self.is_refused, len(self.complaints), warns, len(self.problems))
