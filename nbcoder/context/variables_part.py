"""The live variables as text: the most relevant in full and last, next to the request; the others by name."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from nbcoder.context.parts import Piece, estimate
from nbcoder.context.render import variable_head, variable_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nbcoder.context.values import Context, Variable

__all__ = ["lay_out_variables"]

_SHARE_IN_FULL = 0.8
_LARGEST_VARIABLE = 0.5
_MOST_BY_NAME = 60
_HEADING = 6
"""Tokens of a heading."""
_FEWEST_SHARED = 3
"""Columns that two tables have to share for it to be said once."""


def lay_out_variables(context: Context, room: int) -> Piece:
    """The variables in about ``room`` tokens."""
    if not (context.variables or context.modules):
        return Piece("variables", "")
    modules = f"# Modules: {', '.join(context.modules)}" if context.modules else ""
    left = room - estimate(modules) - _HEADING
    if left < 0:
        return Piece("variables", "", "everything")
    told, unfit = _told(context.variables, left)
    left -= sum(estimate(text) + 1 for text in told)
    names, unnamed = _by_name((*unfit, *context.others), left)
    left_out = unnamed + context.untold
    lines = ["# Variables in memory:", modules, names, *reversed(told)]
    cut = [f"{len(unfit)} told by name only"] if unfit else []
    cut += [f"{left_out} variables left out"] if left_out else []
    return Piece("variables", "\n".join(line for line in lines if line), ", ".join(cut))


def _told(variables: Sequence[Variable], room: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Texts of the variables that fit, and name and type of those that do not."""
    told = []
    unfit = []
    used = 0
    known: dict[str, str] = {}
    for variable in variables:
        short = _without_known(variable, known)
        text = _fitting(short, min(int(room * _SHARE_IN_FULL) - used, int(room * _LARGEST_VARIABLE)))
        if text:
            told.append(text)
            used += estimate(text) + 1
            told_lines = (line for line in short.description.lines if line in text)
            known = dict.fromkeys(told_lines, variable.name) | known
        else:
            unfit.append((variable.name, variable.description.head.partition(",")[0]))
    return told, unfit


def _without_known(variable: Variable, known: Mapping[str, str]) -> Variable:
    """The variable without the columns that are told, word for word, of another table: it says so instead."""
    described = variable.description
    owners = Counter(known[line] for line in described.lines if line in known)
    if described.kind != "table" or not owners:
        return variable
    owner, count = owners.most_common(1)[0]
    if count < _FEWEST_SHARED:
        return variable
    shared = [
        label
        for label, line in zip(described.labels, described.lines, strict=False)
        if known.get(line) == owner
    ]
    own = [line for line in described.lines if known.get(line) != owner]
    lines = (*own, f"as in {owner}: {', '.join(shared)}")
    return replace(variable, description=replace(described, lines=lines))


def _fitting(variable: Variable, room: int) -> str:
    """As much of a variable as fits: all, its first lines, its head, or ''."""
    text = variable_text(variable)
    if estimate(text) < room:
        return text
    lines = text.splitlines()
    more = "#   …"
    while len(lines) > 1:
        lines = lines[: -max(len(lines) // 4, 1)]
        if estimate("\n".join([*lines, more])) < room:
            return "\n".join([*lines, more])
    head = variable_head(variable)
    return head if estimate(head) < room else ""


def _by_name(names: Iterable[tuple[str, str]], room: int) -> tuple[str, int]:
    """One line that lists names under their types, and how many found no place in it."""
    by_type: dict[str, list[str]] = {}
    used, told, unnamed = _HEADING, 0, 0
    for name, kind in names:
        needed = estimate(name) + 1 + (0 if kind in by_type else estimate(kind) + 2)
        if used + needed > room or told >= _MOST_BY_NAME:
            unnamed += 1
            continue
        by_type.setdefault(kind, []).append(name)
        used += needed
        told += 1
    listed = "; ".join(f"{kind}: {', '.join(found)}" for kind, found in by_type.items())
    return (f"# Also {listed}" if listed else ""), unnamed
