"""What a request asks for: a value, a name to be bound, a change of a variable, a function.

Read from the words, and only as far as they are plain; where they are not, nothing is demanded of the answer.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nbcoder.suggest.asked.changing import acts_on_values, asks_for_change, keeps_state, may_be_shown
from nbcoder.suggest.asked.flags import asks_for_numbers
from nbcoder.suggest.asked.forms import ANY_FORM, RELATES, read_form, read_kinds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from nbcoder.suggest.asked.forms import Form

__all__ = ["ANY_CODE", "Signature", "Wish", "read_wish"]

_NAME = r"[`'\"]*(?P<name>[A-Za-z_]\w*)[`'\"]*"
_CALLED = re.compile(rf"\b(?:called|named|with the name)\s+{_NAME}", re.IGNORECASE)
_BOUND_TO = re.compile(
    r"\b(?:assign|save|store|put|keep|load|read)\b[^.?!\n]{0,80}?\b(?:to|as|in|into|under)\s+"
    r"(?:an?\s+|the\s+)?(?:new\s+)?(?:variable\s+|name\s+|pandas\s+|data\s?frame\s+|series\s+|list\s+)*"
    rf"{_NAME}(?P<after>[^\n]{{0,20}})",
    re.IGNORECASE,
)
_INTO_QUOTED = re.compile(
    r"\b(?:variable|dataframe|series)\s+[`'\"](?P<name>[A-Za-z_]\w*)[`'\"]", re.IGNORECASE
)
_TAKEN_FROM = re.compile(r"\b(?:from|in|of|on|using|with)\s+(?:the|this|that|our|my)?\s*\Z", re.IGNORECASE)
"""What stands before a variable that is there, and that something is taken from."""
_EMPHASIS = re.compile(r"(?<![\w)\]*])\*{1,2}(?=\w)|(?<=\w)\*{1,2}(?![\w(\[*])")
_MADE_AS = re.compile(
    r"\b(?:into|to|as|create|build|make|define|construct)\b[^.?!\n]{0,40}?"
    r"\b(?:variable|data\s?frame|series)\s+(?P<name>df\w*|[A-Za-z]\w*_\w+|[A-Za-z]+\d+)\b",
    re.IGNORECASE,
)
"""Without quotes, only what surely is no word."""
_DEF = re.compile(r"\bdef\s+(?P<name>[A-Za-z_]\w*)\s*\((?P<parameters>[^)]*)\)")
_FUNCTION = re.compile(
    r"\b(?:function|funktion)\s+(?:called\s+|named\s+|namens\s+)?(?:"
    r"[`'\"](?P<quoted>[A-Za-z_]\w*)(?:\((?P<within>[^)\n]{0,200})\))?[`'\"]"
    r"|(?P<bare>[A-Za-z_]\w*)\((?P<parameters>[^)\n]{0,200})\))",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"(?:\b(?:write|defin\w+|implement\w*|create|make|build|code|need|want|add|develop|complete"
    r"|schreib\w*|erstell\w*)\b[^.?!\n]{0,60}|(?:^|[.?!\n])[^\w\n]{0,10}(?:an?\s+)?(?:python\s+)?)\Z",
    re.IGNORECASE,
)
"""What stands before a function that is to be written; others are there, and are to be used."""
_LONGEST_BEFORE = 120
_WORDS = re.compile(r"\w+")
_NO_VARIABLE = frozenset(
    _WORDS.findall("column columns file sheet index row rows level folder field item key not")
)
"""What is called something and is no variable."""
_VARIABLE = frozenset(_WORDS.findall("variable variables dataframe frame series list function array dict"))
_NEAR_WORDS = 5
_LONGEST_LEAD = 20
_NO_NAMES = frozenset(
    _WORDS.findall("""
    a an the it this that them its each variable variables dataframe data series list new column columns
    index file csv json excel disk place and or float int integer integers string datetime numeric same
    original another one my your their our his two different separate function dict dictionary array numpy
    pandas memory called named to below follows format as cell notebook output result values value order
    """)
)
"""What follows ``save it as``, ``store it in`` and the like without being the name of a variable."""
_NO_CALLED = frozenset(_WORDS.findall("a an and as by for in it on the that this to with"))
_ONE = re.compile(
    r"^[^\w\n]*(?:\w+,\s+)?(?:how (?:many|much)|is |are |does |do (?!you\b)|count the number"
    r"|what (?:is|was) the (?:number|total|average|mean|median|sum|amount|share|percentage|price"
    r"|maximum|minimum|quantity))\b"
    r"|^[^\w\n]*(?:what|which) (?:percentage|percent|share|proportion|fraction)\b"
    r"|\bis it (?:true|so)\b|\bthe (?:\w+ )?cell (?:in|of|at|down)\b",
    re.IGNORECASE | re.MULTILINE,
)
_SINGLE = re.compile(r"\b(?:a|one) single (?:number|value|figure)\b", re.IGNORECASE)
_MANY = re.compile(
    r"\b(?:each|per|every|all|both|by|table|list|tuple|frame|dataframe|series|columns?)\b", re.IGNORECASE
)
_MAKES = re.compile(
    r"\b(?:create|define|import|load|read|build|make|construct|generate|train|fit|split|variables?)\b",
    re.IGNORECASE,
)
_ACTS = re.compile(
    r"\b(?:write|create|define|implement|make|build|code|need|want)\s+(?:me\s+)?(?:an?\s+)?"
    r"(?:(?:(?!the\b)\w+\s+){0,2}function|(?:(?!the\b)\w+\s+)?(?:class|method|decorator|generator|lambda))\b"
    r"|\b(?:if|whether)\s+(?:an?|two)\s+(?:given\s+)?(?:integer|list|matrix|number|string|text|word|year)s?\b"
    r"|\b(?:schreib\w*|definier\w*|erstell\w*|implementier\w*)\s+(?:mir\s+)?eine?\s+(?:\w+\s+)?(?:funktion|klasse)\b"
    r"|(?:^|[.\n])[^\w\n]{0,10}(?:an?\s+)?(?:python\s+)?(?:function|method|decorator|generator|class)\s+"
    r"(?:to|for|that|which|with|of|called|named)\b"
    r"|^\W*(?:please\s+)?(?:write|ignore|suppress|silence|enable|disable|install|connect|implement)\b",
    re.IGNORECASE,
)
_SETS = re.compile(r"\bset\b[^.?!\n]{0,30}\b(?:options?|seed|style|theme)\b", re.IGNORECASE)
"""What defines something, or acts on what is not seen: warnings, settings, files."""
_THEN_SHOWS = re.compile(
    r"\b(?:and|then|also)\s+(?:show|display|print|plot|call|apply|run|test|use)\b", re.IGNORECASE
)
_ASKS = re.compile(
    r"\?|^\W*(?:the|all|number|mean|average|total|sum|median|share|percentage|top|first|last)\b|\b(?:what|which|how"
    r"|who|where|when|show|see|display|print|return|list|get|find|calculate|compute|count|select|present|describe"
    r"|discover|extract|view|give|tell|sort|group|summari[sz]e|filter|check|multiply|aggregate|compare)\b",
    re.IGNORECASE,
)
_PRINTS = re.compile(r"\bprint(?:s|ing)?\b", re.IGNORECASE)
_IMPORTS = re.compile(
    r"\W*(?:please\s+)?(?:from\s+[\w.]+\s+)?import\s+[^.?!\n]{1,120}[.!]?\s*", re.IGNORECASE
)
_MORE_THAN_NAMES = re.compile(
    r"\b(?:the|an?|my|our|this|data|file|csv|create|define|draw|fit|load|make|plot|read|set|show|then|train|use)\b",
    re.IGNORECASE,
)
_EXPORTS = re.compile(
    r"\b(?:export|dump)\b[^?!\n]{1,80}\b(?:to|as|into)\b"
    r"|\b(?:file|\w\.(?:csv|json|md|txt))\b[^?!\n]{1,80}\bwrite\b|\bwrite\b[^?!\n]{1,80}(?:\bfiles?\b|\bdisk\b|\.(?:csv|feather|html|json|md|parquet|pdf|pkl|png|tex|txt|xlsx?)\b)",
    re.IGNORECASE,
)
_LONGEST = 4_000
"""Characters: what somebody wants is said at the beginning; what comes then is data."""
_SPOKEN = re.compile(r"(?<![\w.])\w+")
_FENCED = re.compile(r"```.*?```", re.DOTALL)


@dataclass(frozen=True)
class Signature:
    """A function that is asked for by ``def name(...)``; ``parameters`` are its names in order."""

    name: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What an answer has to do, as far as the words are plain.

    ``targets`` have to be bound. ``changes`` says that existing variables may or have to change,
    ``mentioned`` which of them the request names. ``wants_value`` says that something is to be seen.
    """

    targets: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    function: Signature | None = None
    changes: bool = False
    wants_value: bool = False
    value_does: bool = False
    """Whether a value that is seen does as well as the change."""
    is_undecided: bool = False
    """Whether it is open if a change is to be kept or only seen."""
    keeps_state: bool = False
    """Whether a list or the like that is to change is itself to be another one afterwards."""
    wants_one: bool = False
    """Whether the value is a single one: a number, a name, yes or no."""
    may_print: bool = False
    """Whether what is printed is to be seen as well."""
    imports: bool = False
    """Whether nothing but modules is asked for."""
    is_open: bool = False
    """Whether nothing is demanded but that it runs."""
    makes: bool = False
    """Whether it asks for something to be made or read."""
    as_numbers: bool = False
    """Whether what is true or not is to be told by 1 and 0."""
    form: Form = ANY_FORM
    """Of the value that is wanted."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Types of the targets, where they are told."""

    @property
    def protects(self) -> bool:
        """Whether existing variables have to stay as they are."""
        return not self.changes

    @property
    def uses_data(self) -> bool:
        """Whether it is about what is there already."""
        return (
            not self.is_open and not self.makes and (self.wants_value or self.changes or bool(self.targets))
        )

    def is_protected(self, name: str) -> bool:
        """Whether an answer that changes this existing variable does what nobody asked for."""
        if name in self.targets or (self.function is not None and self.function.name == name):
            return False
        return self.protects or (
            len(self.mentioned) > 0 and name not in self.mentioned and bool(self.targets)
        )


