"""Which values are not shown for the names they are held under."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from nbcoder.context.secrecy import looks_random, secrecy_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["HIDDEN", "hides", "hides_column", "texts_in"]

HIDDEN = "not shown"
_MOST_ELEMENTS = 100
_NUMBERS = frozenset(map(id, (int, float)))
_GROUPS = frozenset(map(id, (list, tuple, set, frozenset)))


def hides(name: object, value: object) -> bool:
    """Whether ``value``, held under ``name``, is a secret or a group of them."""
    secrecy = secrecy_of(name) if type(name) is str else "none"
    if secrecy == "none":
        return False
    if secrecy == "certain" and id(type(value)) in _NUMBERS:
        return True
    return any(secrecy == "certain" or looks_random(text) for text in texts_in(value))


def hides_column(name: object, sample: Iterable[object] = ()) -> bool:
    """Whether the values of a column of that name are secrets, of which ``sample`` are some."""
    secrecy = secrecy_of(name) if type(name) is str else "none"
    return secrecy == "certain" or (
        secrecy == "likely" and any(type(text) is str and looks_random(text) for text in sample)
    )


def texts_in(value: object) -> list[str]:
    """The text that ``value`` is, or the first that it holds."""
    held = list(islice(value, _MOST_ELEMENTS)) if id(type(value)) in _GROUPS else [value]  # type: ignore[call-overload]  # an exact group
    return [
        text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        for text in held
        if type(text) is str or type(text) is bytes
    ]
