"""Colab's page: the live notebook, and which of its cells runs. Nothing of it is documented by Colab."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbcoder.notebook.cells import Notebook
from nbcoder.notebook.outputs import cell_from_json, plain_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell

    from nbcoder.notebook.cells import Cell

__all__ = ["ColabPage", "id_of_run", "is_colab"]

_SECONDS = 3
"""For the page to answer; where another frontend uses a kernel of Colab's, it never does."""


def is_colab() -> bool:
    """Whether this kernel was started by Colab, which loads its own package into each."""
    return "google.colab" in sys.modules


def id_of_run(shell: InteractiveShell, info: ExecutionInfo) -> str:
    """The id of the cell that runs, as its notebook has it; '' where the frontend has none to give."""
    return (_id_in_colab(shell) if is_colab() else "") or info.cell_id or ""


def _id_in_colab(shell: InteractiveShell) -> str:
    get_parent: Callable[[], Any] | None = getattr(shell, "get_parent", None)
    try:
        return str(get_parent()["metadata"]["colab"]["cell_id"]) if get_parent is not None else ""
    except (LookupError, TypeError):
        return ""


class ColabPage:
    """Asks the page for its notebook once for each request: it is sent as a whole, with its pictures."""

    def __init__(self) -> None:
        self._last: tuple[object, Notebook | None] = (None, None)

    def notebook(self, request: object) -> Notebook | None:
        """The unsaved notebook; None outside of Colab, or where its page does not answer in time."""
        if self._last[0] is not request:
            self._last = request, _ask()
        return self._last[1]


def _ask() -> Notebook | None:
    message: Any = sys.modules.get("google.colab._message")
    if message is None:
        return None
    try:
        answer = message.blocking_request("get_ipynb", timeout_sec=_SECONDS)
        return Notebook(tuple(_cell(node) for node in answer["ipynb"]["cells"]))
    except Exception:  # noqa: BLE001 - whatever becomes of an interface that nobody promised, there is another source
        return None


def _cell(node: dict[str, Any]) -> Cell:
    """Colab writes an older format, in which a cell has no id of its own."""
    metadata = node.get("metadata") or {}
    return replace(cell_from_json(node), id=plain_text(metadata.get("id")))
