"""The user's names, sorted in one go: there may be ten thousand."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from itertools import compress
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
        ),
    )
)
"""Types, by their identity, of what holds nothing under names of its own."""
_MODULE = id(ModuleType)
_HOLD_NOTHING = PLAIN | {_MODULE}


@dataclass(frozen=True)
class Names:
    """Modules apart from everything else, both in the order of the namespace."""

    values: dict[str, object] = field(default_factory=dict)
    modules: dict[str, ModuleType] = field(default_factory=dict)
    holders: list[object] = field(default_factory=list)
    """Those of the values that may hold something under names."""


def sort_names(situation: Situation) -> Names:
    """The names that code can use, without those of the shell."""
    namespace = dict(situation.namespace)  # other threads go on binding names
    values = {name: value for name, value in namespace.items() if type(name) is str and name.isidentifier()}
    hidden = [name for name in values if name[0] == "_" and _SHELL_NAME.fullmatch(name)]
    for name in (*hidden, *filter(values.__contains__, keyword.kwlist)):
        del values[name]
    kinds = list(map(id, map(type, values.values())))
    modules = {name: values[name] for name, kind in zip(values, kinds, strict=True) if kind == _MODULE}
    holders = list(compress(values.values(), [kind not in _HOLD_NOTHING for kind in kinds]))
    for name in modules:
        del values[name]
    return Names(values, modules, holders)  # type: ignore[arg-type]  # narrowed by exact type
