"""The way of one request: context, prompt, candidates, dry runs, repair, ranking."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nbcoder.suggest.drafting import Drafts
from nbcoder.suggest.preparing import prepare
from nbcoder.suggest.ranking import merge_key
from nbcoder.suggest.search import Effort, Search
from nbcoder.suggest.suggestion import Suggestion
from nbcoder.suggest.tasks import make_bench
from nbcoder.suggest.trial import Trial

if TYPE_CHECKING:
    from nbcoder.context import Situation
    from nbcoder.context.secrets.veil import Veil
    from nbcoder.dryrun import DryRunner
    from nbcoder.engine.requests import InfillingEngine
    from nbcoder.suggest.request import Request
    from nbcoder.suggest.suggestion import Sent, Watcher
    from nbcoder.suggest.trying import Bench

__all__ = ["Suggester"]


@dataclass(frozen=True)
class Suggester:
    """Turns requests into suggestions: with one engine, and with dry runs where there is a runner.

    ``rounds`` is how often a candidate that does not do is sent back to the model, ``candidates`` how many
    answers are asked for; all but the first are drawn at random.
    """

    engine: InfillingEngine
    dry_runner: DryRunner | None = None
    rounds: int = 3
    candidates: int = 1

    def suggest(self, request: Request, situation: Situation, watcher: Watcher) -> Suggestion:
        """Ask the model, run its answers in copies, send the best back while it fails; the best is offered.

        Raises
        ------
        EngineError
            The engine failed; nothing is offered.
        UnusableAnswer
            No answer holds code.
        """
        started = time.perf_counter()
        bench = make_bench(request, situation, self.dry_runner)
        sent, veil = prepare(self.engine, request, situation, bench)
        drafts = Drafts(self.engine, watcher, started)
        ranked = self._answers(request, sent, drafts, bench, veil)
        return Suggestion(
            id=secrets.token_hex(4),
            request=request,
            candidate=ranked[0].candidate,
            report=ranked[0].report,
            sent=sent,
            engine=self.engine.info(),
            stats=replace(drafts.stats, seconds=time.perf_counter() - started),
            own_notes=ranked[0].notes,
            alternatives=ranked[1:],
        )

    def _answers(
        self, request: Request, sent: Sent, drafts: Drafts, bench: Bench, veil: Veil
    ) -> tuple[Trial, ...]:
        drafts.watcher.sent(sent)
        if request.kind == "explain":
            return (Trial(drafts.tell(sent.chat)),)
        if request.target is None:
            veil = replace(veil, hidden=veil.given)  # the cell's text belongs into that cell alone
        key = str.strip if request.kind == "document" else merge_key
        effort = Effort(self.rounds, self.candidates)
        return Search(request, sent, drafts, bench, veil, key, effort).ranked()
