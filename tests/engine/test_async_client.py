"""The client of the event loop says the same as the blocking one, and cancelling it frees the engine."""

from __future__ import annotations

import asyncio
import json
from threading import Event
from typing import TYPE_CHECKING

import pytest

from nbcoder.engine.address import Address
from nbcoder.engine.async_client import AsyncEngine
from nbcoder.engine.client import HttpEngine
from nbcoder.engine.requests import ChatRequest, Sampling, TextRequest
from nbcoder.errors import EngineUnauthorized, NBCoderError
from nbcoder.settings import Settings
from tests.engine.asking import HELLO, ask
from tests.scripted_engine import Reply, ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator
    from pathlib import Path

_REQUESTS = [
    HELLO,
    ChatRequest(HELLO.messages, prefill="x = "),
    TextRequest("def f("),
    TextRequest((1, 2, 3), Sampling(max_tokens=3, stop=("\n",), stop_token_ids=(7,)), priority=-10),
]
_REPLIES = [
    Reply("x = 1 + 2", chunk=3),
    Reply(""),
    Reply("no such thing", status=400),
    Reply("not now", status=500),
    Reply("broken", error="out of memory"),
    Reply("cut off", cut_after=1),
    Reply("ended", end_after=1),
    Reply(raw=(b"data: {nonsense}\n\n",)),
]


@pytest.fixture(params=["tcp", "unix"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ScriptedEngine]:
    """A scripted engine on each kind of connection."""
    with ScriptedEngine(uds=tmp_path / "e.sock" if request.param == "unix" else None, key="k") as scripted:
        yield scripted


async def _read(address: Address, request: ChatRequest | TextRequest) -> list[str]:
    async with AsyncEngine(address, Settings()) as engine, engine.stream(request) as pieces:
        return [piece async for piece in pieces]


def _outcome(work: Awaitable[list[str]]) -> object:
    async def run() -> list[str]:
        return await work

    try:
        return asyncio.run(run())
    except NBCoderError as error:
        return type(error), str(error)


@pytest.mark.parametrize("reply", _REPLIES)
@pytest.mark.parametrize("request_", _REQUESTS)
def test_both_clients_ask_and_hear_the_same(
    engine: ScriptedEngine, request_: ChatRequest | TextRequest, reply: Reply
) -> None:
    engine.script(reply, reply)
    try:
        with HttpEngine(engine.address, Settings()) as client:
            heard: object = [delta.text for delta in ask(client, request_).deltas]
    except NBCoderError as error:
        heard = (type(error), str(error))
    assert _outcome(_read(engine.address, request_)) == heard
    blocking, in_loop = engine.bodies
    assert in_loop == blocking


def test_a_wrong_key_and_an_absent_engine_are_told_apart(engine: ScriptedEngine, tmp_path: Path) -> None:
    wrong = Address(engine.url, "wrong", engine.address.socket, "scripted")
    absent = Address("http://localhost", "k", tmp_path / "none.sock", "scripted")
    assert _outcome(_read(wrong, HELLO)) == (EngineUnauthorized, _message(wrong))
    assert _outcome(_read(absent, HELLO)) == _sync_outcome(absent)


def _sync_outcome(address: Address) -> object:
    try:
        with HttpEngine(address, Settings()) as client:
            return [delta.text for delta in ask(client).deltas]
    except NBCoderError as error:
        return type(error), str(error)


def _message(address: Address) -> str:
    outcome = _sync_outcome(address)
    assert isinstance(outcome, tuple)
    return str(outcome[1])


@pytest.mark.parametrize(
    ("reply", "pieces"), [(Reply("x" * 400, stall_after=2), 2), (Reply("never", hold=Event()), 0)]
)
def test_cancelling_frees_the_engine(engine: ScriptedEngine, reply: Reply, pieces: int) -> None:
    engine.script(reply)

    async def run() -> None:
        came: list[str] = []

        async def read() -> None:
            async with AsyncEngine(engine.address, Settings()) as client, client.stream(HELLO) as stream:
                async for piece in stream:
                    came.append(piece)  # noqa: PERF401 - others look at it meanwhile

        task = asyncio.ensure_future(read())
        await asyncio.to_thread(engine.wait_until, lambda engine: engine.running == 1)
        async with asyncio.timeout(5):
            while len(came) < pieces:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.to_thread(engine.wait_until, lambda engine: engine.aborted == 1, 1)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_leaving_early_frees_the_engine_and_the_client_is_as_good_as_new(engine: ScriptedEngine) -> None:
    engine.script(Reply("x" * 400, stall_after=2), "and now to the end")

    async def run() -> str:
        async with AsyncEngine(engine.address, Settings()) as client:
            async with client.stream(HELLO) as stream:
                assert await anext(aiter(stream)) == "xxxx"
            await asyncio.to_thread(engine.wait_until, lambda engine: engine.aborted == 1, 1)
            async with client.stream(HELLO) as stream:
                return "".join([piece async for piece in stream])

    assert asyncio.run(run()) == "and now to the end"


def test_a_page_is_read_whole_and_one_that_is_not_there_is_none(engine: ScriptedEngine) -> None:
    async def run() -> tuple[str | None, str | None]:
        async with AsyncEngine(engine.address, Settings()) as client:
            return await client.page("/version"), await client.page("/nothing")

    version, nothing = asyncio.run(run())
    assert json.loads(version or "") == {"version": "scripted"}
    assert nothing is None
