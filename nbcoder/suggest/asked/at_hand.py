"""Which of several tables "the data set" is: the one that the cells just before work on.

A small model takes the one that was read first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbcoder.suggest.code.names import names_given, names_taken
from nbcoder.suggest.data.tables import is_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.context import Situation

__all__ = ["table_at_hand"]

_THE_DATA = re.compile(
    r"\b(?:the|this|our|my)\s+(?:\w+\s+)?(?:data\s?set|data\s?frame|data|table)\b|\bdata\s?set\b",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\w+")
_LONGEST = 4_000
"""Characters: what comes then is data."""
_MOST_CELLS = 10


def table_at_hand(request: str, situation: Situation) -> Iterator[str]:
    """A hint to that table, in words for the model; none where the request names one, or it is not plain."""
    frames = {name for name, value in situation.namespace.items() if is_frame(value)}
    words = request[:_LONGEST]
    meant = _THE_DATA.search(words)
    if meant is None or len(frames) == 1 or not frames.isdisjoint(_WORDS.findall(words)):
        return
    ran = [one.source for one in situation.executed if one.error is None]
    for source in reversed(ran[-_MOST_CELLS:]):
        used = (names_given(source) & frames) or (names_taken(source) & frames)
        if used:
            if len(used) == 1:
                spoken = " ".join(meant.group().split())
                yield f"'{spoken}' means {used.pop()}, on which the cells just before work"
            return
