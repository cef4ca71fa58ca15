"""The cells of the page as text whose beginning stays the same from request to request."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from nbcoder.context.parts import Piece, estimate
from nbcoder.context.render import cell_text, short_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.context.values import CellState

__all__ = ["lay_out_cells"]

_BLOCK = 8
"""Cells that are shortened, or left out, together."""
_WHOLE_SHARE = 0.7
"""Of the room, for the cells told whole once not all can be; the rest is for shortened ones."""
_LARGEST_CELL = 0.4
"""Of the room, for one cell."""
_STEP = 128


def lay_out_cells(states: Sequence[CellState], room: int, older: int = 0) -> Piece:
    """The cells in about ``room`` tokens: the newest whole, older ones shortened, the oldest left out.

    ``older`` cells before the first of ``states`` are left out anyway; it is a multiple of the block.

    The room is rounded down, so that it is the same for requests of slightly different length.
    """
    room = room // _STEP * _STEP if room >= 4 * _STEP else room
    texts = [_bounded(cell_text(state), int(room * _LARGEST_CELL)) for state in states]
    sizes = [estimate(text) + 1 for text in texts]
    if sum(sizes) <= room and not older:
        return Piece("cells", "\n".join(texts))
    whole_from = _first_that_fits(sizes, int(room * _WHOLE_SHARE))
    short_from, short = _shortened(states[:whole_from], room - int(room * _WHOLE_SHARE))
    left_out = older + short_from
    told = [f"# ({left_out} older cells are left out)"] if left_out else []
    if any(short):
        told += ["# %% (older cells, shortened)", *filter(None, short)]
    cut = [f"{left_out} cells left out"] if left_out else []
    cut += [f"{whole_from - short_from} cells shortened"] if whole_from > short_from else []
    return Piece("cells", "\n".join([*told, *texts[whole_from:]]), ", ".join(cut))


def _shortened(states: Sequence[CellState], room: int) -> tuple[int, list[str]]:
    """The number of cells that are left out, and the others in short; the newest block goes in first."""
    start = len(states)
    told: list[str] = []
    used = 0
    while start > 0:
        block_start = (start - 1) // _BLOCK * _BLOCK
        block = [short_text(state) for state in states[block_start:start]]
        used += sum(estimate(text) + 1 for text in block if text)
        if used > room:
            break
        start, told = block_start, block + told
    return start, told


def _first_that_fits(sizes: Sequence[int], room: int) -> int:
    """The first cell at the start of a block from which on all cells fit; blocks shrink only if none does."""
    before = list(accumulate(sizes, initial=0))
    for block in (_BLOCK, _BLOCK // 2, _BLOCK // 4, 1):
        for start in range(0, len(sizes), block):
            if before[-1] - before[start] <= room:
                return start
    return len(sizes)


def _bounded(text: str, room: int) -> str:
    """``text`` with its middle left out where it is longer than ``room`` tokens."""
    size = estimate(text)
    if size <= room:
        return text
    most = max(int(len(text) * room / size) - 60, 0)
    head = text[: most * 2 // 3].rpartition("\n")[0] or text[: most * 2 // 3]
    tail = text[len(text) - most // 3 :].partition("\n")[2]
    return f"{head}\n# … the middle of this cell is left out …\n{tail}".rstrip()
