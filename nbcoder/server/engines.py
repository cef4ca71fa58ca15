"""The engine that runs now, as Jupyter Server reaches it: ghost text, and how busy it is."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from nbcoder.engine.async_client import AsyncEngine
from nbcoder.engine.client import HttpEngine
from nbcoder.engine.hardware import look
from nbcoder.engine.probe import parse_activity
from nbcoder.engine.process import running
from nbcoder.errors import EngineUnreachable, NBCoderError
from nbcoder.models.recognise import family_of_engine
from nbcoder.settings import load_settings
from nbcoder.suggest.ghost import Ghost, Reach

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from nbcoder.engine.address import Address
    from nbcoder.engine.probe import Activity
    from nbcoder.settings import Settings
    from nbcoder.suggest.ghost import Cursor

__all__ = ["EngineLine", "Engines"]

_REACH_OF_CPU = Reach(before=3000, after=600)
"""Two cores read some 500 tokens a second, and what the prefix cache lacks is read between keys."""
_REACH_OF_GPU = Reach(before=16_000, after=3000)
_TIME_TO_TELL = 2.0


class Engines:
    """Finds the running engine, never starts one, and keeps the connection to it. Close it at the end."""

    def __init__(self) -> None:
        self._line: EngineLine | None = None
        self._opening = asyncio.Lock()

    async def current(self) -> EngineLine:
        """A line to the engine that answers now.

        Raises
        ------
        EngineError
            There is none, or it serves no model.
        SettingsError
            The settings cannot be read.
        """
        settings = load_settings()
        # Whoever is cancelled meanwhile must not leave a line behind that nobody holds.
        return await asyncio.shield(self._open(running(settings), settings))

    async def _open(self, address: Address, settings: Settings) -> EngineLine:
        async with self._opening:
            if self._line is None or self._line.asked_for != address:
                await self.aclose()
                self._line = await asyncio.to_thread(EngineLine, address, settings)
            return self._line

    async def found_elsewhere(self) -> EngineLine:
        """A line to an engine that is not ours, asked at this moment; raises what `current` raises."""
        line = await self.current()
        async with self._forgetting(line):
            if line.model in await line.engine.served():
                return line
            await self.aclose()
            return await self.current()

    async def ghost(self, cursor: Cursor) -> AsyncGenerator[str]:
        """What belongs at ``cursor``; see `EngineLine.ghost`. Raises what `current` raises."""
        line = await self.current()
        async with self._forgetting(line), aclosing(line.ghost(cursor)) as texts:
            async for text in texts:
                yield text

    @asynccontextmanager
    async def _forgetting(self, line: EngineLine) -> AsyncIterator[None]:
        """Look anew the next time if ``line`` turns out to lead nowhere."""
        try:
            yield
        except EngineUnreachable:
            if self._line is line:
                await self.aclose()
            raise

    async def activity(self) -> Activity | None:
        """How busy the engine is; None if there is none or it does not say."""
        with suppress(NBCoderError, TimeoutError):
            line = await self.current()
            async with asyncio.timeout(_TIME_TO_TELL):
                return parse_activity(await line.engine.page("/metrics") or "")
        return None

    async def aclose(self) -> None:
        """Hang up."""
        if self._line is not None:
            line, self._line = self._line, None
            await line.aclose()


class EngineLine:
    """A connection to the engine at ``address``; making one asks it for its model, and blocks."""

    def __init__(self, address: Address, settings: Settings) -> None:
        self.asked_for = address
        self._client = HttpEngine(address, settings)
        try:
            self.model = self._client.info().model
            self._family = family_of_engine(self._client)
            self.engine = AsyncEngine(replace(address, model=self.model), settings)
        except BaseException:
            self._client.close()
            raise
        is_on_cpu = address.socket is not None and not look().gpus
        self._reach = _REACH_OF_CPU if is_on_cpu else _REACH_OF_GPU
        # The same few special tokens are asked for with each wish.
        self._encode = lru_cache(maxsize=256)(self._ids)

    async def ghost(self, cursor: Cursor) -> AsyncGenerator[str]:
        """What belongs at ``cursor``: all of the text so far, each time that there is more.

        Closing it, or being cancelled in it, frees the engine. Raises `EngineError`.
        """
        ghost = Ghost(self._family, cursor, self._reach)
        request = await asyncio.to_thread(ghost.request, self._encode)
        answer = shown = ""
        async with self.engine.stream(request) as pieces:
            async for piece in pieces:
                answer += piece
                text, is_over = ghost.shown(answer)
                # What may turn out to repeat the text after the cursor is kept back until it is clear.
                if len(text) > len(shown) and text.startswith(shown):
                    shown = text
                    yield shown
                if is_over:
                    break
        text, _ = ghost.shown(answer)
        if text != shown:
            yield text

    def _ids(self, text: str) -> tuple[int, ...]:
        tokens = self._client.tokens(text)
        return tokens.ids if tokens else ()

    async def aclose(self) -> None:
        """Hang up."""
        self._client.close()
        await self.engine.aclose()
