"""Streams from an engine inside an event loop, where a request is ended by cancelling its task.

Only what Jupyter Server needs: text as it comes. Everything else goes through `nbcoder.engine.client`.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self

import httpx
from httpx_sse import EventSource

from nbcoder.engine.assembly import Assembly
from nbcoder.engine.bodies import stream_body, stream_path, to_json
from nbcoder.engine.connection import async_client
from nbcoder.engine.failures import Failures, engine_words, one_line
from nbcoder.engine.requests import ChatRequest
from nbcoder.engine.stream import translated

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from nbcoder.engine.address import Address
    from nbcoder.engine.requests import TextRequest
    from nbcoder.settings import Settings

__all__ = ["AsyncEngine"]


class AsyncEngine:
    """The engine at ``address``, which has to name its model. Close it, or use ``async with``.

    Raises what `nbcoder.engine.client.HttpEngine` raises.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        self._address = address
        self._failures = Failures(address)
        self._stall_timeout = settings.stall_timeout
        self._client = async_client(address, settings, self._failures)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    @asynccontextmanager
    async def stream(self, request: ChatRequest | TextRequest) -> AsyncIterator[AsyncIterator[str]]:
        """Ask for one answer, and read the pieces of its text; leaving the ``async with`` early, or being
        cancelled in it, closes the connection, which stops the generation.
        """
        content = to_json(stream_body(request, self._address.model))
        headers = {"Content-Type": "application/json"}
        built = self._client.build_request("POST", stream_path(request), content=content, headers=headers)
        with translated(self._failures, self._stall_timeout):
            response = await self._client.send(built, stream=True)
        pieces = self._read(response, request)
        try:
            if response.status_code != httpx.codes.OK:
                with translated(self._failures, self._stall_timeout):
                    words = (await response.aread()).decode("utf-8", "replace")
                raise self._failures.refused(response.status_code, engine_words(words))
            yield pieces
        finally:
            await pieces.aclose()
            await response.aclose()

    async def page(self, path: str) -> str | None:
        """What the engine says at ``path``; None where it does not have that."""
        with translated(self._failures, self._stall_timeout):
            reply = await self._client.get(path)
        return reply.text if reply.is_success else None

    async def served(self) -> list[str]:
        """The names of the models that are served now."""
        said = await self.page("/v1/models")
        try:
            return [str(model["id"]) for model in json.loads(said or "")["data"]]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._failures.not_an_engine(one_line(said or "nothing", 80)) from error

    async def _read(
        self, response: httpx.Response, request: ChatRequest | TextRequest
    ) -> AsyncGenerator[str]:
        prefill = request.prefill if isinstance(request, ChatRequest) else ""
        assembly = Assembly(1, prefill, request.sampling.top_logprobs)
        with translated(self._failures, self._stall_timeout, assembly):
            async for event in EventSource(response).aiter_sse():
                if event.data == "[DONE]":
                    break
                for delta in assembly.add(event.data) if event.data else ():
                    yield delta.text
        if not assembly.is_whole:
            raise self._failures.cut(assembly.characters)
