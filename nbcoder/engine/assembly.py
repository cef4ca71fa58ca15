"""The events of a streamed answer put together: text in, values out, nothing of HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from nbcoder.engine.failures import engine_words, one_line
from nbcoder.engine.requests import Answer, Delta, TokenLogprob, Usage
from nbcoder.errors import EngineFailed

__all__ = ["Assembly"]


@dataclass
class _Part:
    """One of the ``n`` answers, as far as it has come."""

    texts: list[str] = field(default_factory=list)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    finish_reason: str = ""


class Assembly:
    """Collects the events of one stream; knows the chat format and the text format."""

    def __init__(self, n: int, prefill: str, top_logprobs: int | None) -> None:
        self.usage = Usage()
        self._prefill = prefill
        self._top = top_logprobs or 0
        self._parts = [_Part() for _ in range(n)]

    def add(self, data: str) -> list[Delta]:
        """What is new in the event ``data``, a JSON text.

        Raises
        ------
        EngineFailed
            The engine reports an error, or the event is no part of an answer.
        """
        try:
            event = json.loads(data)
            if event.get("error"):
                raise EngineFailed(f"the engine failed while it answered: {engine_words(data)}. Try again.")
            if usage := event.get("usage"):
                self.usage = _read_usage(usage)
            deltas = [self._add_choice(choice) for choice in event["choices"]]
        except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise EngineFailed(
                f"the engine sent what is no part of an answer: {one_line(data)!r}. "
                "Try again; if it stays, it does not speak the OpenAI API."
            ) from error
        return [delta for delta in deltas if delta.text or delta.logprobs]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers as far as they have come; ``finish_reason`` is '' for those that go on."""
        return tuple(
            Answer(self._prefill + "".join(part.texts), part.finish_reason, tuple(part.logprobs))
            for part in self._parts
        )

    @property
    def is_whole(self) -> bool:
        """Whether every answer has come to its own end; an engine that shuts down aborts them."""
        return all(part.finish_reason not in {"", "abort"} for part in self._parts)

    @property
    def characters(self) -> int:
        """How much text has come, over all answers."""
        return sum(len(text) for part in self._parts for text in part.texts)

    def _add_choice(self, choice: dict[str, Any]) -> Delta:
        index = choice["index"]
        if index not in range(len(self._parts)):
            raise IndexError(index)
        part = self._parts[index]
        text = (choice["text"] if "text" in choice else choice["delta"].get("content")) or ""
        delta = Delta(index, _checked_text(text), self._read_logprobs(choice.get("logprobs")))
        part.texts.append(delta.text)
        part.logprobs.extend(delta.logprobs)
        part.finish_reason = _checked_text(choice.get("finish_reason") or part.finish_reason)
        return delta

    def _read_logprobs(self, logprobs: dict[str, Any] | None) -> tuple[TokenLogprob, ...]:
        if not logprobs:
            return ()
        if "content" in logprobs:
            return tuple(self._read_chat_token(token) for token in logprobs["content"] or ())
        tokens, values = logprobs["tokens"], logprobs["token_logprobs"]
        rivals = logprobs.get("top_logprobs") or [None] * len(tokens)
        return tuple(
            self._read_token(token, value, (top or {}).items())
            for token, value, top in zip(tokens, values, rivals, strict=True)
        )

    def _read_chat_token(self, entry: dict[str, Any]) -> TokenLogprob:
        rivals = [(rival["token"], rival["logprob"]) for rival in entry.get("top_logprobs") or ()]
        return self._read_token(entry["token"], entry["logprob"], rivals)

    def _read_token(self, token: Any, logprob: Any, rivals: Any) -> TokenLogprob:  # noqa: ANN401 - from JSON
        # The text format adds the chosen token to the likeliest ones, also when none are asked for.
        top = sorted(((_checked_text(t), float(p)) for t, p in rivals), key=lambda pair: -pair[1])
        return TokenLogprob(_checked_text(token), float(logprob), tuple(top[: self._top]))


def _read_usage(usage: dict[str, Any]) -> Usage:
    details = usage.get("prompt_tokens_details") or {}
    return Usage(
        prompt_tokens=int(usage["prompt_tokens"]),
        completion_tokens=int(usage.get("completion_tokens") or 0),
        cached_tokens=int(details.get("cached_tokens") or 0),
    )


def _checked_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"no text: {value!r}")
    return value
