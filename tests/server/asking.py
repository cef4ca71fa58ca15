"""How the tests speak to the server: as the extension does, and as a browser that hangs up."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from tornado.httpclient import HTTPClientError

from nbcoder.texts import in_english

if TYPE_CHECKING:
    from tests.server.conftest import Fetch

__all__ = ["API", "WISH", "Browser", "get", "ghost", "post", "refused"]

API = ("nbcoder", "api")
WISH: dict[str, Any] = {"prefix": "total = su", "suffix": "", "cells": ["x = [1, 2]"], "language": "python"}


async def get(fetch: Fetch, route: str, **params: str) -> Any:
    """The JSON at ``route``."""
    return in_english(json.loads((await fetch(*API, route, params=params)).body))


async def post(fetch: Fetch, route: str, body: object) -> Any:
    """The JSON that ``route`` answers to ``body``, which is sent as it is if it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return json.loads((await fetch(*API, route, method="POST", body=content)).body)


async def ghost(fetch: Fetch, wish: object = None) -> list[dict[str, Any]]:
    """All lines of an answer."""
    reply = await fetch(*API, "infill", method="POST", body=json.dumps(wish or WISH))
    return [json.loads(line) for line in reply.body.decode().splitlines()]


async def refused(coroutine: Any) -> tuple[int, str]:
    """Status and message of the refusal that ``coroutine`` gets."""
    try:
        await coroutine
    except HTTPClientError as error:
        body = error.response.body if error.response else b"{}"
        return error.code, in_english(json.loads(body)["message"])
    raise AssertionError("it was not refused")


class Browser:
    """A connection that can be hung up; an async context manager."""

    def __init__(self, port: int, base_url: str, token: str) -> None:
        self._port, self._base_url, self._token = port, base_url, token

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.hang_up()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def ask(self, wish: dict[str, Any]) -> None:
        """Send a wish for ghost text."""
        self.send(wish)
        await self._writer.drain()

    def send(self, wish: dict[str, Any]) -> None:
        """Send it and let nobody else have a turn."""
        body = json.dumps(wish).encode()
        path = f"{quote(self._base_url, safe='/%')}nbcoder/api/infill"
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: token {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)

    async def read_until(self, text: bytes) -> bytes:
        """What came, up to ``text``."""
        return await asyncio.wait_for(self._reader.readuntil(text), 10)

    def hang_up(self) -> None:
        """Close the connection, as a browser does that aborts a request."""
        self._writer.close()
