"""The percent format: cells as text, each below a ``# %%`` line.

Code stands as it is, IPython's magics too; markdown and raw text have ``# `` before each line. A line of a
cell that would read as a header gets a backslash before its ``%%``, so that any cell can be written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbcoder.notebook.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbcoder.notebook.cells import CellType

__all__ = ["has_headers", "parse", "write"]

_HEADER = re.compile(r"^# ?%%(?:[ \t\[][^\n]*)?$", re.MULTILINE)
_TYPE = re.compile(r"\[(\w+)\]")
_LOOKS_LIKE_HEADER = re.compile(r"^(# ?)(\\*%%(?=[ \t\[]|$))", re.MULTILINE)
_ESCAPED_HEADER = re.compile(r"^(# ?)\\(\\*%%(?=[ \t\[]|$))", re.MULTILINE)
_TYPES: dict[str, CellType] = {"markdown": "markdown", "md": "markdown", "raw": "raw"}
_QUOTES = ('"""', "'''")


def has_headers(text: str) -> bool:
    """Whether any line of ``text`` begins a cell."""
    return _HEADER.search(text) is not None


def write(cells: Iterable[Cell]) -> str:
    """``cells`` as one text; blank lines at the ends of a cell are lost, all else comes back by `parse`."""
    return "\n".join(_header(cell) + _body(cell) for cell in cells)


def parse(text: str) -> tuple[Cell, ...]:
    """The cells of ``text``; what stands above the first header is a code cell.

    Markdown is also read when its lines have no ``# `` or stand between triple quotes, as models write it.
    """
    cells = []
    kind: CellType = "code"
    start = 0
    for header in _HEADER.finditer(text):
        cells.append((kind, text[start : header.start()]))
        named = _TYPE.search(header[0])
        kind = _TYPES.get(named[1], "code") if named else "code"
        start = header.end()
    cells.append((kind, text[start:]))
    first, *rest = (Cell(_source(kind, body), kind) for kind, body in cells)
    return (first, *rest) if first.source else tuple(rest)


def _header(cell: Cell) -> str:
    return "# %%" if cell.type == "code" else f"# %% [{cell.type}]"


def _body(cell: Cell) -> str:
    source = _trimmed(cell.source)
    if cell.type != "code":
        source = "\n".join(f"# {line}" if line else "#" for line in source.split("\n")) if source else ""
    escaped = _LOOKS_LIKE_HEADER.sub(r"\1\\\2", source)
    return f"\n{escaped}\n" if escaped else "\n"


def _source(kind: CellType, body: str) -> str:
    source = _ESCAPED_HEADER.sub(r"\1\2", _trimmed(body))
    return source if kind == "code" else _uncommented(source)


def _uncommented(text: str) -> str:
    lines = text.split("\n")
    if all(line.startswith("# ") or line in ("#", "") for line in lines):
        return "\n".join(line[2:] for line in lines)
    for quotes in _QUOTES:
        if text.startswith(quotes) and text.endswith(quotes) and len(text) >= 2 * len(quotes):
            return _trimmed(text[len(quotes) : -len(quotes)])
    return text


def _trimmed(text: str) -> str:
    """Without blank lines at either end."""
    lines = text.split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    return "\n".join(lines)
