"""Takes out of tables that are printed as text what stands in the column or the row of a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.context.secrets.secrecy import called, is_hidden, is_likely, looks_random, secrecy_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["hide_columns"]

_MARKS = ("|", "│", "\t", ",", ";")
_WORD = re.compile(r"\S+")
_CELL = re.compile(r"\S+(?: \S+)*")
_NAME = re.compile(r"[\"']?([A-Za-z_][\w.-]{0,59})[\"']?")
_LINES = ("|", "│")
_ROW = re.compile(r"\s{0,8}(\d{1,9}[ \t]+)?([A-Za-z_][\w.-]{0,59})([ \t]+)(\S.*)")
_SERIES = re.compile(r"Name: ([^,\n]{1,60}), (?:Length: \d+, )?dtype: ")
_NO_SECRET = re.compile(
    r"[-+]?[\d.]{1,4}|(?:\d+ )?non-null|nan|none|null|na|true|false|<na>|\.\.\.|…|object|string|str|category"
    r"|bool|boolean|u?int\d*|float\d*|datetime\S*|\W+",
    re.IGNORECASE,
)
"""Counts, marks for what is missing, and types, which tables about tables have there."""
_MOST_COLUMNS, _MOST_HEADER_LINES = 60, 3
_PAIR = 2
_SURELY_LONG = 20
"""Characters of a key; what stands in a column called ``key`` and is shorter may be anything."""


def hide_columns(text: str) -> str:
    """``text`` with a name in place of each value in a column or a row that is surely named as a secret."""
    if "\n" not in text and "  " not in text:
        return text
    lines = text.split("\n")
    _hide_series(lines)
    table: _Header | None = None
    block = 0
    """How many lines without an empty one are above."""
    for number, line in enumerate(lines):
        if not line.strip():
            table, block = None, 0
            continue
        mark = _goes_on(line, lines[number - 1] if block else "")
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if not mark and (found := _header(line, block, below)):
            table = found
        elif table is not None and table.has_row(line):
            lines[number] = table.without(line)
        else:
            lines[number] = _hide_marked_row(line, mark) if mark else _hide_row(line)
        block += 1
    return "\n".join(lines)


@dataclass(frozen=True)
class _Header:
    """The names above a table: by what they are parted, and which of them are those of secrets."""

    mark: str
    """"" for blanks."""
    hidden: tuple[tuple[int, str], ...]
    """The number of the column, or where its name ends in the line, and the name."""
    fields: int = 0
    ends: tuple[int, ...] = ()
    is_loose: bool = False
    """Whether it may be a line of prose as well."""

    def has_row(self, line: str) -> bool:
        """Whether the line may be one of the table."""
        return not self.mark or _plain(line).count(self.mark) == self.fields

    def without(self, line: str) -> str:
        """The line without the values of those columns."""
        return _hide_fields(line, self) if self.mark else _hide_places(line, self)


def _plain(line: str) -> str:
    return line.replace("┆", "│")


def _goes_on(line: str, above: str) -> str:
    """The mark between the fields, if ``line`` is a row of a table of which the line above is one as well."""
    count = {mark: _plain(line).count(mark) for mark in _LINES}
    return next((mark for mark in _LINES if count[mark] and _plain(above).count(mark) == count[mark]), "")


def _header(line: str, block: int, below: str) -> _Header | None:
    """The header that ``line`` is, with so many lines above it, if it has the name of a secret."""
    for mark in _MARKS:
        if mark in _plain(line):
            cells = _plain(line).split(mark)[:_MOST_COLUMNS]
            named = [(at, name) for at, cell in enumerate(cells) if (name := _secret_name(cell.strip()))]
            if named and all(not cell.strip() or _NAME.fullmatch(cell.strip()) for cell in cells):
                return _Header(mark, tuple(named), fields=len(cells) - 1)
    words = list(_WORD.finditer(line))[:_MOST_COLUMNS]
    named = [(word.end(), name) for word in words if (name := _secret_name(word[0]))]
    is_spaced = line.startswith(" ") or "  " in line.strip()
    is_row = not line.startswith(" ") and (block > 0 or (is_spaced and named and _is_row(words, below)))
    if not named or is_row or block >= _MOST_HEADER_LINES:
        return None
    if len(words) == 1 and not is_spaced:
        return None
    if not all(_NAME.fullmatch(word[0]) or word[0] in ("\\", "...") for word in words):
        return None
    return _Header("", tuple(named), ends=tuple(word.end() for word in words), is_loose=not is_spaced)


def _is_row(words: Sequence[re.Match[str]], below: str) -> bool:
    """Whether the first line of a table begins with a label and goes on with values."""
    first, line = words[0], words[0].string
    under = _WORD.search(below)
    if under and under.end() == first.end() and under.start() != first.start():  # values, flush right
        return False
    is_labelled = bool(_secret_name(first[0]))
    return is_labelled and (
        len(_CELL.findall(line)) <= _PAIR or any(looks_random(word[0]) for word in words[1:])
    )


def _secret_name(cell: str) -> str:
    found = _NAME.fullmatch(cell)
    return found[1] if found and secrecy_of(found[1]) != "none" else ""


def _hide_fields(line: str, header: _Header) -> str:
    cells = _plain(line).split(header.mark)
    for at, name in header.hidden:
        cells[at] = _instead(cells[at], name)
    return header.mark.join(cells)


def _hide_places(line: str, header: _Header) -> str:
    """Columns are as a rule flush right; where they are not, what stands below the name is taken."""
    for end, name in reversed(header.hidden):
        before = max((other for other in header.ends if other < end), default=0)
        start = end - len(name)
        cells = [cell.span() for cell in _WORD.finditer(line) if cell.start() < end and cell.end() > start]
        if not cells:
            continue
        first, last = cells[0][0], cells[-1][1]
        if last == end and not line[before : before + 1].strip():
            first = before
        if not header.is_loose or looks_random(line[first:last].strip()):
            line = line[:first] + _instead(line[first:last], name) + line[last:]
    return line


def _hide_row(line: str) -> str:
    """A line that begins with the name of a secret, and what stands behind it, as a series is printed."""
    found = _ROW.fullmatch(line)
    if found is None or secrecy_of(found[2]) != "certain":
        return line
    number, name, blanks, rest = found.groups()
    is_row = len(blanks) > 1 or blanks == "\t"
    if number and len(_CELL.findall(rest)) > 1:  # what is numbered may be words in any table
        return line
    if not is_row and (" " in rest.strip() or not looks_random(rest.strip())):
        return line
    return line[: found.start(4)] + _CELL.sub(lambda cell: _instead(cell[0], name), rest)


def _hide_marked_row(line: str, mark: str) -> str:
    """The same for a line whose fields are parted by a mark."""
    cells = _plain(line).split(mark)
    first = next((at for at, cell in enumerate(cells) if cell.strip()), len(cells) - 1)
    name = _secret_name(cells[first].strip())
    if secrecy_of(name) != "certain":
        return line
    told = [*cells[: first + 1], *(_instead(cell, name) for cell in cells[first + 1 :])]
    return line if told == cells else mark.join(told)


def _hide_series(lines: list[str]) -> None:
    """The values of a series that says its name at its end."""
    for number, line in enumerate(lines):
        found = _SERIES.match(line)
        if found is None or secrecy_of(found[1].strip("'\"")) != "certain":
            continue
        for at in _above(lines, number):
            head, blanks, value = lines[at].rpartition("  ")
            lines[at] = head + blanks + _instead(value, found[1]) if blanks else lines[at]


def _above(lines: Sequence[str], number: int) -> Iterator[int]:
    for at in range(number - 1, -1, -1):
        if not lines[at].strip():
            return
        yield at


def _instead(cell: str, name: str) -> str:
    """The cell with the name in place of its value, if that can be a secret of that name."""
    value = cell.strip()
    if not value or is_hidden(value) or _NO_SECRET.fullmatch(value):
        return cell
    if secrecy_of(name) != "certain" and not (len(value) >= _SURELY_LONG and is_likely(name, value)):
        return cell
    return cell.replace(value, called(name))
