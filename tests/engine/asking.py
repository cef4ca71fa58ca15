"""The requests that the tests of the client make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.engine.requests import ChatRequest, Message, Sampling

if TYPE_CHECKING:
    from nbcoder.engine.client import HttpEngine
    from nbcoder.engine.requests import Answer, Delta, TextRequest, Usage

__all__ = ["HELLO", "SEVERAL", "Heard", "ask"]

HELLO = ChatRequest((Message("user", "hello"),))
SEVERAL = ChatRequest((Message("user", "hello"),), Sampling(temperature=0.8, n=3))


@dataclass(frozen=True)
class Heard:
    """All that came of a request."""

    deltas: tuple[Delta, ...]
    answers: tuple[Answer, ...]
    usage: Usage

    @property
    def text(self) -> str:
        """The text of the first answer."""
        return self.answers[0].text


def ask(engine: HttpEngine, request: ChatRequest | TextRequest = HELLO) -> Heard:
    """Send ``request`` and read its answer to the end."""
    with engine.stream(request) as stream:
        deltas = tuple(stream)
        return Heard(deltas, stream.answers, stream.usage)
