"""What is offered to the user."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcoder.context.layout import Prompt
    from nbcoder.dryrun import Report
    from nbcoder.engine.requests import ChatRequest, EngineInfo, TokenLogprob
    from nbcoder.notebook.cells import Cell
    from nbcoder.suggest.code.lines import Hole
    from nbcoder.suggest.request import Request
    from nbcoder.suggest.trial import Trial

__all__ = ["Candidate", "Sent", "State", "Stats", "Suggestion", "Watcher"]

State = Literal["ready", "accepted", "rejected"]


@dataclass(frozen=True)
class Candidate:
    """One answer, cut into cells; ``finish_reason`` is the engine's, such as ``stop`` or ``length``."""

    cells: tuple[Cell, ...]
    raw: str
    finish_reason: str
    logprobs: tuple[TokenLogprob, ...] = ()
    """How sure the model was, token by token, where that was asked for."""

    @property
    def logprob(self) -> float:
        """The mean log-probability of its tokens, 0 where the engine did not tell them."""
        return sum(token.logprob for token in self.logprobs) / len(self.logprobs) if self.logprobs else 0.0

    @property
    def code(self) -> str:
        """The text of all code cells, to be run as one."""
        return "\n\n".join(cell.source for cell in self.cells if cell.type == "code")

    def with_code(self, change: Callable[[str], str]) -> Candidate:
        """The same with each code cell changed."""
        cells = (
            replace(cell, source=change(cell.source)) if cell.type == "code" else cell for cell in self.cells
        )
        return replace(self, cells=tuple(cells))


@dataclass(frozen=True)
class Stats:
    """What a suggestion cost, over all its tries."""

    seconds: float = 0.0
    first_token_seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    tries: int = 0


@dataclass(frozen=True)
class Sent:
    """Exactly what the model was given."""

    chat: ChatRequest
    prompt: Prompt
    frame: int = 0
    """Tokens of what stands around the prompt: the instructions and the request."""


@dataclass(frozen=True)
class Suggestion:
    """A candidate on offer, with all that is needed to accept it and to say where it came from."""

    id: str
    request: Request
    candidate: Candidate
    report: Report | None
    """What happened when it was run in a copy of the kernel; None where it was not."""
    sent: Sent
    engine: EngineInfo
    stats: Stats = field(default_factory=Stats)
    notes: tuple[str, ...] = ()
    """What else the user has to know, whichever answer it is, a line each."""
    own_notes: tuple[str, ...] = ()
    """The same of this answer alone."""
    state: State = "ready"
    alternatives: tuple[Trial, ...] = ()
    """The other candidates, the best first."""
    is_edited: bool = False
    """Whether the user changed what the model wrote."""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells on offer."""
        return self.candidate.cells


class Watcher(Protocol):
    """Who wants to see a suggestion come into being."""

    def sent(self, sent: Sent) -> None:
        """The prompt is complete and about to be sent."""

    def asking(self, chat: ChatRequest) -> None:
        """One of the requests for it goes out: the first, one for more answers, or one to mend an answer."""

    def filling(self, hole: Hole) -> None:
        """A cell goes out to have one of its lines or steps filled in anew."""

    def streaming(self, text: str, tokens: int) -> None:
        """The answer's text so far, and how many tokens it has."""

    def trying(self, candidate: Candidate) -> None:
        """The answer is complete and is being run in a copy of the kernel."""
