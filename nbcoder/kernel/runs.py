"""The comms that frontends open, one for each run of a cell of ours, with the notebook as they show it."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbcoder import wire
from nbcoder.notebook.cells import Notebook
from nbcoder.notebook.outputs import cell_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comm.base_comm import BaseComm

__all__ = ["Run", "Runs", "read_snapshot"]

_MOST_BYTES = 64 * 2**20


@dataclass
class Run:
    """One run of a cell: the notebook at that moment, and the way back to the tab that ran it."""

    comm: BaseComm
    notebook: Notebook
    cell_id: str
    size: int

    def send(self, message: wire.FromKernel) -> None:
        """Send to the tab that ran the cell; a tab that is gone loses it without an error."""
        self.comm.send(dict(message))

    def forget(self) -> None:
        """Let go of the notebook: a later run has a newer one. The tab can still be answered."""
        self.notebook = Notebook((), self.notebook.path)


class Runs:
    """The newest run of each cell, bounded by bytes: in Run All all snapshots come before the first run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self.has_frontend = False
        """Whether our extension has ever announced a run."""

    def add(self, run: Run) -> None:
        """Keep ``run`` as the newest of its cell."""
        self.has_frontend = True
        with self._lock:
            if (older := self._runs.pop(run.cell_id, None)) is not None:
                older.forget()
            self._runs[run.cell_id] = run
            while len(self._runs) > 1 and sum(r.size for r in self._runs.values()) > _MOST_BYTES:
                self._runs.popitem(last=False)[1].comm.close()

    def find(self, cell_id: str, source: str | None = None) -> Run | None:
        """The run of that cell; with ``source``, only if the snapshot shows the text that is executed."""
        with self._lock:
            run = self._runs.get(cell_id)
        if run is None or source is None:
            return run
        index = run.notebook.index(cell_id)
        shown = None if index is None else run.notebook.cells[index].source
        return run if shown is not None and shown.strip() == source.strip() else None

    def close(self) -> None:
        """Close every comm."""
        with self._lock:
            while self._runs:
                self._runs.popitem()[1].comm.close()


def read_snapshot(comm: BaseComm, data: Mapping[str, Any]) -> Run | None:
    """The run that a frontend announces; None when the message is not one of ours."""
    cells = data.get("cells")
    if data.get("type") != "snapshot" or data.get("v") != wire.VERSION or not isinstance(cells, list):
        return None
    notebook = Notebook(
        tuple(cell_from_json(cell) for cell in cells if isinstance(cell, dict)), str(data.get("path", ""))
    )
    return Run(comm, notebook, str(data.get("cellId", "")), len(json.dumps(data, default=str)))
