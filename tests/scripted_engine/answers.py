"""Replies in the JSON of vLLM 0.32: events of a stream, whole answers, refusals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.scripted_engine.script import Body, Reply

__all__ = ["Answering", "count_tokens", "error_body", "refusal"]

CHARACTERS_PER_TOKEN = 4
_DEFAULT_MAX_TOKENS = {"chat": None, "text": 16}


def count_tokens(body: Body) -> int:
    """Length of the prompt: a token for every four characters, and four for the frame of each message."""
    if "messages" in body:
        return sum(_tokens(message["content"]) + 4 for message in body["messages"])
    prompt = body["prompt"]
    return _tokens(prompt) if isinstance(prompt, str) else len(prompt)


def error_body(message: str, status: int, kind: str = "BadRequestError", param: str | None = None) -> Body:
    """An error in vLLM's form."""
    return {"error": {"message": message, "type": kind, "param": param, "code": status}}


def refusal(body: Body, models: list[Body]) -> tuple[int, Body] | None:
    """Status and body with which vLLM refuses ``body`` when it serves ``models``; None if it takes it."""
    names = [model["id"] for model in models]
    if body.get("model", names[0]) not in names:
        message = f"The model `{body['model']}` does not exist. Valid aliases: {', '.join(names)}."
        return 404, error_body(message, 404, "NotFoundError", "model")
    context_length = models[0].get("max_model_len") or math.inf
    if body.get("n", 1) > 1 and body.get("temperature", 1) == 0:
        return 400, error_body(f"n must be 1 when using greedy sampling, got {body['n']}.", 400)
    if (wanted := body.get("max_tokens") or 0) > context_length:
        message = (
            f"max_tokens={wanted} cannot be greater than max_model_len={context_length}. "
            f"Please request fewer output tokens. (parameter=max_tokens, value={wanted})"
        )
        return 400, error_body(message, 400, param="max_tokens")
    if count_tokens(body) > context_length:
        counted = context_length + 1
        message = (
            f"This model's maximum context length is {context_length} tokens. However, your prompt contains "
            f"at least {counted} input tokens, which exceeds this limit even without any output tokens. "
            f"Please reduce the length of the input prompt. (parameter=input_tokens, value={counted})"
        )
        return 400, error_body(message, 400, param="input_tokens")
    return None


@dataclass(frozen=True)
class Answering:
    """``reply`` as the answer to the request ``body``."""

    reply: Reply
    body: Body

    def events(self) -> Iterator[Body]:
        """The events of the stream that carry text, the ``n`` answers by turns."""
        yield from (
            self._event(index, text, is_last)
            for turn in zip_longest(*(list(self._pieces(index)) for index in range(self._n)))
            for index, text, is_last in filter(None, turn)
        )

    def opening(self) -> Iterator[Body]:
        """The empty events with which a chat begins."""
        if self._is_chat:
            for index in range(self._n):
                delta = {"role": "assistant", "content": ""}
                yield self._frame([{"index": index, "delta": delta, "logprobs": None, "finish_reason": None}])

    def closing(self) -> Iterator[Body]:
        """The event with the usage, if it was asked for."""
        if (self.body.get("stream_options") or {}).get("include_usage"):
            yield self._frame([]) | {"usage": self.usage()}

    def whole(self) -> Body:
        """The answer of a request that does not stream."""
        choices = []
        for index in range(self._n):
            text, reason = self._cut(index)
            said = {"message": {"role": "assistant", "content": text}} if self._is_chat else {"text": text}
            logprobs = self._logprobs(index, text)
            choices.append({"index": index, **said, "logprobs": logprobs, "finish_reason": reason})
        kind = "chat.completion" if self._is_chat else "text_completion"
        return self._frame(choices) | {"object": kind, "usage": self.usage()}

    def usage(self) -> Body:
        """Tokens of the request and of its answers."""
        prompt = count_tokens(self.body)
        answers = sum(_tokens(self._cut(index)[0]) for index in range(self._n))
        return {
            "prompt_tokens": prompt,
            "completion_tokens": answers,
            "total_tokens": prompt + answers,
            "prompt_tokens_details": {"cached_tokens": self.reply.cached_tokens},
        }

    @property
    def _is_chat(self) -> bool:
        return "messages" in self.body

    @property
    def _n(self) -> int:
        return int(self.body.get("n") or 1)

    def _pieces(self, index: int) -> Iterator[tuple[int, str, bool]]:
        text, _ = self._cut(index)
        size = self.reply.chunk
        pieces = [text[at : at + size] for at in range(0, len(text), size)] or [""]
        yield from ((index, piece, i == len(pieces) - 1) for i, piece in enumerate(pieces))

    def _cut(self, index: int) -> tuple[str, str]:
        """Text and finish reason after what the request says about the end."""
        text, reason = self.reply.text_of(index), self.reply.finish_reason
        if self.body.get("continue_final_message"):
            text = text.removeprefix(self.body["messages"][-1]["content"])
        stops = self.body.get("stop") or []
        ends = [text.find(stop) for stop in ([stops] if isinstance(stops, str) else stops)]
        if found := [end for end in ends if end >= 0]:
            text, reason = text[: min(found)], "stop"
        most = self.body.get("max_tokens") or _DEFAULT_MAX_TOKENS["chat" if self._is_chat else "text"]
        if most is not None and _tokens(text) > most:
            text, reason = text[: most * CHARACTERS_PER_TOKEN], "length"
        return text, reason

    def _event(self, index: int, text: str, is_last: bool) -> Body:
        said: Body = {"delta": {"content": text}} if self._is_chat else {"text": text}
        reason = self._cut(index)[1] if is_last else None
        logprobs = self._logprobs(index, text)
        return self._frame([{"index": index, **said, "logprobs": logprobs, "finish_reason": reason}])

    def _frame(self, choices: list[Any]) -> Body:
        kind = "chat.completion.chunk" if self._is_chat else "text_completion"
        return {"id": "scripted", "object": kind, "model": self.body.get("model"), "choices": choices}

    def _logprobs(self, index: int, text: str) -> Body | None:
        """Of one token for every four characters; the second likeliest is always ``?``."""
        size = CHARACTERS_PER_TOKEN
        tokens = [text[at : at + size] for at in range(0, len(text), size)]
        value = self.reply.logprob_of(index)
        if self._is_chat:
            if not self.body.get("logprobs"):
                return None
            most = self.body.get("top_logprobs") or 0
            return {"content": [_chat_logprob(token, value, most) for token in tokens]}
        if self.body.get("logprobs") is None:
            return None
        rivals = {"?": value - 1} if self.body["logprobs"] > 1 else {}
        return {
            "tokens": tokens,
            "token_logprobs": [value] * len(tokens),
            "top_logprobs": [{token: value} | rivals for token in tokens],
            "text_offset": [0] * len(tokens),
        }


def _chat_logprob(token: str, logprob: float, most: int) -> Body:
    ranked = [{"token": token, "logprob": logprob}, {"token": "?", "logprob": logprob - 1}]
    return {"token": token, "logprob": logprob, "top_logprobs": ranked[:most]}


def _tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)
