"""Cutting an infilled text where the model goes on to write what already follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cut_repeated_suffix"]

_LINE = re.compile(r"^[^\n]*\w\w[^\n]*$", re.MULTILINE)
"""A line that says something: more than brackets and commas."""
_STRINGS = re.compile(r"""("{3}|'{3})(?:\\.|[^\\])*?\1|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
_CLOSERS = re.compile(r"[)\]}]*")
_MARKED = 3


def cut_repeated_suffix(answer: str, before: str, after: str) -> str:
    """``answer``, to stand between ``before`` and ``after``, up to where it repeats ``after``.

    A line counts as repeated with its indentation, and with the line after it, as far as the answer goes.
    """
    for at, target, kept in _places(answer, before, after):
        if _agrees(answer[at:].rstrip(), target):
            return kept
    return _without_closers(answer, after)


def _places(answer: str, before: str, after: str) -> Iterator[tuple[int, str, str]]:
    """Where a repetition can begin, what would stand there, and what is then kept of the answer."""
    line = before.rpartition("\n")[2]
    starts = [0, *(match.end() for match in re.finditer("\n", answer))]
    if after.startswith("\n"):
        first = 0 if not line else 1
        for at in starts[first:]:
            yield at, after.lstrip("\n"), answer[:at].rstrip("\n")
    elif not line.strip():
        for at in starts:
            yield at, (line if at else "") + after, answer[:at] + (line if at else "")
    else:
        # In the middle of a line, only the whole rest of that line can be told from mere likeness.
        rest = re.escape(after.partition("\n")[0])
        for match in re.finditer(rf"(?={rest}[ \t]*$)", answer, re.MULTILINE) if rest else ():
            yield match.start(), after, answer[: match.start()]


def _agrees(tail: str, target: str) -> bool:
    lines = [match.end() for match in _LINE.finditer(target)][:2]
    if not lines or len(re.findall(r"\w", tail[: lines[0]])) < min(_MARKED, lines[0]):
        return False
    return target.startswith(tail[: lines[-1]])


def _without_closers(answer: str, after: str) -> str:
    """Without brackets at the end that close what only the suffix closes."""
    code = _STRINGS.sub("", answer)
    surplus = sum(map(code.count, ")]}")) - sum(map(code.count, "([{"))
    closers = (_CLOSERS.match(after) or [""])[0]
    for count in range(min(surplus, len(closers)), 0, -1):
        if answer.rstrip().endswith(closers[:count]):
            return answer.rstrip()[:-count]
    return answer
