"""Repairs for which no model has to be asked."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from nbcoder.context.layout import Prompt
from nbcoder.engine.requests import ChatRequest, EngineInfo
from nbcoder.suggest.suggestion import Sent, Stats, Suggestion
from nbcoder.suggest.tasks import make_bench

if TYPE_CHECKING:
    from nbcoder.context import Situation
    from nbcoder.dryrun import DryRunner
    from nbcoder.suggest.request import Request

__all__ = ["without_model"]


def without_model(request: Request, situation: Situation, runner: DryRunner | None) -> Suggestion | None:
    """The failing cell, mended by the one remedy that its error has.

    None where there is no such remedy, where more is wished for than that, or where it was not enough and is
    asked for once more. Its ``engine`` has no name.
    """
    if request.failure is None or request.text or request.sampling.seed is not None:
        return None
    started = time.perf_counter()
    trial = make_bench(request, situation, runner).remedied()
    if trial is None:
        return None
    return Suggestion(
        id=secrets.token_hex(4),
        request=request,
        candidate=trial.candidate,
        report=trial.report,
        sent=Sent(ChatRequest((), request.sampling), Prompt()),
        engine=EngineInfo("", 0),
        stats=Stats(seconds=time.perf_counter() - started),
        own_notes=trial.notes,
    )
