"""From a context to the text of a prompt that fits, in the order in which it stays the same.

The engine keeps what it has read of a prompt up to the first difference. So the cells come first, oldest
first, and what changes with every request comes last. A cell that is added makes the text longer but changes
nothing before it. When the cells outgrow their room, the oldest are shortened, and later left out, a block of
them at a time and rather too many than too few: the front then stays the same for many requests again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.context.cells_part import lay_out_cells
from nbcoder.context.parts import Part, Piece, estimate
from nbcoder.context.render import short_text, shorten
from nbcoder.context.secrets.guard import as_comment
from nbcoder.context.variables_part import lay_out_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbcoder.context.values import Context

__all__ = ["Prompt", "lay_out"]

_CELLS, _BELOW, _GONE, _ERROR, _HINTS, _VARIABLES = 0.55, 0.08, 0.05, 0.12, 0.05, 0.35
"""Shares of the budget, each the most that a part gets; variables also get no more than what is left."""
_SCALES = (1.0, 0.87, 0.75, 0.6, 0.45, 0.3, 0.15)
"""Of the budget by our estimate, tried in turn until the tokenizer agrees."""
_SEPARATOR = "\n\n"


@dataclass(frozen=True)
class Prompt:
    """What the model is told before the request: ``parts`` in order, joined by an empty line."""

    parts: tuple[Part, ...] = ()
    tokens: int = 0
    """Exact, of the whole text."""

    @property
    def text(self) -> str:
        """All parts as one text."""
        return _SEPARATOR.join(part.text for part in self.parts if part.text)


def lay_out(context: Context, budget_tokens: int, count: Callable[[str], int]) -> Prompt:
    """The context as text of at most ``budget_tokens``.

    ``count`` gives the tokens of a text as the model's tokenizer counts them; whatever it gives for no text,
    such as the frame of a chat message, is taken off. It is called a dozen times at most.
    """
    frame = count("")
    for scale in _SCALES:
        pieces = [p for p in _pieces(context, int(budget_tokens * scale)) if p.text or p.cut]
        text = _SEPARATOR.join(piece.text for piece in pieces if piece.text)
        tokens = count(text) - frame if text else 0
        if tokens <= budget_tokens:
            parts = (
                Part(piece.name, piece.text, count(piece.text) - frame if piece.text else 0, piece.cut)
                for piece in pieces
            )
            return Prompt(tuple(parts), tokens)
    return Prompt((Part("cells", "", 0, "everything: there is no room"),))


def _pieces(context: Context, budget: int) -> Sequence[Piece]:
    """The parts by our own estimate of their lengths; what does not change comes first."""
    steady = [
        lay_out_cells(context.above, int(budget * _CELLS), context.older),
        _listed(
            "cells below",
            "# %% (cells below this place that have run, shortened)",
            [short_text(state) for state in context.below],
            int(budget * _BELOW),
        ),
    ]
    volatile = [
        _listed(
            "deleted cells",
            "# %% (ran, but deleted or changed since, shortened)",
            [shorten(source) for source in context.gone],
            int(budget * _GONE),
        )
    ]
    late = [_error(context.error, int(budget * _ERROR)), _hints(context.hints, int(budget * _HINTS))]
    used = sum(estimate(piece.text) + 1 for piece in (*steady, *volatile, *late))
    variables = lay_out_variables(context, min(int(budget * _VARIABLES), budget - used))
    return [*steady, *volatile, variables, *late]


def _listed(name: str, heading: str, texts: Sequence[str], room: int) -> Piece:
    """The last of ``texts`` that fit, under a heading."""
    texts = [text for text in texts if text]
    told: list[str] = []
    used = estimate(heading) + 1
    for text in reversed(texts):
        used += estimate(text) + 1
        if used > room:
            break
        told.insert(0, text)
    left_out = len(texts) - len(told)
    cut = f"{left_out} cells left out" if left_out else ""
    return Piece(name, "\n".join([heading, *told]) if told else "", cut)


def _error(error: str, room: int) -> Piece:
    """The end of the traceback, where the message is."""
    if not error:
        return Piece("error", "")
    lines = error.splitlines()
    heading = "# The last error:"
    kept = list(lines)
    while len(kept) > 1 and estimate("\n".join(kept)) + 3 * len(kept) > room:
        kept = kept[1:]
    text = "\n".join([heading, as_comment("\n".join(kept))])
    if estimate(text) > room:
        text = text[: max(room * 2, 0)]
    cut = f"{len(lines) - len(kept)} lines of the traceback" if len(kept) < len(lines) else ""
    return Piece("error", text, cut)


def _hints(hints: Sequence[str], room: int) -> Piece:
    """What the request's words may refer to."""
    kept = list(hints)
    while kept:
        text = "\n".join(["# The request may mean:", *(as_comment(hint, "#   ") for hint in kept)])
        if estimate(text) <= room:
            break
        kept.pop()
    cut = f"{len(hints) - len(kept)} hints" if len(kept) < len(hints) else ""
    return Piece("hints", text if kept else "", cut)
