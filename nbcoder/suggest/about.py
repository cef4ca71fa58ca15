"""The words of requests about a cell that is there: to explain, document, test or refactor it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcoder.models.fences import fenced

if TYPE_CHECKING:
    from nbcoder.context.secrets.veil import Veil
    from nbcoder.suggest.request import Request

__all__ = ["about_cell"]

_WORKS = "This cell works:"
_DOCUMENT = (
    "Write the whole cell again with a docstring in each function and class, and with short comments where "
    "the code does not say what it is for. Leave every statement as it is."
)
_TESTS = (
    "Write a new cell that tests it with at most eight assert statements: usual values, limits, wrong input. "
    "Use what this cell defines; do not define it again. Call each test function that you write."
)
_REFACTOR = (
    "Write the whole cell again, simpler and easier to read: without repetition, with clear names inside of "
    "functions. It has to do exactly the same: the same variables, the same result, the same output."
)
_TASKS = {
    "fix": ("This cell has a mistake:", "Write the whole cell again, mended. Change only what is needed."),
    "explain": ("Explain this cell: what it does, and why.",),
    "document": (_WORKS, _DOCUMENT),
    "tests": (_WORKS, _TESTS),
    "refactor": (_WORKS, _REFACTOR),
}
"""What stands before the cell, and after it."""


def about_cell(request: Request, veil: Veil) -> str:
    """What is asked of the request's subject, seen through its veil, with the user's wish at its end."""
    first, *then = _TASKS[request.kind]
    wish = [f"The user's wish: {veil.asked}"] if veil.asked else []
    return "\n".join([first, fenced(veil.shown), *then, *wish])
