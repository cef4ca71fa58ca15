"""The user's names, sorted in one go: there may be ten thousand."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING

from nbcoder.context.hiding import texts_in
from nbcoder.context.secrecy import is_secret, names_secrets, secrecy_of

if TYPE_CHECKING:
    from nbcoder.context.situation import Situation

__all__ = ["Names", "known_secrets", "sort_names"]

_SHELL_NAME = re.compile(r"__.*|_+|_(?:i+\d*|\d+|[iod]h|exit_code)")
_TEXTS = frozenset(map(id, (str, bytes, list, tuple, set, frozenset)))
_SHORTEST_SECRET, _LONGEST_SECRET = 5, 10_000
_MOST_SECRETS, _MOST_ENTRIES = 200, 500


@dataclass(frozen=True)
class Names:
    """Modules apart from everything else, both in the order of the namespace."""

    values: dict[str, object] = field(default_factory=dict)
    modules: dict[str, ModuleType] = field(default_factory=dict)
    texts: dict[str, object] = field(default_factory=dict)
    """Those of the values that are texts or groups that may hold some."""
    dicts: list[dict[object, object]] = field(default_factory=list)
    """Those of the values that are dicts."""


def sort_names(situation: Situation) -> Names:
    """The names that code can use, without those of the shell."""
    names = Names()
    values, texts, is_keyword = names.values, names.texts, keyword.iskeyword
    for name, value in list(situation.namespace.items()):  # other threads go on binding names
        if type(name) is not str or not name.isidentifier() or is_keyword(name):
            continue
        if name[0] == "_" and _SHELL_NAME.fullmatch(name):
            continue
        cls = type(value)
        if cls is ModuleType:
            names.modules[name] = value  # type: ignore[assignment]  # narrowed by exact type
            continue
        values[name] = value
        if id(cls) in _TEXTS:
            texts[name] = value
        elif cls is dict:
            names.dicts.append(value)  # type: ignore[arg-type]  # narrowed by exact type
    return names


def known_secrets(names: Names) -> dict[str, str]:
    """The values of variables and of dict entries that are named like secrets, with their names."""
    found: dict[str, str] = {}
    if names_secrets("\n".join(names.texts)):
        for name, value in names.texts.items():
            _note(found, name, value)
    for entries in names.dicts:
        for key, held in list(islice(entries.items(), _MOST_ENTRIES)):
            if type(key) is str and id(type(held)) in _TEXTS:
                _note(found, key, held)
    return dict(list(found.items())[-_MOST_SECRETS:])


def _note(found: dict[str, str], name: str, value: object) -> None:
    if secrecy_of(name) == "none":
        return
    for text in texts_in(value):
        if _SHORTEST_SECRET <= len(text) <= _LONGEST_SECRET and is_secret(name, text):
            for written in (text, repr(text)[1:-1]):
                found[written] = name
