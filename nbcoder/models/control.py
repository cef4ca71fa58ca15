"""Text of the user's that a tokenizer or a template would read as control, made harmless and brought back.

A cell may hold ``"<|im_end|>"`` or ``[INST]``: sent as it is, it would end the user's turn. So the copy in
the prompt gets a zero-width space after the first character of each such text, which then is ordinary text
to the tokenizer and looks the same to the model. The user's own cell is not touched; what the model writes
back is mapped back by `restore`. The mapping loses nothing: where the user's text has zero-width spaces at
that very place already, one is added, and one is taken away again.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbcoder.models.families import Family

__all__ = ["Restorer", "neutralise", "restore"]

_SPACE = "\u200b"


def neutralise(text: str, family: Family) -> str:
    """``text`` with a zero-width space in each control text of the family."""
    pattern = _pattern(family.control, "")
    return pattern.sub(rf"\g<0>{_SPACE}", text) if pattern else text


def restore(text: str, family: Family) -> str:
    """``text`` without the zero-width spaces that `neutralise` put in: ``restore(neutralise(t)) == t``."""
    pattern = _pattern(family.control, _SPACE)
    return pattern.sub(lambda match: match[0][:-1], text) if pattern else text


@functools.cache
def _pattern(control: tuple[str, ...], inserted: str) -> re.Pattern[str] | None:
    """Matches the first character of each control text (and what was inserted after it)."""
    firsts = (
        f"{re.escape(token[0])}{inserted}(?={_SPACE}*{re.escape(token[1:])})" for token in control if token
    )
    pattern = "|".join(firsts)
    return re.compile(pattern) if pattern else None


class Restorer:
    """`restore` for a text that comes in pieces: what may become a control text waits for what follows."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._told = ""
        self._waiting = ""
        longest = max(map(len, family.control), default=0)
        self._unsure = re.compile(rf"{_SPACE}+[^{_SPACE}]{{0,{longest}}}\Z")

    def add(self, piece: str) -> str:
        """What can be told after ``piece``."""
        return self._tell(self._told + self._waiting + piece, is_end=False)

    def end(self) -> str:
        """What was still waiting, when nothing more comes."""
        return self._tell(self._told + self._waiting, is_end=True)

    def _tell(self, text: str, *, is_end: bool) -> str:
        """``text`` begins with the character that was told last, which tells what a space follows."""
        before = len(self._told)
        unsure = None if is_end else self._unsure.search(text)
        sure = max(unsure.start(), before) if unsure else len(text)
        told = restore(text[:sure], self._family)[before:]
        self._waiting, self._told = text[sure:], text[:sure][-1:]
        return told
