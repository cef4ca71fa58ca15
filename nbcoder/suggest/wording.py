"""The words around the context: short, because the models are small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcoder.engine.requests import Message
from nbcoder.models.fences import fenced
from nbcoder.suggest.about import about_cell
from nbcoder.suggest.request import INTERRUPTED

if TYPE_CHECKING:
    from nbcoder.context.layout import Prompt
    from nbcoder.context.secrets.guard import Guard
    from nbcoder.context.secrets.veil import Veil
    from nbcoder.suggest.asked.wish import Wish
    from nbcoder.suggest.request import Failure, Request
    from nbcoder.suggest.trial import Trial

__all__ = ["ECHOES", "FENCE", "FENCE_END", "NEXT_CELL", "advice", "compose", "feedback"]

FENCE = "```python\n"
FENCE_END = "\n```"

ECHOES = ("\n# Out:", "\n# Variables in m", "\nRequest for the")
"""What an answer has where a small model goes on with the context instead of ending.

No longer than needed: the engine holds back as many characters of an answer as the longest has.
"""

NEXT_CELL = "\n# %%"
"""What begins another cell, in the notebook as it is told and in answers."""
_ENDLESS = "It did not end by itself."
_OBJECTS_SAY = "What the notebook's objects say to that:"
_TRACEBACK_LINES = 12
_LONGEST_VALUE = 200
_SEPARATOR = "\n\n"
_CODE_PARTS = ("cells", "cells below", "deleted cells")

_SYSTEM = (
    "You write the next cell of a Jupyter notebook for a data scientist. "
    "Answer with Python code only, in one ```python block, without explanation. "
    "Use the variables that exist; do not load or create the data again."
)
_EXPLAINING = (
    "You explain cells of a Jupyter notebook to a data scientist. "
    "Answer in plain Markdown, short: at most a sentence and a list. Do not repeat the code."
)


def compose(request: Request, wish: Wish, prompt: Prompt, veil: Veil) -> tuple[Message, ...]:
    """The conversation for a request: system, then the notebook's context with the request at its end.

    The context comes first, because it stays the same from request to request and is then read from the
    engine's prefix cache. Its cells are fenced, so that a small model does not go on writing them.
    The cell that is asked about and what is asked come through the ``veil``, all else through its guard.
    """
    system, asked = _SYSTEM, _generate(wish, veil)
    if request.failure is not None and not request.is_anew:
        asked = _fix(request.failure, veil)
    elif request.subject is not None:
        system, asked = _EXPLAINING if request.kind == "explain" else _SYSTEM, about_cell(request, veil)
    cells = _SEPARATOR.join(part.text for part in prompt.parts if part.name in _CODE_PARTS and part.text)
    told = [part.text for part in prompt.parts if part.name not in _CODE_PARTS and part.text]
    parts = [f"The notebook so far:\n\n{fenced(cells)}" if cells else "", *told, asked]
    return (Message("system", system), Message("user", _SEPARATOR.join(part for part in parts if part)))


def feedback(trial: Trial, guard: Guard) -> str:
    """What to tell the model of a candidate that did not do: the error, and what live objects say to it."""
    report = trial.report
    failure = report.failure if report else None
    if failure is not None:
        lines = [
            "This cell was run in the notebook and failed:",
            fenced(_short(guard.data(failure.traceback)), ""),
        ]
        if failure.hints:
            lines += [_OBJECTS_SAY, failure.hints]
    elif report is not None and report.status not in ("ok", "unavailable"):
        lines = [f"This cell was run in the notebook and did not end well: {report.why}."]
    elif trial.complaints:
        lines = ["This cell was run in the notebook. It runs, but:", *trial.complaints]
    else:
        lines = ["This cell cannot run:", *(f"line {p.line}: {p.text}" for p in trial.problems)]
    told = guard.data("\n".join(lines))
    return f"{told}\nWrite the whole cell again, mended. Do not repeat the mistake."


def advice(trial: Trial, guard: Guard) -> str:
    """What to tell a model that is asked afresh, of the mistake it made before."""
    failure = trial.report.failure if trial.report else None
    told = [*trial.complaints]
    if failure is not None:
        value = _first_line(guard.data(failure.value))
        told += [f"An earlier answer failed with {failure.name}: {value}", failure.hints]
    told = [line for line in told if line] or [trial.signature]
    return "\n".join(["Take care:", guard.data("\n".join(told)), "Do it in another way."])


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:_LONGEST_VALUE]


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


def _generate(wish: Wish, veil: Veil) -> str:
    return "\n".join(("Request for the next cell:", veil.asked, _form(wish))).rstrip()


def _form(wish: Wish) -> str:
    """The form that the answer has to have, in one line, as far as the request leaves no doubt."""
    if wish.function is not None:
        return f"\n(Define the function {wish.function.name}; do not call it.)"
    if wish.targets:
        targets = (f"{name}, a {wish.kinds[name]}" if name in wish.kinds else name for name in wish.targets)
        return f"\n(Assign the result to {' and '.join(targets)}.)"
    if wish.wants_value:
        kind = "True or False, " if wish.form.is_truth else f"a {wish.form.kind}, " if wish.form.kind else ""
        return (
            f"\n(The last line of the cell is the expression that is asked for, {kind}not a print. "
            "Do not change existing variables.)"
        )
    return ""


def _fix(failure: Failure, veil: Veil) -> str:
    error = failure.error
    told = fenced(veil.guard.data(error.traceback or f"{error.name}: {error.value}"), "")
    if error.name == INTERRUPTED:
        told += f"\n{_ENDLESS}"
    if failure.hints:
        told += f"\n{_OBJECTS_SAY}\n{veil.guard.data(failure.hints)}"
    if failure.raised_in:
        parts = [
            "This cell has a mistake:",
            fenced(veil.shown),
            "This cell was run after it:",
            fenced(veil.guard.code(failure.raised_in)),
            "and failed with this error:",
            told,
            "Write the whole first cell again, mended. Change only what is needed.",
        ]
    else:
        parts = [
            "This cell failed:",
            fenced(veil.shown),
            "with this error:",
            told,
            "Write the whole cell again, mended. Change only what is needed.",
        ]
    if veil.asked:
        parts.append("What it has to do: " + veil.asked)
    return "\n".join(parts)
