"""Holes filled by a real model, and what its real tokenizer makes of the user's control texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder.engine import connect
from nbcoder.engine.requests import ChatRequest, Message, Sampling
from nbcoder.models.chat import adapt
from nbcoder.progress import Silent
from nbcoder.settings import Settings
from tests.engine.real import both_models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbcoder.engine.address import Address
    from nbcoder.models.speaker import Speaker

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

_BEFORE = "def add(a, b):\n    return "
_AFTER = "\n\n\nprint(add(1, 2))\n"


@pytest.fixture
def speaker(real_engine: Address, engine_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Speaker]:
    monkeypatch.setenv("NBCODER_HOME", str(engine_home))
    with connect(Settings(model=real_engine.model), Silent()) as speaker:
        yield speaker


@both_models
@pytest.mark.parametrize("by_chat", [False, True], ids=["tokens", "chat"])
def test_the_hole_in_a_function_is_filled(speaker: Speaker, by_chat: bool) -> None:
    with speaker.infill(_BEFORE, _AFTER, Sampling(max_tokens=32, stop=("\n\n",)), by_chat=by_chat) as filling:
        for _ in filling:
            pass
    assert filling.text.strip() == "a + b"


def test_the_users_control_texts_are_plain_text_to_the_tokenizer(speaker: Speaker) -> None:
    def special(text: str) -> list[str]:
        told = speaker._engine.tokens(ChatRequest(adapt((Message("user", text),), speaker.family)))
        assert told is not None
        return [token for token in told.texts if token in speaker.family.control]

    assert special("\n".join(speaker.family.control)) == special("print(1)")
