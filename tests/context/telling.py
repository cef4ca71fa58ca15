"""Shortcuts: a situation in, the text that the model would get out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbcoder.context import Executed, Situation
from nbcoder.context.collect import collect
from nbcoder.context.describe import Describer, Description
from nbcoder.context.layout import Prompt, lay_out
from nbcoder.notebook.cells import Cell, CellError, Notebook, Output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["cell", "count", "describe", "notebook", "prompt", "ran", "tell", "words_of"]

FRAME = 7
"""Tokens that `count` adds to every text, as a chat message's frame does."""


def count(text: str) -> int:
    """A tokenizer that cuts every three characters."""
    return -(-len(text) // 3) + FRAME


def describe(value: object) -> Description:
    """The description of one object."""
    return Describer().describe(value)


def words_of(value: object) -> str:
    """The whole description of one object as one text."""
    description = describe(value)
    return "\n".join([description.head, *description.lines])


def cell(source: str, number: int = 0, *shown: str, error: CellError | None = None) -> Cell:
    """A code cell with the id ``c<number>`` that was executed if ``number`` is not 0."""
    outputs = tuple(Output("result", text) for text in shown)
    return Cell(source, id=f"c{number}", execution_count=number or None, outputs=outputs, error=error)


def ran(*cells: Cell) -> list[Executed]:
    """The runs of ``cells`` in this order."""
    return [Executed(cell.id, cell.source, number, cell.error) for number, cell in enumerate(cells, start=1)]


def notebook(*cells: Cell) -> Notebook:
    """A page of those cells."""
    return Notebook(cells)


def prompt(
    namespace: Mapping[str, object] | None = None,
    cells: Sequence[Cell] = (),
    budget: int = 4000,
    **more: Any,
) -> Prompt:
    """The prompt of a page whose cells ran from top to bottom."""
    given: dict[str, Any] = {"notebook": Notebook(tuple(cells)), "executed": ran(*cells)} | more
    return lay_out(collect(Situation(namespace=namespace or {}, **given)), budget, count)


def tell(namespace: Mapping[str, object] | None = None, cells: Sequence[Cell] = (), **more: Any) -> str:
    """The text of that prompt."""
    return prompt(namespace, cells, **more).text
