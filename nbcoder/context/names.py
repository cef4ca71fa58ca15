"""The user's names, sorted in one go: there may be ten thousand."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING

from nbcoder.context.secrecy import is_secret, names_secrets

if TYPE_CHECKING:
    from nbcoder.context.situation import Situation

__all__ = ["Names", "known_secrets", "sort_names"]

_SHELL_NAME = re.compile(r"__.*|_+|_(?:i+\d*|\d+|[iod]h|exit_code)")
_SHORTEST_SECRET, _LONGEST_SECRET = 5, 10_000
_MOST_SECRETS, _MOST_ENTRIES = 200, 500


@dataclass(frozen=True)
class Names:
    """Modules apart from everything else, both in the order of the namespace."""

    values: dict[str, object] = field(default_factory=dict)
    modules: dict[str, ModuleType] = field(default_factory=dict)
    texts: dict[str, str | bytes] = field(default_factory=dict)
    """Those of the values that are texts."""
    dicts: list[dict[object, object]] = field(default_factory=list)
    """Those of the values that are dicts."""


def sort_names(situation: Situation) -> Names:
    """The names that code can use, without those of the shell."""
    names = Names()
    hidden = situation.hidden
    for name, value in list(situation.namespace.items()):  # other threads go on binding names
        if type(name) is not str or not name.isidentifier() or name in hidden or keyword.iskeyword(name):
            continue
        if name[0] == "_" and _SHELL_NAME.fullmatch(name):
            continue
        cls = type(value)
        if cls is ModuleType:
            names.modules[name] = value  # type: ignore[assignment]  # narrowed by exact type
            continue
        names.values[name] = value
        if cls is str or cls is bytes:
            names.texts[name] = value  # type: ignore[assignment]  # narrowed by exact type
        elif cls is dict:
            names.dicts.append(value)  # type: ignore[arg-type]  # narrowed by exact type
    return names


def known_secrets(names: Names) -> dict[str, str]:
    """The values of variables and of dict entries that are named like secrets, with their names."""
    found: dict[str, str] = {}
    if names_secrets("\n".join(names.texts)):
        for name, text in names.texts.items():
            _note(found, name, text)
    for entries in names.dicts:
        for key, held in list(islice(entries.items(), _MOST_ENTRIES)):
            if type(key) is str and (type(held) is str or type(held) is bytes):
                _note(found, key, held)
    return dict(list(found.items())[-_MOST_SECRETS:])


def _note(found: dict[str, str], name: str, text: str | bytes) -> None:
    if not _SHORTEST_SECRET <= len(text) <= _LONGEST_SECRET:
        return
    value = text if isinstance(text, str) else text.decode("utf-8", "replace")
    if is_secret(name, value):
        for written in (value, repr(value)[1:-1]):
            found[written] = name
