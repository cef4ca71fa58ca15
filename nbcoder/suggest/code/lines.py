"""The lines of a function that fails its tests, each as a hole to be filled anew.

A model that is shown a function copies it, mistake and all; of a line that it does not see, it writes what
belongs there. That the tests hold then, tells which line it was: automated program repair by infilling
(Xia and Zhang 2022, "Less training, more repairing please: revisiting automated program repair via zero-shot
learning").
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.suggest.code.names import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Hole", "holes"]

_MOST = 24
"""Statements looked at."""
_WITHOUT_CHOICE = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Global,
    ast.Nonlocal,
    ast.Pass,
    ast.Try,
)
"""Statements in whose own line there is nothing to be mended."""
_LEAVING = re.compile(r"\s*(?:return|raise|break|continue)\b")


@dataclass(frozen=True)
class Hole:
    """A cell without one of its lines or a part of it, which was ``line``; '' where there was none."""

    before: str
    after: str
    line: str
    above: str = ""
    """What is told of the notebook before the cell."""

    def filled(self, text: str) -> str:
        """The cell with ``text`` there."""
        return f"{self.before}{text}{self.after}"

    @property
    def cell(self) -> str:
        """The cell as it is."""
        return self.filled(self.line) if self.line else self.before.rpartition("\n")[0] + self.after


def holes(source: str, failing: int | None = None) -> Iterator[Hole]:
    """One for each statement of the functions in ``source``, of compound ones for what begins them.

    That in the ``failing`` line comes first, and those above it follow. Then those between the statements,
    where one may be missing.
    """
    lines = source.split("\n")
    places = _by_suspicion(_places(source), failing or 0)
    for start, end, _ in places:
        indent = _indent(lines[start])
        yield _hole(lines[:start], indent, lines[end:], "\n".join(lines[start:end]).strip())
    for start, _, last in places:
        if _LEAVING.match(lines[start]):
            continue  # nothing below it would run
        yield _hole(lines[:last], _indent(lines[start]), lines[last:], "")


def _places(source: str) -> list[tuple[int, int, int]]:
    """For each statement its first line, the one after what begins it, and the one after all of it."""
    found: dict[int, tuple[int, int]] = {}
    for function in ast.walk(tree_of(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if (
                    isinstance(node, ast.stmt)
                    and not isinstance(node, _WITHOUT_CHOICE)
                    and not _is_text(node)
                ):
                    found[node.lineno - 1] = (_end(node), node.end_lineno or node.lineno)
    return [(start, *ends) for start, ends in sorted(found.items())[:_MOST]]


def _by_suspicion(places: list[tuple[int, int, int]], failing: int) -> list[tuple[int, int, int]]:
    above = [place for place in places if place[0] < failing]
    if not above or above[-1][1] < failing:
        return places
    return [*reversed(above), *places[len(above) :]]


def _hole(above: Sequence[str], indent: str, below: Sequence[str], line: str) -> Hole:
    return Hole("\n".join([*above, indent]), "\n".join(["", *below]), line)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _end(node: ast.stmt) -> int:
    """The line after the last one of a statement, or of what comes before its body."""
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and body[0].lineno > node.lineno:
        return int(body[0].lineno) - 1
    return node.end_lineno or node.lineno


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
