"""Whether words ask for a change, where many of the verbs for it are nouns as well: store, shift, drop.

Used by `nbcoder.suggest.wish`; only what is plain counts.
"""

from __future__ import annotations

import re
from itertools import islice

__all__ = ["asks_for_change"]

_CHANGES = re.compile(
    r"\bin[- ]?place\b|\bmodif|\bas an? (?:new )?column\b|\bnew column\b"
    r"|\bmake (?:the|it|them|this|these|all|each|every)\b|\b(?:add|append|assign|capitali[sz]e|convert|delete"
    r"|impute|insert|normali[sz]e|overwrite|reindex|remove|rename|replace|reset|save|substitute|swap"
    r"|transform)\b",
    re.IGNORECASE,
)
_MAY_CHANGE = re.compile(
    r"\b(?P<verb>change|clean|correct|drop|fill|fix|scale|set|shift|store|turn|update)\b"
    r"(?P<after>[ \t]+[^\s.,;:!?]+)?",
    re.IGNORECASE,
)
_PLACES = frozenset({"store", "shift"})
"""What may have a number: ``store 5``."""
_NEAR = 60
_MOST_LOOKED_AT = 50
_NOUN = re.compile(r"\b(?:the|an?|each|every|per|by|of|which)\s+$", re.IGNORECASE)
"""What stands before such a noun."""
_CLAUSE = re.compile(
    r"(?:^|[;:,)*]|^\W*\d+|\s[-\u2013]|\b(?:and|or|then|to|please|you|also|now|me|not|just|let'?s|us|we|i))"
    r"[\s`'\"(*-]*$",
    re.IGNORECASE,
)
"""What stands before a verb that tells to do something."""
_QUESTION = re.compile(
    r"\W*(?:which|what|who|whose|how|where|when|why|is|are|was|were|do|does|did|has|have)\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?\n]")
_OBJECT = re.compile(
    r"(?:the|all|any|it|them|this|these|those|my|missing|null|nan|nas?|duplicates?|duplicated)$",
    re.IGNORECASE,
)
"""What surely is what a verb is about."""
_NO_OBJECT = re.compile(
    r"(?:[^\w'\"`].*|and|or|of|for|by|with|over|from|between|per|on|at|to|as|than|then|that|which|who|has|had|have|is"
    r"|are|was|were|did|does|sold|made|only|in|\w{3,}ed|(?!missing)\w{2,}ing"
    r"|(?:rate|ratio|level|factor|percentage|length|hour|pattern)s?)$",
    re.IGNORECASE,
)
"""What does not follow such a verb, but the noun."""
_CORRECTED = re.compile(
    r"(?:\w*column\w*|data|dates?|names?|spellings?|types?|typos?|values?)$", re.IGNORECASE
)
"""What is corrected; ``correct answers`` are those that are right."""


def asks_for_change(words: str) -> bool:
    """Whether something that exists is to be changed."""
    found = islice(_MAY_CHANGE.finditer(words), _MOST_LOOKED_AT)
    return bool(_CHANGES.search(words)) or any(_is_told(words[: match.start()], match) for match in found)


def _is_told(before: str, match: re.Match[str]) -> bool:
    """Whether the word is a verb that tells to do something."""
    verb, after = match["verb"].casefold(), (match["after"] or "").strip()
    sentence = _SENTENCE_END.split(before)[-1]
    near = sentence if len(sentence) <= _NEAR else f"x{sentence[-_NEAR:]}"
    if verb == "fill" and after.casefold() == "in":
        return True
    if _OBJECT.match(after) and not _QUESTION.match(sentence):
        return not _NOUN.search(near)
    if not after or not _CLAUSE.search(near):
        return False
    if verb == "correct" or _QUESTION.match(sentence):
        return bool(_OBJECT.match(after)) or (verb == "correct" and bool(_CORRECTED.match(after)))
    if after[0].isdigit():
        return verb not in _PLACES
    return not _NO_OBJECT.match(after)
