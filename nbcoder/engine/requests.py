"""What is asked of an engine and what comes back: values only, nothing of HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    """How tokens are drawn; temperature 0 is greedy. ``top_k`` 0 and ``top_p`` 1 switch those off."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
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
class EngineInfo:
    """Which engine answers: model name, its context length in tokens, version of vLLM ('' if unknown)."""

    model: str
    context_length: int
    version: str = ""


class Stream(Protocol):
    """An answer that is coming. Iterate it to its end, then ask for the rest."""

    def __iter__(self) -> Iterator[Delta]: ...

    @property
    def answers(self) -> Sequence[Answer]:
        """The ``n`` answers as far as they have come; whole once the iteration has ended."""

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
