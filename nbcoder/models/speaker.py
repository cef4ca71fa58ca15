"""An engine, spoken to as the family of its model was trained."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from nbcoder.engine.requests import ChatRequest, Delta
from nbcoder.models.chat import adapt, manner
from nbcoder.models.control import Restorer, neutralise, restore
from nbcoder.models.families import end_token_ids
from nbcoder.models.infilling import infill, read_infill
from nbcoder.models.overrun import cut_overrun
from nbcoder.models.rendering import lacks_template, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbcoder.engine.client import HttpEngine
    from nbcoder.engine.requests import Answer, EngineInfo, Message, Sampling, Stream, TextRequest, Usage
    from nbcoder.models.families import Family

__all__ = ["Filling", "Speaker"]

_BOS = 1
_COUNTS_KEPT = 256


class Speaker:
    """An `Engine` in front of another one; conversations come out as the family of its model takes them.

    What the user wrote arrives unchanged in meaning: texts that the tokenizer would read as control are made
    harmless on the way there, and brought back on the way here. Close it, or use ``with``.
    """

    def __init__(self, engine: HttpEngine, family: Family) -> None:
        self.family = family
        self._engine = engine
        # The same cells are counted again with each request.
        self._counted = functools.lru_cache(_COUNTS_KEPT)(self._count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.close()

    def info(self) -> EngineInfo:
        """Which model answers, and how it is asked for code."""
        return replace(self._engine.info(), family=self.family.name, manner=manner(self.family))

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Number of prompt tokens of ``messages`` as they would be sent."""
        return self._counted(tuple(messages))

    def _count(self, messages: tuple[Message, ...]) -> int:
        turns = adapt(messages, self.family)
        if not turns:
            return 0  # templates refuse an empty conversation
        if self._lacks_template:
            return len(self._encode(str(render(ChatRequest(turns), self.family).prompt))) + _BOS
        return self._engine.count_tokens(turns)

    def spoken(self, request: ChatRequest) -> ChatRequest:
        """The request as the engine gets it."""
        sampling = manner(self.family).drawn(request.sampling)
        ends = (*sampling.stop_token_ids, *self._end_ids)
        return replace(
            request,
            messages=adapt(request.messages, self.family),
            prefill=neutralise(request.prefill, self.family) if self.family.prefill else "",
            sampling=replace(sampling, stop_token_ids=tuple(dict.fromkeys(ends))),
            template_options=(*self.family.template_options, *request.template_options),
        )

    @contextmanager
    def stream(self, request: ChatRequest | TextRequest) -> Iterator[Stream]:
        """Ask, and read the answer as it comes; leaving the ``with`` early stops the generation."""
        if isinstance(request, ChatRequest):
            request = self.spoken(request)
        with self._open(request) as stream:
            yield _Restored(stream, self.family)

    @contextmanager
    def infill(
        self, before: str, after: str, sampling: Sampling | None = None, *, by_chat: bool = False
    ) -> Iterator[Filling]:
        """Ask for what stands between ``before`` and ``after``; leaving the ``with`` early stops it.

        Iterate the filling to its end, then take its ``text``. ``by_chat``: even if the model has infilling
        tokens.
        """
        family = replace(self.family, infilling="", infilling_in_chat=False) if by_chat else self.family
        with self._open(infill(family, before, after, self._encode, sampling)) as stream:
            yield Filling(stream, family, before, after)

    @contextmanager
    def _open(self, request: ChatRequest | TextRequest) -> Iterator[Stream]:
        if isinstance(request, ChatRequest) and self._lacks_template:
            with self._engine.stream(render(request, self.family)) as stream:
                yield _Begun(stream, request.prefill)
        else:
            with self._engine.stream(request) as stream:
                yield stream

    @functools.cached_property
    def _lacks_template(self) -> bool:
        return lacks_template(self._engine, self.family)

    @functools.cached_property
    def _end_ids(self) -> tuple[int, ...]:
        return end_token_ids(self.family, self._encode)

    def _encode(self, text: str) -> tuple[int, ...]:
        """Ids of ``text``; none where the engine does not tell them."""
        tokens = self._engine.tokens(text)
        return tokens.ids if tokens else ()


class _Begun:
    """The stream of a text that ended with ``prefill``, which belongs to the answers."""

    def __init__(self, stream: Stream, prefill: str) -> None:
        self._stream = stream
        self._prefill = prefill

    def __iter__(self) -> Iterator[Delta]:
        return iter(self._stream)

    @property
    def answers(self) -> Sequence[Answer]:
        return tuple(replace(answer, text=self._prefill + answer.text) for answer in self._stream.answers)

    @property
    def usage(self) -> Usage:
        return self._stream.usage


class _Restored:
    """A stream with the control texts of the user's brought back."""

    def __init__(self, stream: Stream, family: Family) -> None:
        self._stream = stream
        self._family = family

    def __iter__(self) -> Iterator[Delta]:
        restorers: dict[int, Restorer] = {}
        for delta in self._stream:
            restorer = restorers.setdefault(delta.index, Restorer(self._family))
            yield replace(delta, text=restorer.add(delta.text))
        for index, restorer in restorers.items():
            if rest := restorer.end():
                yield Delta(index, rest)

    @property
    def answers(self) -> Sequence[Answer]:
        """The answers as far as they have come."""
        return tuple(
            replace(answer, text=restore(answer.text, self._family)) for answer in self._stream.answers
        )

    @property
    def usage(self) -> Usage:
        """Tokens used; zeros until the iteration has ended."""
        return self._stream.usage


class Filling:
    """What comes for a hole. Iterating gives the raw pieces; ``text`` is what to insert, so far."""

    def __init__(self, stream: Stream, family: Family, before: str, after: str) -> None:
        self._stream = stream
        self._read = functools.partial(read_infill, family, before=before, after=after)
        self._cut = functools.partial(cut_overrun, before=before, after=after)

    def __iter__(self) -> Iterator[Delta]:
        return iter(self._stream)

    @property
    def text(self) -> str:
        """What to insert between before and after, as far as it has come; in the end without its overrun."""
        text = self._read(self._stream.answers[0].text)
        return self._cut(text) if self.finish_reason else text

    @property
    def finish_reason(self) -> str:
        """Why it ended: ``stop``, ``length``; '' while it goes on."""
        return self._stream.answers[0].finish_reason

    @property
    def usage(self) -> Usage:
        """Tokens used; zeros until the iteration has ended."""
        return self._stream.usage
