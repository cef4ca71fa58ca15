"""However a stream is cut into bytes, what arrives is the same; and no byte of it can surprise us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbcoder.engine.client import HttpEngine
from nbcoder.engine.requests import ChatRequest, Message, Sampling, TextRequest, Usage
from nbcoder.errors import EngineError, StreamCut
from nbcoder.settings import Settings
from tests.engine.asking import HELLO, Heard, ask
from tests.scripted_engine import Reply, ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = Path(__file__).parent / "vllm"
CHAT = ChatRequest((Message("user", "Say: Grüße 🙂"),), Sampling(0.8, n=2, top_logprobs=1), prefill="Gr")
TEXT = TextRequest("x = 'Grüße", Sampling(top_logprobs=2))


class Wire:
    """A client and an engine that sends it given bytes."""

    def __init__(self, scripted: ScriptedEngine, client: HttpEngine) -> None:
        self._scripted = scripted
        self._client = client

    def receive(self, chunks: list[bytes], request: ChatRequest | TextRequest = HELLO) -> Heard:
        """What arrives of a stream of ``chunks``."""
        self._scripted.reset()
        self._scripted.script(Reply(raw=tuple(chunks)))
        return ask(self._client, request)


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """One for all examples of a property."""
    with ScriptedEngine() as scripted, HttpEngine(scripted.address, Settings()) as client:
        yield Wire(scripted, client)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    """``data`` in pieces, cut at ``cuts`` modulo its length."""
    ends = sorted({cut % (len(data) + 1) for cut in cuts} | {len(data)})
    return [data[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


def event(text: str, finish: str | None = None, *, ascii_only: bool = False) -> str:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return "data: " + json.dumps({"choices": [choice]}, ensure_ascii=ascii_only)


CUTS = st.lists(st.integers(0, 10_000), max_size=40)
BETWEEN = ["", ": ping\n", ": ping\n\n: pong\n\n", "id: 7\nretry: 10\n\n", "event: message\n"]


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[str], bytes]:
    """Texts, and a stream that delivers them in one of the ways that the format allows."""
    texts = draw(st.lists(st.text(max_size=20), min_size=1, max_size=6))
    ascii_only, between = draw(st.booleans()), draw(st.sampled_from(BETWEEN))
    events = [*(event(text, ascii_only=ascii_only) for text in texts), event("", "stop"), "data: [DONE]"]
    stream = "".join(f"{between}{line}\n\n" for line in events)
    return texts, stream.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"]))).encode()


@given(streams(), CUTS)
def test_any_text_arrives_however_it_is_cut(
    wire: Wire, stream: tuple[list[str], bytes], cuts: list[int]
) -> None:
    texts, sent = stream
    heard = wire.receive(split(sent, cuts))
    assert heard.text == "".join(texts)
    assert [delta.text for delta in heard.deltas] == [text for text in texts if text]


@pytest.mark.parametrize(
    "text", ["🙂é€", "a\u2028b\x85c\x0bd\x1ce", "data: x\n\ndata: [DONE]\n\n", "\ufeff", "\x00"]
)
def test_difficult_text_arrives_byte_by_byte(wire: Wire, text: str) -> None:
    sent = f"{event(text)}\n\n{event('', 'stop')}\n\ndata: [DONE]\n\n".encode()
    assert wire.receive([sent[at : at + 1] for at in range(len(sent))]).text == text


@pytest.mark.parametrize(("name", "request_"), [("chat.sse", CHAT), ("text.sse", TEXT)])
def test_recorded_streams_are_read_whole(wire: Wire, name: str, request_: ChatRequest | TextRequest) -> None:
    heard = wire.receive([(RECORDED / name).read_bytes()], request_)
    first = heard.answers[0]
    if request_ is CHAT:
        assert [answer.text for answer in heard.answers] == ["Grüße! 🌟", "Grüße!"]
        assert heard.usage == Usage(35, 11, 0)
        assert [token.token for token in first.logprobs] == ["ü", "ße", "!", "", "", " 🌟", "<|im_end|>"]
        assert first.logprobs[0].top == (("ü", first.logprobs[0].logprob),)
    else:
        assert first.finish_reason == "length"
        assert len(first.logprobs) == heard.usage.completion_tokens == 6
        assert first.text == "".join(token.token for token in first.logprobs)
        assert all(token.top[0][1] >= token.top[1][1] for token in first.logprobs)


@given(cuts=CUTS)
def test_recorded_streams_arrive_however_they_are_cut(wire: Wire, cuts: list[int]) -> None:
    stream = (RECORDED / "chat.sse").read_bytes()
    assert wire.receive(split(stream, cuts), CHAT) == wire.receive([stream], CHAT)


@given(end=st.integers(min_value=0))
def test_a_recorded_stream_that_ends_early_is_whole_or_cut(wire: Wire, end: int) -> None:
    stream = (RECORDED / "chat.sse").read_bytes()
    last_reason = stream.rindex(b'"finish_reason":"stop"')
    length = end % len(stream)
    if length > stream.index(b"\n\n", last_reason):
        assert wire.receive([stream[:length]], CHAT).text == "Grüße! 🌟"
    else:
        with pytest.raises(StreamCut):
            wire.receive([stream[:length]], CHAT)


@given(chunks=st.lists(st.binary(max_size=60), max_size=8))
@example([b"data: \xff\xfe\n\n"])
@example([b"data: " + b"[" * 100_000 + b"\n\n"])
def test_any_bytes_are_an_error_of_ours(wire: Wire, chunks: list[bytes]) -> None:
    with pytest.raises(EngineError) as raised:
        wire.receive(chunks)
    assert len(str(raised.value).splitlines()) == 1


KEYS = st.sampled_from(
    (
        "choices",
        "index",
        "delta",
        "content",
        "text",
        "finish_reason",
        "logprobs",
        "token",
        "logprob",
        "tokens",
        "token_logprobs",
        "top_logprobs",
        "usage",
        "prompt_tokens",
        "error",
        "message",
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)
CHOICES = st.fixed_dictionaries({"index": st.integers(-1, 1)}, optional={"delta": JSON, "logprobs": JSON})


@given(value=JSON | st.fixed_dictionaries({"choices": st.lists(CHOICES | JSON, max_size=2)}))
def test_any_json_is_an_answer_or_an_error_of_ours(wire: Wire, value: object) -> None:
    lines = f"data: {json.dumps(value)}\n\n{event('end', 'stop')}\n\ndata: [DONE]\n\n"
    try:
        heard = wire.receive([lines.encode()])
    except EngineError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - either way is right
    else:
        assert heard.text.endswith("end")
