"""What is asked of an engine and what comes back: values only, nothing of HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

__all__ = [
    "Answer",
    "ChatRequest",
    "Delta",
    "Engine",
    "EngineInfo",
    "Manner",
    "Message",
    "Sampling",
    "Stream",
    "TextRequest",
    "TokenLogprob",
    "Usage",
]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn; temperature 0 is greedy. ``top_k`` 0 and ``top_p`` 1 switch those off.

    None leaves them to the `Manner` of the model at hand.
    """

    temperature: float = 0.0
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    max_tokens: int = 1024
    n: int = 1
    stop: tuple[str, ...] = ()
    stop_token_ids: tuple[int, ...] = ()
    top_logprobs: int | None = None
    """None: no log-probabilities; 0: of the chosen token; k: of the k likeliest as well."""


@dataclass(frozen=True)
class ChatRequest:
    """A conversation to be answered; ``prefill`` is how the answer has to begin."""

    messages: tuple[Message, ...]
    sampling: Sampling = field(default_factory=Sampling)
    prefill: str = ""
    priority: int = 0
    """Lower is sooner; only the order of waiting requests changes."""
    template_options: tuple[tuple[str, object], ...] = ()
    """Switches of the model's chat template by name, such as ``enable_thinking``."""


@dataclass(frozen=True)
class TextRequest:
    """Text (or token ids) to be continued, without a chat template: infilling and base models."""

    prompt: str | tuple[int, ...]
    sampling: Sampling = field(default_factory=Sampling)
    priority: int = 0


@dataclass(frozen=True)
class TokenLogprob:
    """One generated token with its natural log-probability and its likeliest rivals."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Delta:
    """What came in one event of the stream, for answer number ``index`` of ``n``."""

    index: int
    text: str
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True)
class Usage:
    """Tokens of one request; ``cached_tokens`` of the prompt came from the prefix cache."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True)
class Answer:
    """One whole answer. ``text`` includes the prefill that was asked for."""

    text: str
    finish_reason: str
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True)
class Manner:
    """How the model at hand is asked for code.

    ``prefill`` is how an answer is begun for it ('' where it has to begin by itself), ``stop`` are the texts
    that then end the answer. ``top_p`` and ``top_k`` are what its makers recommend for sampled answers,
    ``thinking_tokens`` what it needs beside the answer.
    """

    prefill: str = "```python\n"
    stop: tuple[str, ...] = ("\n```",)
    top_p: float | None = None
    top_k: int | None = None
    thinking_tokens: int = 0

    def drawn(self, sampling: Sampling) -> Sampling:
        """``sampling`` with what it leaves open filled in; a greedy one needs nothing."""
        if sampling.temperature == 0:
            return sampling
        top_p = self.top_p if sampling.top_p is None else sampling.top_p
        top_k = self.top_k if sampling.top_k is None else sampling.top_k
        return replace(sampling, top_p=top_p, top_k=top_k)

    def for_code(self, sampling: Sampling, context_length: int) -> Sampling:
        """``sampling`` of an answer in code, which takes at most half of the context."""
        most = min(sampling.max_tokens + self.thinking_tokens, max(context_length // 2, 1))
        stop = tuple(dict.fromkeys((*sampling.stop, *self.stop)))
        return self.drawn(replace(sampling, max_tokens=most, stop=stop))


@dataclass(frozen=True)
class EngineInfo:
    """Which engine answers: model name, its context length in tokens, version of vLLM ('' if unknown)."""

    model: str
    context_length: int
    version: str = ""
    root: str = ""
    """The folder or repository that the engine loaded, where it says so."""
    family: str = ""
    """How the model is spoken to, by the name in the catalogue; '' if nobody looked."""
    manner: Manner = field(default_factory=Manner)


class Stream(Protocol):
    """An answer that is coming. Iterate it to its end, then ask for the rest."""

    def __iter__(self) -> Iterator[Delta]: ...

    @property
    def answers(self) -> Sequence[Answer]:
        """The ``n`` answers as far as they have come; whole once the iteration has ended."""

    @property
    def usage(self) -> Usage:
        """Tokens used; zeros until the iteration has ended."""


class Filling(Protocol):
    """What comes for a hole in code. Iterate it to its end, then take its ``text``."""

    def __iter__(self) -> Iterator[Delta]: ...

    @property
    def text(self) -> str:
        """What belongs in the hole."""

    @property
    def finish_reason(self) -> str:
        """Why it ended: ``stop``, ``length``; '' while it goes on."""

    @property
    def usage(self) -> Usage:
        """Tokens used; zeros until the iteration has ended."""


class Engine(Protocol):
    """What `suggest` needs of an engine. Every method raises subclasses of `EngineError`."""

    def stream(self, request: ChatRequest | TextRequest) -> AbstractContextManager[Stream]:
        """Ask, and read the answer as it comes; leaving the ``with`` early stops the generation."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Exact number of prompt tokens of ``messages`` with the model's chat template."""

    def info(self) -> EngineInfo:
        """Which model answers."""


class InfillingEngine(Engine, Protocol):
    """One that also fills holes in code."""

    def infill(
        self, before: str, after: str, sampling: Sampling | None = None
    ) -> AbstractContextManager[Filling]:
        """Ask for what stands between ``before`` and ``after``; leaving the ``with`` early stops it."""
