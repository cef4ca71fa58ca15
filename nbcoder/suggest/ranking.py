"""Which of several candidates is offered: those that do what was asked, and on which they agree."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from nbcoder.models.python_source import as_python

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.dryrun import Report
    from nbcoder.suggest.suggestion import Candidate
    from nbcoder.suggest.trial import Trial

__all__ = ["merge_key", "outcome", "rank", "signs"]


def merge_key(code: str) -> str:
    """The same for codes that differ in layout and comments only."""
    try:
        return ast.dump(ast.parse(as_python(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code.strip()


def rank(trials: Sequence[Trial], weights: Sequence[int]) -> tuple[Trial, ...]:
    """The best first; ``weights`` say how often each came up.

    Those that run and do what was asked go first. Among equals, the result that most of them come to wins,
    then the surest one (by mean log-probability), then the earliest.
    """
    outcomes = [outcome(trial.candidate, trial.report) for trial in trials]
    votes: Counter[str] = Counter()
    for came_to, weight in zip(outcomes, weights, strict=True):
        votes[came_to] += weight
    places = sorted(
        range(len(trials)),
        key=lambda at: (trials[at].rank, -votes[outcomes[at]], -trials[at].candidate.logprob, at),
    )
    return tuple(trials[at] for at in places)


def signs(candidate: Candidate, report: Report | None) -> frozenset[str]:
    """What another candidate may have in common with this one: its text, its code, what it comes to."""
    return frozenset({candidate.code.strip(), merge_key(candidate.code), outcome(candidate, report)})


def outcome(candidate: Candidate, report: Report | None) -> str:
    """What the candidate comes to: its result where the dry run told it, else the code itself."""
    digest = report.result_digest if report and report.status == "ok" else None
    return digest or merge_key(candidate.code)
