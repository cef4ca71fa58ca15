"""Sentences for the user that a frontend can say in the user's own language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Line", "Said", "Text", "in_english", "joined", "packed", "unpacked"]

_PLACE = re.compile(r"%(\d)")
_DEEPEST = 20


class Said(TypedDict):
    """A `Text` in JSON: ``%1`` in ``text`` stands for the first of ``values``."""

    text: str
    values: list[Line]


Line = str | Said
"""What is said to the user; a mere string is said as it stands, in any language."""


class Text(str):
    """A sentence in English that knows how it was made, so that its translation can be made the same way.

    ``Text("%1 is missing.", name)`` reads like the finished sentence; ``%1`` stands for the first of
    ``values``, as in the catalogues of JupyterLab, and a value may be a `Text` itself.
    """

    __slots__ = ("template", "values")

    template: str
    values: tuple[str, ...]

    def __new__(cls, template: str, *values: object) -> Self:
        """The sentence; what is no text among ``values`` is put in as ``str()`` has it."""
        told = tuple(value if isinstance(value, str) else str(value) for value in values)
        text = super().__new__(cls, _PLACE.sub(lambda place: _filled(place, told), template))
        text.template, text.values = template, told
        return text


def joined(parts: Sequence[str], between: str) -> str:
    """The parts, of which any may be a `Text`, with the template ``between`` around each two of them."""
    if len(parts) < 2:  # noqa: PLR2004 - there is nothing to join
        return parts[0] if parts else ""
    half = len(parts) // 2  # so that what is joined of thousands is not nested thousands deep
    return Text(between, joined(parts[:half], between), joined(parts[half:], between))


def packed(text: str) -> Line:
    """``text`` as it travels in JSON."""
    if isinstance(text, Text):
        return Said(text=text.template, values=[packed(value) for value in text.values])
    return text


def unpacked(line: Any, depth: int = 0) -> str:  # noqa: ANN401 - anything may come out of JSON
    """What `packed` made; of anything else nothing."""
    match line:
        case {"text": str(template), "values": list(values)} if depth < _DEEPEST:
            return Text(template, *(unpacked(value, depth + 1) for value in values))
        case str():
            return line
        case _:
            return ""


def in_english(value: Any) -> Any:  # noqa: ANN401 - any part of a message
    """A message whose lines are finished sentences, for who has no catalogue."""
    match value:
        case {"text": str(), "values": list(), **rest} if not rest:
            return unpacked(value)
        case dict():
            return {name: in_english(part) for name, part in value.items()}
        case list():
            return [in_english(part) for part in value]
        case _:
            return value


def _filled(place: re.Match[str], values: tuple[str, ...]) -> str:
    at = int(place[1]) - 1
    return values[at] if 0 <= at < len(values) else place[0]
