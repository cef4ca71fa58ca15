"""Whether words ask for a change, where many of the verbs for it are nouns as well: store, shift, drop.

Used by `nbcoder.suggest.asked.wish`; only what is plain counts.
"""

from __future__ import annotations

import re
from itertools import islice

__all__ = ["acts_on_values", "asks_for_change", "keeps_state", "may_be_shown"]

_CHANGES = re.compile(
    r"\bin[- ]?place\b|\bmodif|\bas an? (?:new )?column\b|\bnew column\b"
    r"|\bmake (?:the|it|them|this|these|all|each|every)\b|\b(?:add|append|assign|capitali[sz]e|convert|delete"
    r"|impute|insert|normali[sz]e|overwrite|reindex|remove|rename|replace|reset|save|substitute|swap"
    r"|transform)\b",
    re.IGNORECASE,
)
_NEW_COLUMN = re.compile(
    r"\b(?:create|make|build|derive|generate|construct|introduce|engineer)\s+(?:me\s+|us\s+)?"
    r"(?:an?|the|another|one|two|three)\s+"
    r"(?:(?!(?:of|with|for|from|in|that|containing|chart|plot|data\s?frame|table|list)\b)[^\s.?!]{1,40}\s+){0,2}"
    r"columns?\b(?!\s+(?:chart|plot|graph|diagram|vector|matrix|data\s?frame|table|list)\b)",
    re.IGNORECASE,
)
"""What is made is a part of a table that is there."""
_OF_A_TYPE = re.compile(
    r"\bmake\s+(?:the\s+)?(?:columns?\s+)?[`'\"]?\w{1,60}[`'\"]?(?:\s+columns?)?\s+(?:an?\s+)?"
    r"(?:category|categorical|date\w*|floats?|ints?|integers?|numeric|strings?)\b|\bget rid of\b",
    re.IGNORECASE,
)
_NEW_INDEX = re.compile(
    r"\bmake\s+(?:the\s+)?(?:column\s+)?[`'\"]?\w{1,60}[`'\"]?(?:\s+column)?\s+(?:the|its|an)\s+(?:new\s+)?index\b",
    re.IGNORECASE,
)
_GERMAN = re.compile(
    r"\b(?:benenne|entferne|ergänze|ersetze|fülle|füge|konvertiere|lösche|setze|wandle|ändere"
    r"|(?:erstelle|erzeuge)\s+eine\s+(?:neue\s+)?spalte)\b",
    re.IGNORECASE,
)
_ACTS_ON_VALUES = re.compile(
    r"\b(?P<verb>apply|bin|binari[sz]e|cap|cast|clip|decrease|discreti[sz]e|double|encode|flag|flip|halve"
    r"|increase|interpolate|label|lag|lower[- ]?case|map|mark|mask|move|number|one[- ]hot|pad|parse|prefix"
    r"|raise|reduce|rescale|reverse|round|shuffle|standardi[sz]e|strip|suffix|trim|truncate|upper[- ]?case"
    r"|winsori[sz]e)\b(?P<after>[ \t]+[^\s.,;:!?]+)?",
    re.IGNORECASE,
)
_GIVES = re.compile(
    r"\bgive\s+(?:every|each|all)[^.?!\n]{1,60}\b(?:raise|rise|bonus|discount|increase|points?)\b",
    re.IGNORECASE,
)
_IN_COLUMNS = re.compile(
    r"\binto\b[^.?!\n]{0,60}\bcolumns?\b|\b(?:dummy|dummies|indicator)\s+(?:variables?|columns?|features?)\b"
    r"|\b(?:ensure|make sure|keep only|only keep)\b"
    r"|\A\W{0,10}use\s+(?:the\s+)?[`'\"]?\w{1,60}[`'\"]?\s+as\s+(?:the\s+|an\s+)?index\W{0,10}\Z",
    re.IGNORECASE,
)
_INTO_KIND = re.compile(
    r"\b(?:convert|turn|transform)\b[^.?!\n]{1,80}\b(?:in)?to\s+(?:an?\s+)?"
    r"(?:\w+\s+)?(?:data\s?frame|series|list|set|dict|dictionary|tuple|array|string|strings|json|matrix|tensor)\b",
    re.IGNORECASE,
)
"""A thing of another kind may as well be another thing."""
_THEN_ASKS = re.compile(
    r"\?|\b(?:and|then|before|after|also)\b[^.?!\n]{0,40}?\b(?:show|compute|calculate|count|print|display|return|give|get|select|report|check|group"
    r"|find|list|plot|draw|tell|sum|what|which|how)\b",
    re.IGNORECASE,
)
_OF_STATE = re.compile(
    r"\bin[- ]?place\b|\b(?:add|append|assign|delete|insert|modif\w+|overwrite|put|save|set|store|update)\b",
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
_SUPPOSED = re.compile(
    r"(?:^|[.!?\n])[^\w\n]{0,10}(?:what|how|which|who|would|do|does|is|are)\b[^.?!\n]{1,200}?"
    r"\bif\s+(?:i|we|you|they|one|all|every|the)\b[^.?!\n]{0,200}",
    re.IGNORECASE,
)
"""A question about a change that is only thought of."""
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
    words = _SUPPOSED.sub(" ", words)
    plain = (_CHANGES, _NEW_COLUMN, _NEW_INDEX, _OF_A_TYPE, _GERMAN)
    return any(form.search(words) for form in plain) or _tells(_MAY_CHANGE, words)


def acts_on_values(words: str) -> bool:
    """Whether something is done to values, and it is open if they are to be kept so or only seen."""
    plain = (_GIVES, _IN_COLUMNS)
    return any(form.search(words) for form in plain) or _tells(_ACTS_ON_VALUES, words)


def may_be_shown(words: str) -> bool:
    """Whether a value that is seen does as well as the change that is asked for."""
    return any(form.search(words) for form in (_INTO_KIND, _THEN_ASKS))


def keeps_state(words: str) -> bool:
    """Whether a list or the like is itself to be another one afterwards."""
    return _OF_STATE.search(words) is not None


def _tells(verbs: re.Pattern[str], words: str) -> bool:
    found = islice(verbs.finditer(words), _MOST_LOOKED_AT)
    return any(_is_told(words[: match.start()], match) for match in found)


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
