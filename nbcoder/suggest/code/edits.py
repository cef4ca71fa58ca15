"""Code with other texts in some places, everything else left as it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Sequence

__all__ = ["Edit", "inserted", "place", "replaced"]


@dataclass(frozen=True)
class Edit:
    """Another text for a node of the tree."""

    node: ast.stmt | ast.expr
    text: str


def replaced(code: str, edits: Sequence[Edit]) -> str:
    """``code`` with other texts in place of some nodes, none of which lies in another."""
    return _spliced(code, ((*place(code, edit.node), edit.text) for edit in edits))


def place(code: str, node: ast.stmt | ast.expr) -> tuple[int, int]:
    """Where the node begins and ends in ``code``, in bytes of UTF-8."""
    starts = _line_starts(code)
    return _at(starts, node.lineno, node.col_offset), _at(starts, node.end_lineno, node.end_col_offset)


def inserted(code: str, node: ast.expr, text: str, back: int, *, instead: int = 0) -> str:
    """``code`` with ``text`` that many bytes before the end of ``node``, ``instead`` of so many bytes."""
    end = place(code, node)[1] - back
    return _spliced(code, [(end, end + instead, text)])


def _spliced(code: str, spans: Iterable[tuple[int, int, str]]) -> str:
    data = code.encode()
    for start, end, text in sorted(spans, reverse=True):
        data = data[:start] + text.encode() + data[end:]
    return data.decode()


def _line_starts(code: str) -> list[int]:
    """Where each line begins, in bytes."""
    starts = [0]
    for line in code.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _at(starts: Sequence[int], line: int | None, column: int | None) -> int:
    return starts[(line or 1) - 1] + (column or 0)