ANY_CODE = Wish(changes=True, is_open=True)
"""Where a cell is mended or rewritten: what it has to do, it says itself."""


def read_wish(text: str, known: Collection[str]) -> Wish:
    """What ``text`` asks for; ``known`` are the names of the user's variables."""
    words = _EMPHASIS.sub("", _FENCED.sub(" ", text[:_LONGEST]))
    function = _signature(words, known)
    made = (name for name in _made(words) if name not in known)
    targets = tuple(dict.fromkeys((*_targets(words, known), *made)))
    if function is not None:
        targets = tuple(name for name in targets if name != function.name)
    is_changing = function is None and not _is_setting(words)
    is_told = is_changing and asks_for_change(words)
    is_undecided = is_changing and not is_told and not targets and acts_on_values(words)
    changes = is_told or is_undecided
    makes = bool(_MAKES.search(words))
    acts = any(form.search(words) for form in (_ACTS, _SETS, _EXPORTS))
    is_acting = acts and not _THEN_SHOWS.search(words)
    is_asking = not is_acting and (not makes or bool(_ASKS.search(words)))
    wants_value = function is None and not targets and not changes and is_asking
    value_does = is_undecided or (is_told and not targets and may_be_shown(words))
    form = read_form(words) if wants_value or value_does else ANY_FORM
    if makes and not (wants_value or changes or targets or function or is_acting):
        form = replace(ANY_FORM, kind=read_form(words).kind)  # of what is made, if it is shown
    return Wish(
        targets=targets if function is None else (),
        mentioned=_mentioned(words, known),
        function=function,
        changes=_changes_more(words, targets) if changes else False,
        wants_value=wants_value,
        value_does=value_does,
        is_undecided=is_undecided,
        keeps_state=keeps_state(words),
        makes=makes,
        may_print=bool(_PRINTS.search(words)),
        imports=bool(_IMPORTS.fullmatch(words)) and not _MORE_THAN_NAMES.search(words),
        wants_one=form.is_truth or ((wants_value or value_does) and _wants_one(words)),
        as_numbers=asks_for_numbers(words) and function is None,
        form=form,
        kinds={name: kind for name, kind in read_kinds(words).items() if name in targets},
    )


