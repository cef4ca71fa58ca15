"""Every failure becomes one error of ours, on one line that says what to do."""

from __future__ import annotations

import dataclasses
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.engine.address import Address
from nbcoder.engine.client import HttpEngine
from nbcoder.engine.failures import engine_words
from nbcoder.engine.requests import ChatRequest, Message, Sampling, TextRequest
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
from nbcoder.settings import Settings
from tests.engine.asking import HELLO, SEVERAL, ask
from tests.scripted_engine import Reply, ScriptedEngine

REJECTIONS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vllm" / "rejections.json").read_text("utf-8")
)
LONG = ChatRequest((Message("user", "word " * 8000),))


@pytest.mark.parametrize(
    ("rejection", "error", "words"),
    [
        ("unauthorized", EngineUnauthorized, "refuses our key. Check the setting engine_key."),
        ("max_tokens too large", RequestRejected, "Please request fewer output tokens"),
        ("several greedy answers", RequestRejected, "n must be 1 when using greedy sampling, got 3"),
        ("too many stop strings", RequestRejected, "at most 16 items"),
        ("not JSON", RequestRejected, "JSON decode error"),
        ("unknown route", EngineUnreachable, "no OpenAI-compatible engine: status 404, Not Found"),
        ("wrong method", EngineUnreachable, "status 405, Method Not Allowed"),
    ],
)
def test_what_the_real_engine_says_becomes_one_error(
    scripted_engine: ScriptedEngine,
    client: HttpEngine,
    rejection: str,
    error: type[EngineError],
    words: str,
) -> None:
    scripted_engine.script(Reply(**REJECTIONS[rejection]))
    with pytest.raises(error) as raised:
        ask(client)
    assert words in str(raised.value)


@pytest.mark.parametrize("rejection", ["prompt too long", "prompt far too long", "token ids too long"])
def test_a_prompt_too_long_for_the_real_engine_names_both_numbers(
    scripted_engine: ScriptedEngine, client: HttpEngine, rejection: str
) -> None:
    scripted_engine.models[0]["max_model_len"] = None
    scripted_engine.script(Reply(**REJECTIONS[rejection]))
    with pytest.raises(
        PromptTooLong, match=r"needs 10004 tokens, but the model takes 2048 at most\. Shorten"
    ):
        ask(client, LONG)


