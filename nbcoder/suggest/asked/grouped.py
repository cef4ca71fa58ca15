"""Columns for each of whose values a request asks for something: total units per city."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbcoder.suggest.data.tables import is_frame, labels_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["grouping"]

_NUMBERS = r"(?:count|how (?:many|much)|number|rates?|sum|totals?)"
_MEANS = r"(?:average|avg|mean|median)"
_NO_NAME = r"(?!['`\"]?\s+(?-i:[A-Z0-9'\"`]))"
"""Behind ``by customer``, where it is not that of one."""
_FOR_EACH = re.compile(
    rf"\b{_NUMBERS}\b[^.?!\n]{{1,80}}?\b(?:per|(?:did|do|does|had|has|have)\s+(?:each|every))\s+"
    rf"[`'\"]?(?P<each>\w+)"
    rf"|\b{_NUMBERS}\b[^.?!\n]{{0,60}}?(?<!ed)(?<!sold)(?<!made)(?<!bought)(?<!spent)\s+by\s+[`'\"]?"
    rf"(?P<by>\w+){_NO_NAME}",
    re.IGNORECASE,
)
_MEAN_FOR_EACH = re.compile(
    rf"\b{_MEANS}\s+(?:of\s+)?(?:the\s+)?[`'\"]?(?P<of>\w+)[`'\"]?\s+(?:per|by|(?:of|for|in)\s+each)\s+"
    rf"[`'\"]?(?P<each>\w+){_NO_NAME}",
    re.IGNORECASE,
)
_OF_ALL = re.compile(
    rf"\b(?:{_MEANS}|highest|largest|least|lowest|max\w*|min\w*|most|overall|single|smallest|that|where|which|who)\b",
    re.IGNORECASE,
)
"""What may be one number for all of the groups."""
_LONGEST = 4_000
"""Characters: what comes then is data."""


def grouping(request: str, namespace: Mapping[str, object]) -> str:
    """The column of one of the user's tables by which it groups; '' where that is not plain."""
    words = request[:_LONGEST]
    tables = filter(is_frame, namespace.values())
    labels = {label.casefold(): label for table in tables for _, label in labels_of(table)}
    if not _OF_ALL.search(words):
        found = _FOR_EACH.search(words)
        return labels.get((found["each"] or found["by"]).casefold(), "") if found else ""
    found = _MEAN_FOR_EACH.search(words)
    return labels.get(found["each"].casefold(), "") if found and found["of"].casefold() in labels else ""
