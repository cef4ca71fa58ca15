"""What is asked of an engine, and what of its answers arrives."""

from __future__ import annotations

import dataclasses
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from nbcoder.engine.address import Address
from nbcoder.engine.client import ASSUMED_CONTEXT, HttpEngine
from nbcoder.engine.requests import (
    ChatRequest,
    Delta,
    EngineInfo,
    Message,
    Sampling,
    TextRequest,
    TokenLogprob,
    Usage,
)
from nbcoder.errors import EngineUnreachable
from nbcoder.settings import Settings
from tests.engine.asking import HELLO, SEVERAL, ask
from tests.scripted_engine import Reply, ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.engine.requests import Engine
    from tests.scripted_engine import Body

RECORDED = Path(__file__).parent / "vllm"


def test_a_chat_streams_its_answer_with_usage(scripted_engine: ScriptedEngine, client: HttpEngine) -> None:
    scripted_engine.script(Reply("Grüße, 🙂!", chunk=3, cached_tokens=5))
    heard = ask(client)
    assert [delta.text for delta in heard.deltas] == ["Grü", "ße,", " 🙂!"]
    assert heard.answers[0].text == "Grüße, 🙂!"
    assert heard.answers[0].finish_reason == "stop"
    assert heard.usage == Usage(prompt_tokens=6, completion_tokens=3, cached_tokens=5)


def test_deltas_arrive_while_the_engine_still_writes(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    scripted_engine.script(Reply("abcdefgh", stall_after=1))
    with client.stream(HELLO) as stream:
        assert next(iter(stream)).text == "abcd"
        assert stream.answers[0].text == "abcd"
        assert stream.answers[0].finish_reason == ""
        assert scripted_engine.running == 1


def test_a_prefill_is_the_beginning_of_the_answer_and_of_no_delta(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    scripted_engine.script("```python\nx = 1\n")
    heard = ask(client, dataclasses.replace(HELLO, prefill="```python\n"))
    assert "".join(delta.text for delta in heard.deltas) == "x = 1\n"
    assert heard.text == "```python\nx = 1\n"
    body = scripted_engine.bodies[0]
    assert body["messages"] == [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "```python\n"},
    ]
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)


def test_several_answers_are_kept_apart(scripted_engine: ScriptedEngine, client: HttpEngine) -> None:
    scripted_engine.script(Reply(("one", "twenty-two", "three"), finish_reason="stop"))
    heard = ask(client, SEVERAL)
    assert [answer.text for answer in heard.answers] == ["one", "twenty-two", "three"]
    assert [delta.index for delta in heard.deltas] == [0, 1, 2, 1, 2, 1]


