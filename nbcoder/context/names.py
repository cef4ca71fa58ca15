"""The user's names, sorted in one go: there may be ten thousand."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbcoder.context.situation import Situation

__all__ = ["PLAIN", "Names", "sort_names"]

_SHELL_NAME = re.compile(r"__.*|_+|_(?:i+\d*|\d+|[iod]h|exit_code)")
PLAIN = frozenset(
    map(
        id,
        (
            type(None),
            bool,
            int,
            float,
            complex,
            str,
            bytes,
            bytearray,
            FunctionType,
            BuiltinFunctionType,
            type,
        ),
    )
)
"""Types, by their identity, of what holds nothing under names of its own."""


@dataclass(frozen=True)
class Names:
    """Modules apart from everything else, both in the order of the namespace."""

    values: dict[str, object] = field(default_factory=dict)
    modules: dict[str, ModuleType] = field(default_factory=dict)
    holders: list[object] = field(default_factory=list)
    """Those of the values that may hold something under names."""


def sort_names(situation: Situation) -> Names:
    """The names that code can use, without those of the shell."""
    names = Names()
    values, holders, is_keyword = names.values, names.holders, keyword.iskeyword
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
        if id(cls) not in PLAIN:
            holders.append(value)
    return names