def _is_setting(words: str) -> bool:
    """Whether what is set is no variable: the style of plots, the options of pandas."""
    return bool(_SETS.search(words)) and not asks_for_change(_SETS.sub(" ", words))


def _wants_one(words: str) -> bool:
    if _SINGLE.search(words):
        return True
    return bool(_ONE.search(words)) and not _MANY.search(words) and not RELATES.search(words)


def _mentioned(words: str, known: Collection[str]) -> tuple[str, ...]:
    spoken = set(_SPOKEN.findall(words))
    return tuple(name for name in known if len(name) > 1 and name in spoken)


def _changes_more(words: str, targets: tuple[str, ...]) -> bool:
    """Whether more is to change than the ``targets``: ``save it as x`` alone leaves the others alone."""
    if not targets:
        return True
    rest = re.sub(r"\b(?:assign|save|store|set)\b", " ", words, flags=re.IGNORECASE)
    return asks_for_change(rest)


def _signature(words: str, known: Collection[str]) -> Signature | None:
    if match := _DEF.search(words):
        return Signature(match["name"], _parameters(match["parameters"]))
    for match in _FUNCTION.finditer(words):
        name, given = match["quoted"] or match["bare"], match["within"] or match["parameters"] or ""
        is_there = match["bare"] or name in known
        if not is_there or _DEFINES.search(words[max(match.start() - _LONGEST_BEFORE, 0) : match.start()]):
            return Signature(name, _parameters(given))
    return None


