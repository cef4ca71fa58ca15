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
from nbcoder.suggest.suggestion import Candidate, Sent, Stats, Suggestion
from nbcoder.suggest.wording import PREFILL, STOP, compose

if TYPE_CHECKING:
    from nbcoder.context import Situation
    from nbcoder.engine.requests import Answer, Engine
    from nbcoder.suggest.request import Request
    from nbcoder.suggest.suggestion import Watcher

__all__ = ["Suggester"]


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
        answer, stats = self._stream(request, sent, watcher, started)
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
        return Sent(compose(request, prompt.text), prompt, PREFILL)

    def _stream(self, request: Request, sent: Sent, watcher: Watcher, started: float) -> tuple[Answer, Stats]:
        sampling = replace(request.sampling, stop=(*request.sampling.stop, *STOP))
        chat = ChatRequest(sent.messages, sampling, prefill=sent.prefill)
        text, tokens, first = sent.prefill, 0, 0.0
        with self.engine.stream(chat) as stream:
            for delta in stream:
                first = first or time.perf_counter() - started
                text += delta.text
                tokens += 1
                watcher.streaming(text, tokens)
            usage = stream.usage
            answer = stream.answers[0]
        return answer, Stats(
            first_token_seconds=first,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cached_tokens=usage.cached_tokens,
            tries=1,
        )


def _to_candidate(answer: Answer) -> Candidate:
    cells = parse_answer(answer.text)
    if not any(cell.type == "code" and cell.source.strip() for cell in cells):
        raise UnusableAnswer("the model's answer holds no code. Say it in other words, or try another model.")
    return Candidate(cells, answer.text, answer.finish_reason)
