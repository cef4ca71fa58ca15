"""What the model is sent for a request: what is known of the notebook, in words, within the model's room."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from nbcoder.context.collect import collect
from nbcoder.context.layout import Prompt, lay_out
from nbcoder.context.secrets.veil import veiled
from nbcoder.engine.requests import ChatRequest, Message
from nbcoder.suggest.asked.at_hand import table_at_hand
from nbcoder.suggest.asked.glossary import terms
from nbcoder.suggest.suggestion import Sent
from nbcoder.suggest.wording import ECHOES, NEXT_CELL, compose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nbcoder.context import Situation
    from nbcoder.context.secrets.guard import Guard
    from nbcoder.context.secrets.veil import Veil
    from nbcoder.context.values import Context
    from nbcoder.engine.requests import Engine, Sampling
    from nbcoder.notebook.cells import Cell
    from nbcoder.suggest.asked.wish import Wish
    from nbcoder.suggest.request import Request
    from nbcoder.suggest.trying import Bench

__all__ = ["SPARE_TOKENS", "above", "prepare"]

_SEAM_TOKENS = 24
"""For fences, headings and empty lines between the parts, which may be cut differently than each alone."""
_MOST_ABOVE = 6000
"""Characters: the engine has read the context in another form, and has to read this once more."""
SPARE_TOKENS = 128
"""How much longer than twice the first answer a drawn one may be, or than the failing cell a mended one:
what never ends holds up all others."""


def prepare(engine: Engine, request: Request, situation: Situation, bench: Bench) -> tuple[Sent, Veil]:
    """What is sent, and the veil over the request and the cell that it is about.

    Raises
    ------
    EngineError
        The engine cannot count the tokens.
    """
    context = collect(_as_told(situation, request))
    hints = (
        *(mention.hint for mention in bench.mentions),
        *table_at_hand(request.asked, situation),
        *terms(request.asked, situation.namespace),
    )
    veil = veiled(next(iter(request.sources), ""), context.guard, request.asked)
    context = replace(context, hints=_with_hints(context, hints, veil.guard))
    return _fitted(engine, request, bench.wish, context, veil), veil


def above(prompt: Prompt, text: str) -> str:
    """What stands above a cell that is to be completed: the end of the context, and the wish as a comment."""
    told = prompt.text
    if len(told) > _MOST_ABOVE:
        told = told[-_MOST_ABOVE:].partition("\n")[2]
    wish = "".join(f"# {line}\n" for line in text.strip().splitlines())
    return f"{told}\n\n# %%\n{wish}".lstrip("\n")


def _fitted(engine: Engine, request: Request, wish: Wish, context: Context, veil: Veil) -> Sent:
    """As much of the context as there is room for."""

    def tokens(text: str) -> int:
        return engine.count_tokens((Message("user", text),))

    info = engine.info()
    manner = info.manner
    if request.kind == "explain":
        manner = replace(manner, prefill="", stop=())
    # Without a beginning of ours, an answer may have words before its code.
    sampling = _bounded(request, tokens) if manner.prefill else request.sampling
    sampling = manner.for_code(sampling, info.context_length)
    if manner.prefill:
        echoes = (*ECHOES, NEXT_CELL) if _is_one_cell(request) else ECHOES
        sampling = replace(sampling, stop=tuple(dict.fromkeys((*sampling.stop, *echoes))))
    if sampling.top_logprobs is None:
        # Answers are ranked by how sure they are.
        sampling = replace(sampling, top_logprobs=0)
    frame = engine.count_tokens(compose(request, wish, Prompt(), veil))
    room = info.context_length - frame - sampling.max_tokens - _SEAM_TOKENS
    prompt = lay_out(context, max(room, 0), functools.cache(tokens))
    messages = compose(request, wish, prompt, veil)
    return Sent(ChatRequest(messages, sampling, manner.prefill), prompt, frame)


def _as_told(situation: Situation, request: Request) -> Situation:
    """What the model is told of; the failing cell is no part of it where it is written anew."""
    situation = replace(situation, subject=request.sources)
    notebook, target = situation.notebook, request.target
    if not request.is_anew or notebook is None or target is None:
        return situation
    if target.id and target.id == situation.current_cell:
        return situation  # it is told by the request alone

    def is_target(cell: Cell) -> bool:
        return cell.id == target.id if target.id else cell.source == target.source

    cells = tuple(cell for cell in notebook.cells if not is_target(cell))
    return replace(situation, notebook=replace(notebook, cells=cells))


def _bounded(request: Request, tokens: Callable[[str], int]) -> Sampling:
    """The sampling, with as many tokens as a mended cell can need: what goes on and on is no mended cell."""
    sampling = request.sampling
    if request.failure is None or request.asked:
        return sampling
    most = SPARE_TOKENS + 2 * tokens(request.failure.cell.source)
    return replace(sampling, max_tokens=min(sampling.max_tokens, most))


def _is_one_cell(request: Request) -> bool:
    """Whether the answer is one cell, which takes the place of one that is not divided itself."""
    return request.failure is not None and NEXT_CELL.strip() not in request.failure.cell.source


def _with_hints(context: Context, hints: Iterable[str], guard: Guard) -> tuple[str, ...]:
    """The hints of the context and these, which hold names and values of the user's data."""
    return tuple(dict.fromkeys((*context.hints, *map(guard.data, hints))))
