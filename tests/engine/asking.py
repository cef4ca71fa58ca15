"""The requests that the tests of the client make, and what an engine says of its requests."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.engine.requests import ChatRequest, Message, Sampling

if TYPE_CHECKING:
    import httpx

    from nbcoder.engine.client import HttpEngine
    from nbcoder.engine.requests import Answer, Delta, TextRequest, Usage

__all__ = ["HELLO", "SEVERAL", "Heard", "ask", "running", "wait_for_running"]

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


def running(http: httpx.Client) -> int:
    """How many requests vLLM says it works on or has waiting."""
    found = re.findall(
        r"^vllm:num_requests_(?:running|waiting)\{.*\} (\S+)$", http.get("/metrics").text, re.MULTILINE
    )
    assert len(found) >= 2
    return int(sum(map(float, found)))


def wait_for_running(http: httpx.Client, count: int) -> float:
    """Seconds until vLLM has ``count`` requests."""
    begun = time.monotonic()
    while running(http) != count:
        assert time.monotonic() - begun < 20
    return time.monotonic() - begun
