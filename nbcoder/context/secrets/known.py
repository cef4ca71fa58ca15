"""The values that are secrets by the names they are held under, so that they are hidden wherever they come.

There may be ten thousand variables with anything in them: only so many entries are looked through, so many
names judged, the newest first. None of the user's code is run.
"""

from __future__ import annotations

import collections
import os
import re
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from nbcoder.context import blocks
from nbcoder.context.names import PLAIN
from nbcoder.context.secrets.hiding import elements_of, secrecy_of_label, secrets_in
from nbcoder.context.secrets.secrecy import LONGEST_SECRET, NAME_WORDS, looks_random, names_secrets
from nbcoder.context.statics import bases_of, class_dict, instance_dict, is_among, is_users, loaded, slots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nbcoder.context.names import Names

__all__ = ["known_secrets"]

_MOST_SECRETS, _SHORTEST_SECRET = 120, 5
_MOST_ENTRIES, _MOST_JUDGED = 6_000, 600
_ENTRIES_OF_ONE, _ELEMENTS_OF_ONE, _LONGEST_NAME = 500, 60, 200
_DEEPEST = 3
_COSTS_OF_HOLDER, _COSTS_OF_TABLE = 3, 300
"""In entries: looking into one at all."""
_TABLE_COLUMNS, _TABLE_ROWS = 300, 200
_OF_ONE_COLUMN = 30
"""As many rows as cells show of a table; every text of the context is searched for each of them."""
_PAIR = 2
_PLACE = re.compile(r"[/~.]|\w{1,20}:(?://|\\)")
"""How paths and addresses begin."""
_BUILTIN_GROUPS = (list, tuple, set, frozenset, collections.deque)
_PLAIN_INDEXES = ("Index", "MultiIndex", "CategoricalIndex")


def known_secrets(names: Names) -> dict[str, str]:
    """The values of variables, entries, attributes and columns that are named like secrets, with the names.

    Of the variables of the environment too, but no words and places, which many defaults are.

    The longest come first, because a shorter one may be a part of them.
    """
    search = _Search()
    for name in _suspects(names.values):
        search.note(name, names.values[name])
    search.look_at_environment()
    for holder in reversed(names.holders):
        if search.is_over:
            break
        search.look(holder, 0)
    return dict(sorted(search.found.items(), key=lambda item: -len(item[0])))


def _suspects(values: Mapping[str, object]) -> list[str]:
    """The names that hold a word that is in every secret's name, the newest first, as many as are judged."""
    joined = "\n" + "\n".join(values) + "\n"
    lowered = joined.lower()
    if len(lowered) != len(joined):  # a few letters grow when they are lowered, and places would not match
        lowered = joined
    starts = {start for word in NAME_WORDS for start in islice(_starts(lowered, word), _MOST_JUDGED)}
    newest = sorted(starts, reverse=True)[:_MOST_JUDGED]
    return [joined[start : joined.index("\n", start)] for start in newest]


def _starts(lowered: str, word: str) -> Iterator[int]:
    """Where the lines begin that hold ``word``, the last first."""
    at = lowered.rfind(word)
    while at != -1:
        start = lowered.rfind("\n", 0, at) + 1
        yield start
        at = lowered.rfind(word, 0, start)


