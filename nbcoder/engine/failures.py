"""What goes wrong between us and an engine, each as one error of ours that says what to do."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from nbcoder.errors import (
    EngineError,
    EngineFailed,
    EngineStalled,
    EngineUnauthorized,
    EngineUnreachable,
    ModelNotServed,
    PromptTooLong,
    RequestRejected,
    StreamCut,
)
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.engine.address import Address

__all__ = ["Failures", "engine_words", "one_line", "token_numbers"]

_TOKENS = re.compile(r"(\d+)(?: input)? tokens")


@dataclass(frozen=True)
class Failures:
    """Makes the errors for the engine at ``address``."""

    address: Address

    def unreachable(self, reason: str) -> EngineUnreachable:
        """Nobody took the request."""
        if self._is_ours:
            words = "no engine answers at %1 (%2). Start it with `nbcoder engine start`."
        else:
            words = (
                "no engine answers at %1 (%2). Check the setting engine_url, "
                "or leave it empty for an engine of ours."
            )
        return EngineUnreachable(Text(words, self._place, reason))

    def stalled(self, seconds: float) -> EngineStalled:
        """Nothing came for ``seconds``."""
        words = "no token came from the engine for %1 s. Try again, or raise the setting stall_timeout."
        return EngineStalled(Text(words, f"{seconds:g}"))

    def cut(self, characters: int) -> StreamCut:
        """The connection ended before the answer, of which ``characters`` had come."""
        words = "the engine broke off its answer at character %1. Try again. %2"
        return StreamCut(Text(words, characters, self._look))

    def not_an_engine(self, what: str) -> EngineUnreachable:
        """Somebody answers, but no OpenAI-compatible engine."""
        return self.unreachable(Text("what answers there is no OpenAI-compatible engine: %1", what))

    def not_streamed(self, what: str) -> EngineFailed:
        """The answer is no stream of events."""
        return EngineFailed(Text("the engine does not stream its answer: %1. %2", one_line(what), self._look))

    def unsendable_key(self) -> EngineUnauthorized:
        """The key cannot be part of a request."""
        return EngineUnauthorized(
            Text("the engine's key has characters no request can hold. Check engine_key.")
        )

    def not_served(self, model: str, served: Sequence[str]) -> ModelNotServed:
        """The engine has other models only."""
        names = ", ".join(served) or Text("no model")
        if self._is_ours:
            words = "the engine serves %1, not %2. Run `nbcoder engine restart`."
        else:
            words = "the engine serves %1, not %2. Set engine_model to one of its models."
        return ModelNotServed(Text(words, names, model))

    def too_long(self, needed: int, limit: int) -> PromptTooLong:
        """The request needs more tokens than the model takes."""
        words = (
            "the request needs %1 tokens, but the model takes %2 at most. "
            "Shorten it or the cells above it, or use a model with a longer context."
        )
        return PromptTooLong(Text(words, needed, limit))

    def refused(self, status: int, said: str) -> EngineError:
        """The engine answered with an HTTP ``status`` other than 200, and ``said`` that."""
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            if self._is_ours:
                words = "the engine at %1 refuses our key. Run `nbcoder engine restart`."
            else:
                words = "the engine at %1 refuses our key. Check the setting engine_key."
            return EngineUnauthorized(Text(words, self._place))
        is_no_error = status < HTTPStatus.BAD_REQUEST
        if is_no_error or status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
            return self.not_an_engine(Text("status %1, %2", status, said))
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return RequestRejected(Text("the engine rejects the request: %1. Change what it names.", said))
        return EngineFailed(
            Text("the engine failed with status %1: %2. Try again. %3", status, said, self._look)
        )

    @property
    def _is_ours(self) -> bool:
        return self.address.socket is not None

    @property
    def _place(self) -> str:
        # A URL may carry a password, which no message may show.
        return str(self.address.socket or re.sub(r"//[^/@]*@", "//", self.address.url))

    @property
    def _look(self) -> str:
        if self._is_ours:
            return Text("See `nbcoder engine logs`.")
        return Text("See the log of the engine at %1.", self._place)


def token_numbers(words: str) -> list[int]:
    """The numbers of tokens in a refusal that is about the model's context; empty for any other refusal.

    vLLM and OpenAI say "context length", llama.cpp says "context size", others "context window".
    """
    if not re.search(r"context (length|size|window)", words):
        return []
    return [int(number) for number in _TOKENS.findall(words)]


def engine_words(reply: str) -> str:
    """What an error reply says, on one line; knows vLLM, its key check, FastAPI and plain text."""
    try:
        said = json.loads(reply)
    except ValueError:
        said = reply
    while isinstance(said, dict):
        said = said.get("error") or said.get("message") or said.get("detail") or json.dumps(said)
    return one_line(str(said)).rstrip(".") or "no reason given"


def one_line(text: str, limit: int = 300) -> str:
    """``text`` without line breaks, cut to ``limit`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]}…"
