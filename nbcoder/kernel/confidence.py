"""How sure the model was of each piece of the cells it wrote."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from nbcoder import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbcoder.engine.requests import TokenLogprob
    from nbcoder.suggest import Candidate

__all__ = ["tokens_of"]


class _Line(NamedTuple):
    """A line of cell number ``cell``, and where it stands in the raw answer."""

    raw: int
    cell: int
    at: int
    text: str


def tokens_of(candidate: Candidate) -> list[wire.Token]:
    """The answer's tokens by their places in the cells; those outside of the cells are left out."""
    lines = list(_lines(candidate))
    found: list[wire.Token] = []
    for token, start in _places(candidate.raw, candidate.logprobs):
        end = start + len(token.token)
        for line in lines:
            first, last = max(start, line.raw), min(end, line.raw + len(line.text))
            if first < last:
                found.append(_token(token, line, first - line.raw, last - line.raw))
    return found


def _lines(candidate: Candidate) -> Iterator[_Line]:
    """Line by line, as cleaning an answer takes lines off and adds some."""
    cursor = 0
    for number, cell in enumerate(candidate.cells):
        at = 0
        for text in cell.source.splitlines(keepends=True):
            raw = candidate.raw.find(text.rstrip("\n"), cursor)
            if raw >= 0 and text.strip():
                cursor = raw + len(text)
                yield _Line(raw, number, at, text.rstrip("\n"))
            at += _units(text)


def _places(raw: str, tokens: Sequence[TokenLogprob]) -> Iterator[tuple[TokenLogprob, int]]:
    """Each token with its position; the raw answer begins with what the model was given of it."""
    joined = "".join(token.token for token in tokens)
    position = next(
        (i for i in range(len(raw)) if joined.startswith(raw[i:]) or raw.startswith(joined, i)), None
    )
    if position is None or not joined:
        return
    for token in tokens:
        if token.token and raw.startswith(token.token, position):
            yield token, position
        position += len(token.token)


def _token(token: TokenLogprob, line: _Line, first: int, last: int) -> wire.Token:
    return wire.Token(
        cell=line.cell,
        at=line.at + _units(line.text[:first]),
        length=_units(line.text[first:last]),
        p=_probability(token.logprob),
        top=[[text, _probability(logprob)] for text, logprob in token.top],
    )


def _probability(logprob: float) -> float:
    return round(math.exp(min(logprob, 0.0)), 3)


def _units(text: str) -> int:
    """Its length as browsers count it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