def test_the_model_that_the_real_engine_lacks_is_named(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    scripted_engine.script(Reply(**REJECTIONS["unknown model"]))
    scripted_engine.models = [{"id": "a"}, {"id": "b"}]
    with pytest.raises(ModelNotServed, match=r"serves a, b, not scripted\. Set engine_model"):
        ask(client)


def test_another_model_than_the_one_asked_for(scripted_engine: ScriptedEngine) -> None:
    address = dataclasses.replace(scripted_engine.address, model="big")
    with HttpEngine(address, Settings()) as engine:
        for call in (engine.info, lambda: ask(engine)):
            with pytest.raises(ModelNotServed, match="serves scripted, not big"):
                call()


def test_an_engine_without_models(scripted_engine: ScriptedEngine) -> None:
    address = dataclasses.replace(scripted_engine.address, model="")
    scripted_engine.models = []
    with HttpEngine(address, Settings()) as engine, pytest.raises(ModelNotServed, match="serves no model"):
        ask(engine)


def test_a_wrong_key(tmp_path: Path) -> None:
    with ScriptedEngine(uds=tmp_path / "e.sock", key="right") as scripted:
        address = dataclasses.replace(scripted.address, key="guess")
        with HttpEngine(address, Settings()) as engine:
            for call in (engine.info, lambda: ask(engine)):
                with pytest.raises(EngineUnauthorized, match="Run `nbcoder engine restart`") as raised:
                    call()
                assert "guess" not in str(raised.value)


@pytest.mark.parametrize("key", ["with\nbreak", "schlüssel"])
def test_a_key_that_no_request_can_hold(key: str) -> None:
    with pytest.raises(EngineUnauthorized, match="Check engine_key") as raised:
        HttpEngine(Address("http://127.0.0.1:9", key, None, ""), Settings())
    assert key not in str(raised.value)
    assert key not in repr(Address("http://127.0.0.1:9", key, None, ""))


def test_a_prompt_too_long_is_counted_to_its_end(scripted_engine: ScriptedEngine, client: HttpEngine) -> None:
    with pytest.raises(PromptTooLong, match="needs 10004 tokens, but the model takes 8192 at most"):
        ask(client, LONG)
    with pytest.raises(PromptTooLong, match="needs 9000 tokens, but the model takes 8192 at most"):
        ask(client, TextRequest((1,) * 9000))
    assert scripted_engine.requests == []


@pytest.mark.parametrize(
    "message",
    [
        "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
        "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
        (
            "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens "
            "(4000 in the messages, 1000 in the completion)."
        ),
    ],
)
def test_other_engines_say_too_long_in_other_words(
    scripted_engine: ScriptedEngine, client: HttpEngine, message: str
) -> None:
    scripted_engine.pages["/tokenize"] = None
    scripted_engine.models = [{"id": "scripted"}]
    scripted_engine.script(Reply(status=400, body={"error": {"message": message}}))
    with pytest.raises(PromptTooLong, match="needs 5000 tokens, but the model takes 4096 at most"):
        ask(client)


def test_too_many_tokens_wanted_is_not_a_long_prompt(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    message = (
        "'max_tokens' is too large: 30000. This model's maximum context length is 8192 tokens "
        "and your request has 100 input tokens"
    )
    scripted_engine.script(Reply(message, status=400))
    with pytest.raises(RequestRejected, match="max_tokens"):
        ask(client, ChatRequest(HELLO.messages, Sampling(max_tokens=30)))


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_failing_engine_is_asked_once(
    scripted_engine: ScriptedEngine, client: HttpEngine, status: int
) -> None:
    scripted_engine.script(Reply("worker died", status=status))
    with pytest.raises(EngineFailed, match=f"status {status}: worker died. Try again"):
        ask(client)
    assert len(scripted_engine.requests) == 1


def test_an_engine_that_is_not_ready_is_asked_again(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    scripted_engine.script(Reply(status=503), Reply(status=503), "ready now")
    assert ask(client).text == "ready now"
    assert len(scripted_engine.requests) == 3


def test_an_engine_that_stays_unready_is_given_up(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    scripted_engine.script(*[Reply("loading", status=503)] * 4)
    with pytest.raises(EngineFailed, match="status 503: loading"):
        ask(client)
    assert len(scripted_engine.requests) == 3


def test_nobody_at_a_socket(tmp_path: Path) -> None:
    address = Address("http://engine", "", tmp_path / "e.sock", "m")
    with HttpEngine(address, Settings()) as engine, pytest.raises(EngineUnreachable) as raised:
        ask(engine)
    assert str(raised.value) == (
        f"no engine answers at {tmp_path}/e.sock (No such file or directory). "
        "Start it with `nbcoder engine start`."
    )


def test_nobody_at_a_url() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = Address(f"http://user:secret@127.0.0.1:{port}/v1", "", None, "m")
    with HttpEngine(address, Settings()) as engine, pytest.raises(EngineUnreachable) as raised:
        engine.count_tokens(HELLO.messages)
    assert str(raised.value) == (
        f"no engine answers at http://127.0.0.1:{port}/v1 (Connection refused). "
        "Check the setting engine_url, or leave it empty for an engine of ours."
    )


@pytest.mark.parametrize("url", ["engine:8000", "ftp://engine", "", "http://", "http://[bad"])
def test_an_address_that_is_no_url(url: str) -> None:
    def use() -> None:
        with HttpEngine(Address(url, "", None, "m"), Settings()) as engine:
            ask(engine)

    with pytest.raises(EngineUnreachable, match="Check the setting engine_url"):
        use()


def test_an_engine_that_starts_meanwhile_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = ScriptedEngine(uds=tmp_path / "e.sock")
    scripted.script("here I am")
    (tmp_path / "e.sock").rename(tmp_path / "later.sock")
    waits: list[float] = []

    def start(seconds: float) -> None:
        waits.append(seconds)
        (tmp_path / "later.sock").rename(tmp_path / "e.sock")

    monkeypatch.setattr(time, "sleep", start)
    with scripted, HttpEngine(scripted.address, Settings()) as engine:
        assert ask(engine).text == "here I am"
    assert waits == [0.1]


def test_a_connection_that_nobody_takes() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        address = Address(f"http://127.0.0.1:{port}", "", None, "m")
        with (
            socket.create_connection(("127.0.0.1", port)),
            HttpEngine(address, Settings(connect_timeout=0.2)) as engine,
            pytest.raises(EngineUnreachable, match="no connection in time"),
        ):
            ask(engine)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_broken_connection_cuts_the_answer(
    scripted_engine: ScriptedEngine, client: HttpEngine, count: int
) -> None:
    scripted_engine.script(Reply("abcdefghijkl", cut_after=count))
    with pytest.raises(StreamCut, match=f"broke off its answer at character {4 * count}") as raised:
        ask(client)
    assert "Try again" in str(raised.value)
    assert len(scripted_engine.requests) == 1


def test_an_answer_without_its_end_is_cut(scripted_engine: ScriptedEngine, client: HttpEngine) -> None:
    scripted_engine.script(Reply("abcdefgh", end_after=1))
    with pytest.raises(StreamCut, match="at character 4"):
        ask(client)


def test_a_cut_answer_keeps_what_has_come(scripted_engine: ScriptedEngine, client: HttpEngine) -> None:
    scripted_engine.script(Reply(("abcdefgh", "ABCD", ""), cut_after=4))
    with client.stream(SEVERAL) as stream:
        with pytest.raises(StreamCut):
            list(stream)
        assert [(answer.text, answer.finish_reason) for answer in stream.answers] == [
            ("abcdefgh", "stop"),
            ("ABCD", "stop"),
            ("", "stop"),
        ]


def test_an_engine_that_shuts_down_cuts_its_answers(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    scripted_engine.script(Reply("abcd", finish_reason="abort"))
    with pytest.raises(StreamCut):
        ask(client)


def test_an_engine_that_dies_before_it_answers_cuts_the_connection(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "e.sock"))
        listener.listen()
        listener.settimeout(5)
        address = Address("http://engine", "", tmp_path / "e.sock", "m")
        with HttpEngine(address, Settings()) as engine, ThreadPoolExecutor(1) as pool:
            asked = pool.submit(ask, engine)
            listener.accept()[0].close()
            with pytest.raises(StreamCut, match="See `nbcoder engine logs`"):
                asked.result()


def test_a_connection_that_the_engine_closes_behind_a_reply_loses_no_request(tmp_path: Path) -> None:
    reply = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"count": 7}'
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "e.sock"))
        listener.listen()
        listener.settimeout(5)
        address = Address("http://engine", "", tmp_path / "e.sock", "m")
        with HttpEngine(address, Settings()) as engine, ThreadPoolExecutor(1) as pool, ExitStack() as kept:
            for _ in range(2):
                asked = pool.submit(engine.count_tokens, HELLO.messages)
                connection = kept.enter_context(listener.accept()[0])
                connection.recv(65536)
                connection.sendall(reply)
                assert asked.result() == 7


def test_an_engine_without_a_first_word_has_stalled(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script(Reply("abcd", stall_after=0))
    with (
        HttpEngine(scripted_engine.address, Settings(stall_timeout=0.2)) as engine,
        pytest.raises(EngineStalled, match=r"for 0\.2 s\. Try again, or raise the setting stall_timeout"),
    ):
        ask(engine)
    scripted_engine.wait_until(lambda engine: engine.aborted == 1)
    assert len(scripted_engine.requests) == 1


def test_a_long_prompt_has_time_to_be_read(scripted_engine: ScriptedEngine) -> None:
    first = Event()
    scripted_engine.script(Reply("abcd", hold=first))
    with (
        HttpEngine(scripted_engine.address, Settings(stall_timeout=0.1)) as engine,
        ThreadPoolExecutor(1) as pool,
    ):
        asked = pool.submit(ask, engine, TextRequest("x" * 2800))
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.5)
        first.set()
        assert asked.result().text == "abcd"


def test_signs_of_life_are_no_tokens(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script(Reply("abcdefgh", stall_after=1, ping=0.02))
    with HttpEngine(scripted_engine.address, Settings(stall_timeout=0.3)) as engine:
        begun = time.monotonic()
        with pytest.raises(EngineStalled):
            ask(engine)
    assert 0.3 <= time.monotonic() - begun < 10


def test_an_answer_may_take_longer_than_the_time_out(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script(Reply("x" * 40, delay=0.15, ping=0.02))
    with HttpEngine(scripted_engine.address, Settings(stall_timeout=1)) as engine:
        assert ask(engine).text == "x" * 40


def test_a_reader_may_take_longer_than_the_engine(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script(Reply("abcdefghijkl"))
    with (
        HttpEngine(scripted_engine.address, Settings(stall_timeout=1)) as engine,
        engine.stream(HELLO) as stream,
    ):
        texts = []
        for delta in stream:
            time.sleep(0.4)
            texts.append(delta.text)
    assert texts == ["abcd", "efgh", "ijkl"]


def test_an_error_within_the_stream(scripted_engine: ScriptedEngine, client: HttpEngine) -> None:
    scripted_engine.script(Reply("abcd", error="out of memory"))
    with pytest.raises(EngineFailed, match=r"failed while it answered: out of memory\. Try again"):
        ask(client)


def test_an_answer_that_is_no_stream(scripted_engine: ScriptedEngine, client: HttpEngine) -> None:
    scripted_engine.script(Reply(body={"choices": []}))
    with pytest.raises(EngineFailed, match=r"does not stream its answer: .*application/json"):
        ask(client)


@pytest.mark.parametrize("page", [b"<html>Welcome", [], {"data": None}, {"data": [{"name": "x"}]}])
def test_what_answers_may_be_no_engine(
    scripted_engine: ScriptedEngine, client: HttpEngine, page: object
) -> None:
    scripted_engine.pages["/v1/models"] = page
    with pytest.raises(EngineUnreachable, match="what answers there is no OpenAI-compatible engine"):
        client.info()


@given(st.text())
def test_what_an_engine_says_fits_on_a_line(words: str) -> None:
    for reply in (words, json.dumps({"error": {"message": words}}), json.dumps({"detail": [words]})):
        said = engine_words(reply)
        assert said
        assert len(said.splitlines()) == 1
        assert len(said) <= 301
