"""What the files that a request names begin with, so that the model knows how to read them."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbcoder.context.guard import Guard

__all__ = ["file_hints"]

_WORD = re.compile(r"[\w./~-]+")
_PATH = re.compile(r"[\w./~-]{0,250}\w\.[A-Za-z]\w{0,7}")
_MOST_FILES = 4
_LONGEST_PATH = 250
_MOST_BYTES = 2_000
_MOST_LINES = 3
_LONGEST_LINE = 110


def file_hints(request: str, guard: Guard) -> tuple[str, ...]:
    """For each text file named in ``request`` that exists here, its first lines."""
    hints = []
    words = (word.rstrip(".") for word in _WORD.findall(request))
    for path in dict.fromkeys(word for word in words if len(word) <= _LONGEST_PATH and _PATH.fullmatch(word)):
        if (lines := _first_lines(path)) is not None:
            told = [guard.data(line[:_LONGEST_LINE]) for line in lines]
            hints.append("\n".join([f"{path} begins with:", *(f"  {line}" for line in told)]))
        if len(hints) == _MOST_FILES:
            break
    return tuple(hints)


def _first_lines(path: str) -> list[str] | None:
    """The beginning of a text file; None where there is none that can be read at once."""
    with suppress(OSError, ValueError):
        # Anything but a plain file, such as a pipe, could keep us waiting.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            data = os.read(handle, _MOST_BYTES)
        finally:
            os.close(handle)
        if data and b"\0" not in data:
            text = data.decode("utf-8", "replace")
            return [line.replace("\t", "\\t") for line in text.splitlines()[:_MOST_LINES]]
    return None
