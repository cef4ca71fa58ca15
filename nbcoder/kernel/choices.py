"""What the user made of a suggestion: another of its answers, an edited text, the same request once more."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from nbcoder.errors import NoSuggestion
from nbcoder.notebook.cells import Cell
from nbcoder.suggest.code.near import near
from nbcoder.suggest.ranking import signs
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbcoder.engine.requests import Sampling
    from nbcoder.suggest import Request, Suggestion

__all__ = ["ask_again", "choose", "edited_cells", "purpose_of", "varied"]

_OTHER_TEMPERATURE = 0.7
"""So that the same request gives another answer."""
_SAME_CELL = 0.85
"""How alike a cell is to what it was before its user changed a little of it."""


def choose(suggestion: Suggestion, alternative: Any, cells: Any) -> Suggestion:  # noqa: ANN401 - from JSON
    """The suggestion as it was accepted.

    Raises
    ------
    NoSuggestion
        There is no such alternative, or the cells are none.
    """
    chosen = suggestion
    if alternative:
        if alternative not in range(1, len(suggestion.alternatives) + 1):
            raise NoSuggestion(Text("this suggestion has no alternative %1. Ask again.", alternative))
        trial = suggestion.alternatives[alternative - 1]
        chosen = dataclasses.replace(
            suggestion, candidate=trial.candidate, report=trial.report, own_notes=trial.notes
        )
    if cells is None:
        return chosen
    candidate = dataclasses.replace(chosen.candidate, cells=edited_cells(cells))
    return dataclasses.replace(chosen, candidate=candidate, report=None, own_notes=(), is_edited=True)


def edited_cells(cells: Any) -> tuple[Cell, ...]:  # noqa: ANN401 - from JSON
    """The cells of a message.

    Raises
    ------
    NoSuggestion
        They are none.
    """
    try:
        return tuple(Cell(str(cell["source"]), type=cell["type"]) for cell in cells)
    except (TypeError, KeyError) as error:
        raise NoSuggestion(Text("what was edited are no cells. Ask again.")) from error


def varied(sampling: Sampling, seed: int) -> Sampling:
    """How an answer is drawn that is asked for once more."""
    temperature = max(sampling.temperature, _OTHER_TEMPERATURE)
    return dataclasses.replace(sampling, temperature=temperature, seed=seed)


def ask_again(suggestion: Suggestion, wish: str) -> Request:
    """The same request with a wish added; without one, for another answer than this."""
    request = suggestion.request
    if wish:
        return dataclasses.replace(
            request, text=f"{request.text}\n{wish}".strip(), refused=frozenset(), is_anew=False
        )
    sampling = varied(request.sampling, (request.sampling.seed or 0) + 1)
    refused = request.refused | signs(suggestion.candidate, suggestion.report)
    is_anew = request.failure is not None and bool(request.asked)  # mended, it was not what is wanted
    return dataclasses.replace(request, sampling=sampling, refused=refused, is_anew=is_anew)


def purpose_of(source: str, suggestions: Iterable[Suggestion]) -> str:
    """What was asked for as the cell was written; '' where it is none of the ``suggestions``.

    The user may have changed a little of it since. Of several, the last is meant.
    """
    asked = {
        cell.source: one.request.asked
        for one in suggestions
        if one.request.kind in ("generate", "fix")
        for cell in one.cells
        if cell.type == "code"
    }
    return asked.get(source) or asked.get(near(source, asked, _SAME_CELL), "")
