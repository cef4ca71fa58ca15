"""Suggestions as messages of the wire."""

from __future__ import annotations

import difflib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from nbcoder import wire
from nbcoder.kernel.confidence import tokens_of
from nbcoder.notebook.cells import source_hash
from nbcoder.notebook.provenance import Provenance
from nbcoder.texts import packed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbcoder.dryrun import Report
    from nbcoder.notebook.cells import Cell
    from nbcoder.suggest import Suggestion
    from nbcoder.suggest.running.dependants import Dependant
    from nbcoder.suggest.trial import Trial

__all__ = [
    "dependants",
    "draft",
    "insert",
    "not_tried",
    "offer",
    "provenance",
    "replace",
    "run",
    "say",
    "tried",
    "unified_diff",
    "without_tokens",
]

_MOST_OUTPUT = 2 * 2**20
"""Characters of JSON; more than that is no preview, and a page holds several."""


def offer(suggestion: Suggestion, source: Literal["live", "file", "history"] = "live") -> wire.Offer:
    """The suggestion with its dry run and its cost; what replaces a cell names it and shows the changes.

    ``source`` says how fresh the notebook was that the model was told of.
    """
    message = wire.Offer(
        v=wire.VERSION,
        type="offer",
        suggestion=suggestion.id,
        kind=suggestion.request.kind,
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
        alternatives=[_alternative(trial, suggestion.notes) for trial in suggestion.alternatives],
    )
    if notes := (*suggestion.notes, *suggestion.own_notes):
        message["notes"] = [packed(note) for note in notes]
    if suggestion.report is not None:
        message["report"] = _report(suggestion.report)
    if (target := suggestion.request.target) is not None:
        message["target"] = target.id
        message["original"] = target.source
        message["diff"] = unified_diff(target.source, suggestion.candidate.code)
    return message


def dependants(found: Sequence[Dependant]) -> list[wire.Dependant]:
    """The cells to be run again, as the frontend names them."""
    return [
        wire.Dependant(cellId=one.cell.id, count=one.cell.execution_count, names=list(one.names))
        for one in found
    ]


def tried(suggestion: Suggestion) -> wire.Tried:
    """What the dry run of an edited answer shows."""
    message = wire.Tried(
        v=wire.VERSION, type="tried", suggestion=suggestion.id, cells=_new_cells(suggestion.cells)
    )
    if suggestion.report is not None:
        message["report"] = _report(suggestion.report)
    if notes := (*suggestion.notes, *suggestion.own_notes):
        message["notes"] = [packed(note) for note in notes]
    return message


def not_tried(asked: Mapping[str, Any], why: str) -> wire.Tried:
    """Why what the user made of an answer was not run; who asked knows by the text which one it was."""
    suggestion, cells = str(asked.get("suggestion")), asked.get("cells") or []
    return wire.Tried(v=wire.VERSION, type="tried", suggestion=suggestion, cells=cells, why=packed(why))


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
    """Give a cell its new text, if it still has the one that this was made for."""
    target = suggestion.request.target
    assert target is not None  # noqa: S101 - nothing else replaces
    return wire.Replace(
        v=wire.VERSION,
        type="replace",
        cellId=target.id,
        sourceHash=source_hash(target.source),
        source=suggestion.candidate.code,
        suggestion=suggestion.id,
        provenance=provenance(suggestion),
    )


def run(suggestion: str, cell_ids: Sequence[str] = ()) -> wire.Run:
    """Run those cells; without any, what was inserted or replaced for that suggestion."""
    return wire.Run(v=wire.VERSION, type="run", suggestion=suggestion, cellIds=list(cell_ids))


def say(level: Literal["info", "warning", "error"], text: str) -> wire.Say:
    """One line for the user."""
    return wire.Say(v=wire.VERSION, type="say", level=level, text=packed(text))


def draft(facts: str, text: str) -> wire.Draft:
    """How far an answer is, and its code so far."""
    return wire.Draft(v=wire.VERSION, type="draft", facts=packed(facts), text=text)


def provenance(suggestion: Suggestion) -> dict[str, object]:
    """What the accepted cell will remember of where it came from."""
    request, sampling = suggestion.request, suggestion.sent.chat.sampling
    prompt = "\0".join(message.content for message in suggestion.sent.chat.messages)
    context = suggestion.sent.prompt.text
    return Provenance(
        suggestion=suggestion.id,
        kind=request.kind,
        model=suggestion.engine.model,
        engine=suggestion.engine.version,
        prompt_hash=source_hash(prompt) if prompt else "",
        context_hash=source_hash(context) if context else "",
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


def _alternative(trial: Trial, notes: tuple[str, ...]) -> wire.Alternative:
    cells = _new_cells(trial.candidate.cells)
    other = wire.Alternative(cells=cells, tokens=tokens_of(trial.candidate))
    if trial.report is not None:
        other["report"] = _report(trial.report)
    if notes or trial.notes:
        other["notes"] = [packed(note) for note in (*notes, *trial.notes)]
    return other


def _report(report: Report) -> wire.Report:
    effects = report.effects
    outputs = [dict(output) for output in report.outputs]
    if len(json.dumps(outputs, default=str)) > _MOST_OUTPUT:
        outputs = [{"output_type": "stream", "name": "stdout", "text": "(too much output to show here)"}]
    return wire.Report(
        status=report.status,
        why=packed(report.why),
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
            blocked=[packed(one) for one in effects.blocked],
            outside=[packed(one) for one in effects.outside],
        ),
        seconds=report.seconds,
    )


def _new_cells(cells: Sequence[Cell]) -> list[wire.NewCell]:
    return [
        wire.NewCell(type="code" if cell.type == "code" else "markdown", source=cell.source) for cell in cells
    ]
