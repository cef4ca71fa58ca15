"""The form that a value has to have: yes or no, a label, a table, a list. Read from the words of a request.

Only what is said plainly counts, as with `nbcoder.suggest.asked.wish`.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.suggest.asked.extremes import MOST, asked_extreme
from nbcoder.suggest.asked.ordinals import asked_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ANY_FORM",
    "PERSON",
    "RELATES",
    "Form",
    "Shown",
    "is_in_order",
    "read_form",
    "read_kinds",
    "wrong_form",
]

_KIND = r"(?P<kind>data\s?frame|series|list|dict(?:ionary)?|tuple)"
_YES_OR_NO = re.compile(
    r"(?:^|[.!?\n][ \t]*|^\w+,\s+)(?:is|are|was|were|does|do|did|has|have)\s+(?!you\b)[^.?!\n]*\?\W*$",
    re.IGNORECASE | re.MULTILINE,
)
RELATES = re.compile(
    r"\b(?:depend|correlat|relat(?:e|ion)|affect|influenc|impact|differs?\b|var(?:y|ies)\b|associat"
    r"|distributed|independen|significan)\w*",
    re.IGNORECASE,
)
"""Words of a question about a relation, which a number, a table or a plot answers as well."""
_NO_YES_OR_NO = re.compile(r"\b(?:how|which|what|who|where|when|why|or|each|per|every)\b", re.IGNORECASE)
_WHICH = re.compile(
    r"(?:^|[.!?\n][ \t]*)(?:(?:at|for|from|in|on)\s+)?(?:which|what)\s+"
    r"(?P<noun>(?!(?:is|are|was|were|do|does|did|has|have|can|will|would)\b)[a-z]\w*)\b",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"(?:^|[.!?\n][ \t]*)who\s+(?!are\b|were\b|have\b|do\b|else\b|all\b|wants?\b|needs?\b)[a-z]+",
    re.IGNORECASE,
)
_RANKS = re.compile(
    r"\b(?:best|earliest|fewest|first|last|latest|least|less|maximum|minimum|more|most|top|worst|better"
    r"|(?!(?:interest|request|test|latest|forest|guest|rest|west|harvest|invest)\b)[a-z]{2,20}est"
    r"|(?:bigg|cheap|cold|dens|earli|fast|great|heavi|high|hott|larg|lat|light|long|low|old|poor|rich|short|slow"
    r"|small|strong|tall|warm|weak|young)er)\b",
    re.IGNORECASE,
)
"""Words for what is true of one of them alone."""
_LIMITS = re.compile(
    r"\b(?:than|above|below|over|under|at (?:least|most)|more often|exceed\w*|without|never)\b", re.IGNORECASE
)
"""What may be true of several."""
_AND_MORE = re.compile(
    r"\b(?:and|with)\s+(?:by\s+)?(?:how|what|which|when|where|who|its|their|his|her|show|give|list|print)\b",
    re.IGNORECASE,
)
"""Where more than one thing is asked for."""
_RETURNED = re.compile(
    r"\b(?:return|get|give(?: me)?|create|make|build|as|(?:put|collect|gather|present)\b[^.?!\n]{0,60}\bin)"
    rf"\s+an?\s+(?:(?:new|single|pandas|python|sorted|ordered|flat)\s+)?{_KIND}\b",
    re.IGNORECASE,
)
_SORTED = re.compile(
    r"\b(?:sorted|ordered list|alphabetically)\b"
    r"|\bin (?:alphabetical|ascending|descending|numerical) order\b",
    re.IGNORECASE,
)
_BY = re.compile(r"\b(?:by|according|based)\b", re.IGNORECASE)
"""By what the order goes, if not by what is in the list."""
_CALLED = re.compile(
    rf"\ba(?:n|\s+new|\s+single|\s+pandas)?\s+{_KIND}\s+(?:called|named)\s+[`'\"]?(?P<name>[A-Za-z_]\w*)",
    re.IGNORECASE,
)
_EVERY_COLUMN = re.compile(
    r"\b(?:per|by|for each|of each|in each)\b[^.?!\n]*\b(?:each|every|all)(?: the)? columns?\b", re.IGNORECASE
)
_FOR_EACH = re.compile(r"\b(?:for|in|at) (?:each|every)\s+(?P<one>(?:of the\s+)?[a-z]\w*)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.?!\n]")
_CLAUSE = re.compile(r"\b(?:who|that|which|whose|where)\b", re.IGNORECASE)
"""What comes in each of something may be said of them to pick some: customers who bought in each month."""
_IN_DAYS = re.compile(r"\bin days\b|\b(?:how many|number of) days\b", re.IGNORECASE)
_COUNT = re.compile(
    r"\bhow many (?:different |distinct |unique )?(?!(?:of|standard|times)\b)(?P<counted>[a-z]\w+)",
    re.IGNORECASE,
)
_NO_COUNT = re.compile(
    r"\b(?:averages?|means?|medians?|percent\w*|per|each|rates?|ratio|share)\b"
    r"|\bhow many (?:hours|minutes|seconds|dollars|euros|pounds|degrees|points|\w*(?:grams|met(?:er|re)s)"
    r"|lit(?:er|re)s|miles|feet|inches|tons|tonnes|acres|calories|\w*bytes|[kmg]b|km|kg)\b",
    re.IGNORECASE,
)
"""What is measured, and may be any number."""
_SEVERAL = re.compile(r"\b(?:each|every|per|all|both|list|table|top)\b", re.IGNORECASE)
PERSON = "person"
"""The noun of a question beginning with ``who``."""
_NAMES = {"dataframe": "DataFrame", "series": "Series", "list": "list", "dictionary": "dict"}
_TRUTHS = frozenset({"True", "False", "np.True_", "np.False_", "<NA>"})
_NUMBER = re.compile(r"(?:np\.\w+\()?-?\d[\d_]*(?:\.\d*)?(?:e[+-]?\d+)?\)?", re.IGNORECASE)
_OF_NUMPY = re.compile(r"np\.\w{1,20}\(([^()\n]{1,60})\)")
_FRACTION = re.compile(r"(?:np\.float64\()?-?\d+\.(?!0+\)?$)\d+(?:e-?\d+)?\)?$")
_SPANS = ("Timedelta(", "datetime.timedelta(", "np.timedelta64(")
_OPENINGS = {"[": "list", "{": "dict", "(": "tuple"}
_ARRAYS = ("array([", "Index([", "DatetimeIndex([", "RangeIndex(")


@dataclass(frozen=True)
class Form:
    """What kind of thing a value has to be; empty where nothing is demanded.

    ``noun`` is what a question beginning with ``which`` asks for, ``is_one`` whether it asks for one of them.
    """

    is_truth: bool = False
    kind: str = ""
    noun: str = ""
    is_one: bool = False
    is_ranked: bool = False
    """Whether it surely asks for one: the first of an order."""
    in_days: bool = False
    """Whether a time is wanted as the number of its days."""
    each: str = ""
    """For each of what a value is asked for."""
    counted: str = ""
    """What is counted, so that there is a whole number of it."""
    extreme: str = ""
    """As `nbcoder.suggest.asked.extremes.asked_extreme` gives it."""
    is_sorted: bool = False
    """Whether a list has to be in order."""
    cell: tuple[str, int] = ("", 0)
    """As `nbcoder.suggest.asked.ordinals.asked_cell` gives it."""


ANY_FORM = Form()


@dataclass(frozen=True)
class Shown:
    """A result as the notebook shows it: its text, and the kind of table that it is, if it is one."""

    text: str
    table: str = ""

    @property
    def kind(self) -> str:
        """Such as ``DataFrame``, ``Series``, ``array``, ``list``, ``truth``, ``number``; '' if unknown."""
        if self.table:
            return self.table
        if self.text in _TRUTHS:
            return "truth"
        if _NUMBER.fullmatch(self.text):
            return "number"
        if self.text.startswith(_ARRAYS):
            return "array"
        return _OPENINGS.get(self.text[:1], "")


def read_form(words: str) -> Form:
    """What ``words`` say of the form of the value that they ask for."""
    is_truth = _YES_OR_NO.search(words) and not _NO_YES_OR_NO.search(words)
    if is_truth and not RELATES.search(words):
        return Form(is_truth=True)
    counted = _COUNT.search(words)
    returned, which = _RETURNED.search(words), _WHICH.search(words)
    noun = which["noun"].casefold() if which and not returned else ""
    noun = noun or (PERSON if _WHO.search(words) else "")
    asked = len(_WHICH.findall(words)) + len(_WHO.findall(words))
    is_one = asked == 1 and not noun.endswith("s") and not (_SEVERAL.search(words) or _AND_MORE.search(words))
    return Form(
        kind=_kind(returned["kind"]) if returned else "DataFrame" if _EVERY_COLUMN.search(words) else "",
        noun=noun,
        is_one=is_one,
        is_ranked=is_one and bool(_RANKS.search(words)) and not _LIMITS.search(words),
        in_days=bool(_IN_DAYS.search(words)),
        each=_each(words),
        counted=counted["counted"].casefold() if counted and not _NO_COUNT.search(words) else "",
        extreme=asked_extreme(words),
        is_sorted=bool(returned) and bool(_SORTED.search(words)) and not _BY.search(words),
        cell=asked_cell(words),
    )


def read_kinds(words: str) -> dict[str, str]:
    """The types of the variables that are to be bound, by name: of ``a DataFrame called x``."""
    return {match["name"]: _kind(match["kind"]) for match in _CALLED.finditer(words)}


def wrong_form(form: Form, shown: Shown, *, is_label: bool) -> str:
    """What is wrong with the form of a result, in words for the model; '' if nothing is.

    ``is_label`` says that what the form's noun means has texts for names in the user's data.
    """
    return next(_faults(form, shown, is_label=is_label), "")


def _faults(form: Form, shown: Shown, *, is_label: bool) -> Iterator[str]:
    first = shown.text.partition("\n")[0][:60]
    if form.is_truth and shown.kind != "truth":
        yield f"It gives {shown.table or first}, but the question is answered by True or False."
    if form.kind and shown.kind and shown.kind != form.kind:
        yield f"It gives {_with_article(shown.kind)}, but a {form.kind} is asked for."
    if form.noun and is_label and shown.kind == "number":
        yield f"It gives the number {first}, but the question is which {form.noun} it is."
    if form.is_ranked and is_label and shown.table:
        which = "idxmax" if form.extreme in MOST or not form.extreme else "idxmin"
        yield (
            f"It gives {_with_article(shown.table)}, but the question is which {form.noun} it is: "
            f"{which}() of a Series tells."
        )
    if form.each and shown.kind == "number":
        yield f"It gives the number {first}, but one for each {form.each} is asked for."
    if form.counted and _FRACTION.match(shown.text):
        yield f"It gives {first}, but a number of {form.counted} is a whole number."
    if form.in_days and shown.text.startswith(_SPANS):
        yield f"It gives {first}, but the number of days is asked for, which is its .days."


def is_in_order(text: str) -> bool:
    """Whether a list as it is shown is sorted, up or down; of what cannot be told, it is."""
    try:
        values = ast.literal_eval(_OF_NUMPY.sub(r"\1", text))
        return values in (sorted(values), sorted(values, reverse=True))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return True


def _each(words: str) -> str:
    found = _FOR_EACH.search(words)
    if found is None or _CLAUSE.search(_SENTENCE_END.split(words[: found.start()])[-1]):
        return ""
    return found["one"]


def _kind(word: str) -> str:
    plain = re.sub(r"\s", "", word).casefold()
    return _NAMES.get(plain, plain)


def _with_article(kind: str) -> str:
    return {"truth": "True or False", "array": "an array"}.get(kind, f"a {kind}")
