"""The routes below ``/nbcoder/api/``: each authenticated, and authorised for the resource ``nbcoder``."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from nbcoder.errors import NBCoderError
from nbcoder.server.answers import engine_status, known_model, log_tail, model_list
from nbcoder.server.bodies import BadBody, TooLarge, read_cursor, read_lines, read_order
from nbcoder.server.control import Conflict
from nbcoder.texts import packed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from tornado.http1connection import HTTP1Connection

    from nbcoder.server.control import Control
    from nbcoder.server.engines import Engines
    from nbcoder.server.wire import GhostEnd, GhostText, LogTail, Refusal
    from nbcoder.suggest.ghost import Cursor

__all__ = ["ROUTES", "SERVICES", "Services"]

SERVICES = "nbcoder_services"
"""Under this name the server's settings hold the `Services`."""

_STATUS_OF = {
    BadBody: HTTPStatus.BAD_REQUEST,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Conflict: HTTPStatus.CONFLICT,
}
_LONGEST_GHOST = 20.0
"""Seconds after which nobody wants ghost text any more."""
_LOG_LINES = "200"


@dataclass(frozen=True)
class Services:
    """What the routes share."""

    engines: Engines
    control: Control


class _Handler(APIHandler):
    auth_resource = "nbcoder"

    @property
    def services(self) -> Services:
        return cast("Services", self.settings[SERVICES])

    async def answer(self, work: Awaitable[Mapping[str, object]], status: int = HTTPStatus.OK) -> None:
        """Send what ``work`` gives, or why it gives nothing."""
        try:
            said = await work
        except NBCoderError as error:
            self.refuse(error)
        else:
            self.set_status(status)
            await self.finish(json.dumps(said))

    def refuse(self, error: NBCoderError) -> None:
        """Send the reason, in one line."""
        refusal: Refusal = {"message": packed(error.line), "kind": type(error).__name__}
        self.set_status(_STATUS_OF.get(type(error), HTTPStatus.SERVICE_UNAVAILABLE))
        self.finish(json.dumps(refusal))


class StatusHandler(_Handler):
    """How the engine is."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """`EngineStatus`."""
        await self.answer(engine_status(self.services.engines, self.services.control))


class EngineHandler(_Handler):
    """Start and stop the engine."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Begin an `EngineOrder`, and answer `EngineStatus` at once."""
        await self.answer(self._begin(), HTTPStatus.ACCEPTED)

    async def _begin(self) -> Mapping[str, object]:
        order = read_order(self.request.body)
        await asyncio.to_thread(known_model, order.get("model", ""))
        self.services.control.begin(order)
        return await engine_status(self.services.engines, self.services.control)


class ModelsHandler(_Handler):
    """Which models there are."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """`ModelList`."""
        await self.answer(asyncio.to_thread(model_list))


class LogHandler(_Handler):
    """What the engine wrote."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """`LogTail` of ``lines`` lines."""
        await self.answer(self._read())

    async def _read(self) -> LogTail:
        lines = read_lines(self.get_query_argument("lines", _LOG_LINES))
        return await asyncio.to_thread(log_tail, lines)


class InfillHandler(_Handler):
    """Ghost text; a client that leaves ends it, and frees the engine."""

    _work: asyncio.Task[None] | None = None
    _has_left = False

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Lines of `GhostText`, then `GhostEnd`, for a `GhostWish`."""
        if self._has_left or self._is_closed:
            return
        self._work = asyncio.ensure_future(self._stream())
        try:
            await self._work
        except asyncio.CancelledError:
            if not self._has_left:
                raise

    def on_connection_close(self) -> None:
        """The browser has hung up."""
        self._has_left = True
        if self._work is not None:
            self._work.cancel()
        super().on_connection_close()

    @property
    def _is_closed(self) -> bool:
        """Whether the connection was closed already as the request was read: nobody is told of that."""
        return cast("HTTP1Connection", self.request.connection).stream.closed()

    async def _stream(self) -> None:
        end: GhostEnd = {"done": True}
        try:
            async with asyncio.timeout(_LONGEST_GHOST):
                await self._send_texts(read_cursor(self.request.body))
        except TimeoutError:
            end["error"] = f"the engine took more than {_LONGEST_GHOST:g} s."
        except NBCoderError as error:
            if not self._headers_written:
                self.refuse(error)
                return
            end["error"] = str(error)
        except StreamClosedError:
            return
        self._begin_lines()
        self.write(json.dumps(end) + "\n")
        await self.finish(set_content_type="application/x-ndjson")

    async def _send_texts(self, cursor: Cursor) -> None:
        async with aclosing(self.services.engines.ghost(cursor)) as texts:
            async for text in texts:
                self._begin_lines()
                so_far: GhostText = {"text": text}
                self.write(json.dumps(so_far) + "\n")
                await self.flush()

    def _begin_lines(self) -> None:
        if not self._headers_written:
            self.set_header("Content-Type", "application/x-ndjson")
            self.set_header("Cache-Control", "no-store")
            # A proxy that collects what it passes on would spoil it.
            self.set_header("X-Accel-Buffering", "no")


ROUTES = {
    "status": StatusHandler,
    "engine": EngineHandler,
    "models": ModelsHandler,
    "log": LogHandler,
    "infill": InfillHandler,
}
