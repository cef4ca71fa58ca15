"""Numbers that are written as texts: whether texts are such, and code that reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["are_numbers", "as_numbers", "hold_numbers"]

_CURRENCY = r"[$€£¥¢₹₽₩₺₪฿]|[A-Z]{3}(?=\s)"
_WRITTEN = re.compile(
    rf"\s*(?P<opening>\()?(?P<sign>[-+])?\s*(?P<before>{_CURRENCY})?\s*(?P<inner>[-+])?"
    r"(?P<number>[.,]?\d[\d.,'\s]*(?:[eE][-+]?\d+)?)(?<!\s)\s*(?P<after>[$€£¥¢₹₽₩₺₪฿%]|[^\W\d_]+)?"
    r"(?P<closing>\))?\s*"
)
_POINT = re.compile(r"(?:[1-9]\d{0,2}(?:[,'\s]\d{3})+|0|[1-9]\d*)?(?:\.\d*)?(?:[eE][-+]?\d+)?")
_COMMA = re.compile(r"(?:[1-9]\d{0,2}(?:[.'\s]\d{3})+|0|[1-9]\d*)?(?:,\d*)?(?:[eE][-+]?\d+)?")
"""Numbers with a decimal point, and with a decimal comma; what begins with 0 is a code."""
_FACTORS = frozenset({"k", "m", "b", "t", "bn", "mn", "mio", "mrd", "bio", "tn"})
"""Behind a number they stand for zeros, or may."""


@dataclass(frozen=True)
class _Style:
    """How all of some texts write their numbers: what is around these, and what is within."""

    affixes: tuple[str, ...]
    separators: str
    has_comma: bool
    """Whether the comma is the decimal one."""
    has_parentheses: bool
    """Whether what stands in parentheses is negative."""


def as_numbers(place: str, texts: Sequence[str]) -> str:
    """Code for the column at ``place``, which holds ``texts``, as numbers; '' if these are none for sure."""
    style = _style(texts)
    if style is None:
        return ""
    code = place
    if style.has_parentheses:
        code += r".str.replace(r'\((.*)\)', r'-\1', regex=True)"
    separators = f"[{re.escape(style.separators)}]" if style.separators else ""
    if pattern := "|".join(filter(None, (separators, *map(re.escape, style.affixes)))):
        code += f".str.replace({pattern!r}, '', regex=True)"
    if style.has_comma:
        code += ".str.replace(',', '.')"
    return f"{code}.astype(float)"


def are_numbers(texts: Sequence[str]) -> bool:
    """Whether all of them are numbers, which do not sort as such: texts of the same length do."""
    lengths = {len(text.strip()) for text in texts}
    return len(lengths) > 1 and _is_bare(_style(texts))


def hold_numbers(texts: Sequence[str]) -> bool:
    """Whether all of them are numbers and no codes: digits of the same length may be either."""
    return are_numbers(texts) or (_is_bare(_style(texts)) and not all(map(str.isdigit, texts)))


def _is_bare(style: _Style | None) -> bool:
    """Whether there is nothing but the sign of a currency or of percent around the numbers."""
    return style is not None and not any(affix.isalpha() for affix in style.affixes)


def _style(texts: Sequence[str]) -> _Style | None:
    """The one way in which all of the texts write numbers; None if there is none, or more than one."""
    found = [_WRITTEN.fullmatch(text) for text in texts]
    told = [match for match in found if match is not None]
    if not told or len(told) < len(found) or not all(map(_is_balanced, told)):
        return None
    affixes = {affix for match in told for affix in (match["before"], match["after"]) if affix}
    if len(affixes) > 1 or any(affix.casefold() in _FACTORS for affix in affixes):
        return None
    numbers = [match["number"] for match in told]
    forms = [form for form in (_POINT, _COMMA) if all(map(form.fullmatch, numbers))]
    # 1,234 is taken as English; 0,500 and 3,50 can only have a decimal comma.
    has_comma = forms[:1] == [_COMMA]
    if not forms or (has_comma and not any("," in number for number in numbers)):
        return None
    inside = {sign for text in texts for sign in text if sign.isspace() or sign in "'.,"}
    separators = "".join(sorted(inside - ({","} if has_comma else {"."})))
    return _Style(tuple(affixes), separators, has_comma, any(match["opening"] for match in told))


def _is_balanced(match: re.Match[str]) -> bool:
    """Parentheses on both sides or on none, and one sign at most."""
    signs = [match["sign"], match["inner"], match["opening"]]
    return (match["opening"] is None) == (match["closing"] is None) and signs.count(None) > 1
