"""Which paths a piece of code names, itself or by variables: an ordinary user's overlay goes over these."""

from __future__ import annotations

import re
import types
from collections import deque
from contextlib import suppress
from itertools import chain, islice
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import attributes_of, package
from nbcoder.dryrun.effects.touched import touched_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["named_places"]

_LITERAL: Final = re.compile(r"""["']([/~.][^"'\n]*)["']""")
_MOST_PLACES: Final = 100
_MOST_ITEMS: Final = 200
_MOST_VALUES: Final = 2_000
_LONGEST: Final = 4_096
_DEPTH: Final = 2


def named_places(code: str, namespace: Mapping[str, Any]) -> tuple[str, ...]:
    """Texts that look like paths outside the working folder, in ``code`` and in plain values that it reaches.

    ``code`` is plain Python, with magics already made calls.
    """
    held = (namespace[name] for name in touched_names(code, namespace))
    texts = chain(_LITERAL.findall(code), _texts_in(held))
    likely = (text for text in texts if text.startswith(("/", "~", "..")))
    usable = (text for text in likely if len(text) <= _LONGEST and "\0" not in text)
    return tuple(dict.fromkeys(islice(usable, _MOST_PLACES)))


def _texts_in(values: Iterable[Any]) -> Iterator[str]:
    """Texts and paths among the values and what is in them, those nearest first."""
    waiting = deque((value, _DEPTH) for value in values)
    left = _MOST_VALUES
    while waiting and (left := left - 1):
        value, depth = waiting.popleft()
        kind = type(value)
        if kind is str:
            yield value
        elif package(kind) == "pathlib" and issubclass(kind, PurePath):
            yield str(value)
        elif depth:
            room = max(0, min(_MOST_ITEMS, left - len(waiting)))
            waiting += ((item, depth - 1) for item in islice(_items_of(value, kind), room))


def _items_of(value: Any, kind: type) -> Iterable[Any]:
    if kind is dict:
        return tuple(islice(value.values(), _MOST_ITEMS))
    if kind is list or kind is tuple:
        return tuple(islice(value, _MOST_ITEMS))
    if kind is type and package(value) == "__main__":
        return attributes_of(value).values()
    if kind is types.SimpleNamespace or package(kind) == "__main__":
        with suppress(Exception):  # without one, or the user's class makes it a property that fails
            return tuple(object.__getattribute__(value, "__dict__").values())
    return ()
