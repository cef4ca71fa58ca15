"""The words around the context: short, because the models are small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcoder.engine.requests import Message

if TYPE_CHECKING:
    from nbcoder.suggest.request import Failure, Request
    from nbcoder.suggest.trial import Trial

__all__ = ["FENCE", "FENCE_END", "compose", "feedback"]

FENCE = "```python\n"
FENCE_END = "\n```"

_TRACEBACK_LINES = 12

_SYSTEM = (
    "You write the next cell of a Jupyter notebook for a data scientist. "
    "Answer with Python code only, in one ```python block, without explanation. "
    "Use the variables that exist; do not load or create the data again. "
    "If the request asks for a value or a table, make it the last expression of the cell instead of "
    "printing it."
)


def compose(request: Request, context: str) -> tuple[Message, ...]:
    """The conversation for a request: system, then the notebook's context with the request at its end.

    The context comes first, because it stays the same from request to request and is then read from the
    engine's prefix cache.
    """
    asked = _generate(request) if request.failure is None else _fix(request, request.failure)
    return (
        Message("system", _SYSTEM),
        Message("user", "\n\n".join(part for part in (context, asked) if part)),
    )


def feedback(trial: Trial) -> str:
    """What to tell the model of a candidate that did not run: the error, and what live objects say to it."""
    report = trial.report
    failure = report.failure if report else None
    if failure is not None:
        lines = ["This cell was run in the notebook and failed:", _fenced(_short(failure.traceback), "")]
        if failure.hints:
            lines += ["What the notebook's objects say to that:", failure.hints]
    elif report is not None and report.status not in ("ok", "unavailable"):
        lines = [f"This cell was run in the notebook and did not end well: {report.why}."]
    else:
        lines = ["This cell cannot run:", *(f"line {p.line}: {p.text}" for p in trial.problems)]
    return "\n".join([*lines, "Write the whole cell again, mended. Do not repeat the mistake."])


def _short(traceback: str) -> str:
    """A traceback without the frames of libraries, which cost tokens and tell a small model little."""
    kept: list[str] = []
    is_kept = True
    for line in traceback.strip().splitlines():
        if line.startswith("  File "):
            is_kept = line.startswith('  File "<cell')
        elif not line.startswith(" "):
            is_kept = True
        if is_kept:
            kept.append(line)
    return "\n".join(kept[-_TRACEBACK_LINES:])


def _generate(request: Request) -> str:
    return "Request for the next cell:\n" + request.text


def _fix(request: Request, failure: Failure) -> str:
    error = failure.error
    parts = [
        "This cell failed:",
        _fenced(failure.cell.source),
        "with this error:",
        _fenced(error.traceback or f"{error.name}: {error.value}", ""),
        "Write the whole cell again, mended. Change only what is needed.",
    ]
    if request.text:
        parts.append("Also: " + request.text)
    return "\n".join(parts)


def _fenced(text: str, language: str = "python") -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
