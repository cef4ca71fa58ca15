"""Pieces of a prompt, and how long they are about."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Part", "Piece", "estimate"]

_CHARACTERS_PER_TOKEN = 3.2
_TOKENS_PER_BYTE_OF_OTHER_SCRIPTS = 0.5


@dataclass(frozen=True)
class Piece:
    """Text on its way to becoming a `Part`; ``cut`` says what was left out, '' for nothing."""

    name: str
    text: str
    cut: str = ""


@dataclass(frozen=True)
class Part:
    """One part of what the model is told, with its exact number of tokens and what was left out of it."""

    name: str
    text: str
    tokens: int
    cut: str = ""


def estimate(text: str) -> int:
    """Tokens of ``text``, a little too many rather than too few: most tokenizers cut numbers into digits."""
    digits = sum(map(text.count, "0123456789"))
    others = 0 if text.isascii() else len(text.encode("utf-8", "replace")) - len(text)
    return math.ceil(
        (len(text) - digits) / _CHARACTERS_PER_TOKEN + digits + others * _TOKENS_PER_BYTE_OF_OTHER_SCRIPTS
    )
