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
            return EngineUnreachable(
                f"no engine answers at {self._place} ({reason}). Start it with `nbcoder engine start`."
            )
        return EngineUnreachable(
            f"no engine answers at {self._place} ({reason}). Check the setting engine_url, "
            "or leave it empty for an engine of ours."
        )

    def stalled(self, seconds: float) -> EngineStalled:
        """Nothing came for ``seconds``."""
        return EngineStalled(
            f"no token came from the engine for {seconds:g} s. Try again, or raise the setting stall_timeout."
        )

    def cut(self, characters: int) -> StreamCut:
        """The connection ended before the answer, of which ``characters`` had come."""
        return StreamCut(
            f"the engine broke off its answer at character {characters}. Try again. {self._look}"
        )

    def not_an_engine(self, what: str) -> EngineUnreachable:
        """Somebody answers, but no OpenAI-compatible engine."""
        return self.unreachable(f"what answers there is no OpenAI-compatible engine: {what}")

    def not_streamed(self, what: str) -> EngineFailed:
        """The answer is no stream of events."""
        return EngineFailed(f"the engine does not stream its answer: {one_line(what)}. {self._look}")

    def unsendable_key(self) -> EngineUnauthorized:
        """The key cannot be part of a request."""
        return EngineUnauthorized("the engine's key has characters no request can hold. Check engine_key.")

    def not_served(self, model: str, served: Sequence[str]) -> ModelNotServed:
        """The engine has other models only."""
        names = ", ".join(served) or "no model"
        do = "Run `nbcoder engine restart`" if self._is_ours else "Set engine_model to one of its models"
        return ModelNotServed(f"the engine serves {names}, not {model}. {do}.")

    def too_long(self, needed: int, limit: int) -> PromptTooLong:
        """The request needs more tokens than the model takes."""
        return PromptTooLong(
            f"the request needs {needed} tokens, but the model takes {limit} at most. "
            "Shorten it or the cells above it, or use a model with a longer context."
        )

    def refused(self, status: int, words: str) -> EngineError:
        """The engine answered with an HTTP ``status`` other than 200, and these words."""
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            do = "Run `nbcoder engine restart`" if self._is_ours else "Check the setting engine_key"
            return EngineUnauthorized(f"the engine at {self._place} refuses our key. {do}.")
        is_no_error = status < HTTPStatus.BAD_REQUEST
        if is_no_error or status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
            return self.not_an_engine(f"status {status}, {words}")
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return RequestRejected(f"the engine rejects the request: {words}. Change what it names.")
        return EngineFailed(f"the engine failed with status {status}: {words}. Try again. {self._look}")

    @property
    def _is_ours(self) -> bool:
        return self.address.socket is not None

    @property
    def _place(self) -> str:
        # A URL may carry a password, which no message may show.
        return str(self.address.socket or re.sub(r"//[^/@]*@", "//", self.address.url))

    @property
    def _look(self) -> str:
        return (
            "See `nbcoder engine logs`." if self._is_ours else f"See the log of the engine at {self._place}."
        )


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
