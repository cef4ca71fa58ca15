"""Worked examples in a request: tables that go into a function, and the table that has to come out."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.suggest.wish import Signature

__all__ = ["Example", "Table", "fitting", "probe", "read_example"]

_RULE = re.compile(r"\s*(?:\+[-=+:]+\+|\|[-=+:| ]+\|)\s*$")
_ROW = re.compile(r"\s*\|(.*)\|\s*$")
_LABEL = re.compile(
    r"\s*[`*_#]*(?P<name>[A-Za-z_][\w ]*?)[`*_]*(?:\s+table)?\s*:?[`*_]*\s*:?\s*$", re.IGNORECASE
)
_SIDE = re.compile(
    r"\b(?:(?P<input>inputs?|given|before)|(?P<output>outputs?|result|expected|after|returns?))\b",
    re.IGNORECASE,
)
_COLUMN = re.compile(r"\s*[-*]\s*[`'\"]?(?P<name>\w+)[`'\"]?\s*:\s*[`'\"]?(?P<kind>[A-Za-z]\w*)")
_TABLE_OF = re.compile(r"[`'\"](?P<name>\w+)[`'\"]\s+(?:is|has)\b")
_ANY_ORDER = re.compile(r"\bany\W+order\b", re.IGNORECASE)
_IN_PLACE = re.compile(r"\bin[- ]?place\b", re.IGNORECASE)
_LONGEST = 20_000


@dataclass(frozen=True)
class Table:
    """A table as it is written: texts."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Example:
    """What goes into the function by name, the kinds of columns where they are told, and what comes out."""

    arguments: dict[str, Table]
    expected: Table
    kinds: dict[str, dict[str, str]] = field(default_factory=dict)
    any_order: bool = False
    in_place: bool = False
    """Whether the function is to change what it is given."""


def read_example(text: str, signature: Signature) -> Example | None:
    """The first worked example of the function in ``text``; None unless every argument is a table in it."""
    given: dict[str, Table] = {}
    expected: Table | None = None
    unnamed: list[Table] = []
    for side, label, table in _tables(text):
        if side == "output":
            expected = expected or table
        elif side == "input" and expected is None:
            name = _parameter(label, signature.parameters)
            if name and name not in given:
                given[name] = table
            else:
                unnamed.append(table)
    missing = [name for name in signature.parameters if name not in given]
    if len(missing) == len(unnamed) == 1:
        given[missing[0]] = unnamed[0]
        missing = []
    if missing or not given or expected is None:
        return None
    ordered = {name: given[name] for name in signature.parameters}
    any_order, in_place = bool(_ANY_ORDER.search(text)), bool(_IN_PLACE.search(text))
    return Example(ordered, expected, _kinds(text, signature), any_order, in_place)


def probe(signature: Signature, example: Example) -> str:
    """One line of code that calls the function with the example; its value is what came, wrong ones raise."""
    return _calling("nbcoder.suggest.rehearsal", "rehearse", signature, example)


def fitting(signature: Signature, example: Example) -> str:
    """One line of code whose value is what `nbcoder.suggest.fitting.fit` says for the example."""
    return _calling("nbcoder.suggest.fitting", "fit", signature, example)


def _calling(module: str, name: str, signature: Signature, example: Example) -> str:
    told = json.dumps(asdict(example))
    return f"__import__({module!r}, fromlist=['x']).{name}({signature.name}, {told!r})"


def _tables(text: str) -> Iterator[tuple[str, str, Table]]:
    """Each table with the side it is on (``input``, ``output`` or '') and the line above it."""
    side, label = "", ""
    rows: list[tuple[str, ...]] = []
    for line in (*text[:_LONGEST].splitlines(), ""):
        if match := _ROW.match(line):
            if not _RULE.match(line):
                rows.append(tuple(cell.strip() for cell in match[1].split("|")))
            continue
        if _RULE.match(line):
            continue
        if rows:
            if all(len(row) == len(rows[0]) for row in rows):
                yield side, label, Table(rows[0], tuple(rows[1:]))
            rows, label = [], ""
        if line.strip() and not line.strip().startswith("```"):
            label = line
            if line.rstrip(" *_`").endswith(":") and (found := _SIDE.search(line)):
                side = "input" if found["input"] else "output"


def _parameter(label: str, parameters: tuple[str, ...]) -> str:
    match = _LABEL.match(label)
    if match is None:
        return ""
    sought = _plain(match["name"])
    return next((name for name in parameters if _plain(name) == sought), "")


def _plain(name: str) -> str:
    return re.sub(r"\W|_", "", name).casefold().removesuffix("table").rstrip("s")


def _kinds(text: str, signature: Signature) -> dict[str, dict[str, str]]:
    """Kinds of columns from lists such as ``- id: int`` below a line that names the table."""
    kinds: dict[str, dict[str, str]] = {}
    table = signature.parameters[0]
    for line in text[:_LONGEST].splitlines():
        if (match := _TABLE_OF.search(line)) and match["name"] in signature.parameters:
            table = match["name"]
        if match := _COLUMN.match(line):
            kinds.setdefault(table, {}).setdefault(match["name"], match["kind"].casefold())
    return kinds
