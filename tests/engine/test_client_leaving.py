"""Leaving an answer before its end frees the engine at once."""

from __future__ import annotations

import os
import signal
import socket
import threading
from typing import TYPE_CHECKING

import httpx
import pytest
from jupyter_client.manager import start_new_kernel

from nbcoder.engine.client import HttpEngine
from nbcoder.engine.stream import hang_up
from nbcoder.settings import Settings
from tests.engine.asking import HELLO, ask
from tests.scripted_engine import Reply, ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDLESS = Reply("x" * 4000, stall_after=3)


@pytest.fixture(params=["tcp", "unix"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ScriptedEngine]:
    """A scripted engine on each kind of connection."""
    with ScriptedEngine(uds=tmp_path / "e.sock" if request.param == "unix" else None) as scripted:
        scripted.script(ENDLESS)
        yield scripted


def test_leaving_the_with_aborts_the_request(engine: ScriptedEngine) -> None:
    with HttpEngine(engine.address, Settings()) as client:
        with client.stream(HELLO) as stream:
            next(iter(stream))
            engine.wait_until(lambda engine: engine.running == 1)
        engine.wait_until(lambda engine: engine.running == 0)
    assert (engine.aborted, engine.finished) == (1, 0)


def test_an_error_of_the_reader_aborts_the_request_and_stays_itself(engine: ScriptedEngine) -> None:
    def read() -> None:
        with HttpEngine(engine.address, Settings()) as client, client.stream(HELLO) as stream:
            for _ in stream:
                raise httpx.ReadError("of another client that the reader uses")

    with pytest.raises(httpx.ReadError):
        read()
    engine.wait_until(lambda engine: engine.aborted == 1)


def test_an_interrupt_aborts_the_request(engine: ScriptedEngine) -> None:
    came = threading.Event()

    def interrupt() -> None:
        came.wait(timeout=5)
        os.kill(os.getpid(), signal.SIGINT)

    def read() -> None:
        with HttpEngine(engine.address, Settings()) as client, client.stream(HELLO) as stream:
            for _ in stream:
                came.set()

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        read()
    engine.wait_until(lambda engine: engine.aborted == 1, seconds=1)
    interrupter.join()


def test_an_interrupt_before_the_first_word_aborts_the_request(tmp_path: Path) -> None:
    with ScriptedEngine(uds=tmp_path / "e.sock") as scripted:
        scripted.script(Reply("never", hold=threading.Event()))

        def interrupt() -> None:
            scripted.wait_until(lambda engine: engine.running == 1)
            os.kill(os.getpid(), signal.SIGINT)

        interrupter = threading.Thread(target=interrupt)
        interrupter.start()
        with HttpEngine(scripted.address, Settings()) as client, pytest.raises(KeyboardInterrupt):
            ask(client)
        scripted.wait_until(lambda engine: engine.aborted == 1, seconds=1)
        interrupter.join()


def test_a_copy_of_the_connection_in_another_process_does_not_keep_the_request(
    scripted_engine: ScriptedEngine,
) -> None:
    scripted_engine.script(ENDLESS)
    body = {"model": "scripted", "stream": True, "messages": []}
    with httpx.Client(base_url=scripted_engine.url, trust_env=False) as client:
        request = client.build_request("POST", "/v1/chat/completions", json=body)
        response = client.send(request, stream=True)
        connection = response.extensions["network_stream"].get_extra_info("socket")
        # What a fork of this process holds: the same connection by another number.
        with socket.socket(fileno=os.dup(connection.fileno())):
            hang_up(response)
            scripted_engine.wait_until(lambda engine: engine.aborted == 1)


def test_after_leaving_the_client_is_as_good_as_new(engine: ScriptedEngine) -> None:
    engine.script("and now to the end", "and once more")
    with HttpEngine(engine.address, Settings()) as client:
        with client.stream(HELLO) as stream:
            next(iter(stream))
        assert ask(client).text == "and now to the end"
        assert ask(client).text == "and once more"


def test_an_answer_read_to_its_end_is_no_aborted_one(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script(*["whole"] * 5)
    with HttpEngine(scripted_engine.address, Settings()) as client:
        for _ in range(5):
            ask(client)
    scripted_engine.wait_until(lambda engine: engine.finished == 5)
    assert scripted_engine.aborted == 0


IN_KERNEL = """
from nbcoder.engine.address import Address
from nbcoder.engine.client import HttpEngine
from nbcoder.engine.requests import ChatRequest, Message
from nbcoder.settings import Settings

address = Address({url!r}, "", None, "scripted")
with HttpEngine(address, Settings()) as engine, engine.stream(ChatRequest((Message("user", "x"),))) as stream:
    for delta in stream:
        pass
"""


def test_interrupting_a_kernel_frees_the_engine(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script(ENDLESS)
    manager, kernel = start_new_kernel()
    try:
        asked = kernel.execute(IN_KERNEL.format(url=scripted_engine.url), stop_on_error=False)
        scripted_engine.wait_until(lambda engine: engine.running == 1, seconds=30)
        manager.interrupt_kernel()
        scripted_engine.wait_until(lambda engine: engine.aborted == 1)
        reply = kernel._recv_reply(asked, timeout=10)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert kernel.execute_interactive("1 + 1", timeout=10)["content"]["status"] == "ok"
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
