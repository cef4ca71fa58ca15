"""One word for what became of an answer, in DSEval's categories, out of what its validators found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Judgement", "Verdict", "judgement_of", "judgement_of_cells"]

_TIMEOUT = "TimeoutError"
_SYNTAX = frozenset({"SyntaxError", "IndentationError", "TabError"})


class Verdict(StrEnum):
    """What became of an answer; only `CORRECT` counts as solved."""

    CORRECT = "correct"
    INTACT_VIOLATION = "intact violation"
    PRESENTATION_ERROR = "presentation error"
    WRONG_OUTPUT = "wrong output"
    WRONG_VARIABLES = "wrong variables"
    UNIT_TEST_FAILURE = "unit test failure"
    BAD_MODEL = "bad model"
    TIMEOUT = "timeout"
    CRASH = "crash"
    SYNTAX_ERROR = "syntax error"
    UNKNOWN = "unknown"
    NO_ANSWER = "no answer"
    """The model gave nothing that could be run."""
    LEFT_OUT = "left out"
    """The reference fails its own validators here; the question is not asked."""


_BY_VALIDATOR = (
    ("namespace_check", Verdict.WRONG_VARIABLES),
    ("result", Verdict.WRONG_OUTPUT),
    ("model", Verdict.BAD_MODEL),
    ("table_test", Verdict.UNIT_TEST_FAILURE),
    # DSEval has no word for this one.
    ("stream", Verdict.WRONG_OUTPUT),
)


@dataclass(frozen=True)
class Judgement:
    """A verdict, the validator that was not content ('' if all were), the exception's name, and why."""

    verdict: Verdict
    validator: str = ""
    error: str = ""
    why: str = ""
    seconds: float = 0.0


def judgement_of(report: Mapping[str, Any]) -> Judgement:
    """Read what `nbcoder.bench.in_kernel` reported about one answer."""
    if "lost" in report:
        name, why = report["lost"]
        return Judgement(Verdict.TIMEOUT if name == _TIMEOUT else Verdict.CRASH, "crash", name, why)
    if "broken" in report:
        return Judgement(Verdict.UNKNOWN, "", "", str(report["broken"]))
    finding = report["finding"]
    blamed = [leaf for leaf in _leaves(finding) if leaf["correct"] != "yes"]
    error = report["error"][0] if report["error"] else ""
    verdict = _verdict(finding, blamed, error)
    if verdict is Verdict.CORRECT or not blamed:
        return Judgement(verdict, error=error, seconds=report["seconds"])
    worst = next((leaf for leaf in blamed if leaf["correct"] == "no"), blamed[0])
    if worst["validator"] == "crash" and not error:
        # A function that passed as a cell raised under test.
        error = worst["why"].partition(":")[0]
    return Judgement(verdict, worst["validator"], error, worst["why"], report["seconds"])


def judgement_of_cells(report: Mapping[str, Any]) -> Judgement:
    """Read what was reported about cells that have to run without an exception; asserts are unit tests."""
    if "lost" in report or "broken" in report:
        return judgement_of(report)
    error = report["cells"][-1]
    if error is None:
        return Judgement(Verdict.CORRECT, seconds=report["seconds"])
    name, why = error
    verdict = Verdict.UNIT_TEST_FAILURE if name == "AssertionError" else _crash(name)
    return Judgement(verdict, "crash", name, why, report["seconds"])


def _verdict(finding: Mapping[str, Any], blamed: list[Mapping[str, Any]], error: str) -> Verdict:
    if finding["correct"] == "yes":
        return Verdict.CORRECT
    if finding["correct"] == "partial":
        return Verdict.PRESENTATION_ERROR
    refused = {leaf["validator"] for leaf in blamed if leaf["correct"] == "no"}
    if "crash" in refused:
        return _crash(error or next(leaf["why"] for leaf in blamed if leaf["validator"] == "crash"))
    if refused == {"namespace_intact"}:
        return Verdict.INTACT_VIOLATION
    # As in DSEval, the first of these that was not fully content names the fault.
    troubled = {leaf["validator"] for leaf in blamed}
    return next((verdict for validator, verdict in _BY_VALIDATOR if validator in troubled), Verdict.UNKNOWN)


def _crash(error: str) -> Verdict:
    name = error.partition(":")[0]
    if name in _SYNTAX:
        return Verdict.SYNTAX_ERROR
    return Verdict.TIMEOUT if name == _TIMEOUT else Verdict.CRASH


def _leaves(finding: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if not finding["parts"]:
        yield finding
    for part in finding["parts"]:
        yield from _leaves(part)
