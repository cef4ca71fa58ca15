"""What the files that a request names begin with, so that the model knows how to read them."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from nbcoder.context.secrets.secrecy import called, is_hidden, looks_random, secrecy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.context.secrets.guard import Guard

__all__ = ["are_values", "file_hints"]

_WORD = re.compile(r"[\w./~-]+")
_PATH = re.compile(r"[\w./~-]{0,250}\w\.[A-Za-z]\w{0,7}")
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)")
_MOST_FILES = 4
_LONGEST_PATH = 250
_MOST_BYTES = 2_000
_MOST_LINES = 3
_FEWEST_FIELDS = 2
_NO_TABLES = (
    ".html",
    ".ipynb",
    ".js",
    ".json",
    ".md",
    ".py",
    ".sh",
    ".sql",
    ".toml",
    ".xml",
    ".yaml",
    ".yml",
)
_SEPARATORS = {",": "", ";": "sep=';'", "\\t": "sep='\\t'", "|": "sep='|'"}
"""As they stand in the lines that are told, where a tab is written out."""
_LONGEST_LINE = 110


def file_hints(request: str, guard: Guard) -> tuple[str, ...]:
    """For each text file named in ``request`` that exists here, its first lines."""
    hints = []
    words = (word.rstrip(".") for word in _WORD.findall(request))
    for path in dict.fromkeys(word for word in words if len(word) <= _LONGEST_PATH and _PATH.fullmatch(word)):
        if (lines := _first_lines(path)) is not None:
            told = _told(path, lines, guard)
            read = f" (to be read with {manner})" if (manner := _reading(path, lines)) else ""
            hints.append("\n".join([f"{path}{read} begins with:", *(f"  {line}" for line in told)]))
        if len(hints) == _MOST_FILES:
            break
    return tuple(hints)


def _told(path: str, lines: Sequence[str], guard: Guard) -> list[str]:
    """The lines without secrets: in a file that is named like one, a line may be one by itself."""
    told = guard.data("\n".join(line[:_LONGEST_LINE] for line in lines)).split("\n")
    name = os.path.basename(path).partition(".")[0]  # noqa: PTH119 - a path that may be anything
    if secrecy_of(name) == "none":
        return told
    return [called(name) if _is_word(line) and looks_random(line) else line for line in told]


def _is_word(line: str) -> bool:
    """Whether the line is no row of a table, nor hidden already."""
    return not is_hidden(line) and not any(mark in line for mark in _SEPARATORS)


def _reading(path: str, lines: Sequence[str]) -> str:
    """What pandas has to be told of a table in a text file, beyond what it takes for granted."""
    rows, separator = _rows(lines)
    is_table = len({len(row) for row in rows}) == 1 and len(rows) == _MOST_LINES
    if path.endswith(_NO_TABLES) or not is_table or len(rows[0]) < _FEWEST_FIELDS:
        return ""
    return ", ".join(filter(None, (separator, "header=None" if are_values(rows[0]) else "")))


def _rows(lines: Sequence[str]) -> tuple[list[list[str]], str]:
    """The fields of each line, and what says by what they are parted; '' for commas."""
    for mark, told in _SEPARATORS.items():
        if all(mark in line for line in lines):
            return [line.split(mark) for line in lines], told
    return [line.split() for line in lines], r"sep=r'\s+'"


def are_values(row: Sequence[str]) -> bool:
    """Whether it is a row of data: names of columns are no numbers with a point."""
    numbers = [one for one in row if _NUMBER.fullmatch(one.strip())]
    return any("." in one for one in numbers) and 2 * len(numbers) > len(row)


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
            return [line.replace("\t", "\\t") for line in filter(str.strip, text.splitlines())][:_MOST_LINES]
    return None
