"""A cell as the model sees it, with what was hidden in it, so that it can be put back into an answer."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nbcoder.context.secrets.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Veil", "veiled"]

_PLACEHOLDER = re.compile(r"(<[^<>\n]{1,120}>)")
_SHORTEST_SECRET = 5
"""Of a text that is hidden wherever it comes: shorter ones are a part of common words."""


@dataclass(frozen=True)
class Veil:
    """``shown`` is the cell without its secrets, ``hidden`` what stands behind each placeholder in it."""

    shown: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict, repr=False)
    guard: Guard = field(default_factory=Guard)
    """For all else that the model is told: it knows what is hidden here, wherever that comes again."""
    asked: str = ""
    """What the user asked for, without the secrets in it, which are among the ``hidden``."""
    given: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those of the ``hidden`` that the user gave in asking, for an answer to use."""

    def left_in(self, answer: str) -> tuple[str, ...]:
        """The placeholders that ``answer`` still has."""
        return tuple(placeholder for placeholder in self.hidden if placeholder in answer)

    def lifted(self, answer: str) -> str:
        """``answer`` with what was hidden in place of the placeholders that came back.

        As it is where that would break it, as when the answer has other quotes around them.
        """
        lifted = answer
        for placeholder, text in self.hidden.items():
            lifted = lifted.replace(placeholder, text)
        return lifted if _is_python(lifted) or not _is_python(answer) else answer


def veiled(source: str, guard: Guard, asked: str = "") -> Veil:
    """The cell ``source`` and what is ``asked`` behind ``guard``, each secret with its own placeholder."""
    hidden: dict[str, str] = {}
    wish = _veil(guard.data(asked), asked, hidden)
    given = dict(hidden)
    shown = _veil(guard.code(source), source, hidden)
    found = {text: name[1:-1] for name, text in hidden.items() if len(text) >= _SHORTEST_SECRET}
    return Veil(shown, hidden, replace(guard, secrets={**guard.secrets, **found}), wish, given)


def _veil(shown: str, source: str, hidden: dict[str, str]) -> str:
    """``shown`` with its placeholders told apart; what of ``source`` they stand for goes to ``hidden``."""
    pieces = []
    for piece, text in _aligned(_PLACEHOLDER.split(shown), source):
        is_hidden = piece != text
        pieces.append(_placeholder(piece, text, source, hidden) if is_hidden else piece)
        if is_hidden:
            hidden[pieces[-1]] = text
    return "".join(pieces) or shown


def _aligned(pieces: list[str], source: str) -> list[tuple[str, str]]:
    """Each piece of what is shown with the text of ``source`` that it stands for; [] if they do not match.

    Every second piece may be a placeholder.
    """
    found = []
    at = 0
    for number, piece in enumerate(pieces):
        is_last = number + 2 >= len(pieces)
        if number % 2 == 0 or source.startswith(piece, at):
            end = at + len(piece) if source.startswith(piece, at) else -1
        elif is_last:
            end = len(source) - len(pieces[-1])
        else:
            end = source.find(pieces[number + 1], at + 1)
        if end < at:
            return []
        found.append((piece, source[at:end]))
        at = end
    return found if at == len(source) else []


def _placeholder(piece: str, text: str, source: str, hidden: Mapping[str, str]) -> str:
    """``piece``, with a number where the cell has that already for something else."""
    name, count = piece, 1
    while hidden.get(name, text) != text or name in source:
        count += 1
        name = f"{piece[:-1]} {count}>"
    return name


def _is_python(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
