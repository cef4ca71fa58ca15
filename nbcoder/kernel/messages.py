"""Suggestions as messages of the wire."""

from __future__ import annotations

import difflib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from nbcoder import wire
from nbcoder.kernel.confidence import tokens_of
from nbcoder.notebook.cells import source_hash
from nbcoder.notebook.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.dryrun import Report
    from nbcoder.notebook.cells import Cell
    from nbcoder.suggest import Candidate, Suggestion

__all__ = [
    "draft",
    "insert",
    "offer",
    "provenance",
    "replace",
    "run",
    "say",
    "unified_diff",
    "without_tokens",
]

_MOST_OUTPUT = 2 * 2**20
"""Characters of JSON; more than that is no preview, and a page holds several."""


def offer(suggestion: Suggestion, source: Literal["live", "file", "history"] = "live") -> wire.Offer:
    """The suggestion with its dry run and its cost; a fix names its target and shows what it changes.

    ``source`` says how fresh the notebook was that the model was told of.
    """
    message = wire.Offer(
        v=wire.VERSION,
        type="offer",
        suggestion=suggestion.id,
        state=suggestion.state,
        asker=suggestion.request.cell_id,
        request=suggestion.request.text,
        cells=_new_cells(suggestion.cells),
        stats=_stats(suggestion),
        context=wire.ContextUsed(
            source=source,
            tokens=suggestion.sent.prompt.tokens,
            limit=suggestion.engine.context_length,
            cut=any(part.cut for part in suggestion.sent.prompt.parts),
        ),
        tokens=tokens_of(suggestion.candidate),
        alternatives=[_alternative(trial.candidate, trial.report) for trial in suggestion.alternatives],
    )
    if suggestion.notes:
        message["notes"] = list(suggestion.notes)
    if suggestion.report is not None:
        message["report"] = _report(suggestion.report)
    if (failure := suggestion.request.failure) is not None:
        message["target"] = failure.cell.id
        message["original"] = failure.cell.source
        message["diff"] = unified_diff(failure.cell.source, suggestion.candidate.code)
    return message


def _stats(suggestion: Suggestion) -> wire.Stats:
    stats, sampling = suggestion.stats, suggestion.sent.chat.sampling
    told = wire.Stats(
        model=suggestion.engine.model,
        seconds=round(stats.seconds, 3),
        promptTokens=stats.prompt_tokens,
        completionTokens=stats.completion_tokens,
        tries=stats.tries,
        temperature=sampling.temperature,
    )
    if sampling.top_p is not None:
        told["topP"] = sampling.top_p
    if sampling.top_k is not None:
        told["topK"] = sampling.top_k
    if sampling.seed is not None:
        told["seed"] = sampling.seed
    return told


def without_tokens(offer: wire.Offer) -> wire.Offer:
    """The offer as the notebook keeps it: how sure the model was is of interest only while one decides."""
    kept = offer.copy()
    kept.pop("tokens", None)
    kept["alternatives"] = [other.copy() for other in offer.get("alternatives", ())]
    for other in kept["alternatives"]:
        other.pop("tokens", None)
    return kept


def insert(suggestion: Suggestion) -> wire.Insert:
    """Put the suggested cells below the cell that asked."""
    return wire.Insert(
        v=wire.VERSION,
        type="insert",
        after=suggestion.request.cell_id,
        cells=_new_cells(suggestion.cells),
        suggestion=suggestion.id,
        provenance=provenance(suggestion),
    )


def replace(suggestion: Suggestion) -> wire.Replace:
    """Give the failing cell its mended text, if it is still the text that failed."""
    failure = suggestion.request.failure
    assert failure is not None  # noqa: S101 - only fixes replace
    return wire.Replace(
        v=wire.VERSION,
        type="replace",
        cellId=failure.cell.id,
        sourceHash=source_hash(failure.cell.source),
        source=suggestion.candidate.code,
        suggestion=suggestion.id,
        provenance=provenance(suggestion),
    )


def run() -> wire.Run:
    """Run what was just inserted or replaced."""
    return wire.Run(v=wire.VERSION, type="run", cellIds=[])


def say(level: Literal["info", "warning", "error"], text: str) -> wire.Say:
    """One line for the user."""
    return wire.Say(v=wire.VERSION, type="say", level=level, text=text)


def draft(facts: str, text: str) -> wire.Draft:
    """How far an answer is, and its code so far."""
    return wire.Draft(v=wire.VERSION, type="draft", facts=facts, text=text)


def provenance(suggestion: Suggestion) -> dict[str, object]:
    """What the accepted cell will remember of where it came from."""
    request, sampling = suggestion.request, suggestion.sent.chat.sampling
    prompt = "\0".join(message.content for message in suggestion.sent.chat.messages)
    return Provenance(
        suggestion=suggestion.id,
        kind=request.kind,
        model=suggestion.engine.model,
        engine=suggestion.engine.version,
        prompt_hash=source_hash(prompt),
        context_hash=source_hash(suggestion.sent.prompt.text),
        source_hash=source_hash(suggestion.candidate.code),
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        max_tokens=sampling.max_tokens,
        seed=sampling.seed,
        tries=suggestion.stats.tries,
        seconds=round(suggestion.stats.seconds, 3),
        accepted=datetime.now(UTC).isoformat(timespec="seconds"),
        mended_error=request.failure.error.name if request.failure else "",
        edited=suggestion.is_edited or None,
    ).to_metadata()


def unified_diff(old: str, new: str) -> str:
    """What changes from ``old`` to ``new``, as a unified diff without file names."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="")
    return "\n".join(list(lines)[2:])


def _alternative(candidate: Candidate, report: Report | None) -> wire.Alternative:
    other = wire.Alternative(cells=_new_cells(candidate.cells), tokens=tokens_of(candidate))
    if report is not None:
        other["report"] = _report(report)
    return other


def _report(report: Report) -> wire.Report:
    effects = report.effects
    outputs = [dict(output) for output in report.outputs]
    if len(json.dumps(outputs, default=str)) > _MOST_OUTPUT:
        outputs = [{"output_type": "stream", "name": "stdout", "text": "(too much output to show here)"}]
    return wire.Report(
        status=report.status,
        why=report.why,
        outputs=outputs,
        effects=wire.Effects(
            added=list(effects.added),
            rebound=list(effects.rebound),
            mutated=list(effects.mutated),
            removed=list(effects.removed),
            process=list(effects.process),
            created=list(effects.created),
            changed=list(effects.changed),
            deleted=list(effects.deleted),
            blocked=list(effects.blocked),
        ),
        seconds=report.seconds,
    )


def _new_cells(cells: Sequence[Cell]) -> list[wire.NewCell]:
    return [
        wire.NewCell(type="code" if cell.type == "code" else "markdown", source=cell.source) for cell in cells
    ]
