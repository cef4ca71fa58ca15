"""The search for the best answer to a request: first, drawn, filled in, sent back, and what they come to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from nbcoder.dryrun import Limits
from nbcoder.engine.requests import ChatRequest, Message
from nbcoder.errors import EngineError, PromptTooLong, UnusableAnswer
from nbcoder.suggest.asked.days import day_holes, has_effect
from nbcoder.suggest.code.lines import holes
from nbcoder.suggest.code.steps import step_holes
from nbcoder.suggest.drafting import NO_CODE
from nbcoder.suggest.preparing import SPARE_TOKENS, above, prepare
from nbcoder.suggest.ranking import outcome, rank
from nbcoder.suggest.wording import FENCE, FENCE_END, advice, feedback
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nbcoder.context.secrets.guard import Guard
    from nbcoder.context.secrets.veil import Veil
    from nbcoder.suggest.code.lines import Hole
    from nbcoder.suggest.drafting import Drafts
    from nbcoder.suggest.request import Request
    from nbcoder.suggest.suggestion import Candidate, Sent
    from nbcoder.suggest.trial import Trial
    from nbcoder.suggest.trying import Bench

__all__ = ["NOT_MENDED", "SURE", "Effort", "Search"]

_RETRY_TEMPERATURE = 0.5
_DRAWN_TEMPERATURE = 0.7
_FREE_TEMPERATURE = 1.0
_DRAWN_SEED = 4
_DRAWN_WITH_PROOF = 9
_MOST_ALIKE = 2
_FILLED_TOGETHER = 4
_FILLED_SECONDS = 3.0
"""For a function with a line filled in: many of these never end."""
SURE = -0.12
"""Mean log-probability of an answer of which nothing more has to be known once it ran."""
NOT_MENDED = Text("the model does not mend the cell. Say what the cell has to do, or try another model.")
_AS_BEFORE = Text("It comes to the same as what was offered before.")
_LEFT = "%1 stands for what the model was not shown. Put that back before you run the cell."


@dataclass(frozen=True)
class Effort:
    """How often an answer that does not do is sent back, and how many are drawn at once."""

    rounds: int
    candidates: int


@dataclass
class Search:
    """One request on its way: the trials so far, by a key of the code, and how often each came."""

    request: Request
    sent: Sent
    drafts: Drafts
    bench: Bench
    veil: Veil
    """Over the request and the cell that it is about."""
    key: Callable[[str], str]
    """The same for codes that need to be tried only once."""
    effort: Effort
    _trials: dict[str, Trial] = field(default_factory=dict)
    _weights: dict[str, int] = field(default_factory=dict)

    def ranked(self) -> tuple[Trial, ...]:
        """All candidates, the best first."""
        first = none = None
        try:
            first = self._try(self.drafts.stream(self.sent.chat))
        except UnusableAnswer as error:
            none = error
        # Where the engine fails later, what there is, is offered: a poor answer is better than none.
        with suppress(EngineError):
            self._improve(first)
        if not self._trials:
            raise none or UnusableAnswer(NO_CODE)
        ranked = self._order()
        if self._is_no_repair(ranked[0]):
            raise UnusableAnswer(NOT_MENDED)
        return ranked

    def _improve(self, first: Trial | None) -> None:
        if first is not None and (self._is_enough(first) or self._fill_days(first)):
            return
        needed = self.drafts.stats.completion_tokens
        is_copied = first is not None and self._is_no_repair(first)
        if self.request.failure is not None and (
            self._fill_lines() if self.bench.has_proof else is_copied and self._fill_steps()
        ):
            return
        # Drawing costs as much time again: it is for requests on which the first answer fails or is doubtful.
        # What is drawn beside a copy of the failing cell are mostly copies.
        if self.effort.candidates > 1 and not is_copied:
            self._draw(self.sent.chat, self.effort.candidates - 1, needed)
            if self.bench.has_proof and not self._has_clean:
                # What is drawn together costs little more than one, and what is right will show.
                # What is likely was drawn already.
                self._draw(self.sent.chat, _DRAWN_WITH_PROOF, needed, _FREE_TEMPERATURE)
        if not self._has_clean and (remedied := self.bench.remedied()) is not None:
            # As its author wrote it, but for what has one remedy: more than the model came to.
            key = self.key(remedied.candidate.code)
            self._trials[key], self._weights[key] = self._held(remedied), 1
        elif self._trials:
            self._repair()
        if self.request.failure is not None and not self._has_clean:
            self._mend_otherwise(is_copied=is_copied)

    def _mend_otherwise(self, *, is_copied: bool) -> None:
        """Fill in or write anew a cell that neither drawing nor sending back has mended."""
        is_mended = not is_copied and not self.bench.has_proof and self._fill_steps()
        if self.request.asked and not is_mended and not self.request.is_anew:
            self._write_anew()

    def _is_enough(self, trial: Trial) -> bool:
        is_doubtful = self.bench.can_vote and trial.candidate.logprob < SURE
        return trial.is_clean and not trial.is_refused and not is_doubtful

    def _fill_days(self, trial: Trial) -> bool:
        """Have what filters by the days that it leaves out filled in; whether that is what was missing."""
        days, shown = trial.unused_days, self.veil.guard.code(trial.candidate.code)
        filled = self.drafts.fill([replace(hole, above=self._above) for hole in day_holes(shown, days)])
        does = (self._formed(one) for one in filled if has_effect(one.code, days))
        return any(self._is_mended(one, self.bench) for one in does)

    def _fill_lines(self) -> bool:
        """Have one line after the other written anew, until what is known to be right comes out; whether so.

        What is not right is forgotten: the rest of it is the failing cell.
        """
        missing = holes(self.veil.shown, self.bench.failing_line)
        return self._fill(missing, replace(self.bench, limits=Limits(seconds=_FILLED_SECONDS)))

    def _fill_steps(self) -> bool:
        """Have one step after the other of what fails written anew, until the cell runs; whether so."""
        if (line := self.bench.failing_line) is None:
            return False
        return self._fill(step_holes(self.veil.shown, line), self.bench)

    def _fill(self, missing: Iterable[Hole], bench: Bench) -> bool:
        """Have what is missing filled in, some of it at a time, until one of them does; whether so."""
        left = (replace(hole, above=self._above) for hole in missing)
        while together := tuple(islice(left, _FILLED_TOGETHER)):
            if any(self._is_mended(self._formed(filled), bench) for filled in self.drafts.fill(together)):
                return True
        return False

    def _is_mended(self, filled: Candidate, bench: Bench) -> bool:
        """Try a cell that was filled in, which is forgotten where it does not do."""
        key = self.key(filled.code)
        if key in self._trials or bench.is_copy(filled.code):
            return False
        trial = self._run(filled, bench)
        has_run = trial.report is not None and trial.report.status == "ok"
        if not has_run or not trial.is_clean or trial.is_refused:
            return False
        self._trials[key], self._weights[key] = trial, 1
        return True

    def _write_anew(self) -> None:
        """Ask for what the cell has to do as if it were not there: mending it did not get there."""
        chat = self._anew.chat
        before = self.drafts.stats.completion_tokens
        with suppress(UnusableAnswer):
            self._try(self.drafts.stream(chat))
        if not self._has_clean and self.effort.candidates > 1:
            self._draw(chat, self.effort.candidates - 1, self.drafts.stats.completion_tokens - before)

    @cached_property
    def _above(self) -> str:
        return above(self._anew.prompt, self.veil.asked)

    @cached_property
    def _anew(self) -> Sent:
        """What is sent where the failing cell is written as if it were not there."""
        request = replace(self.request, is_anew=True)
        return prepare(self.drafts.engine, request, self.bench.situation, self.bench)[0]

    def _draw(self, chat: ChatRequest, n: int, needed: int, temperature: float = _DRAWN_TEMPERATURE) -> None:
        for candidate in self.drafts.draw(_sampled(chat, n, needed, temperature)):
            self._try(candidate)

    @property
    def _has_clean(self) -> bool:
        return any(trial.is_clean and not trial.is_refused for trial in self._trials.values())

    def _order(self) -> tuple[Trial, ...]:
        return rank(list(self._trials.values()), [self._weights[key] for key in self._trials])

    def _repair(self) -> None:
        """Send the best candidate back while nothing does; the same error three times ends it."""
        trial = next((one for one in self._order() if not one.is_refused), None)
        if trial is None:
            return
        seen = [trial.signature]
        stuck = 0
        for _ in range(self.effort.rounds):
            is_copy, alike = self._is_no_repair(trial), seen.count(trial.signature)
            if trial.is_clean or trial.is_refused or (alike > _MOST_ALIKE and not is_copy):
                return
            stuck = stuck + 1 if is_copy or alike > 1 else 0
            chat = _told(self.sent.chat, trial, self.veil.guard, stuck)
            try:
                trial = self._try(self.drafts.stream(chat))
            except (PromptTooLong, UnusableAnswer):
                return
            seen.append(trial.signature)

    def _is_no_repair(self, trial: Trial) -> bool:
        return trial.is_idle and self.bench.is_no_repair(trial.candidate.code)

    def _try(self, candidate: Candidate) -> Trial:
        """Run the candidate, unless the same code was run before."""
        candidate = self._formed(candidate)
        key = self.key(candidate.code)
        if key not in self._trials:
            self._trials[key] = self._run(candidate, self.bench)
        self._weights[key] = self._weights.get(key, 0) + 1
        return self._trials[key]

    def _formed(self, candidate: Candidate) -> Candidate:
        return self.bench.form(candidate.with_code(self.veil.lifted))

    def _run(self, candidate: Candidate, bench: Bench) -> Trial:
        if bench.runner is not None:
            self.drafts.watcher.trying(candidate)
        return self._held(self._noted(bench.run(candidate)))

    def _held(self, trial: Trial) -> Trial:
        """The trial, held against what the user has refused."""
        told = {self.key(trial.candidate.code)}
        if self.bench.can_vote:  # else they all come to the same, as they should
            told.add(outcome(trial.candidate, trial.report))
        if not told & self.request.refused:
            return trial
        return replace(trial, is_refused=True, notes=(*trial.notes, _AS_BEFORE))

    def _noted(self, trial: Trial) -> Trial:
        """The trial with a word on what could not be put back into its cell."""
        left = self.veil.left_in(trial.candidate.code)
        return replace(trial, notes=(*trial.notes, Text(_LEFT, ", ".join(left)))) if left else trial


def _sampled(chat: ChatRequest, n: int, needed: int, temperature: float) -> ChatRequest:
    """The request for ``n`` answers, of which the first one ``needed`` so many tokens."""
    sampling = replace(
        chat.sampling,
        max_tokens=min(chat.sampling.max_tokens, SPARE_TOKENS + 2 * needed),
        n=n,
        temperature=max(chat.sampling.temperature, temperature),
        seed=(_DRAWN_SEED if chat.sampling.seed is None else chat.sampling.seed) + n,
    )
    return replace(chat, sampling=sampling)


def _told(chat: ChatRequest, trial: Trial, guard: Guard, stuck: int) -> ChatRequest:
    """The conversation so far with the failed cell and what is wrong with it.

    A model that makes the same mistake again goes on copying it while it sees it. It is asked afresh then,
    with the advice alone, and is let vary, the more the more often it is ``stuck``.
    """
    if stuck:
        system, asked = chat.messages[:2]
        asked = Message("user", f"{asked.content}\n\n{advice(trial, guard)}")
        temperature = max(chat.sampling.temperature, min(_RETRY_TEMPERATURE * stuck, 1.0))
        return replace(
            chat, messages=(system, asked), sampling=replace(chat.sampling, temperature=temperature)
        )
    code = f"{FENCE}{guard.code(trial.candidate.code)}{FENCE_END}"
    messages = (*chat.messages[:2], Message("assistant", code), Message("user", feedback(trial, guard)))
    return replace(chat, messages=messages)
