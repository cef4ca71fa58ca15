"""Each family through the client, the wire and an engine that answers what it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.engine.client import HttpEngine, Tokens
from nbcoder.engine.requests import ChatRequest, Message, Sampling
from nbcoder.models.control import Restorer, neutralise, restore
from nbcoder.models.families import families, family
from nbcoder.models.speaker import Speaker
from nbcoder.settings import Settings
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.scripted_engine import ScriptedEngine
    from tests.scripted_engine.script import Body

_ALL = list(families().values())
_SPACE = "\u200b"
_MESSAGES = (Message("system", "You write cells."), Message("user", "sum it"))


def _speaker(engine: ScriptedEngine, name: str) -> Speaker:
    return Speaker(HttpEngine(engine.address, Settings()), family(name))


def _ask(speaker: Speaker, sampling: Sampling | None = None, prefill: str = "```python\n") -> tuple[str, str]:
    """What came in pieces, and the whole answer."""
    with speaker.stream(ChatRequest(_MESSAGES, sampling or Sampling(), prefill)) as stream:
        pieces = "".join(delta.text for delta in stream)
        return pieces, stream.answers[0].text


def test_the_system_message_is_folded_where_the_family_has_no_such_role(
    scripted_engine: ScriptedEngine,
) -> None:
    with _speaker(scripted_engine, "gemma-3") as gemma:
        scripted_engine.script("x = 1")
        _ask(gemma)
    turns = scripted_engine.bodies[-1]["messages"]
    assert turns[0] == {"role": "user", "content": "You write cells.\n\nsum it"}


def test_an_answer_is_begun_only_for_a_family_that_goes_on_from_it(scripted_engine: ScriptedEngine) -> None:
    for name, prefill in (("qwen-coder-instruct", "```python\n"), ("gpt-oss", "")):
        scripted_engine.script("x = 1")
        with _speaker(scripted_engine, name) as speaker:
            assert _ask(speaker)[1] == prefill + "x = 1"
            assert speaker.info().manner.prefill == prefill
    assert scripted_engine.bodies[-1]["messages"][-1]["role"] == "user"
    assert "continue_final_message" not in scripted_engine.bodies[-1]


def test_thinking_is_switched_off_by_the_word_that_the_family_knows(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("x = 1", "x = 1")
    with _speaker(scripted_engine, "qwen3") as speaker:
        _ask(speaker)
    assert scripted_engine.bodies[-1]["chat_template_kwargs"] == {"enable_thinking": False}
    with _speaker(scripted_engine, "gpt-oss") as speaker:
        _ask(speaker)
    # vLLM renders gpt-oss in harmony and reads this from the request (chat_completion/protocol.py).
    assert scripted_engine.bodies[-1]["reasoning_effort"] == "low"


def test_what_the_makers_recommend_is_only_for_sampled_answers_and_what_the_user_left_open(
    scripted_engine: ScriptedEngine,
) -> None:
    scripted_engine.respond_with(lambda _: Reply("x = 1"))
    with _speaker(scripted_engine, "qwen-coder-instruct") as speaker:
        for sampling, top_p in (
            (Sampling(), None),
            (Sampling(temperature=0.5), 0.8),
            (Sampling(temperature=0.5, top_p=0.9), 0.9),
            (Sampling(temperature=0.5, top_p=1.0), None),
        ):
            _ask(speaker, sampling)
            assert scripted_engine.bodies[-1].get("top_p") == top_p


@pytest.mark.parametrize("name", [each.name for each in _ALL if each.instruct])
def test_the_users_control_texts_go_harmless_and_come_back(
    scripted_engine: ScriptedEngine, name: str
) -> None:
    control = family(name).control
    cell = "\n".join(f"mark_{number} = {token!r}" for number, token in enumerate(control))
    said = ""

    def copies(body: Body) -> Reply:
        nonlocal said
        said = "\n".join(turn["content"] for turn in body["messages"])
        return Reply(said[said.index("mark_0") : said.rindex("\nEND")], chunk=3)

    scripted_engine.respond_with(copies)
    request = ChatRequest((Message("system", "Copy."), Message("user", f"{cell}\nEND")))
    with _speaker(scripted_engine, name) as speaker, speaker.stream(request) as stream:
        assert "".join(delta.text for delta in stream) == stream.answers[0].text == cell
    assert not [token for token in control if token in said]


@given(st.data())
def test_a_text_in_pieces_comes_back_like_a_whole_one(data: st.DataObject) -> None:
    of = data.draw(st.sampled_from(_ALL))
    token = st.sampled_from(of.control)
    piece = st.one_of(
        token,
        token.map(lambda text: neutralise(text, of)),
        token.map(lambda text: text[0] + _SPACE * 2 + text[1:]),
        token.map(lambda text: text[0] + _SPACE + text[1:-1]),
        st.sampled_from(["<", "[", _SPACE, "x = 1\n", "<" + _SPACE]),
    )
    text = "".join(data.draw(st.lists(piece, max_size=8)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    restorer = Restorer(of)
    ends = [*cuts, len(text)]
    pieces = [text[begin:end] for begin, end in zip([0, *cuts], ends, strict=True)]
    assert "".join(map(restorer.add, pieces)) + restorer.end() == restore(text, of)


def test_nothing_has_no_tokens_and_the_engine_is_not_asked(scripted_engine: ScriptedEngine) -> None:
    with _speaker(scripted_engine, "qwen-coder-instruct") as speaker:
        assert speaker.count_tokens((Message("user", ""),)) == 0
    assert "/tokenize" not in scripted_engine.paths


def test_an_engine_elsewhere_without_a_template_is_sent_the_text_of_ours(
    scripted_engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(_: HttpEngine, prompt: str | ChatRequest) -> Tokens | None:
        return None if isinstance(prompt, ChatRequest) else Tokens((5,) * len(prompt), (prompt,))

    monkeypatch.setattr(HttpEngine, "tokens", told)
    scripted_engine.script("x = 1")
    with _speaker(scripted_engine, "wizardcoder-python") as speaker:
        pieces, whole = _ask(speaker)
        count = speaker.count_tokens(_MESSAGES)
    assert (pieces, whole) == ("x = 1", "```python\nx = 1")
    prompt = scripted_engine.bodies[-1]["prompt"]
    assert prompt.startswith("Below is an instruction that describes a task.")
    assert prompt.endswith("### Response:```python\n")
    assert count == len(prompt.removesuffix("```python\n")) + 1