def test_stop_strings_and_the_token_limit_end_an_answer(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    scripted_engine.script("x = 1\n```\nand so on", "a long long answer")
    stopped = ask(client, dataclasses.replace(HELLO, sampling=Sampling(stop=("\n```",))))
    limited = ask(client, dataclasses.replace(HELLO, sampling=Sampling(max_tokens=2)))
    assert (stopped.text, stopped.answers[0].finish_reason) == ("x = 1", "stop")
    assert (limited.text, limited.answers[0].finish_reason) == ("a long l", "length")


@pytest.mark.parametrize(
    ("top", "rivals"),
    [(0, ()), (1, (("x = ", -0.5),)), (2, (("x = ", -0.5), ("?", -1.5)))],
)
def test_log_probabilities_are_the_same_from_both_endpoints(
    scripted_engine: ScriptedEngine,
    client: HttpEngine,
    top: int,
    rivals: tuple[tuple[str, float], ...],
) -> None:
    sampling = Sampling(top_logprobs=top)
    scripted_engine.script(*[Reply("x = 1", logprobs=-0.5)] * 2)
    chat = ask(client, ChatRequest(HELLO.messages, sampling))
    text = ask(client, TextRequest("y", sampling))
    assert chat.deltas == text.deltas
    assert chat.deltas[0] == Delta(0, "x = ", (TokenLogprob("x = ", -0.5, rivals),))
    assert chat.answers[0].logprobs == tuple(p for delta in chat.deltas for p in delta.logprobs)


@pytest.mark.parametrize("prompt", ["def f(", (750, 282)])
def test_text_is_continued_without_a_template(
    scripted_engine: ScriptedEngine, client: HttpEngine, prompt: str | tuple[int, ...]
) -> None:
    scripted_engine.script("x):")
    assert ask(client, TextRequest(prompt)).text == "x):"
    asked = scripted_engine.requests[0]
    assert asked.path == "/v1/completions"
    assert asked.body["prompt"] == (prompt if isinstance(prompt, str) else list(prompt))


NEUTRAL: Body = {
    "model": "scripted",
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 0.0,
    "max_tokens": 1024,
}


def test_a_plain_request_holds_nothing_that_only_vllm_knows(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    scripted_engine.script("a", "b")
    ask(client)
    ask(client, TextRequest("x"))
    assert scripted_engine.bodies == [
        NEUTRAL | {"messages": [{"role": "user", "content": "hello"}]},
        NEUTRAL | {"prompt": "x"},
    ]


@pytest.mark.parametrize(
    ("sampling", "sent"),
    [
        (Sampling(temperature=0.7, top_p=0.9), {"temperature": 0.7, "top_p": 0.9}),
        (Sampling(top_k=20, seed=0), {"top_k": 20, "seed": 0}),
        (Sampling(temperature=1.0, n=2), {"temperature": 1.0, "n": 2}),
        (Sampling(max_tokens=7, stop=("a", "b")), {"max_tokens": 7, "stop": ["a", "b"]}),
        (Sampling(stop_token_ids=(151645,)), {"stop_token_ids": [151645]}),
    ],
)
def test_each_way_of_sampling_is_sent(
    scripted_engine: ScriptedEngine, client: HttpEngine, sampling: Sampling, sent: Body
) -> None:
    scripted_engine.script("x", "x")
    ask(client, ChatRequest(HELLO.messages, sampling, priority=-10))
    ask(client, TextRequest("x", sampling, priority=5))
    chat, text = scripted_engine.bodies
    assert chat == NEUTRAL | sent | {"messages": chat["messages"], "priority": -10}
    assert text == NEUTRAL | sent | {"prompt": "x", "priority": 5}


def test_what_is_no_text_is_sent_as_a_question_mark(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    scripted_engine.script("fine")
    half = ChatRequest((Message("user", "half a pair: \ud83d, a whole one: 🙂"),))
    assert ask(client, half).text == "fine"
    assert scripted_engine.bodies[0]["messages"][0]["content"] == "half a pair: ?, a whole one: 🙂"
    assert client.count_tokens(half.messages) > 0


def test_tokens_are_counted_by_the_engine(client: HttpEngine) -> None:
    messages = (Message("system", "be brief"), Message("user", "x" * 400))
    assert client.count_tokens(messages) == 2 + 4 + 100 + 4


def test_without_a_tokenizer_three_bytes_are_one_token(
    scripted_engine: ScriptedEngine, client: HttpEngine
) -> None:
    scripted_engine.pages["/tokenize"] = None
    assert client.count_tokens((Message("user", "abc"), Message("user", "é€"))) == 3
    assert client.count_tokens((Message("user", ""),)) == 0
    assert scripted_engine.paths == ["/tokenize"], "asked once, then known"


def test_info_names_model_context_and_version(scripted_engine: ScriptedEngine, client: HttpEngine) -> None:
    assert client.info() == client.info() == EngineInfo("scripted", 8192, "scripted")
    assert scripted_engine.paths == ["/v1/models", "/version"], "asked once, then known"


def test_info_of_an_engine_that_tells_little(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.models = [{"id": "tiny"}, {"id": "other"}]
    scripted_engine.pages["/version"] = None
    address = dataclasses.replace(scripted_engine.address, model="")
    with HttpEngine(address, Settings()) as engine:
        assert engine.info() == EngineInfo("tiny", ASSUMED_CONTEXT, "")


def test_without_a_name_the_first_model_is_asked(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.models.append({"id": "second"})
    scripted_engine.script("x")
    with HttpEngine(dataclasses.replace(scripted_engine.address, model=""), Settings()) as engine:
        ask(engine)
    assert scripted_engine.bodies[0]["model"] == "scripted"


def test_a_unix_socket_works_like_tcp(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    with (
        ScriptedEngine(uds=path, key="secret") as scripted,
        HttpEngine(scripted.address, Settings()) as engine,
    ):
        scripted.script("through the socket")
        assert ask(engine).text == "through the socket"
        assert scripted.requests[0].headers["Authorization"] == "Bearer secret"
        assert scripted.address.socket == path


@pytest.mark.parametrize("end", ["/", "/v1", "/v1/"])
def test_the_url_may_end_in_the_usual_ways(scripted_engine: ScriptedEngine, end: str) -> None:
    scripted_engine.script("x")
    with HttpEngine(Address(scripted_engine.url + end, "", None, ""), Settings()) as engine:
        assert ask(engine).text == "x"
        assert engine.count_tokens(HELLO.messages) == 6


@pytest.fixture
def proxy_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")


@pytest.mark.usefixtures("proxy_nobody_answers")
def test_a_proxy_in_the_environment_does_not_catch_local_engines(
    scripted_engine: ScriptedEngine, tmp_path: Path
) -> None:
    by_name = scripted_engine.url.replace("127.0.0.1", "localhost")
    with ScriptedEngine(uds=tmp_path / "e.sock") as on_socket:
        local = [
            scripted_engine.address,
            dataclasses.replace(scripted_engine.address, url=by_name),
            on_socket.address,
        ]
        for address in local:
            with HttpEngine(address, Settings()) as engine:
                assert engine.info().model == "scripted"


@pytest.mark.usefixtures("proxy_nobody_answers")
def test_a_proxy_in_the_environment_is_used_for_engines_elsewhere(
    scripted_engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", scripted_engine.url)
    with (
        HttpEngine(Address("http://engine.invalid", "", None, ""), Settings()) as engine,
        pytest.raises(EngineUnreachable, match="status 404"),
    ):
        engine.info()
    assert scripted_engine.connections == 1


def test_threads_may_share_a_client(scripted_engine: ScriptedEngine, client: HttpEngine) -> None:
    together = threading.Barrier(8)
    scripted_engine.respond_with(lambda body: Reply(f"answer to {body['messages'][0]['content']}"))

    def question(number: int) -> str:
        together.wait(timeout=5)
        return ask(client, ChatRequest((Message("user", str(number)),))).text

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(question, range(8)))
    assert answers == [f"answer to {number}" for number in range(8)]


def test_the_client_is_what_the_suggester_asks_for(client: HttpEngine) -> None:
    engine: Engine = client
    assert engine.info().model == "scripted"


@pytest.mark.parametrize("kind", ["chat", "text"])
def test_the_scripted_engine_sends_no_field_that_the_real_one_lacks(
    scripted_engine: ScriptedEngine, kind: str
) -> None:
    scripted_engine.script(Reply("hello", cached_tokens=1))
    asked = (
        {"messages": [], "logprobs": True, "top_logprobs": 1}
        if kind == "chat"
        else {"prompt": "", "logprobs": 1}
    )
    path = "/v1/chat/completions" if kind == "chat" else "/v1/completions"
    sent = httpx.post(scripted_engine.url + path, json=NEUTRAL | asked, trust_env=False)
    recorded = (RECORDED / f"{kind}.sse").read_text("utf-8")
    assert fields(sent.text) <= fields(recorded)
    assert sent.headers["content-type"] == "text/event-stream; charset=utf-8"


def fields(stream: str) -> set[tuple[str, str]]:
    """The fields of all events of ``stream``, each with the type of its value."""
    events = [line.removeprefix("data: ") for line in stream.splitlines() if line.startswith("data: {")]
    return {field for event in events for field in _fields("", json.loads(event))}


def _fields(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            # In the text format, tokens are the keys of their rivals.
            is_token = name.endswith("logprobs.top_logprobs[]")
            yield from _fields(f"{name}.{'token' if is_token else key}", item)
    elif isinstance(value, list):
        for item in value:
            yield from _fields(f"{name}[]", item)
    else:
        yield name, type(value).__name__
