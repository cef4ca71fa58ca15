"""Who answers the questions: the seam for every mode, and the two baselines that need no live state."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from nbcoder.engine.requests import ChatRequest, Message, Sampling
from nbcoder.errors import UnusableAnswer
from nbcoder.models.answers import parse_answer

if TYPE_CHECKING:
    from nbcoder.bench.kernels import KernelHandle
    from nbcoder.bench.records import Label
    from nbcoder.engine.requests import Engine

__all__ = ["AnswerRecord", "Answerer", "Baseline", "Question", "ask", "extract_code"]

_SYSTEM = (
    "You write Python code for a Jupyter notebook. Answer with one Python code block: the next cell. "
    "When a value is asked for, it is the last expression of the cell."
)


@dataclass(frozen=True)
class Question:
    """What is asked, and where it stands: question ``index`` (from 1) of notebook ``set``."""

    set: str
    index: int
    text: str


@dataclass(frozen=True)
class AnswerRecord:
    """An answer and what it cost; ``tries`` counts rounds of repair, the first answer included."""

    code: str
    seconds: float
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tries: int = 1
    note: str = ""


class Answerer(Protocol):
    """One contender."""

    @property
    def label(self) -> Label:
        """Who this is, in records and tables."""

    @property
    def needs_own_kernel(self) -> bool:
        """Whether it leaves traces in the kernel, so that no other contender may share it."""

    def prepare(self, kernel: KernelHandle) -> None:
        """Called once for each kernel, before the first cell runs in it."""

    def answer(self, question: Question, kernel: KernelHandle) -> AnswerRecord:
        """The code of the next cell; the notebook so far has been run in ``kernel``.

        It may look at the kernel but has to leave the user's variables as they are. `UnusableAnswer`,
        `NoSuggestion` and `PromptTooLong` count as no answer; other errors end the run.
        """


@dataclass(frozen=True)
class Baseline:
    """A plain prompt: the question alone, or with the code of the cells so far."""

    label: Label
    engine: Engine
    with_cells: bool = False
    sampling: Sampling = field(default_factory=Sampling)
    needs_own_kernel: bool = field(default=False, init=False)

    def prepare(self, kernel: KernelHandle) -> None:
        """Nothing has to be."""

    def answer(self, question: Question, kernel: KernelHandle) -> AnswerRecord:
        """See `Answerer`."""
        cells = "\n\n".join(cell.source for cell in kernel.cells) if self.with_cells else ""
        context = (
            f"The notebook so far:\n\n```python\n{cells}\n```\n\nThe next cell has to do this: "
            if cells
            else ""
        )
        return ask(self.engine, context + question.text, self.sampling)


def ask(engine: Engine, request: str, sampling: Sampling) -> AnswerRecord:
    """Put one request to the model and take the code out of its answer.

    Raises
    ------
    UnusableAnswer
        There is no code in it.
    EngineError
        The engine fails.
    """
    messages = (Message("system", _SYSTEM), Message("user", request))
    started = time.perf_counter()
    with engine.stream(ChatRequest(messages, sampling)) as stream:
        for _ in stream:
            pass
        text, usage = stream.answers[0].text, stream.usage
    seconds = time.perf_counter() - started
    return AnswerRecord(extract_code(text), seconds, usage.prompt_tokens, usage.completion_tokens)


def extract_code(text: str) -> str:
    """The code cells of an answer, one below the other.

    Raises
    ------
    UnusableAnswer
        There are none.
    """
    code = "\n\n".join(cell.source for cell in parse_answer(text) if cell.type == "code")
    if not code.strip():
        raise UnusableAnswer("the model answered without code. Ask again in other words.")
    return code
