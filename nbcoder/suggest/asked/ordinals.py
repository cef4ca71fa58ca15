"""Rows and columns that a request takes by their number, as in ``the third cell``."""

from __future__ import annotations

import ast
import re

from nbcoder.suggest.code.names import tree_of
from nbcoder.suggest.code.near import near

__all__ = ["NTH", "asked_cell", "is_elsewhere", "place_of"]

_ORDINALS = re.findall(
    r"\w+",
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
)
NTH = rf"(?:{'|'.join(_ORDINALS)}|\d+(?:st|nd|rd|th))"
"""A pattern of such words."""
_CELL = re.compile(rf"\b(?P<nth>{NTH})\s+(?:row|cell|entry|record|line|element)\b", re.IGNORECASE)
_NEAR_ORDINAL = 0.8
"""How alike a misspelt word has to be."""


def place_of(word: str) -> int | None:
    """The place that ``third`` means, counted from 0."""
    if number := re.fullmatch(r"(\d+)(?:st|nd|rd|th)", word):
        return int(number[1]) - 1
    meant = near(word, _ORDINALS, _NEAR_ORDINAL)
    return _ORDINALS.index(meant) if meant else None


def asked_cell(words: str) -> tuple[str, int]:
    """What is asked for, as in ``third cell``, and its place from 0; ('', 0) if none but the first."""
    match = _CELL.search(words)
    place = place_of(match["nth"].casefold()) if match else 0
    return (match.group(), place) if match and place else ("", 0)


def is_elsewhere(place: int, code: str) -> bool:
    """Whether ``code`` has no number that tells that place, counted from 0 or from 1."""
    numbers = (node.value for node in ast.walk(tree_of(code)) if isinstance(node, ast.Constant))
    return not any(type(number) is int and number in (place, place + 1) for number in numbers)
