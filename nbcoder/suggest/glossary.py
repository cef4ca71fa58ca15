"""What words of a request mean in pandas, where small models take them for something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbcoder.suggest.mentions import is_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["terms"]

_NTH = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th))"
_TERMS = (
    (
        re.compile(r"\bstatistics\b|\bsummari[sz]e\b", re.IGNORECASE),
        "describe() gives the usual statistics of a table, of a column, or of each group of a groupby",
    ),
    (
        re.compile(
            rf"\b(?:rows?|columns?)\s+\d+\s+(?:to|through|until|and|-)\s+\d+|\b{_NTH}\s+(?:row|cell|entry)\b",
            re.IGNORECASE,
        ),
        "rows and columns by their number are taken with iloc, which counts from 0 and leaves the end out",
    ),
)


def terms(request: str, namespace: Mapping[str, object]) -> Iterator[str]:
    """Hints for the words in ``request``, in words for the model; none where no table is live."""
    if any(is_table(value) for value in namespace.values()):
        for words, hint in _TERMS:
            if words.search(request):
                yield hint
