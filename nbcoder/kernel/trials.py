"""Suggestions that are tried once more: as the user edited them, or out of the notebook's history."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, get_args

from nbcoder import wire
from nbcoder.engine.requests import ChatRequest, EngineInfo
from nbcoder.errors import NoSuggestion
from nbcoder.kernel.choices import edited_cells
from nbcoder.notebook.cells import Cell
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbcoder.context import Situation
    from nbcoder.dryrun import DryRunner
    from nbcoder.suggest import Suggestion

__all__ = ["revive", "tried"]


def tried(suggestion: Suggestion, situation: Situation, runner: DryRunner | None) -> Suggestion:
    """The suggestion with what its dry run shows now; without a report where nothing is run beforehand."""
    from nbcoder.suggest.tasks import make_bench  # noqa: PLC0415 - loaded with the first answer

    if runner is None or suggestion.request.kind == "explain":
        return dataclasses.replace(suggestion, report=None, own_notes=())
    trial = make_bench(suggestion.request, situation, runner).run_as_is(suggestion.candidate)
    return dataclasses.replace(suggestion, report=trial.report, own_notes=trial.notes)


def revive(data: Mapping[str, Any]) -> Suggestion:
    """A suggestion as the notebook remembers it; of its prompt nothing is kept there.

    Raises
    ------
    NoSuggestion
        The message holds none.
    """
    from nbcoder.context.layout import Prompt  # noqa: PLC0415 - loaded with the first answer
    from nbcoder.suggest import Candidate, Request, Sent, Suggestion  # noqa: PLC0415 - the same

    kind: wire.Kind = data.get("kind", "")
    original = data.get("original")
    if kind not in get_args(wire.Kind):
        raise NoSuggestion(Text("the notebook does not say what this suggestion is. Ask again."))
    subject = None if original is None else Cell(str(original), id=str(data.get("target") or ""))
    request = Request(
        kind, str(data.get("request") or ""), cell_id=str(data.get("asker") or ""), subject=subject
    )
    return Suggestion(
        id=str(data.get("suggestion")),
        request=request,
        candidate=Candidate(edited_cells(data.get("cells")), "", "stop"),
        report=None,
        sent=Sent(ChatRequest(()), Prompt()),
        engine=EngineInfo(str(data.get("model") or ""), 0),
    )
