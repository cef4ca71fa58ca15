"""The way of one request: context, prompt, stream, cells."""

from __future__ import annotations

import functools
import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nbcoder.context import collect, lay_out
from nbcoder.engine.requests import ChatRequest, Message
from nbcoder.errors import UnusableAnswer
from nbcoder.models.answers import parse_answer
from nbcoder.models.python_source import ends_inside_string, error_line
from nbcoder.suggest.suggestion import Candidate, Sent, Stats, Suggestion
from nbcoder.suggest.wording import PREFILL, STOP, compose

if TYPE_CHECKING:
    from nbcoder.context import Situation
    from nbcoder.engine.requests import Answer, Engine, Usage
    from nbcoder.notebook.cells import Cell
    from nbcoder.suggest.request import Request
    from nbcoder.suggest.suggestion import Watcher

__all__ = ["Suggester"]

_MOST_PARTS = 4


@dataclass(frozen=True)
class Suggester:
    """Turns requests into suggestions with one engine."""

    engine: Engine

    def suggest(self, request: Request, situation: Situation, watcher: Watcher) -> Suggestion:
        """Ask the model and wait for its answer.

        Raises
        ------
        EngineError
            The engine failed; nothing is offered.
        UnusableAnswer
            The answer holds no code.
        """
        started = time.perf_counter()
        sent = self._prepare(request, situation)
        watcher.sent(sent)
        answer, stats = self._stream(sent, watcher, started)
        return Suggestion(
            id=secrets.token_hex(4),
            request=request,
            candidate=_to_candidate(answer),
            sent=sent,
            engine=self.engine.info(),
            stats=replace(stats, seconds=time.perf_counter() - started),
        )

    def _prepare(self, request: Request, situation: Situation) -> Sent:
        def tokens(text: str) -> int:
            return self.engine.count_tokens((Message("user", text),))

        frame = self.engine.count_tokens(compose(request, ""))
        room = self.engine.info().context_length - frame - request.sampling.max_tokens
        prompt = lay_out(collect(situation), max(room, 0), functools.cache(tokens))
        sampling = replace(request.sampling, stop=(*request.sampling.stop, *STOP))
        return Sent(ChatRequest(compose(request, prompt.text), sampling, PREFILL), prompt)

    def _stream(self, sent: Sent, watcher: Watcher, started: float) -> tuple[Answer, Stats]:
        """The first answer; asked to go on where a fence inside of a string has stopped it."""
        stats = Stats(tries=1)
        chat = sent.chat
        for _ in range(_MOST_PARTS):
            answer, usage, first = self._stream_part(chat, watcher)
            stats = replace(
                stats,
                first_token_seconds=stats.first_token_seconds or first - started,
                prompt_tokens=stats.prompt_tokens or usage.prompt_tokens,
                cached_tokens=stats.cached_tokens or usage.cached_tokens,
                completion_tokens=stats.completion_tokens + usage.completion_tokens,
            )
            chat = replace(chat, prefill=answer.text + STOP[0])
            if answer.finish_reason != "stop" or not ends_inside_string(_without_fence(answer.text)):
                break
        return answer, stats

    def _stream_part(self, chat: ChatRequest, watcher: Watcher) -> tuple[Answer, Usage, float]:
        text, tokens, first = chat.prefill, 0, 0.0
        with self.engine.stream(chat) as stream:
            for delta in stream:
                first = first or time.perf_counter()
                text += delta.text
                tokens += 1
                watcher.streaming(text, tokens)
            return stream.answers[0], stream.usage, first or time.perf_counter()


def _without_fence(text: str) -> str:
    return text.removeprefix(PREFILL)


def _to_candidate(answer: Answer) -> Candidate:
    """The cells of an answer. The fence at its beginning was ours and proves nothing."""
    cells = parse_answer(answer.text)
    if error_line("\n".join(cell.source for cell in cells if cell.type == "code")) is not None:
        told = parse_answer(_without_fence(answer.text))
        cells = told if not told or _is_whole(told) else cells
    if not any(cell.type == "code" and cell.source.strip() for cell in cells):
        raise UnusableAnswer("the model's answer holds no code. Say it in other words, or try another model.")
    return Candidate(cells, answer.text, answer.finish_reason)


def _is_whole(cells: tuple[Cell, ...]) -> bool:
    return all(error_line(cell.source) is None for cell in cells if cell.type == "code")
