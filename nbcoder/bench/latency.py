"""How long a user waits: ``%%generate`` in a real kernel against the same request sent straight to vLLM.

Both are measured in turn, in one run, so that a noisy machine is equally noisy for both. The two requests of
a pair differ in a number at their beginning: for both, the prefix cache knows the notebook and nothing of the
request, as it is when somebody works. One answer is asked for, as that is what the straight request gets;
that it is run in a copy of the kernel afterwards is told apart.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx

from nbcoder import wire
from nbcoder.bench.kernels import open_kernel
from nbcoder.engine.bodies import stream_body
from nbcoder.engine.failures import Failures
from nbcoder.engine.requests import ChatRequest, Message, Sampling
from nbcoder.engine.stream import translated
from nbcoder.errors import EngineFailed, KernelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcoder.bench.kernels import KernelHandle
    from nbcoder.engine.address import Address
    from nbcoder.progress import Progress

__all__ = ["Comparison", "Timing", "measure_latency"]

_SETUP = """\
%load_ext nbcoder
%config NBCoder.candidates = 1
%config NBCoder.repair_rounds = 0
import pandas as pd
sales = pd.DataFrame({"city": ["Bern", "Basel"] * 500, "units": range(1000), "price": 3.5})
"""
_REQUESTS = (
    "total units of each city as a table",
    "a bar chart of the revenue of each city",
    "the rows with more than 500 units, newest first",
    "mean, median and standard deviation of units for each city",
    "a function that gives the best city for a given price",
)
_TOKENS = 128
_TIMEOUT = 180.0
_PAUSE = 0.5
"""Seconds before a request: vLLM ends the step that it is in when an answer is cut at a stop string."""


@dataclass(frozen=True)
class Timing:
    """One answer: seconds to its first token, to its last and to the end of all, and its number of tokens."""

    first_token: float
    last_token: float
    total: float
    tokens: int

    @property
    def rate(self) -> float:
        """Tokens a second after the first."""
        return (self.tokens - 1) / (self.last_token - self.first_token)

    @property
    def afterwards(self) -> float:
        """Seconds from the last token to the end."""
        return self.total - self.last_token


@dataclass(frozen=True)
class Comparison:
    """The same requests through the magic and straight, pair by pair."""

    magic: tuple[Timing, ...]
    straight: tuple[Timing, ...]

    def medians(self) -> dict[str, dict[str, float]]:
        """For each way: seconds to the first and the last token, and after it; tokens a second.

        ``added`` is what the magic adds to these medians, each as a share of the straight request's.
        """
        ways = {"magic": self.magic, "straight": self.straight}
        told = {
            way: {
                "first_token": statistics.median(timing.first_token for timing in timings),
                "last_token": statistics.median(timing.last_token for timing in timings),
                "tokens_per_second": statistics.median(timing.rate for timing in timings),
                "afterwards": statistics.median(timing.afterwards for timing in timings),
            }
            for way, timings in ways.items()
        }
        ours, theirs = told["magic"], told["straight"]
        told["added"] = {
            "first_token": ours["first_token"] / theirs["first_token"] - 1,
            "last_token": ours["last_token"] / theirs["last_token"] - 1,
            "tokens_per_second": theirs["tokens_per_second"] / ours["tokens_per_second"] - 1,
        }
        return told


def measure_latency(address: Address, progress: Progress, rounds: int = 10) -> Comparison:
    """Measure ``rounds`` pairs.

    Raises
    ------
    KernelError
        A measured cell failed.
    EngineError
        The engine refused the straight request, or is gone.
    """
    magic: list[Timing] = []
    straight: list[Timing] = []
    with open_kernel() as kernel, _engine(address) as engine, progress.bar("latency", rounds, "pairs") as bar:
        _run(kernel, _SETUP)
        _through_magic(kernel, f"%%generate --max-tokens 1\n{_REQUESTS[0]}")
        for number in range(rounds):
            ours, theirs = f"Task {2 * number + 100}:", f"Task {2 * number + 101}:"
            request = f"%%generate --max-tokens {_TOKENS}\n{ours} {_REQUESTS[number % len(_REQUESTS)]}"
            time.sleep(_PAUSE)
            first, last, total = _through_magic(kernel, request)
            chat, tokens = _sent(kernel)
            magic.append(Timing(first, last, total, tokens))
            messages = tuple(replace(one, content=one.content.replace(ours, theirs)) for one in chat.messages)
            time.sleep(_PAUSE)
            with translated(Failures(address), _TIMEOUT):
                straight.append(
                    _straight(engine, stream_body(replace(chat, messages=messages), address.model))
                )
            bar.advance()
    return Comparison(tuple(magic), tuple(straight))


def _through_magic(kernel: KernelHandle, source: str) -> tuple[float, float, float]:
    """Seconds from the execute request to the first code on the page, to all of it, to the idle kernel."""
    first = last = 0.0

    def listen(message: dict[str, Any]) -> None:
        nonlocal first, last
        answer: wire.Answer | None = message["content"].get("data", {}).get(wire.ANSWER_MIME)
        if answer is None:
            return
        if not first and answer["text"]:
            first = time.perf_counter() - started
        if not last and answer["state"] != "streaming":
            last = time.perf_counter() - started

    started = time.perf_counter()
    _run(kernel, source, listen)
    return first, last, time.perf_counter() - started


def _run(kernel: KernelHandle, source: str, listen: Callable[[dict[str, Any]], None] | None = None) -> str:
    cell = kernel.execute(source, _TIMEOUT, listen)
    if cell.error is not None:
        raise KernelError(f"a measured cell failed: {cell.error.name}: {cell.error.value}")
    return "".join(output.text for output in cell.outputs if output.kind == "stream")


def _sent(kernel: KernelHandle) -> tuple[ChatRequest, int]:
    """What the magic has just sent, and how many tokens came back."""
    told = kernel.call("last_answer", _TIMEOUT)
    chat = dict(told["chat"])
    sampling: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in chat.pop("sampling").items()
    }
    messages = tuple(Message(**message) for message in chat.pop("messages"))
    options = tuple(tuple(option) for option in chat.pop("template_options"))
    request = ChatRequest(messages, Sampling(**sampling), template_options=options, **chat)
    return request, int(told["tokens"])


def _straight(engine: httpx.Client, body: dict[str, Any]) -> Timing:
    """From the request to its first text and to the end of its stream."""
    first, tokens = 0.0, 0
    started = time.perf_counter()
    with engine.stream("POST", "/v1/chat/completions", json=body) as response:
        if response.status_code != httpx.codes.OK:
            raise EngineFailed(f"the engine refused the straight request with status {response.status_code}.")
        for line in response.iter_lines():
            if not line.startswith("data: {"):
                continue
            event = json.loads(line.removeprefix("data: "))
            if not first and event["choices"] and event["choices"][0]["delta"].get("content"):
                first = time.perf_counter() - started
            tokens = (event.get("usage") or {}).get("completion_tokens", tokens)
    total = time.perf_counter() - started
    return Timing(first, total, total, tokens)


def _engine(address: Address) -> httpx.Client:
    """A plain HTTP client, with nothing of ours between it and the engine."""
    return httpx.Client(
        base_url=address.url.rstrip("/").removesuffix("/v1"),
        headers={"Authorization": f"Bearer {address.key}"},
        transport=httpx.HTTPTransport(uds=str(address.socket)) if address.socket else None,
        timeout=_TIMEOUT,
        trust_env=False,
    )
