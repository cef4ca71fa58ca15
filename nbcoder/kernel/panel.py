"""A Jupyter widget for frontends without our extension, which is one more frontend on the same wire."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import anywidget
import traitlets

from nbcoder import wire
from nbcoder.kernel.colours import pieces
from nbcoder.kernel.runs import Run
from nbcoder.kernel.view import DisplayView
from nbcoder.notebook.cells import Notebook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from comm.base_comm import BaseComm

    from nbcoder.suggest import Suggestion

__all__ = ["PanelView"]

_STATIC = Path(__file__).parent / "static"
_MIME = "application/vnd.jupyter.widget-view+json"


class Panel(anywidget.AnyWidget):
    """What the browser shows: an answer, and the coloured cells of it and of its alternatives."""

    _esm = _STATIC / "panel.js"
    _css = _STATIC / "panel.css"
    answer = traitlets.Dict().tag(sync=True)
    pieces: traitlets.List[list[list[list[str]]]] = traitlets.List().tag(sync=True)
    own_id = traitlets.Unicode().tag(sync=True)
    """For its code in the browser to find its own model, which knows whether the kernel is still there."""

    def __init__(self) -> None:
        super().__init__()
        self.own_id = self.model_id

    def present(self, answer: wire.Answer) -> None:
        """Show it: the text so far, or the cells of the offer."""
        offer = answer.get("offer")
        answers = [[wire.NewCell(type="code", source=answer["text"])]]
        if offer is not None:
            answers = [offer["cells"], *(other["cells"] for other in offer.get("alternatives", ()))]
        with self.hold_sync():
            self.answer = dict(answer)
            self.pieces = [[_pieces(cell) for cell in cells] for cells in answers]


def _pieces(cell: wire.NewCell) -> list[list[str]]:
    return pieces(cell["source"], is_code=cell["type"] == "code")


class PanelView(DisplayView):
    """The answer streams into a panel; once it is complete, its markdown is kept in the notebook as well.

    ``received`` is told what the user decided, with the way back to the panel; ``offer_of`` makes the
    message that the panel shows.
    """

    def __init__(
        self,
        kind: wire.Kind,
        received: Callable[[Run, Mapping[str, Any]], None],
        offer_of: Callable[[Suggestion], wire.Offer],
    ) -> None:
        self._panel = Panel()
        self._offer_of = offer_of
        run = Run(cast("BaseComm", self._panel), Notebook(()), self._panel.model_id, size=0)
        self._panel.on_msg(lambda _, message, __: received(run, message))
        self._shown: wire.Offer | None = None
        super().__init__(kind)

    def offered(self, suggestion: Suggestion, offer: wire.Offer | None) -> None:
        """Show it with what can be decided, also where the first answer is the next cell."""
        self._shown = offer or self._offer_of(suggestion)
        super().offered(suggestion, offer)

    def restart(self) -> None:
        """Forget what came before."""
        self._shown = None
        super().restart()

    def _publish(self) -> None:
        answer = self._answer()
        if self._shown is not None:
            answer["offer"] = {**self._shown, "state": self._state}
        self._panel.present(answer)
        if self._state not in ("streaming", "checking"):
            super()._publish()

    def _bundle(self) -> dict[str, object]:
        is_decided = self._state in ("accepted", "rejected", "stopped")
        widget = {"version_major": 2, "version_minor": 1, "model_id": self._panel.model_id}
        return {**({} if is_decided else {_MIME: widget}), **super()._bundle()}
