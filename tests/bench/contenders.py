"""Contenders whose answers a test writes down, and plain questions for them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbcoder.bench.answerers import AnswerRecord
from nbcoder.bench.problems import ProblemSet, parse_problem_set
from nbcoder.bench.records import Label
from nbcoder.bench.repair import FixRecord
from nbcoder.errors import UnusableAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbcoder.bench.answerers import Question
    from nbcoder.bench.kernels import KernelHandle
    from nbcoder.bench.repair import Failure

PLAIN = '''
# %%
values = [1, 2, 3]
# %%
"""
question: Sum?
"""
sum(values)
# %%
"""
question: Longest?
"""
max(values)
# %%
"""
question: Append four.
validator:
  namespace_check:
    values:
"""
values.append(4)
# %%
"""
question: Sum now?
"""
sum(values)
'''


def plain(source: str = PLAIN, name: str = "plain") -> list[ProblemSet]:
    return [parse_problem_set(name, source)]


@dataclass
class Scripted:
    """Answers question ``index`` by ``answers[index]``, else with nothing; remembers what it was asked."""

    answers: dict[int, str | Exception]
    label: Label = field(default_factory=lambda: Label("scripted", "none"))
    needs_own_kernel: bool = False
    asked: list[int] = field(default_factory=list)
    look: Callable[[Question, KernelHandle], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def prepare(self, kernel: KernelHandle) -> None:
        del kernel

    def answer(self, question: Question, kernel: KernelHandle) -> AnswerRecord:
        with self._lock:
            self.asked.append(question.index)
        if self.look:
            self.look(question, kernel)
        answer = self.answers.get(question.index, UnusableAnswer("nothing was said."))
        if isinstance(answer, Exception):
            raise answer
        return AnswerRecord(answer, 0.25, prompt_tokens=10, completion_tokens=5)


@dataclass
class ScriptedFixer:
    """Gives one set of edits after the other."""

    fixes: Iterator[dict[int, str]]
    label: Label = field(default_factory=lambda: Label("scripted", "none"))
    failures: list[Failure] = field(default_factory=list)
    can_give_others: bool = True

    def prepare(self, kernel: KernelHandle) -> None:
        del kernel

    def fix(self, failure: Failure, kernel: KernelHandle) -> FixRecord:
        del kernel
        self.failures.append(failure)
        return self._next()

    def _next(self) -> FixRecord:
        another = self._next if self.can_give_others else None
        return FixRecord(next(self.fixes), 0.5, prompt_tokens=10, completion_tokens=5, another=another)


@dataclass
class ScriptedInfiller:
    """Fills the holes by their prompts."""

    fills: dict[str, str]
    label: Label = field(default_factory=lambda: Label("scripted", "none"))

    def infill(self, prompt: str, suffix: str) -> AnswerRecord:
        del suffix
        if prompt not in self.fills:
            raise UnusableAnswer("nothing was said.")
        return AnswerRecord(self.fills[prompt], 0.1)
