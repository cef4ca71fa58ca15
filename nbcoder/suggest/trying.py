"""Finds out about a candidate: brings it into the form asked for, checks it, runs it in a copy."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import ModuleType, NoneType
from typing import TYPE_CHECKING

from nbcoder.context.statics import bases_of, class_dict, is_among
from nbcoder.dryrun import Limits
from nbcoder.notebook.cells import Cell
from nbcoder.suggest.asked.anew import made_up, read_anew
from nbcoder.suggest.asked.days import unused_days
from nbcoder.suggest.asked.demands import IDLE, complaints, does_nothing, lost_variables, result, unused
from nbcoder.suggest.asked.endings import endings
from nbcoder.suggest.asked.examples import read_examples
from nbcoder.suggest.asked.invented import invented_numbers
from nbcoder.suggest.asked.labels import is_unheard_of, label_of
from nbcoder.suggest.asked.layout import ANY_LAYOUT, Layout, misfits, probe, read_layout, read_seen
from nbcoder.suggest.asked.printed import show_result
from nbcoder.suggest.asked.shaping import (
    is_repeat,
    on_copies,
    shape,
    shows_value,
    statements,
    without_repeats,
    without_statements,
    without_told_error,
)
from nbcoder.suggest.asked.spoken_columns import spoken_columns, unused_columns
from nbcoder.suggest.asked.tools import tools
from nbcoder.suggest.asked.unseen import is_all_that_is_asked
from nbcoder.suggest.code.checks import check
from nbcoder.suggest.code.names import defined, names_given, names_taken, passing_names, tree_of
from nbcoder.suggest.code.near import near
from nbcoder.suggest.data.tables import is_table
from nbcoder.suggest.ranking import merge_key
from nbcoder.suggest.rehearsing import Rehearsal
from nbcoder.suggest.repair.mending import mended
from nbcoder.suggest.suggestion import Candidate
from nbcoder.suggest.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from nbcoder.context import Situation
    from nbcoder.dryrun import DryRunner, Report
    from nbcoder.notebook.cells import CellError
    from nbcoder.suggest.asked.mentions import Mention
    from nbcoder.suggest.asked.wish import Wish

__all__ = ["Bench"]

_MOST_REMEDIES = 3
_AGAIN_SECONDS = 3.0
"""For a failing cell to fail again; meanwhile the model could be asked."""
_UNCHANGING = frozenset({NoneType, bool, bytes, complex, float, frozenset, int, str, tuple})
_UNCHANGED = "It is the failing cell as it was. Change what the error is about."


@dataclass(frozen=True)
class Bench:
    """Where the candidates for one request are tried; without a runner they are only read."""

    situation: Situation
    wish: Wish
    runner: DryRunner | None
    then: str = ""
    """A cell that has to run after the candidate: the one that raised, where another is mended."""
    mentions: tuple[Mention, ...] = ()
    """Values in the data that the request speaks of, and that the candidate has to use."""
    mended: str = ""
    """The cell that is to be mended: what it says once more, is meant."""
    is_endless: bool = False
    """Whether that cell was interrupted."""
    limits: Limits = field(default_factory=Limits)
    """What a candidate may use."""

    def form(self, candidate: Candidate) -> Candidate:
        """The candidate in the form that the request asks for, as far as its text shows it."""
        repeats = self._repeats
        cells = [
            replace(cell, source=self._alone(cell.source)) if cell.type == "code" else cell
            for cell in _without_old_cells(candidate.cells, repeats)
        ]
        places = [at for at, cell in enumerate(cells) if cell.type == "code"]
        first, last = places[0], places[-1]
        cells[first] = replace(cells[first], source=without_repeats(cells[first].source, repeats))
        shaped = shape(cells[last].source, self.wish, self.situation.namespace.keys() - self._modules)
        if shows_value(self.mended):
            shaped = show_result(shaped)  # as its author had it
        cells[last] = replace(cells[last], source=shaped)
        return replace(candidate, cells=tuple(cells))

    def _alone(self, code: str) -> str:
        """The code without what stands below it in the notebook: its error, the cell that raised."""
        tests = statements([self.then]) - statements([self.mended])
        names = defined(self.then) - defined(self.mended)
        return without_statements(without_told_error(code), tests, names)

    def run(self, candidate: Candidate) -> Trial:
        """The candidate with what its dry run showed; on copies of variables that have to stay."""
        problems = check(candidate.code, self.situation.namespace)
        if self.is_copy(candidate.code) and self._fails_again:
            return replace(self._fails_again, candidate=candidate, complaints=(_UNCHANGED,), is_idle=True)
        if self._is_idle(candidate.code):
            return Trial(candidate, problems, complaints=(IDLE,), is_idle=True)
        if self.runner is None or any(problem.kind == "syntax" for problem in problems):
            return Trial(candidate, problems)
        report = self.runner.run(self._whole(candidate), self.limits)
        trial = self._mended(self._finished(self._told(candidate, report)))
        if invented := self._made_up(trial):
            complaint = f"It makes up {' and '.join(invented)}. Use the data that is there."
            return replace(trial, problems=problems, complaints=(complaint,), is_idle=True)
        return self._spared(trial) or replace(trial, problems=problems)

    def _made_up(self, trial: Trial) -> tuple[str, ...]:
        """The user's data in whose place the candidate puts some of its own, though nobody asked for that."""
        if trial.report is None or not self.wish.uses_data:
            return ()
        code = trial.candidate.code
        names = set(trial.report.effects.rebound).difference(self.wish.targets, self._spare(code))
        if self.wish.changes:  # a list may be given other values, as in "set sizes to [1, 2]"
            names = {name for name in names if is_table(self.situation.namespace.get(name))}
        return made_up(code, names, self.situation.namespace)

    def _spared(self, trial: Trial) -> Trial | None:
        """The trial on copies of variables that have to stay; None where it is not done by that.

        Data that is only read once more is no copy: it is not what the user has made of it since.
        """
        code = trial.candidate.code
        lost = lost_variables(trial.report, self.wish, self._spare(code)) if trial.report else ()
        if not lost or (self.wish.uses_data and read_anew(code, lost, self.situation.namespace)):
            return None
        spared = self._on_copies(trial.candidate, lost)
        return spared if spared is not None and spared.is_clean else None

    def _mended(self, trial: Trial) -> Trial:
        """The trial with what has one remedy mended, if that helps; else the trial as it was."""
        last = trial
        for _ in range(_MOST_REMEDIES):
            failure = last.report.failure if last.report else None
            if failure is None or self.runner is None:
                break
            changed = _with_code(last.candidate, partial(mended, failure=failure))
            if changed.code == last.candidate.code:
                break
            last = self._finished(self._told(changed, self.runner.run(self._whole(changed))))
        return last if last.is_clean else trial

    def _finished(self, trial: Trial) -> Trial:
        """The trial with the end that its value lacks to be what was asked for, if that does."""
        if trial.report is None or trial.report.status != "ok" or not trial.complaints or self.runner is None:
            return trial
        shown = result(trial.report)
        for change in endings(self.wish, shown, self._label, self._layouts(trial)):
            changed = _with_code(trial.candidate, change)
            if changed.code != trial.candidate.code:
                finished = self._told(changed, self.runner.run(self._whole(changed)))
                if finished.is_clean:
                    return finished
        return trial

    @cached_property
    def _failed(self) -> Trial | None:
        """The cell that is to be mended, run once more."""
        if not self.mended or self.runner is None:
            return None
        cell = Candidate((Cell(self.mended),), self.mended, "stop")
        return Trial(cell, report=self.runner.run(self._whole(cell), Limits(seconds=_AGAIN_SECONDS)))

    @property
    def _fails_again(self) -> Trial | None:
        """The same where it raised or did not end again; any other that takes longer is run in full."""
        report = self._failed.report if self._failed else None
        if report is None or not (report.failure or (self.is_endless and report.status == "timeout")):
            return None
        return self._failed

    @property
    def failing_line(self) -> int | None:
        """Where in the cell that is to be mended the error arises; None where it does not, or not again."""
        failed = self._fails_again
        failure = failed.report.failure if failed and failed.report else None
        return failure.line if failure else None

    def hints(self, error: CellError) -> str:
        """What live objects say to ``error``; '' where the cell does not fail with it once more."""
        failed = self._fails_again
        failure = failed.report.failure if failed and failed.report else None
        return failure.hints if failure is not None and failure.name == error.name else ""

    def remedied(self) -> Trial | None:
        """The failing cell with what has one remedy mended; None where that does not do."""
        if self._failed is None:
            return None
        trial = self._mended(self._failed)
        return None if trial.candidate.code == self.mended else trial

    def is_copy(self, code: str) -> bool:
        """Whether it is the cell that is to be mended as it was."""
        return bool(self.mended) and merge_key(code) == merge_key(self.mended)

    def is_no_repair(self, code: str) -> bool:
        """Whether what is to be a mended cell is the failing one as it was, or another of the notebook."""
        return bool(self.mended) and (self.is_copy(code) or self._is_another_cell(code))

    def _is_another_cell(self, code: str) -> bool:
        """One that is like the failing cell may be what it was before its mistake."""
        others = statements(one.source for one in self.situation.executed) - statements([self.mended])
        return is_repeat(code, others) and not near(code, [self.mended])

    def _is_idle(self, code: str) -> bool:
        """Whether it does nothing of what was asked; a cell of imports is mended by imports."""
        if not self.mended:
            return does_nothing(code, self._repeats) and not is_all_that_is_asked(
                code, self.wish, self.situation.request
            )
        if does_nothing(self.mended):
            return not statements([code])
        return does_nothing(code) or self._is_another_cell(code)

    def run_as_is(self, candidate: Candidate) -> Trial:
        """What the user made of an answer, with what its dry run showed; nothing of it is changed."""
        assert self.runner is not None  # noqa: S101 - there is nothing to be seen without
        report = self.runner.run(self._whole(candidate))
        return Trial(candidate, report=report, notes=report.remarks)

    def _whole(self, candidate: Candidate) -> str:
        return f"{candidate.code}\n\n{self.then}" if self.then else candidate.code

    def _on_copies(self, candidate: Candidate, names: tuple[str, ...]) -> Trial | None:
        copying = {name: how for name in names if (how := self._copying(name)) is not None}
        if (set(names) - copying.keys()) & names_taken(candidate.code):
            return None
        changed = _with_code(candidate, lambda code: on_copies(code, names, copying))
        if changed.code == candidate.code or self.runner is None:
            return None
        return self._told(changed, self.runner.run(self._whole(changed)))

    def _copying(self, name: str) -> str | None:
        """What has to stand behind the variable to make a copy of it; None where there is no such thing."""
        kind = type(self.situation.namespace.get(name))
        if is_among(kind, _UNCHANGING):
            return ""
        return ".copy()" if any("copy" in class_dict(base) for base in bases_of(kind)) else None

    def _spare(self, code: str) -> set[str]:
        """What may change: simple values whose names a loop takes, modules, what a mended cell gives anyway.

        The first plot changes `matplotlib.pyplot`, and many modules get their functions when they are used.
        """
        namespace = self.situation.namespace
        passing = {name for name in passing_names(code) if is_among(type(namespace.get(name)), _UNCHANGING)}
        return passing | self._modules | self._tools | names_given(self.mended)

    @cached_property
    def _tools(self) -> frozenset[str]:
        return tools(self.situation.namespace)

    @cached_property
    def _modules(self) -> frozenset[str]:
        namespace = self.situation.namespace
        return frozenset(name for name, value in namespace.items() if issubclass(type(value), ModuleType))

    def _told(self, candidate: Candidate, report: Report) -> Trial:
        if report.status != "ok":
            return Trial(candidate, report=report)
        code = candidate.code
        told = (
            *complaints(
                report, self._wish_for(code), code, is_label=bool(self._label), spare=self._spare(code)
            ),
            *unused(code, self.mentions),
            *unused_columns(code, self._spoken_columns),
            *(invented_numbers(code, self._written) if self.wish.wants_value else ()),
            *self._unheard_of(result(report).text),
        )
        trial = Trial(candidate, report=report, complaints=told, notes=report.remarks)
        if trial.is_clean and self._rehearsal:
            trial = self._rehearsal.of(trial)
        elif trial.is_clean:
            trial = replace(trial, complaints=tuple(self._misfits(trial)))
        return self._held_against_days(trial) if trial.is_clean else trial

    def _wish_for(self, code: str) -> Wish:
        """The wish: of lists, texts and numbers, unlike tables, another may be shown instead of a change."""
        is_of_tables = any(is_table(self.situation.namespace.get(name)) for name in names_taken(code))
        is_plain = is_of_tables or self.wish.keeps_state or not self.wish.changes or self.wish.targets
        return self.wish if is_plain else replace(self.wish, value_does=True)

    def _unheard_of(self, shown: str) -> Iterator[str]:
        """What is wrong with a name that the user's tables do not have."""
        form = self.wish.form
        if form.is_one and self._label and is_unheard_of(shown, self.situation.namespace, self._label):
            yield f"It gives {shown[:60]}, which is no {form.noun} of the data: take one of {self._label!r}."

    def _held_against_days(self, trial: Trial) -> Trial:
        """The trial with the days that it leaves out, which no example may have shown."""
        days = () if self.wish.is_open else unused_days(trial.candidate.code, self.situation.request)
        if not days:
            return trial
        told = f"It does not use {' and '.join(days)}, which the request speaks of."
        return replace(trial, complaints=(told,), unused_days=days)

    def _misfits(self, trial: Trial) -> Iterator[str]:
        """What is wrong with the layout of what the request speaks of."""
        wanted = dict(self._layouts(trial))
        probing = probe(trial.candidate.code, tuple(wanted)) if wanted else ""
        if not probing or self.runner is None:
            return
        report = self.runner.run(probing)
        if report.status == "ok":
            yield from misfits(wanted, read_seen(result(report).text), trial.candidate.code)

    def _layouts(self, trial: Trial) -> Iterator[tuple[str, Layout]]:
        """The layout that is demanded, by name; '' for the value that the cell shows."""
        effects = trial.report.effects if trial.report else None
        if self.wish.is_open or effects is None:
            return
        names = self.wish.targets
        if not names and (self.wish.wants_value or self.wish.form.kind):
            names = ("",)
        elif not names:
            names = tuple({*effects.rebound, *effects.mutated})
        for name in names:
            layout = self._layout if len(names) == 1 else ANY_LAYOUT
            layout = replace(layout, kind=self.wish.kinds.get(name, ""))
            if layout != ANY_LAYOUT:
                yield name, layout

    @cached_property
    def _spoken_columns(self) -> tuple[str, ...]:
        is_open = self.wish.is_open or self.wish.function is not None
        return () if is_open else spoken_columns(self.situation.request, self.situation.namespace)

    @property
    def _written(self) -> Iterator[str]:
        """What the user wrote: the request and the cells."""
        notebook = self.situation.notebook
        yield self.situation.request
        yield from (cell.source for cell in notebook.cells) if notebook else ()
        yield from (one.source for one in self.situation.executed)

    @cached_property
    def _layout(self) -> Layout:
        return read_layout(self.situation.request, self.situation.namespace)

    @cached_property
    def _repeats(self) -> frozenset[str]:
        """The statements that ran without an error, as `statements` gives them, but those to be mended."""
        ran = statements(one.source for one in self.situation.executed if one.error is None)
        return ran - statements([self.mended])

    @cached_property
    def _rehearsal(self) -> Rehearsal | None:
        """Where the request has worked examples of the function that it asks for."""
        function = self.wish.function
        examples = read_examples(self.situation.request, function) if function else ()
        return Rehearsal(self.runner, function, examples) if self.runner and function and examples else None

    @property
    def can_vote(self) -> bool:
        """Whether the results of several answers that run tell which of them is right."""
        return not self.has_proof

    @property
    def has_proof(self) -> bool:
        """Whether a candidate that runs clean is known to be right, by an example or the user's tests."""
        return self._rehearsal is not None or self._is_checked

    @cached_property
    def _is_checked(self) -> bool:
        """Whether the cell that raised, and has to run after the mended one, checks what that does."""
        checks = (isinstance(node, ast.Assert) for node in ast.walk(tree_of(self.then)))
        return self.runner is not None and any(checks)

    @cached_property
    def _label(self) -> str:
        """Where the user's tables have texts for what a question beginning with ``which`` asks for."""
        noun = self.wish.form.noun
        return label_of(self.situation.namespace, noun) if noun else ""


def _with_code(candidate: Candidate, change: Callable[[str], str]) -> Candidate:
    """The candidate with its one code cell changed; as it is where there are several."""
    is_one = sum(cell.type == "code" for cell in candidate.cells) == 1
    return candidate.with_code(change) if is_one else candidate


def _without_old_cells(cells: Sequence[Cell], ran: Collection[str]) -> Sequence[Cell]:
    """The cells without those at the beginning that only repeat what ``ran``; the last with code stays."""
    last = max(at for at, cell in enumerate(cells) if cell.type == "code")
    is_old = [cell.type == "code" and is_repeat(cell.source, ran) for cell in cells[:last]]
    return cells[[*is_old, False].index(False) :]
