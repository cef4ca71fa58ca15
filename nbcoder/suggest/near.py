"""The name that was meant, of those that are there."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["near"]

_ALIKE = 0.7


def near(name: str, known: Iterable[str], alike: float = _ALIKE) -> str:
    """The likeliest meant name, '' if none is ``alike``; case and underscores count little."""
    by_plain = {_plain(candidate): candidate for candidate in known}
    found = difflib.get_close_matches(_plain(name), by_plain, n=1, cutoff=alike)
    return by_plain[found[0]] if found else ""


def _plain(text: str) -> str:
    return text.casefold().replace("_", "").replace(" ", "")
