"""Which variables matter to a request, and what its words may stand for in the data."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nbcoder.context.describe import Describer, Description
    from nbcoder.context.describe.description import Kind

__all__ = ["IMPORTED", "WEIGHTS", "Wish", "hints_for", "name_scores", "score_of_labels"]

_NAMED, _NAMED_LOOSELY, _NAMED_PARTLY = 100.0, 60.0, 15.0
_IN_LAST_CELL, _LABEL_NAMED = 25.0, 30.0
WEIGHTS: Mapping[Kind, float] = {
    "table": 12.0,
    "array": 8.0,
    "container": 5.0,
    "object": 5.0,
    "callable": 4.0,
    "class": 4.0,
    "value": 2.0,
    "module": 0.0,
}

IMPORTED = 1.0
"""The weight of functions and classes that the user has not written: the model knows them."""

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+|\d+")
_COMMON_WORDS = (
    "a all an and any are as at average be by calculate called column compute count create data dataframe "
    "dataset each find first for from get give has have highest how in into is it its last list lowest make "
    "many mean more most name new number of on one only or plot print return row same select set show sort "
    "than that the their them there these this those to total use used using value variable what when where "
    "which who will with you"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_SHORTEST_STEM = 3
_MOST_HITS, _FEWEST_STEMS = 200, 30
_MOST_CHARACTERS = 2_000_000
"""Searched for stems, in a millisecond or two."""


def stem(word: str) -> str:
    """``word`` without case and without the ending of a plural."""
    word = word.casefold()
    if len(word) > 4 and word.endswith("ies"):  # noqa: PLR2004 - "ties" is "tie"
        return word[:-3] + "y"
    if len(word) > _SHORTEST_STEM and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


@functools.lru_cache(8192)
def stems_of(text: str) -> tuple[str, ...]:
    """The words that ``text`` is made of; names are cut at underscores and humps."""
    return tuple(stem(part) for part in _PART.findall(text))


@dataclass(frozen=True)
class Wish:
    """The request, cut into the words that variables and columns are compared with."""

    text: str
    names: frozenset[str] = field(init=False)
    stems: frozenset[str] = field(init=False)
    telling: tuple[str, ...] = field(init=False)
    """Stems without the words that every request has, as they come in it."""

    def __post_init__(self) -> None:
        text = self.text[:20_000]
        stems = dict.fromkeys(stems_of(text))
        telling = tuple(s for s in stems if len(s) >= _SHORTEST_STEM and s not in _COMMON)
        object.__setattr__(self, "names", frozenset(_IDENTIFIER.findall(text)))
        object.__setattr__(self, "stems", frozenset(stems))
        object.__setattr__(self, "telling", telling)

    def speaks_of(self, label: str) -> bool:
        """Whether the words of a name are among the request's words."""
        parts = [part for part in stems_of(label) if not part.isdigit()]
        if not parts or all(part in _COMMON for part in parts):
            return False
        return all(part in self.stems for part in parts)


def name_scores(names: Collection[str], wish: Wish, cells: Sequence[str]) -> dict[str, float]:
    """What the request and the nearby cells (the nearest last) say for each of the names they speak of."""
    scores = _scores_of_cells(names, cells)
    for name in filter(names.__contains__, wish.names):
        scores[name] = scores.get(name, 0) + _NAMED
    for name in _names_with(names, wish.telling):
        if name not in wish.names:
            found = _NAMED_LOOSELY if wish.speaks_of(name) else _NAMED_PARTLY
            scores[name] = scores.get(name, 0) + found
    return scores


def _scores_of_cells(names: Collection[str], cells: Sequence[str]) -> dict[str, float]:
    scores: dict[str, float] = {}
    weight = _IN_LAST_CELL
    for source in reversed(cells):
        for name in filter(names.__contains__, set(_IDENTIFIER.findall(source))):
            scores[name] = max(scores.get(name, 0), weight)
        weight *= 0.8
    return scores


def _names_with(names: Collection[str], stems: Sequence[str]) -> set[str]:
    """Names that contain one of the stems, where there are very many of both, one of the first.

    One search over all names at once: there may be ten thousand.
    """
    joined = "\n" + "\n".join(names) + "\n"
    folded = joined.lower()
    if len(folded) != len(joined):  # a few letters grow when they are lowered, and positions would not match
        folded = joined
    found = set()
    for sought in stems[: max(_MOST_CHARACTERS // len(joined), _FEWEST_STEMS)]:
        at = folded.find(sought)
        hits = 0
        while at != -1 and hits < _MOST_HITS:
            end = joined.index("\n", at)
            found.add(joined[joined.rindex("\n", 0, at) + 1 : end])
            at = folded.find(sought, end)
            hits += 1
    return found


def score_of_labels(description: Description, wish: Wish) -> float:
    """What the columns or keys say for a variable."""
    return _LABEL_NAMED if any(wish.speaks_of(label) for label in description.labels) else 0.0


def hints_for(
    described: Sequence[tuple[str, Description]], wish: Wish, describer: Describer
) -> tuple[str, ...]:
    """Columns and values that the request seems to speak of, as code would write them."""
    hints: dict[str, None] = {}
    lowered = wish.text.casefold()
    for name, description in described:
        if description.kind != "table":
            continue
        for label in description.labels:
            plain = label.strip("'\"")
            if label not in wish.text and plain not in wish.names and wish.speaks_of(plain):
                hints[f"{name}[{label}]"] = None
        for label, samples in description.samples.items():
            for value in samples:
                if _names_value(lowered, value):
                    column = f"{name}[{label}]" if label else name
                    hints[f"{column} has the value {describer.brief(value)}"] = None
    return tuple(hints)


def _names_value(lowered: str, value: str) -> bool:
    folded = value.casefold()
    if len(folded) < _SHORTEST_STEM or folded in _COMMON or folded not in lowered:
        return False
    return re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", lowered) is not None
