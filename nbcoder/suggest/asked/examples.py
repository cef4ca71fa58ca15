"""Worked examples in a request: tables that go into a function, and the table that has to come out."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nbcoder.suggest.asked.wish import Signature

__all__ = ["Example", "Table", "before_examples", "fitting", "probe", "read_examples"]

_RULE = re.compile(r"\s*(?:\+[-=+:]+\+|\|[-=+:| ]+\|)\s*$")
_ROW = re.compile(r"\s*\|(.*)\|\s*$")
_LABEL = re.compile(
    r"\s*[`*_#]*(?P<name>[A-Za-z_][\w ]*?)[`*_]*(?:\s+table)?\s*:?[`*_]*\s*:?\s*$", re.IGNORECASE
)
_SIDE = re.compile(
    r"\b(?:(?P<input>inputs?|given|before)|(?P<output>outputs?|result|expected|after|returns?))\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"\s*[`*]*(?P<name>[A-Za-z_]\w*)[`*]*\s*=\s*[`*]*"
    r"(?P<value>-?\d+(?:\.\d+)?|'[^'\\]*'|\"[^\"\\]*\"|True|False|None)[`*.,;]*\s*$"
)
"""An argument that is no table: ``n = 2``."""
_COLUMN = re.compile(r"\s*[-*]\s*[`'\"]?(?P<name>\w+)[`'\"]?\s*:\s*[`'\"]?(?P<kind>[A-Za-z]\w*)")
_TABLE_OF = re.compile(r"[`'\"](?P<name>\w+)[`'\"]\s+(?:is|has)\b")
_ANY_ORDER = re.compile(r"\bany\W+order\b", re.IGNORECASE)
_IN_PLACE = re.compile(r"\bin[- ]?place\b", re.IGNORECASE)
_FENCED = re.compile(r"```.*?```", re.DOTALL)
_BEGINS = re.compile(
    r"^[^\w\n]*(?:for example|example|sample|input|output)s?\b", re.IGNORECASE | re.MULTILINE
)
_LONGEST = 20_000
_MOST_WORDS = 4_000
"""Characters."""


@dataclass(frozen=True)
class Table:
    """A table as it is written: texts."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Plain: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True)
class Example:
    """What goes into the function by name, the kinds of columns where they are told, and what comes out."""

    arguments: dict[str, Table | Plain]
    expected: Table
    kinds: dict[str, dict[str, str]] = field(default_factory=dict)
    any_order: bool = False
    in_place: bool = False
    """Whether the function is to change what it is given."""


def read_examples(text: str, signature: Signature) -> tuple[Example, ...]:
    """The worked examples of the function in ``text`` in which every argument is told."""
    parts: list[list[_Part]] = [[]]
    for part in _parts(text):
        if part.side == "input" and any(one.side == "output" for one in parts[-1]):
            parts.append([])
        parts[-1].append(part)
    kinds = _kinds(text, signature)
    any_order, in_place = bool(_ANY_ORDER.search(text)), bool(_IN_PLACE.search(text))
    read = [(_arguments(one, signature.parameters), _expected(one)) for one in parts]
    return tuple(
        Example(arguments, expected, kinds, any_order, in_place)
        for arguments, expected in read
        if arguments and expected is not None
    )


def _expected(parts: Iterable[_Part]) -> Table | None:
    """The first table that comes out."""
    return next((one.what for one in parts if one.side == "output" and isinstance(one.what, Table)), None)


def _arguments(parts: Iterable[_Part], parameters: tuple[str, ...]) -> dict[str, Table | Plain]:
    """What goes in, by the names of the parameters; empty where not all of them are told."""
    given: dict[str, Table | Plain] = {}
    unnamed: list[Table | Plain] = []
    for part in parts:
        name = _parameter(part.label, parameters)
        if part.side == "input" and name and name not in given:
            given[name] = part.what
        elif part.side == "input" and isinstance(part.what, Table):
            unnamed.append(part.what)
    missing = [name for name in parameters if name not in given]
    if len(missing) == len(unnamed) == 1:
        given[missing[0]] = unnamed[0]
    return {name: given[name] for name in parameters} if given.keys() >= set(parameters) else {}


def before_examples(text: str) -> str:
    """What ``text`` says in words, up to its examples."""
    return _BEGINS.split(_FENCED.sub(" ", text[:_MOST_WORDS]), maxsplit=1)[0]


def probe(signature: Signature, examples: Sequence[Example]) -> str:
    """A line of code that calls the function with the examples; its value is what came; wrong ones raise."""
    return _calling("nbcoder.suggest.asked.rehearsal", "rehearse", signature, examples)


def fitting(signature: Signature, examples: Sequence[Example]) -> str:
    """One line of code whose value is what `nbcoder.suggest.asked.fitting.fit` says for the examples."""
    return _calling("nbcoder.suggest.asked.fitting", "fit", signature, examples)


def _calling(module: str, name: str, signature: Signature, examples: Sequence[Example]) -> str:
    told = json.dumps([asdict(example) for example in examples])
    return f"__import__({module!r}, fromlist=['x']).{name}({signature.name}, {told!r})"


@dataclass(frozen=True)
class _Part:
    """What stands on a side (``input``, ``output``, '') of an example, and the line above, or its name."""

    side: str
    label: str
    what: Table | Plain


def _parts(text: str) -> Iterator[_Part]:
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
                yield _Part(side, label, Table(rows[0], tuple(rows[1:])))
            rows, label = [], ""
        if plain := _PLAIN.match(line):
            yield _Part(side, plain["name"], ast.literal_eval(plain["value"]))
        elif line.strip() and not line.strip().startswith("```"):
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
    table = next(iter(signature.parameters), "")
    for line in text[:_LONGEST].splitlines():
        if (match := _TABLE_OF.search(line)) and match["name"] in signature.parameters:
            table = match["name"]
        if match := _COLUMN.match(line):
            kinds.setdefault(table, {}).setdefault(match["name"], match["kind"].casefold())
    return kinds