class _Search:
    """What was found, and what may still be looked at."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._entries, self._judged = _MOST_ENTRIES, 2 * _MOST_JUDGED
        self._seen: set[int] = set()
        self._frames, self._series_class = loaded("pandas", "DataFrame"), loaded("pandas", "Series")
        self._polars = loaded("polars", "DataFrame")
        of_arrow = (loaded("pyarrow", "Table"), loaded("pyarrow", "RecordBatch"))
        self._tables = (self._frames, self._series_class, self._polars, *of_arrow)

    @property
    def is_over(self) -> bool:
        """Whether enough was found or looked through."""
        return self._entries <= 0 or self._judged <= 0 or len(self.found) >= _MOST_SECRETS

    def note(self, name: object, value: object, *, surely: bool = False, most: int = _MOST_SECRETS) -> None:
        """Keep the texts in ``value`` if its name is a secret's; with ``surely``, if that leaves no doubt."""
        self._judged -= 1
        secrecy = secrecy_of_label(name)
        if self.is_over or secrecy == "none" or (surely and secrecy != "certain"):
            return
        called = _called(name)
        for text in secrets_in(name, value)[:most]:
            self._entries -= 1
            if _SHORTEST_SECRET <= len(text) <= LONGEST_SECRET:
                self.found[text] = self.found[repr(text)[1:-1]] = called

    def look_at_environment(self) -> None:
        """Note what in the environment of the process is named like a secret, and is no word and no place."""
        kept = instance_dict(os.environ).get("_data")
        for name, value in dict(kept).items() if type(kept) is dict else ():
            label, text = os.fsdecode(name), os.fsdecode(value)
            if names_secrets(label) and looks_random(text) and not _PLACE.match(text):
                self.note(label, text)

    def look(self, holder: object, depth: int) -> None:
        """Note what in ``holder`` is named like a secret, and look into what it holds."""
        cls = type(holder)
        self._entries -= _COSTS_OF_HOLDER
        if self.is_over or depth > _DEEPEST or (depth and id(holder) in self._seen):
            return
        self._seen.add(id(holder))
        if cls is list or cls is tuple:
            self._entries -= min(len(holder), _ELEMENTS_OF_ONE)  # type: ignore[arg-type]  # narrowed by exact type
            self._inside(holder[:_ELEMENTS_OF_ONE], depth)  # type: ignore[index]  # narrowed by exact type
        elif issubclass(cls, dict):
            items: list[tuple[Any, object]] = list(islice(dict.items(holder), _ENTRIES_OF_ONE))  # type: ignore[arg-type]  # a dict
            self._entries_of(items, depth, surely=depth > 0 or cls is not dict)
        elif is_among(cls, self._tables):
            with suppress(Exception):  # a library may stumble over what is in its own tables
                self._table(holder)
        elif not issubclass(cls, type):
            self._elements(holder, depth)
        elif is_users(holder):
            stored = list(islice(class_dict(holder).items(), _ENTRIES_OF_ONE))  # type: ignore[arg-type]  # a class
            self._entries_of(stored, _DEEPEST, surely=True)

    def _entries_of(self, items: list[tuple[Any, object]], depth: int, *, surely: bool) -> None:
        self._entries -= len(items)
        names = [name for name, _ in items if type(name) is str and len(name) <= _LONGEST_NAME]
        if names_secrets("\n".join(names)):
            for name, value in items:
                if type(name) is str and names_secrets(name[:_LONGEST_NAME]):
                    self.note(name, value, surely=surely)
        self._inside((value for _, value in items), depth)

    def _elements(self, holder: object, depth: int) -> None:
        elements = elements_of(holder, _ELEMENTS_OF_ONE) if issubclass(type(holder), _BUILTIN_GROUPS) else []
        self._entries -= len(elements)
        if elements:
            named = list(zip(_fields(type(holder)), elements, strict=False))
            self._entries_of(named, depth, surely=True)
            self._inside(() if named else elements, depth)
        elif (table := blocks.plain(holder)) is not None:
            with suppress(Exception):  # as above
                self._table(table)
        elif not issubclass(type(holder), _BUILTIN_GROUPS):
            attributes = [*islice(instance_dict(holder).items(), _ENTRIES_OF_ONE), *slots_of(holder)]
            # What a library's object is made of is large, and nobody's settings.
            self._entries_of(attributes, depth if is_users(type(holder)) else _DEEPEST, surely=True)

    def _inside(self, values: Iterable[object], depth: int) -> None:
        if depth < _DEEPEST:
            for value in [value for value in values if id(type(value)) not in PLAIN]:
                self.look(value, depth + 1)

    def _table(self, table: Any) -> None:  # noqa: ANN401 - an exact table of a library
        self._entries -= _COSTS_OF_TABLE
        if type(table) is self._frames:
            self._frame(table)
        elif type(table) is self._series_class:
            self._series(table)
        else:
            self._columns(table)

    def _frame(self, frame: Any) -> None:  # noqa: ANN401 - an exact pandas.DataFrame
        if not blocks.has_blocks(frame) or not blocks.has_known_labels(blocks.columns_index(frame)):
            return
        for at, label in enumerate(_labels(blocks.columns_index(frame), _TABLE_COLUMNS)):
            if secrecy_of_label(label) == "certain":
                self.note(label, blocks.column_at(frame, at), most=_OF_ONE_COLUMN)
        most = min(blocks.shape_of(frame)[1], _ELEMENTS_OF_ONE)
        for at, label in enumerate(_labels(blocks.index_of(frame), _TABLE_ROWS)):
            if secrecy_of_label(label) == "certain":
                self.note(label, [_value(blocks.column_at(frame, column), at) for column in range(most)])
        if blocks.shape_of(frame)[1] == _PAIR:
            self._pairs(blocks.column_at(frame, 0), blocks.column_at(frame, 1))

    def _pairs(self, names: Any, values: Any) -> None:  # noqa: ANN401 - the arrays of two columns
        """Note what a table has as rows of a name and a value, as one of environment variables does."""
        labels = elements_of(names, _TABLE_ROWS)
        for at, label in enumerate(labels if names_secrets("\n".join(_words(labels))) else []):
            if secrecy_of_label(label) == "certain":
                self.note(label, _value(values, at))

    def _columns(self, table: Any) -> None:  # noqa: ANN401 - an exact table of polars or Arrow
        is_polars = type(table) is self._polars
        width = min(table.width if is_polars else table.num_columns, _TABLE_COLUMNS)
        for at in range(width):
            label = table.to_series(at).name if is_polars else table.schema.field(at).name
            if secrecy_of_label(label) == "certain":
                column = table.to_series(at) if is_polars else table.column(at)
                self.note(label, column, most=_OF_ONE_COLUMN)

    def _series(self, series: Any) -> None:  # noqa: ANN401 - an exact pandas.Series
        if not blocks.has_blocks(series):
            return
        values = blocks.values_of(series)
        self.note(series.name, values, surely=True)
        for at, label in enumerate(_labels(blocks.index_of(series), _TABLE_ROWS)):
            if secrecy_of_label(label) == "certain":
                self.note(label, _value(values, at))


