"""Suggestions as messages of the wire."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from nbcoder import wire
from nbcoder.notebook.cells import source_hash
from nbcoder.notebook.provenance import Provenance

if TYPE_CHECKING:
    from nbcoder.suggest import Suggestion

__all__ = ["insert", "offer", "provenance", "replace", "run", "say", "unified_diff"]


def offer(suggestion: Suggestion) -> wire.Offer:
    """The suggestion with its cost; a fix names its target and shows what it changes."""
    message = wire.Offer(
        v=wire.VERSION,
        type="offer",
        suggestion=suggestion.id,
        state=suggestion.state,
        request=suggestion.request.text,
        cells=_new_cells(suggestion),
        stats=_stats(suggestion),
    )
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


def insert(suggestion: Suggestion) -> wire.Insert:
    """Put the suggested cells below the cell that asked."""
    return wire.Insert(
        v=wire.VERSION,
        type="insert",
        after=suggestion.request.cell_id,
        cells=_new_cells(suggestion),
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
        source_hash=source_hash(suggestion.candidate.code),
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        seed=sampling.seed,
        tries=suggestion.stats.tries,
        seconds=round(suggestion.stats.seconds, 3),
        accepted=datetime.now(UTC).isoformat(timespec="seconds"),
        mended_error=request.failure.error.name if request.failure else "",
    ).to_metadata()


def unified_diff(old: str, new: str) -> str:
    """What changes from ``old`` to ``new``, as a unified diff without file names."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="")
    return "\n".join(list(lines)[2:])


def _new_cells(suggestion: Suggestion) -> list[wire.NewCell]:
    return [
        wire.NewCell(type="code" if cell.type == "code" else "markdown", source=cell.source)
        for cell in suggestion.cells
    ]
