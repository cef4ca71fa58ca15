"""A failing cell is run once more before the model is asked: that may be all that is needed."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from nbcoder.context.layout import Prompt
from nbcoder.engine.requests import ChatRequest, EngineInfo
from nbcoder.suggest.suggestion import Sent, Stats, Suggestion
from nbcoder.suggest.tasks import make_bench
from nbcoder.texts import Text

if TYPE_CHECKING:
    from nbcoder.context import Situation
    from nbcoder.dryrun import DryRunner
    from nbcoder.suggest.request import Request

__all__ = ["without_model"]

_NOT_ASKED = Text("There is one remedy for this error; the model was not asked.")


def without_model(
    request: Request, situation: Situation, runner: DryRunner | None
) -> tuple[Request, Suggestion | None]:
    """The request with what live objects say to the error, and the cell mended by the error's one remedy.

    There is no suggestion where there is no such remedy, where more is wished for than that, or where it was
    not enough and is asked for once more. Its ``engine`` has no name.
    """
    if request.failure is None or runner is None:
        return request, None
    started = time.perf_counter()
    bench = make_bench(request, situation, runner)
    told = replace(request, failure=replace(request.failure, hints=bench.hints(request.failure.error)))
    trial = None if request.text or request.sampling.seed is not None else bench.remedied()
    if trial is None:
        return told, None
    return told, Suggestion(
        id=secrets.token_hex(4),
        request=request,
        candidate=trial.candidate,
        report=trial.report,
        sent=Sent(ChatRequest((), request.sampling), Prompt()),
        engine=EngineInfo("", 0),
        stats=Stats(seconds=time.perf_counter() - started),
        own_notes=(*trial.notes, _NOT_ASKED),
    )