def _labels(index: Any, most: int) -> list[Any]:  # noqa: ANN401 - whatever indexes a table
    """The first labels of an index that may hold names; of others, which may be anybody's, none."""
    is_plain = any(type(index) is loaded("pandas", name) for name in _PLAIN_INDEXES)
    labels = elements_of(index, most) if is_plain else []
    return labels if names_secrets("\n".join(_words(labels))) else []


def _words(labels: list[Any]) -> Iterator[str]:
    for label in labels:
        parts = label if type(label) is tuple else (label,)
        yield from (part[:_LONGEST_NAME] for part in parts if type(part) is str)


def _called(label: Any) -> str:  # noqa: ANN401 - a label that is a secret's
    """The label, or the part of it that says so."""
    parts = label if type(label) is tuple else (label,)
    return next(part for part in parts if type(part) is str and secrecy_of_label(part) != "none")


def _value(values: Any, at: int) -> object:  # noqa: ANN401 - the array of a column
    return values[at] if blocks.is_known(values) else None


def _fields(cls: type) -> tuple[str, ...]:
    """The names that a named tuple gives to its elements."""
    fields = next((found for base in bases_of(cls) if (found := class_dict(base).get("_fields"))), ())
    return fields if type(fields) is tuple and all(type(name) is str for name in fields) else ()
