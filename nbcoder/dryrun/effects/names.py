"""What a piece of code does to the user's names: added, bound anew, changed in place, removed."""

from __future__ import annotations

import re
import time
import types
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.fingerprint import Fingerprints
from nbcoder.dryrun.effects.frames import array_root, is_same_table
from nbcoder.dryrun.effects.surroundings import Surroundings
from nbcoder.dryrun.effects.touched import assigned_attributes, touched_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbcoder.dryrun.effects.fingerprint import Walk
    from nbcoder.dryrun.system.pages import Memory

__all__ = ["Names", "is_of_ipython"]

_IPYTHONS: Final = re.compile(
    r"_{1,3}|_\d+|_i+|_i\d+|_[dio]h|In|Out|exit|quit|open|get_ipython|_exit_code|__.*__"
)
_METHODS: Final = frozenset({types.MethodType, types.BuiltinMethodType})
_NODES: Final = 4_000
_NODES_PER_NAME: Final = 1_500
_SECONDS: Final = 0.010
"""Of the processor's time: on a busy machine no less is looked at."""
_MOST_ALIASES_SOUGHT: Final = 20_000


def is_of_ipython(name: str) -> bool:
    """Whether IPython itself binds ``name``: its history, its functions."""
    return _IPYTHONS.fullmatch(name) is not None


@dataclass(frozen=True)
class _Watched:
    value: object
    walk: Walk


class Names:
    """The namespace before the code runs, to be compared with it afterwards."""

    def __init__(
        self, namespace: dict[str, Any], hidden: Mapping[str, Any], code: str, memory: Memory
    ) -> None:
        """``code`` is plain Python; ``hidden`` are names of IPython's."""
        self._namespace, self._hidden = namespace, hidden
        self.before = dict(namespace)
        self._prints = Fingerprints(memory, assigned_attributes(code))
        self._watched: dict[str, _Watched] = {}
        self._left = _NODES
        self._deadline = time.thread_time() + _SECONDS
        touched = [name for name in touched_names(code, namespace) if self._is_users(name)]
        self._surroundings = Surroundings(code, [namespace[name] for name in touched])
        self._watch(touched)
        self._watch(self._aliases())

    def effects(self) -> dict[str, list[str]]:
        """The kinds of change with the names, as in `Effects`."""
        self._prints.memory.has_run = True
        before, after = self.before, self._namespace
        rebound = [
            name
            for name, value in before.items()
            if name in after and after[name] is not value and self._is_users(name)
        ]
        return {
            "added": [name for name in after if name not in before and self._is_users(name)],
            "rebound": rebound,
            "kept": [name for name in rebound if self._is_kept(name)],
            "removed": [name for name in before if name not in after and self._is_users(name)],
            "mutated": [name for name, watched in self._watched.items() if self._is_mutated(name, watched)],
            "process": self._surroundings.changed(),
        }

    def _is_users(self, name: object) -> bool:
        if not isinstance(name, str) or is_of_ipython(name):
            return False
        return name not in self._hidden or (
            name in self.before and self._hidden[name] is not self.before[name]
        )

    def _watch(self, names: Iterable[str]) -> None:
        for name in names:
            if self._left <= 0 or time.thread_time() > self._deadline:
                return
            value = self.before[name]
            with suppress(Exception):  # what is strange enough to fail here is not followed
                walk = self._prints.of(value, min(_NODES_PER_NAME, self._left))
                self._left -= walk.used
                self._watched[name] = _Watched(value, walk)

    def _aliases(self) -> list[str]:
        """Names of objects, or of arrays over the same memory, that are in what is watched."""
        seen: set[int | None] = {
            identity for watched in self._watched.values() for identity in watched.walk.seen
        }
        seen |= {array_root(watched.value, type(watched.value)) for watched in self._watched.values()}
        seen.discard(None)
        found = []
        for name, value in list(self.before.items())[:_MOST_ALIASES_SOUGHT]:
            if name in self._watched or not self._is_users(name):
                continue
            if id(value) in seen or array_root(value, type(value)) in seen:
                found.append(name)
        return found

    def _is_mutated(self, name: str, watched: _Watched) -> bool:
        if self._namespace.get(name) is not watched.value or type(watched.value) in _METHODS:
            return False  # a method is looked at for the sake of its object
        return self._is_changed(watched)

    def _is_kept(self, name: str) -> bool:
        """Whether a table that was bound anew is the old one, which has not been changed before that."""
        watched = self._watched.get(name)
        if watched is None or self._is_changed(watched):
            return False
        try:
            return is_same_table(watched.value, self._namespace[name])
        except Exception:  # noqa: BLE001 - the cells of a table may hold objects that cannot be compared
            return False

    def _is_changed(self, watched: _Watched) -> bool:
        try:
            return bool(self._prints.of(watched.value, watched.walk.used).value != watched.walk.value)
        except Exception:  # noqa: BLE001 - it could be looked at before the code ran, and now it cannot
            return True
