"""Has the model answer: one answer as it comes, or several at once, and makes candidates of them."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nbcoder.engine.requests import Sampling
from nbcoder.errors import UnusableAnswer
from nbcoder.models.answers import parse_answer, prose
from nbcoder.models.python_source import ends_inside_string, error_line
from nbcoder.notebook.cells import Cell
from nbcoder.suggest.suggestion import Candidate, Stats
from nbcoder.suggest.wording import FENCE, FENCE_END
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.engine.requests import Answer, ChatRequest, InfillingEngine, Usage
    from nbcoder.suggest.code.lines import Hole
    from nbcoder.suggest.suggestion import Watcher

__all__ = ["NO_CODE", "Drafts", "is_looping"]

_MOST_PARTS = 4
_LOOK_EVERY = 16
_ROUNDS, _ROUNDS_OF_LONG = 4, 3
_LONG, _LONGEST_LOOP, _LEAST_REPEATED = 200, 600, 400
"""In characters: what comes four times in a row, and goes on for that long, will come a fifth time."""
_SAME_CHECKS = 10
_ONE_LINE = Sampling(temperature=0.0, max_tokens=64, stop=("\n",))
_SOME_LINES = Sampling(temperature=0.0, max_tokens=128, stop=("\n\n",))
_NUMBER = re.compile(r"\d+")
NO_WORDS = Text("the model's answer is empty. Ask again, or try another model.")
NO_CODE = Text("the model's answer holds no code. Say it in other words, or try another model.")


@dataclass
class Drafts:
    """Asks one engine on behalf of one request, and counts what it costs."""

    engine: InfillingEngine
    watcher: Watcher
    started: float
    stats: Stats = field(default_factory=Stats)

    def stream(self, chat: ChatRequest) -> Candidate:
        """One answer; asked to go on where a fence inside of a string has stopped it.

        Raises
        ------
        UnusableAnswer
            It holds no code.
        """
        for _ in range(_MOST_PARTS):
            answer = self._ask(chat, is_shown=True)[0]
            is_cut = answer.finish_reason == "stop" and ends_inside_string(_without_fence(answer.text))
            if not chat.prefill or not is_cut:
                break
            chat = replace(chat, prefill=answer.text + FENCE_END)
        self.stats = replace(self.stats, tries=self.stats.tries + 1)
        candidate = _to_candidate(answer)
        if candidate is None:
            raise UnusableAnswer(NO_CODE)
        return candidate

    def tell(self, chat: ChatRequest) -> Candidate:
        """An answer in words, as one markdown cell.

        Raises
        ------
        UnusableAnswer
            It is empty.
        """
        answer = self._ask(chat, is_shown=True)[0]
        self.stats = replace(self.stats, tries=self.stats.tries + 1)
        text = prose(answer.text)
        if not text:
            raise UnusableAnswer(NO_WORDS)
        return Candidate((Cell(text, "markdown"),), answer.text, answer.finish_reason)

    def draw(self, chat: ChatRequest) -> list[Candidate]:
        """The ``n`` answers of a sampled request, which share its prompt; those without code are left out."""
        answers = self._ask(chat, is_shown=False)
        self.stats = replace(self.stats, tries=self.stats.tries + len(answers))
        return [candidate for answer in answers if (candidate := _to_candidate(answer)) is not None]

    def fill(self, holes: Sequence[Hole]) -> list[Candidate]:
        """The cells with what is missing filled in by the model, at once; those without code are left out.

        What is missing is one line, or some where one cannot be all.
        """
        filled = dict(zip(holes, self._fillings(holes, _ONE_LINE), strict=True))
        begun = [hole for hole, candidate in filled.items() if _is_begun(candidate)]
        filled.update(zip(begun, self._fillings(begun, _SOME_LINES), strict=True))
        return [one for one in filled.values() if one.raw.strip() and error_line(one.code) is None]

    def _fillings(self, holes: Sequence[Hole], sampling: Sampling) -> list[Candidate]:
        with ExitStack() as asked:
            fillings = []
            for hole in holes:
                self.watcher.filling(hole)
                asking = self.engine.infill(hole.above + hole.before, hole.after, sampling)
                fillings.append(asked.enter_context(asking))
            for filling in fillings:  # they are all being answered while one is read
                for _ in filling:
                    if _ended(filling.text, sampling):
                        break
                self._count(filling.usage, time.perf_counter())
            texts = [_ended(filling.text, sampling) or filling.text for filling in fillings]
        self.stats = replace(self.stats, tries=self.stats.tries + len(holes))
        return [
            Candidate((Cell(hole.filled(text)),), text, filling.finish_reason)
            for hole, filling, text in zip(holes, fillings, texts, strict=True)
        ]

    def _ask(self, chat: ChatRequest, *, is_shown: bool) -> Sequence[Answer]:
        self.watcher.asking(chat)
        text, tokens, first = chat.prefill, 0, 0.0
        with self.engine.stream(chat) as stream:
            for delta in stream:
                first = first or time.perf_counter()
                tokens += 1
                if is_shown:
                    text += delta.text
                    self.watcher.streaming(text, tokens)
                    if tokens % _LOOK_EVERY == 0 and is_looping(text):
                        break
            self._count(stream.usage, first or time.perf_counter())
            return stream.answers

    def _count(self, usage: Usage, first: float) -> None:
        self.stats = replace(
            self.stats,
            first_token_seconds=self.stats.first_token_seconds or first - self.started,
            prompt_tokens=self.stats.prompt_tokens + usage.prompt_tokens,
            cached_tokens=self.stats.cached_tokens + usage.cached_tokens,
            completion_tokens=self.stats.completion_tokens + usage.completion_tokens,
        )


def _ended(text: str, sampling: Sampling) -> str:
    """``text`` up to where it should have ended, by models that could not be told so; '' if it goes on."""
    whole = text.lstrip("\n")
    return next((whole.partition(stop)[0] for stop in sampling.stop if stop in whole), "")


def _is_begun(filled: Candidate) -> bool:
    """Whether what was filled in is the first of several lines."""
    return filled.raw.rstrip().endswith((":", "(", "[", "{", ",")) and error_line(filled.code) is not None


def is_looping(text: str) -> bool:
    """Whether the end of ``text`` is one piece over and over again: small models do not get out of that.

    Checks that only count on are such a piece as well; rows of data, which look alike too, are not.
    """
    checks = [_NUMBER.sub("0", line) for line in text.split("\n")[-1 - _SAME_CHECKS : -1]]
    if len(checks) == _SAME_CHECKS and len(set(checks)) == 1 and checks[0].lstrip().startswith("assert "):
        return True
    return any(
        text.endswith(text[-period:] * _rounds(period))
        for period in range(1, min(_LONGEST_LOOP, len(text) // _ROUNDS_OF_LONG) + 1)
    )


def _rounds(period: int) -> int:
    return _ROUNDS_OF_LONG if period > _LONG else max(_ROUNDS, -(-_LEAST_REPEATED // period))


def _without_fence(text: str) -> str:
    return text.removeprefix(FENCE)


def _to_candidate(answer: Answer) -> Candidate | None:
    """The cells of an answer, if there is code in them. The fence at its beginning was ours."""
    cells = parse_answer(answer.text)
    if error_line("\n".join(cell.source for cell in cells if cell.type == "code")) is not None:
        told = parse_answer(_without_fence(answer.text))
        cells = told if not told or _is_whole(told) else cells
    if not any(cell.type == "code" and cell.source.strip() for cell in cells):
        return None
    return Candidate(cells, answer.text, answer.finish_reason, answer.logprobs)


def _is_whole(cells: tuple[Cell, ...]) -> bool:
    return all(error_line(cell.source) is None for cell in cells if cell.type == "code")
