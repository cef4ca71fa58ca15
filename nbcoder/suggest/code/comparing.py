"""Whether a cell that takes another one's place does the same, told by running both in copies."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nbcoder.suggest.code.names import defined, names_given, passing_names, tree_of
from nbcoder.texts import Text, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nbcoder.dryrun import DryRunner, Report

__all__ = ["Comparison", "Predecessor", "is_same_code"]

_LONGEST = 60
_LOST = ("%1 is not set any more", "%1 are not set any more")
_OTHER = ("%1 gets another value", "%1 get another value")
_DOES = (
    ("it changes %1", "it no longer changes %1"),
    ("it deletes %1", "it no longer deletes %1"),
    ("it writes %1", "it no longer writes %1"),
    ("it deletes the file %1", "it no longer deletes the file %1"),
)
"""What a cell does and does not do to the names that `_changes` gives."""
_MOST_SECONDS = 5.0
"""Of a cell that is run again only to compare the values of its variables."""


@dataclass(frozen=True)
class Comparison:
    """``differences`` are what the new cell does otherwise, ``why_not`` why nothing could be compared."""

    differences: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def note(self) -> str:
        """One line for the user; '' where all is the same."""
        if self.differences:
            return Text("Not the same as the old cell: %1.", joined(self.differences, "%1; %2"))
        return Text("Not compared with the old cell: %1.", self.why_not) if self.why_not else ""


@dataclass
class Predecessor:
    """The cell that is to be replaced; it is run in a copy when there is something to compare."""

    source: str
    runner: DryRunner
    caller: str = ""
    """A cell that calls what this one defines: where it only defines, that one shows what it does."""

    def compare(self, code: str, report: Report) -> Comparison:
        """What ``code``, whose dry run gave ``report``, does otherwise."""
        old = self.report
        if old.status not in ("ok", "error"):
            return Comparison(why_not=Text("the old cell cannot be run in a copy (%1)", old.why))
        found = tuple(self._differences(code, old, report))
        if found and self._is_unsteady(old):
            return Comparison(why_not=Text("it gives something else each time it is run"))
        if not found and old.failure is not None:
            return Comparison(why_not=Text("both fail when they are run now (%1)", old.failure.name))
        if not found and not self._is_telling(old):
            return self._compare_calls(code)
        return Comparison(found)

    def _compare_calls(self, code: str) -> Comparison:
        if not self.caller:
            return Comparison(why_not=Text("it only defines what other cells call"))
        called = f"{code}\n\n{self.caller}"
        whole = Predecessor(f"{self.source}\n\n{self.caller}", self.runner)
        return whole.compare(called, self.runner.run(called))

    @cached_property
    def report(self) -> Report:
        """What the old cell does when it is run now."""
        return self.runner.run(self.source)

    def _differences(self, code: str, old: Report, new: Report) -> Iterator[str]:
        yield from _differences(old, new)
        if old.status != "ok" or new.status != "ok":
            return
        lost = names_given(self.source) - names_given(code) - passing_names(self.source)
        if lost:
            yield Text(_LOST[len(lost) > 1], _listed(lost))
        elif self._are_values_compared(old, new) and self._values(code) != self._values_of_old:
            yield Text(_OTHER[len(self._kept) > 1], _listed(self._kept))

    def _are_values_compared(self, old: Report, new: Report) -> bool:
        """The digest of a cell without a result is that of its variables: if it is the same, all is said."""
        if not self._kept or old.seconds > _MOST_SECONDS:
            return False
        return bool(_result(old)) or old.result_digest != new.result_digest

    def _is_unsteady(self, old: Report) -> bool:
        if any(_differences(old, self.runner.run(self.source))):
            return True
        are_compared = self._kept and old.seconds <= _MOST_SECONDS
        return bool(are_compared) and self._values(self.source) != self._values_of_old

    def _is_telling(self, old: Report) -> bool:
        """Whether a run of the old cell shows anything that a new one could do otherwise."""
        return bool(self._kept or old.outputs or old.result_digest or any(_changes(old)))

    @cached_property
    def _kept(self) -> frozenset[str]:
        """The variables that the old cell leaves behind; of functions no value can be told."""
        return frozenset(names_given(self.source) - defined(self.source) - passing_names(self.source))

    @cached_property
    def _values_of_old(self) -> str | None:
        return self._values(self.source)

    def _values(self, code: str) -> str | None:
        names = "".join(f"{name}, " for name in sorted(self._kept))
        return self.runner.run(f"{code}\n\n({names})").result_digest


def is_same_code(old: str, new: str) -> bool:
    """Whether both are the same but for comments, docstrings and annotations of functions."""
    return ast.dump(_bare(tree_of(old))) == ast.dump(_bare(tree_of(new)))


def _bare(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str())), *rest]:
                    node.body = rest or [ast.Pass()]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return tree


def _differences(old: Report, new: Report) -> Iterator[str]:
    """What two runs show of themselves: how they ended, what they gave, printed, showed and wrote."""
    if old.failure is not None or new.failure is not None:
        yield from _of_failures(old, new)
        return
    before, after = _result(old), _result(new)
    if bool(before) != bool(after):
        yield Text("it shows a result") if after else Text("it shows no result any more")
    elif before and old.result_digest != new.result_digest:
        yield Text("its result is %1 instead of %2", after, before)
    if (before := _printed(old)) != (after := _printed(new)):
        nothing = Text("nothing")
        yield Text("it prints %1 instead of %2", _short(after) or nothing, _short(before) or nothing)
    if _shown(old) != _shown(new):
        yield Text("it shows %1 displays instead of %2", _shown(new), _shown(old))
    for (does, does_not), less, more in zip(_DOES, _changes(old), _changes(new), strict=True):
        if names := set(more) - set(less):
            yield Text(does, _listed(names))
        if names := set(less) - set(more):
            yield Text(does_not, _listed(names))


def _of_failures(old: Report, new: Report) -> Iterator[str]:
    before, after = old.failure, new.failure
    if before is None and after is not None:
        yield Text("it fails with %1 where the old cell runs", after.name)
    elif after is None and before is not None:
        yield Text("it runs where the old cell fails with %1", before.name)
    elif before and after and (before.name, before.value) != (after.name, after.value):
        yield Text("it fails with %1 where the old cell fails with %2", after.name, before.name)


def _changes(report: Report) -> tuple[tuple[str, ...], ...]:
    effects = report.effects
    return effects.mutated, effects.removed, (*effects.created, *effects.changed), effects.deleted


def _result(report: Report) -> str:
    for output in report.outputs:
        if output.get("output_type") == "execute_result":
            text = output.get("data", {}).get("text/plain", "")
            return _short("".join(text) if isinstance(text, list) else str(text)) or "something"
    return ""


def _printed(report: Report) -> str:
    return "".join(
        "".join(output.get("text", "")) for output in report.outputs if output.get("output_type") == "stream"
    )


def _shown(report: Report) -> int:
    return sum(output.get("output_type") == "display_data" for output in report.outputs)


def _short(text: str) -> str:
    line = text.strip().partition("\n")[0]
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
