"""Ghost text: the words or few lines that belong where the cursor stands, asked for while the user types.

The prompt is laid out for the engine's prefix cache. What stays the same from key to key comes first: the
cells above, then the cell up to the cursor. Where that is too long, its front is dropped in large steps, so
that the front of the next request is the same again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nbcoder.context.secrets.code_redaction import redact_code
from nbcoder.engine.requests import Sampling
from nbcoder.models.infilling import infill, read_infill

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbcoder.engine.requests import ChatRequest, TextRequest
    from nbcoder.models.families import Family

__all__ = ["GHOST_PRIORITY", "Cursor", "Ghost", "Reach"]

GHOST_PRIORITY = -10
"""Before answers, whose priority is 0: somebody is waiting between two keys."""

_MOST_LINES = 4
_TOKENS_OF_A_LINE, _TOKENS_OF_A_BLOCK = 32, 64
_STEPS = 4
"""The front is dropped by this part of what fits."""
_SLASHED = frozenset(
    {
        "c",
        "c++",
        "cpp",
        "csharp",
        "go",
        "java",
        "javascript",
        "kotlin",
        "rust",
        "scala",
        "swift",
        "typescript",
    }
)


@dataclass(frozen=True)
class Cursor:
    """Where text is wanted: the cell on both sides of the cursor, and the code cells above, oldest first."""

    before: str
    after: str = ""
    cells: tuple[str, ...] = ()
    language: str = "python"


@dataclass(frozen=True)
class Reach:
    """How much of the notebook is told, in characters before and after the cursor."""

    before: int = 3000
    after: int = 600


class Ghost:
    """One wish for ghost text: what to ask of a model of ``family``, and what to show of its answer."""

    def __init__(self, family: Family, cursor: Cursor, reach: Reach) -> None:
        self._family = family
        self._mark = f"{'//' if cursor.language.lower() in _SLASHED else '#'} %%"
        typed = redact_code(cursor.before)
        # A model writes the space together with the word after it, so that it must not be there already.
        last_line = typed.rpartition("\n")[2]
        self._space = typed[len(typed.rstrip(" \t")) :] if last_line.strip() else ""
        typed = typed.removesuffix(self._space)
        self.before = _end_of(f"{self._above(cursor.cells)}{self._mark}\n{typed}", reach.before)
        self.after = _start_of(redact_code(cursor.after), reach.after)
        self._is_within_a_line = bool(self.after.partition("\n")[0].strip())

    def request(self, encode: Callable[[str], Sequence[int]]) -> TextRequest | ChatRequest:
        """What to send; ``encode`` as for `nbcoder.models.infilling.infill`."""
        request = infill(self._family, self.before, self.after, encode, self._sampling)
        return replace(request, priority=GHOST_PRIORITY)

    def shown(self, answer: str) -> tuple[str, bool]:
        """What to show of ``answer``, as far as it has come, and whether more of it would not be shown."""
        text = read_infill(self._family, answer, self.before, self.after)
        if self._space:
            text = _without_start(text, self._space)
        kept = self._up_to_the_end(text)
        return kept.rstrip(), len(kept) < len(text)

    @property
    def _sampling(self) -> Sampling:
        tokens = _TOKENS_OF_A_LINE if self._is_within_a_line else _TOKENS_OF_A_BLOCK
        # A chat model may begin with an empty line before it says anything.
        stop = (("\n",) if self._is_within_a_line else ("\n\n",)) if self._family.infilling else ()
        return Sampling(temperature=0.0, max_tokens=tokens, stop=stop)

    def _above(self, cells: Sequence[str]) -> str:
        # Cells with a magic on top hold something else than code, our own requests among them.
        code = (redact_code(cell.strip("\n")) for cell in cells if cell.strip() and not cell.startswith("%%"))
        return "".join(f"{self._mark}\n{cell}\n\n" for cell in code)

    def _up_to_the_end(self, text: str) -> str:
        text = text.partition(f"\n{self._mark}")[0]
        if self._is_within_a_line:
            return text.partition("\n")[0]
        start = len(text) - len(text.lstrip("\n"))
        body = text[start:].partition("\n\n")[0]
        return text[:start] + "\n".join(body.split("\n")[:_MOST_LINES])


def _end_of(text: str, most: int) -> str:
    """The last lines of ``text``: at most ``most`` characters, the same front for a while as it grows."""
    surplus = len(text) - most
    if surplus <= 0:
        return text
    step = max(most // _STEPS, 1)
    cut = -(-surplus // step) * step
    line = text.find("\n", cut - 1) + 1
    return text[line or cut :]


def _start_of(text: str, most: int) -> str:
    """The first lines of ``text``, at most ``most`` characters."""
    if len(text) <= most:
        return text
    cut = text[:most]
    return cut[: cut.rfind("\n") + 1] or cut


def _without_start(text: str, start: str) -> str:
    """``text`` without as much of ``start`` as it begins with."""
    length = next((n for n, (a, b) in enumerate(zip(text, start, strict=False)) if a != b), None)
    return text[min(len(text), len(start)) if length is None else length :]