def _parameters(text: str) -> tuple[str, ...]:
    names = (part.partition(":")[0].partition("=")[0].strip(" *") for part in _split(text))
    return tuple(name for name in names if name.isidentifier())


def _split(parameters: str) -> Iterator[str]:
    depth, start = 0, 0
    for position, letter in enumerate(parameters):
        depth += (letter in "[({") - (letter in "])}")
        if letter == "," and depth == 0:
            yield parameters[start:position]
            start = position + 1
    yield parameters[start:]


def _targets(words: str, known: Collection[str]) -> Iterator[str]:
    for match in _CALLED.finditer(words):
        before = _WORDS.findall(words[: match.start("name")].casefold())[-_NEAR_WORDS:]
        if _VARIABLE.intersection(before) or not _NO_VARIABLE.intersection(before):
            if match["name"].casefold() not in _NO_CALLED:
                yield match["name"]
            yield from _further(words[match.end() :])
    for match in _BOUND_TO.finditer(words):
        if not re.match(r"\s*(?:column|\.\w|\[|as a new column)", match["after"] or ""):
            yield from _names(match["name"])
    for match in _INTO_QUOTED.finditer(words):
        if match["name"] not in known or not _TAKEN_FROM.search(words[: match.start()][-_LONGEST_LEAD:]):
            yield from _names(match["name"])


def _made(words: str) -> Iterator[str]:
    """Of ``combine them into one dataframe df``."""
    for match in _MADE_AS.finditer(words):
        yield from _names(match["name"])


def _further(rest: str) -> Iterator[str]:
    """``called a and b``, ``called a, b and c``."""
    while match := re.match(rf"\s*(?:,|and|,\s*and)\s+{_NAME}(?=[\s.,;:!?]|$)", rest):
        if match["name"].casefold() in _NO_NAMES or rest[match.end() :].lstrip()[:1].isalpha():
            return
        yield from _names(match["name"])
        rest = rest[match.end() :]


def _names(name: str) -> Iterator[str]:
    if name.casefold() not in _NO_NAMES and not keyword.iskeyword(name):
        yield name
