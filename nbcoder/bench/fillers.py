"""Who fills holes: the model's own infilling tokens, and a chat model that is shown the hole."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.bench.answerers import AnswerRecord
from nbcoder.bench.records import Label
from nbcoder.engine.requests import Sampling

if TYPE_CHECKING:
    from nbcoder.models.speaker import Speaker

__all__ = ["Filler", "make_fillers"]

_SAMPLING = Sampling(temperature=0.0, max_tokens=128)


@dataclass(frozen=True)
class Filler:
    """One of the two ways, with one engine; see `nbcoder.bench.infilling.Infiller`."""

    label: Label
    engine: Speaker
    by_chat: bool

    def infill(self, prompt: str, suffix: str) -> AnswerRecord:
        """What belongs between the two."""
        started = time.perf_counter()
        with self.engine.infill(prompt, suffix, _SAMPLING, by_chat=self.by_chat) as filling:
            for _ in filling:
                pass
        seconds, usage = time.perf_counter() - started, filling.usage
        return AnswerRecord(filling.text, seconds, usage.prompt_tokens, usage.completion_tokens)


def make_fillers(engine: Speaker) -> tuple[Filler, ...]:
    """The ways that the model of ``engine`` knows."""
    model, family = engine.info().model, engine.family
    tokens = [Filler(Label("tokens", model), engine, by_chat=False)] if family.infilling else []
    return (*tokens, Filler(Label("hole", model), engine, by_chat=True))
