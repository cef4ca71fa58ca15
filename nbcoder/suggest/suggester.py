"""The way of one request: context, prompt, stream, cells, dry run, repair."""

from __future__ import annotations

import functools
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nbcoder.context import collect, lay_out
from nbcoder.engine.requests import ChatRequest, Message
from nbcoder.errors import PromptTooLong, UnusableAnswer
from nbcoder.models.answers import parse_answer
from nbcoder.models.python_source import ends_inside_string, error_line
from nbcoder.suggest.checks import check
from nbcoder.suggest.shaping import show_result
from nbcoder.suggest.suggestion import Candidate, Sent, Stats, Suggestion
from nbcoder.suggest.trial import Trial
from nbcoder.suggest.wording import FENCE, FENCE_END, compose, feedback

if TYPE_CHECKING:
    from nbcoder.context import Situation
    from nbcoder.dryrun import DryRunner
    from nbcoder.engine.requests import Answer, Engine, Usage
    from nbcoder.notebook.cells import Cell
    from nbcoder.suggest.request import Request
    from nbcoder.suggest.suggestion import Watcher

__all__ = ["Suggester"]

_MOST_PARTS = 4
_SEAM_TOKENS = 4
"""For the empty line between context and request, which may be cut differently than either alone."""
_RETRY_TEMPERATURE = 0.5


@dataclass(frozen=True)
class Suggester:
    """Turns requests into suggestions: with one engine, and with dry runs where there is a runner.

    ``rounds`` is how often a candidate that does not run is sent back to the model.
    """

    engine: Engine
    dry_runner: DryRunner | None = None
    rounds: int = 3

    def suggest(self, request: Request, situation: Situation, watcher: Watcher) -> Suggestion:
        """Ask the model, run its answer in a copy, send it back while it fails; the best is offered.

        Raises
        ------
        EngineError
            The engine failed; nothing is offered.
        UnusableAnswer
            No answer holds code.
        """
        started = time.perf_counter()
        sent = self._prepare(request, situation)
        watcher.sent(sent)
        attempt = _Attempt(self, sent, situation, watcher, started)
        trial = attempt.best_of(self.rounds)
        return Suggestion(
            id=secrets.token_hex(4),
            request=request,
            candidate=trial.candidate,
            report=trial.report,
            sent=sent,
            engine=self.engine.info(),
            stats=replace(attempt.stats, seconds=time.perf_counter() - started),
        )

    def _prepare(self, request: Request, situation: Situation) -> Sent:
        def tokens(text: str) -> int:
            return self.engine.count_tokens((Message("user", text),))

        engine = self.engine.info()
        sampling = engine.manner.for_code(request.sampling, engine.context_length)
        frame = self.engine.count_tokens(compose(request, ""))
        room = engine.context_length - frame - sampling.max_tokens - _SEAM_TOKENS
        prompt = lay_out(collect(situation), max(room, 0), functools.cache(tokens))
        return Sent(ChatRequest(compose(request, prompt.text), sampling, engine.manner.prefill), prompt)


@dataclass
class _Attempt:
    """One request on its way, with what it has cost so far."""

    suggester: Suggester
    sent: Sent
    situation: Situation
    watcher: Watcher
    started: float
    stats: Stats = field(default_factory=Stats)

    def best_of(self, rounds: int) -> Trial:
        """The first candidate that runs, else the best of all; the same error three times ends the search."""
        chat = self.sent.chat
        trial = best = self._try(self._stream(chat))
        seen = [trial.signature]
        for _ in range(rounds):
            if trial.is_clean:
                break
            chat = _told(chat, trial, is_stuck=seen.count(trial.signature) > 1)
            try:
                trial = self._try(self._stream(chat))
            except (PromptTooLong, UnusableAnswer):
                break
            best = min(best, trial, key=lambda one: one.rank)
            seen.append(trial.signature)
            if seen.count(trial.signature) > 2:  # noqa: PLR2004 - told twice, and made again
                break
        return best

    def _try(self, candidate: Candidate) -> Trial:
        problems = check(candidate.code, self.situation.namespace)
        runner = self.suggester.dry_runner
        if runner is None or any(problem.kind == "syntax" for problem in problems):
            return Trial(candidate, problems)
        self.watcher.trying(candidate)
        return Trial(candidate, problems, runner.run(candidate.code))

    def _stream(self, chat: ChatRequest) -> Candidate:
        """The answer as cells; asked to go on where a fence inside of a string has stopped it."""
        for _ in range(_MOST_PARTS):
            answer, usage, first = self._stream_part(chat)
            self.stats = replace(
                self.stats,
                first_token_seconds=self.stats.first_token_seconds or first - self.started,
                prompt_tokens=self.stats.prompt_tokens + usage.prompt_tokens,
                cached_tokens=self.stats.cached_tokens + usage.cached_tokens,
                completion_tokens=self.stats.completion_tokens + usage.completion_tokens,
            )
            is_cut = answer.finish_reason == "stop" and ends_inside_string(_without_fence(answer.text))
            if not chat.prefill or not is_cut:
                break
            chat = replace(chat, prefill=answer.text + FENCE_END)
        self.stats = replace(self.stats, tries=self.stats.tries + 1)
        return _to_candidate(answer)

    def _stream_part(self, chat: ChatRequest) -> tuple[Answer, Usage, float]:
        text, tokens, first = chat.prefill, 0, 0.0
        with self.suggester.engine.stream(chat) as stream:
            for delta in stream:
                first = first or time.perf_counter()
                text += delta.text
                tokens += 1
                self.watcher.streaming(text, tokens)
            return stream.answers[0], stream.usage, first or time.perf_counter()


def _told(chat: ChatRequest, trial: Trial, *, is_stuck: bool) -> ChatRequest:
    """The conversation so far with the failed cell and its error; a model that is stuck is let vary."""
    asked = chat.messages[:2]
    sampling = chat.sampling
    if is_stuck and sampling.temperature == 0:
        sampling = replace(sampling, temperature=_RETRY_TEMPERATURE)
    code = f"{FENCE}{trial.candidate.code}{FENCE_END}"
    return replace(
        chat,
        messages=(*asked, Message("assistant", code), Message("user", feedback(trial))),
        sampling=sampling,
    )


def _without_fence(text: str) -> str:
    return text.removeprefix(FENCE)


def _to_candidate(answer: Answer) -> Candidate:
    """The cells of an answer. The fence at its beginning was ours and proves nothing."""
    cells = parse_answer(answer.text)
    if error_line("\n".join(cell.source for cell in cells if cell.type == "code")) is not None:
        told = parse_answer(_without_fence(answer.text))
        cells = told if not told or _is_whole(told) else cells
    if not any(cell.type == "code" and cell.source.strip() for cell in cells):
        raise UnusableAnswer("the model's answer holds no code. Say it in other words, or try another model.")
    return Candidate(_with_result_shown(cells), answer.text, answer.finish_reason, answer.logprobs)


def _is_whole(cells: tuple[Cell, ...]) -> bool:
    return all(error_line(cell.source) is None for cell in cells if cell.type == "code")


def _with_result_shown(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return tuple(
        replace(cell, source=show_result(cell.source)) if cell.type == "code" else cell for cell in cells
    )
