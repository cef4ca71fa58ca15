"""The notebook as best this kernel can know it: the live page, else the saved file, else what was run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.kernel.colab import ColabPage
from nbcoder.kernel.tracker import is_ours
from nbcoder.notebook.cells import Cell, Notebook
from nbcoder.notebook.outputs import cell_from_json

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nbcoder.kernel.runs import Runs
    from nbcoder.kernel.tracker import Tracker
    from nbcoder.suggest import Request

__all__ = ["VSCODE_FILE", "Notebooks"]

VSCODE_FILE = "__vsc_ipynb_file__"
"""The name under which VS Code tells a kernel the path of its notebook."""

_LARGEST_FILE = 64 * 2**20


class Notebooks:
    """Finds the notebook anew for each request."""

    def __init__(self, shell: InteractiveShell, tracker: Tracker, runs: Runs) -> None:
        self._shell, self._tracker, self._runs = shell, tracker, runs
        self._colab = ColabPage()

    def current(self, request: Request) -> Notebook:
        """The freshest notebook there is; its ``source`` says which it was.

        Cells of ours are left out, but for the one that asks: it marks the place.
        """
        run = self._runs.find(request.cell_id)
        notebook = self._without_extension(request) if run is None else run.notebook
        return self._executed() if notebook is None else _without_ours(notebook, request.cell_id)

    def _without_extension(self, request: Request) -> Notebook | None:
        saved = self._shell.user_ns.get(VSCODE_FILE)
        # VS Code can use kernels of Colab's, where no page of Colab's would answer.
        return _read_saved(Path(saved)) if type(saved) is str else self._colab.notebook(request)

    def _executed(self) -> Notebook:
        return Notebook(
            tuple(
                Cell(ran.source, id=ran.cell_id, execution_count=ran.execution_count, error=ran.error)
                for ran in self._tracker.executed
            ),
            source="history",
        )


def _read_saved(path: Path) -> Notebook | None:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            return None
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return Notebook(tuple(cell_from_json(cell) for cell in cells), str(path), source="file")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # a file that cannot be read is the normal case of the next rung: history


def _without_ours(notebook: Notebook, asking: str) -> Notebook:
    """Cells that ask us something would teach the model to ask instead of to answer."""
    kept = tuple(
        cell
        for cell in notebook.cells
        if cell.type != "code" or not is_ours(cell.source) or (asking and cell.id == asking)
    )
    return Notebook(kept, notebook.path, notebook.source)
