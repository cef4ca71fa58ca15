"""Which view suits the place where a cell runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.kernel.colab import is_colab
from nbcoder.kernel.notebooks import VSCODE_FILE
from nbcoder.kernel.view import DisplayView, TerminalView

if TYPE_CHECKING:
    from nbcoder import wire
    from nbcoder.kernel.session import Session
    from nbcoder.kernel.view import View

__all__ = ["make_view"]

_PANEL_SCRIPT = Path(__file__).parent / "static/panel.js"
"""Built with the extension; what was built without that has text alone."""


def make_view(kind: wire.Kind, session: Session) -> View:
    """The view for the cell that runs now.

    Words need no panel: every frontend shows markdown.
    """
    if not hasattr(session.shell, "kernel"):
        return TerminalView(kind)
    if session.runs.has_frontend or kind == "explain" or not _wants_panel(session):
        return DisplayView(kind)
    from nbcoder.kernel.panel import PanelView  # noqa: PLC0415 - widgets take long to import

    return PanelView(kind, session.received, session.offer)


def _wants_panel(session: Session) -> bool:
    """Whether widgets are known to be shown here, or the user says so; without its script there is none."""
    if not _PANEL_SCRIPT.is_file():
        return False
    wanted = session.config.settings().panel
    if wanted != "auto":
        return wanted == "on"
    return VSCODE_FILE in session.shell.user_ns or is_colab()
