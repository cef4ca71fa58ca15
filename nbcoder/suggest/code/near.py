"""The name that was meant, of those that are there."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["misspelt", "near"]

_ALIKE = 0.7
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_SHORTEST = 5
"""Letters of a word in which a wrong one is a slip: ``men`` and ``man`` are two words."""


def near(name: str, known: Iterable[str], alike: float = _ALIKE) -> str:
    """The likeliest meant name, '' if none is ``alike``; case and underscores count little."""
    by_plain = {_plain(candidate): candidate for candidate in known}
    found = difflib.get_close_matches(_plain(name), by_plain, n=1, cutoff=alike)
    return by_plain[found[0]] if found else ""


def misspelt(name: str, known: Iterable[str]) -> str:
    """The one name that ``name`` is a slip of the pen for; '' if there is none, or more than one.

    Names that differ on purpose, such as ``x_train`` and ``y_train`` or those of two years, are no slips.
    """
    others = dict.fromkeys(known)
    same = [one for one in others if _plain(one) == _plain(name)]
    found = same or [one for one in others if _is_slip(_words(name), _words(one))]
    return found[0] if len(found) == 1 else ""


def _is_slip(written: list[str], meant: list[str]) -> bool:
    """Whether one letter of one word is wrong."""
    if len(written) != len(meant):
        return False
    differing = [pair for pair in zip(written, meant, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and _is_one_letter_off(*differing[0])


def _is_one_letter_off(one: str, other: str) -> bool:
    """By a letter more, less or other, or two that are swapped; ``weight`` is no slip for ``height``."""
    if max(len(one), len(other)) < _SHORTEST or not (one + other).isalpha():
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    start = min(len(one), len(other)) if start is None else start
    rest, others = one[start:], other[start:]
    if rest[:2] == others[1::-1] and rest[2:] == others[2:]:
        return True
    return start > 0 and (rest[1:] == others[1:] or rest[1:] == others or rest == others[1:])


def _words(name: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(name)]


def _plain(text: str) -> str:
    return text.casefold().replace("_", "").replace(" ", "")
