"""Speaks to an engine over HTTP: vLLM, or anything else with an OpenAI-compatible API.

Leaving a stream early closes its connection, which is how vLLM learns that nobody wants the rest.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import httpx

from nbcoder.engine.bodies import count_body, stream_body, stream_path, to_json, tokens_body
from nbcoder.engine.connection import patience, sync_client, timeout
from nbcoder.engine.failures import Failures, engine_words, one_line, token_numbers
from nbcoder.engine.requests import ChatRequest, EngineInfo
from nbcoder.engine.stream import HttpStream, hang_up, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from nbcoder.engine.address import Address
    from nbcoder.engine.bodies import Body
    from nbcoder.engine.requests import Message, TextRequest
    from nbcoder.errors import EngineError
    from nbcoder.settings import Settings

__all__ = ["ASSUMED_CONTEXT", "HttpEngine", "Tokens"]

ASSUMED_CONTEXT = 8192
"""Context length in tokens of a model whose engine does not say it."""

_RETRY_WAITS = (0.1, 0.4)
"""Seconds before each further try of a request that reached nobody, or was turned away unread."""


@dataclass(frozen=True)
class Tokens:
    """What a tokenizer makes of a prompt."""

    ids: tuple[int, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class _Served:
    """What an engine says of a model: its context length in tokens and where it comes from, if it does."""

    context: int | None
    root: str


class HttpEngine:
    """The engine at ``address``. Close it, or use ``with``; one may be shared between threads.

    Raises
    ------
    EngineUnreachable
        The address is no URL.
    EngineUnauthorized
        The key has characters that cannot be sent.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        self._address = address
        self._failures = Failures(address)
        self._settings = settings
        self._can_count = True
        self._client = sync_client(address, settings, self._failures)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    @contextmanager
    def stream(self, request: ChatRequest | TextRequest) -> Iterator[HttpStream]:
        """Ask, and read the answer as it comes; leaving the ``with`` early stops the generation.

        Only a request that nobody has begun to answer is sent again.
        """
        seconds = patience(self._settings, request)
        response = self._send("POST", stream_path(request), stream_body(request, self._model), seconds)
        try:
            if response.status_code != httpx.codes.OK:
                raise self._refusal(response, request)
            yield HttpStream(response, request, self._failures, seconds)
        finally:
            hang_up(response)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Number of prompt tokens of ``messages`` with the model's chat template.

        Exact with vLLM, also for more than the model takes. An engine that cannot count leaves us an
        estimate, which is high for code: one token for each three bytes of UTF-8.
        """
        exact = self._exact_count(ChatRequest(tuple(messages)))
        if exact is not None:
            return exact
        size = sum(len(message.content.encode("utf-8", "replace")) for message in messages)
        return -(-size // 3)

    def tokens(self, prompt: str | ChatRequest) -> Tokens | None:
        """The tokens of a text alone, without BOS, or of a conversation; None if it cannot say them."""
        reply = self._ask("POST", "/tokenize", tokens_body(prompt, self._model))
        told = _parsed(reply) if reply.is_success else {}
        ids, texts = told.get("tokens"), told.get("token_strs")
        if not isinstance(ids, list) or not isinstance(texts, list):
            return None
        return Tokens(tuple(map(int, ids)), tuple(map(str, texts)))

    def info(self) -> EngineInfo:
        """Which model answers; the engine is asked once."""
        return self._info

    @cached_property
    def _info(self) -> EngineInfo:
        served = self._served()
        model = self._address.model or next(iter(served), "")
        if model not in served:
            raise self._failures.not_served(model or "any", list(served))
        reply = self._ask("GET", "/version")
        version = _parsed(reply).get("version", "") if reply.is_success else ""
        told = served[model]
        return EngineInfo(model, told.context or ASSUMED_CONTEXT, str(version), root=told.root)

    @property
    def _model(self) -> str:
        return self._address.model or self._info.model

    def _served(self) -> dict[str, _Served]:
        """The served models by name."""
        reply = self._ask("GET", "/v1/models")
        if not reply.is_success:
            raise self._failures.refused(reply.status_code, engine_words(reply.text))
        try:
            return {
                model["id"]: _Served(model.get("max_model_len"), str(model.get("root") or ""))
                for model in reply.json()["data"]
            }
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._failures.not_an_engine(one_line(reply.text, 80)) from error

    def _exact_count(self, request: ChatRequest | TextRequest) -> int | None:
        """Prompt tokens of ``request``; None if the engine cannot say it."""
        if not self._can_count:
            return None
        reply = self._ask("POST", "/tokenize", count_body(request, self._model))
        if reply.is_server_error:
            raise self._failures.refused(reply.status_code, engine_words(reply.text))
        count = _parsed(reply).get("count") if reply.is_success else None
        if isinstance(count, int):
            return count
        # No vLLM, or one behind a gateway that hides this: the next time would be no better.
        self._can_count = reply.status_code == httpx.codes.BAD_REQUEST
        return None

    def _refusal(self, response: httpx.Response, request: ChatRequest | TextRequest) -> EngineError:
        with self._translated():
            response.read()
        status, words = response.status_code, engine_words(response.text)
        if status == httpx.codes.NOT_FOUND and self._model not in (served := self._served()):
            return self._failures.not_served(self._model, list(served))
        if numbers := token_numbers(words):
            # vLLM stops counting one token beyond the limit, so its own number says nothing.
            needed = max(*numbers, self._exact_count(request) or 0)
            told = self._served().get(self._model)
            limit = (told and told.context) or min(numbers)
            if needed > limit:
                return self._failures.too_long(needed, limit)
        return self._failures.refused(status, words)

    def _ask(self, method: str, path: str, body: Body | None = None) -> httpx.Response:
        """A small reply, whole."""
        response = self._send(method, path, body)
        try:
            with self._translated():
                response.read()
        finally:
            hang_up(response)
        return response

    def _send(
        self, method: str, path: str, body: Body | None = None, seconds: float | None = None
    ) -> httpx.Response:
        """The beginning of a response, after the tries that are safe."""
        headers = {"Content-Type": "application/json"} if body else {}
        content = to_json(body) if body else None
        seconds = seconds or self._settings.stall_timeout
        limits = timeout(self._settings, seconds)
        request = self._client.build_request(method, path, headers=headers, content=content, timeout=limits)
        with translated(self._failures, seconds):
            for wait in _RETRY_WAITS:
                with suppress(httpx.ConnectError):
                    response = self._client.send(request, stream=True)
                    if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                        return response
                    response.close()
                time.sleep(wait)
            return self._client.send(request, stream=True)

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self._failures, self._settings.stall_timeout)


def _parsed(reply: httpx.Response) -> dict[str, Any]:
    """The JSON object in ``reply``; empty when there is none."""
    try:
        parsed = reply.json()
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
