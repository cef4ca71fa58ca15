"""Values in the user's tables that a request speaks of, found by looking through all of the data.

No code of the user's runs for it: of values of any type only those that are plain text are looked at. What
takes longer than a moment is done in a throwaway copy of the kernel, which can be ended.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from nbcoder.context.blocks import array_of, column_at, index_of, shape_of, values_of
from nbcoder.suggest.asked.examples import Table, before_examples
from nbcoder.suggest.data.tables import is_frame, is_table, kind_of, labels_of, text_index, texts_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbcoder.dryrun import DryRunner
    from nbcoder.suggest.asked.examples import Example

__all__ = ["Mention", "find_mentions", "look", "phrases"]

_QUOTED = re.compile(r"(?<!\w)(['\"`])(?P<text>[^'\"`\n]{1,60})\1(?!\w)")
_CAPITALS = re.compile(r"\b[A-Z][\w&.-]*(?:\s+(?:(?:of|and|the|de)\s+)?[A-Z][\w&.-]*)*")
_FENCED = re.compile(r"```.*?```", re.DOTALL)
_LONGEST = 4_000
_MOST_PHRASES = 24
_MOST_TABLES = 12
_MOST_COLUMNS = 200
_MOST_ROWS = 300_000
_AT_ONCE = 50_000
"""Values that are looked through in some milliseconds, a tenth of what a copy of the kernel takes."""
_MOST_WORDS = 5
_MOST_FOUND = 6
_MODULE = "nbcoder.suggest.asked.mentions"


@dataclass(frozen=True)
class Mention:
    """A value that the request names, and where it is, as code writes it: ``df['city']``, ``df.index``."""

    value: str
    place: str

    @property
    def hint(self) -> str:
        """In words for the model."""
        return f"{self.place} has the value {self.value!r}"


def phrases(request: str) -> tuple[str, ...]:
    """What in ``request`` may be a value: what is quoted or written in capitals, whole and in parts."""
    words = _FENCED.sub(" ", request[:_LONGEST])
    found = [match["text"].strip() for match in _QUOTED.finditer(words)]
    for match in _CAPITALS.finditer(words):
        parts = match.group().rstrip(".").split()
        sizes = range(min(len(parts), _MOST_WORDS), 0, -1)
        found += [" ".join(parts[at : at + size]) for size in sizes for at in range(len(parts) - size + 1)]
    return tuple(one for one in dict.fromkeys(found) if len(one) > 1)[:_MOST_PHRASES]


def find_mentions(
    request: str, namespace: Mapping[str, object], runner: DryRunner, examples: Sequence[Example] = ()
) -> tuple[Mention, ...]:
    """Look through the user's tables and those of the ``examples`` in the request, if there are any."""
    return (*_find_in_tables(request, namespace, runner), *_find_in_examples(request, examples))


def _find_in_tables(request: str, namespace: Mapping[str, object], runner: DryRunner) -> tuple[Mention, ...]:
    tables = dict([(name, value) for name, value in namespace.items() if is_table(value)][-_MOST_TABLES:])
    sought = phrases(request)
    if not tables or not sought:
        return ()
    if sum(map(_size, tables.values())) <= _AT_ONCE:
        return tuple(Mention(value, place) for value, place in look(tables, sought))
    named = ", ".join(f"{name!r}: {name}" for name in tables)
    code = f"__import__({_MODULE!r}, fromlist=['x']).look({{{named}}}, {sought!r})"
    report = runner.run(code)
    for output in report.outputs if report.status == "ok" else ():
        text = output.get("data", {}).get("text/plain", "")
        if output.get("output_type") == "execute_result":
            pairs = ast.literal_eval("".join(text) if isinstance(text, list) else text)
            return tuple(Mention(value, place) for value, place in pairs)
    return ()


def _find_in_examples(request: str, examples: Sequence[Example]) -> tuple[Mention, ...]:
    """The values in the tables of its examples that the words of ``request`` name before these begin."""
    sought = set(phrases(before_examples(request)))
    found = {
        text: Mention(text, f"{name}[{column!r}]")
        for example in examples
        for name, table in example.arguments.items()
        if isinstance(table, Table)
        for row in table.rows
        for column, text in zip(table.columns, row, strict=True)
        if text in sought
    }
    return tuple(found.values())[:_MOST_FOUND]


def look(tables: Mapping[str, Any], sought: Sequence[str]) -> list[tuple[str, str]]:
    """Which of the phrases are values of text columns or indices; the longest phrases only."""
    found: dict[str, str] = {}
    for name, table in reversed(list(tables.items())):
        if shape_of(table)[0] > _MOST_ROWS:
            continue
        for place, values in _text_values(name, table):
            for phrase in sought:
                if phrase in values and phrase not in found:
                    found[phrase] = place
    whole = [one for one in found if not any(one != other and one in other for other in found)]
    return [(one, found[one]) for one in whole[:_MOST_FOUND]]


def _text_values(name: str, table: Any) -> Iterator[tuple[str, frozenset[str]]]:  # noqa: ANN401 - a pandas object
    if is_frame(table):
        columns = [(f"{name}[{label!r}]", column_at(table, at)) for at, label in _labels(table)]
    else:
        columns = [(name, values_of(table))]
    index = index_of(table)
    if text_index(index):
        columns.append((f"{name}.index", array_of(index)))
    for place, values in columns:
        if kind_of(values) == "O":
            yield place, texts_in(values)


def _labels(table: Any) -> Iterator[tuple[int, str]]:  # noqa: ANN401 - a pandas.DataFrame
    return islice(labels_of(table), _MOST_COLUMNS)


def _size(table: Any) -> int:  # noqa: ANN401 - a pandas object
    return math.prod(shape_of(table))
