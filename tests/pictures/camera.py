"""Takes pictures of parts of a notebook, in one theme."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Locator

    from tests.browser.lab import Lab, NotebookPage

__all__ = ["THEMES", "Camera", "set_up"]

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
_IMAGES = Path(__file__).parents[2] / "docs/images"
_MARGIN = 8
"""Beside what is shown; above and below there are other cells."""
_SIZE = {"width": 920, "height": 1200}
_SALES = """\
import pandas as pd
sales = pd.DataFrame({"city": ["Rome", "Oslo", "Rome", "Lima"], "amount": [30, 40, 50, 20]})"""
_ONLY_OURS = "#jp-main-statusbar .jp-StatusBar-Item:not(:has(.nbc-engine-button)) { visibility: hidden }"
"""What is shown with the button is wider: the picture would end within its neighbours."""


class Camera:
    """Pictures of one notebook, named after what they show and the theme."""

    def __init__(self, notebook: NotebookPage, theme: str) -> None:
        self.notebook = notebook
        self._theme = theme

    def take(self, name: str, *parts: Locator, margin: float = _MARGIN) -> None:
        """A picture that holds all of ``parts``, which have to fit on the page."""
        page = self.notebook.page
        parts[0].scroll_into_view_if_needed()
        boxes = [box for part in parts if (box := part.bounding_box())]
        assert len(boxes) == len(parts), f"{name}: not everything is on the page"
        left = min(box["x"] for box in boxes) - margin
        top = min(box["y"] for box in boxes)
        right = max(box["x"] + box["width"] for box in boxes) + margin
        bottom = max(box["y"] + box["height"] for box in boxes)
        left, top = max(left, 0), max(top, 0)
        right, bottom = min(right, _SIZE["width"]), min(bottom, _SIZE["height"])
        page.screenshot(
            path=_IMAGES / f"{name}-{self._theme}.png",
            clip={"x": left, "y": top, "width": right - left, "height": bottom - top},
            animations="disabled",
        )

    def cells(self, name: str, first: int, last: int) -> None:
        """A picture of the cells from ``first`` to ``last``, with the mouse out of the way."""
        self.notebook.page.mouse.move(0, 0)
        self.take(name, self.notebook.cell(first), self.notebook.cell(last))

    def engine(self, name: str, *parts: Locator) -> None:
        """A picture of the engine's button in the status bar, with ``parts``."""
        page = self.notebook.page
        page.add_style_tag(content=_ONLY_OURS)
        self.take(name, *parts, page.locator(".nbc-engine-button"))


@contextmanager
def set_up(
    lab: Lab, browser: Browser, theme: str, sources: Sequence[str], app: str = "lab/tree"
) -> Iterator[Camera]:
    """A notebook of sales and these cells in that theme, nothing beside it; the sales are there."""
    lab.set("@jupyterlab/apputils-extension", "themes", {"theme": THEMES[theme]})
    # Of the same name, it would get the kernel of the one before.
    number = len(list(lab.folder.glob("*.ipynb"))) + 1
    path = lab.write(f"sales-{number}", [_SALES, *sources])
    with lab.open_fresh(browser, path, app) as notebook:
        notebook.page.set_viewport_size({"width": _SIZE["width"], "height": _SIZE["height"]})
        if app == "lab/tree":
            notebook.page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
        notebook.run(0)
        notebook.run(1)
        yield Camera(notebook, theme)
