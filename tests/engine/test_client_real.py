"""What the client relies on, asked of the real vLLM with the real small model."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from nbcoder.engine.client import HttpEngine
from nbcoder.engine.requests import ChatRequest, Message, Sampling, TextRequest
from nbcoder.errors import EngineUnauthorized, ModelNotServed, PromptTooLong, RequestRejected
from nbcoder.settings import Settings
from tests.engine.asking import ask, running, wait_for_running

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from nbcoder.engine.address import Address

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

PRINT_ONE = (
    Message("system", "You write Python code."),
    Message("user", "Print the numbers from 1 to 3. Only code."),
)
PREFILL = "```python\n"
LONG_STORY = ChatRequest((Message("user", "Count to a thousand in words."),), Sampling(max_tokens=900))


@pytest.fixture
def client(real_engine: Address) -> Iterator[HttpEngine]:
    with HttpEngine(real_engine, Settings()) as engine:
        yield engine


def test_a_chat_goes_on_from_its_prefill(client: HttpEngine) -> None:
    request = ChatRequest(PRINT_ONE, Sampling(max_tokens=60, stop=("\n```",)), prefill=PREFILL)
    heard = ask(client, request)
    assert heard.text.startswith(PREFILL)
    assert "".join(delta.text for delta in heard.deltas) == heard.text.removeprefix(PREFILL)
    assert "print(" in heard.text
    assert "```" not in heard.text.removeprefix(PREFILL)
    assert heard.answers[0].finish_reason == "stop"
    assert ask(client, request).answers == heard.answers


def test_the_prompt_is_counted_as_the_engine_counts_it(client: HttpEngine) -> None:
    heard = ask(client, ChatRequest(PRINT_ONE, Sampling(max_tokens=1)))
    assert client.count_tokens(PRINT_ONE) == heard.usage.prompt_tokens
    beyond = client.info().context_length + 1000
    assert client.count_tokens((Message("user", "word " * beyond),)) > beyond


def test_a_prompt_seen_before_comes_from_the_cache(client: HttpEngine) -> None:
    messages = (Message("user", "# a line of context\n" * 100 + "Say yes."),)
    ask(client, ChatRequest(messages, Sampling(max_tokens=1)))
    again = ask(client, ChatRequest(messages, Sampling(max_tokens=1)))
    assert again.usage.prompt_tokens / 2 < again.usage.cached_tokens <= again.usage.prompt_tokens


def test_several_answers_come_with_their_log_probabilities(client: HttpEngine) -> None:
    sampling = Sampling(temperature=1.0, top_p=0.95, top_k=40, seed=7, n=3, max_tokens=12, top_logprobs=2)
    heard = ask(client, ChatRequest(PRINT_ONE, sampling, prefill=PREFILL, priority=-5))
    assert len(heard.answers) == 3
    assert {delta.index for delta in heard.deltas} == {0, 1, 2}
    tokens = [token for answer in heard.answers for token in answer.logprobs]
    assert len(tokens) == heard.usage.completion_tokens
    assert all(token.logprob <= 0 and len(token.top) == 2 for token in tokens)
    assert all(token.top[0][1] >= token.top[1][1] for token in tokens)


def test_text_is_continued_from_words_and_from_token_ids(client: HttpEngine, http: httpx.Client) -> None:
    prompt = "def add(a, b):\n    return"
    sampling = Sampling(max_tokens=8, stop=("\n",), top_logprobs=0)
    ids = tuple(http.post("/tokenize", json={"prompt": prompt}).json()["tokens"])
    words, tokens = (ask(client, TextRequest(p, sampling)) for p in (prompt, ids))
    assert words.answers == tokens.answers
    assert words.text.strip() == "a + b"
    assert words.usage.prompt_tokens == len(ids)
    assert all(token.top == () for token in words.answers[0].logprobs)
    stop_at = http.post("/tokenize", json={"prompt": " +"}).json()["tokens"]
    stopped = ask(client, TextRequest(ids, Sampling(max_tokens=8, stop_token_ids=tuple(stop_at))))
    assert stopped.text.strip() == "a"
    assert stopped.answers[0].finish_reason == "stop"


def test_a_prompt_too_long_is_named_with_both_numbers(client: HttpEngine) -> None:
    limit = client.info().context_length
    messages = (Message("user", "word " * limit),)
    with pytest.raises(PromptTooLong) as raised:
        ask(client, ChatRequest(messages))
    needed = client.count_tokens(messages)
    assert f"needs {needed} tokens, but the model takes {limit} at most" in str(raised.value)


def test_refusals_have_the_form_we_know(client: HttpEngine, real_engine: Address) -> None:
    with pytest.raises(RequestRejected, match="n must be 1 when using greedy sampling"):
        ask(client, ChatRequest(PRINT_ONE, Sampling(n=2)))
    with pytest.raises(RequestRejected, match="fewer output tokens"):
        ask(client, ChatRequest(PRINT_ONE, Sampling(max_tokens=10_000_000)))
    other = dataclasses.replace(real_engine, model="other")
    with HttpEngine(other, Settings()) as engine, pytest.raises(ModelNotServed, match=real_engine.model):
        ask(engine, ChatRequest(PRINT_ONE))
    keyless = dataclasses.replace(real_engine, key="")
    with HttpEngine(keyless, Settings()) as engine, pytest.raises(EngineUnauthorized):
        ask(engine, ChatRequest(PRINT_ONE))


def test_leaving_frees_the_engine_within_a_second(client: HttpEngine, http: httpx.Client) -> None:
    wait_for_running(http, 0)
    seconds = []
    for _ in range(3):
        with client.stream(LONG_STORY) as stream:
            next(iter(stream))
            assert running(http) == 1
        seconds.append(wait_for_running(http, 0))
    # A busy machine may be late once; without the abort none of them would be in time.
    assert min(seconds) < 1


def test_leaving_before_the_first_token_frees_the_engine(client: HttpEngine, http: httpx.Client) -> None:
    wait_for_running(http, 0)
    with client.stream(LONG_STORY):
        wait_for_running(http, 1)
    assert wait_for_running(http, 0) < 5


def test_a_hundred_kilobytes_of_difficult_text_arrive(client: HttpEngine) -> None:
    difficult = "{}%s${x}`\\ \x00\u2028é🙂\ud83d" * 4000
    count = client.count_tokens((Message("user", difficult),))
    assert count > 20_000
