"""Makes the pictures of `docs/images/` from a real run: ``python -m tests.browser.screenshots``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.lab import Lab, chromium
from tests.scripted_engine import Reply, ScriptedEngine

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_IMAGES = Path(__file__).parents[2] / "docs/images"
_THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
_SALES = """\
import pandas as pd
sales = pd.DataFrame({"city": ["Rome", "Oslo", "Rome"], "amount": [3, 4, 5]})
sales"""
_ASK = "%%generate\nsum of the amounts by city, largest first"
_ANSWER = """\
by_city = sales.groupby("city")["amount"].sum()
by_city.sort_values(ascending=False)"""
_BROKEN = """\
def mean(numbers):
    return sum(numbers) / len(number)

mean(sales["amount"])"""
_MENDED = _BROKEN.replace("len(number)", "len(numbers)")


def _take(lab: Lab, browser: Browser, engine: ScriptedEngine, theme: str) -> None:
    lab.set("@jupyterlab/apputils-extension", "themes", {"theme": _THEMES[theme]})
    with lab.open(browser, f"sales-{theme}", [_SALES, _ASK, _BROKEN]) as notebook:

        def picture(name: str) -> None:
            notebook.page.locator(".jp-NotebookPanel").screenshot(path=_IMAGES / f"{name}-{theme}.png")

        notebook.run(1)
        engine.script(Reply(_ANSWER, delay=0.2))
        notebook.start(2)
        notebook.suggestion("streaming").get_by_text("groupby").first.wait_for()
        picture("streaming")
        notebook.suggestion()
        picture("offer")
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        notebook.wait_for_run(3)
        picture("accepted")
        notebook.run(4)
        engine.script(_MENDED)
        notebook.cell(4).locator(".nbc-fix").click()
        notebook.suggestion().locator(".cm-deletedChunk").wait_for()
        picture("fix")
        notebook.press("Accept and run")
        notebook.page.locator(".nbc-below[data-state=accepted]").wait_for()
        picture("fixed")


def main() -> None:
    """Take every picture in every theme."""
    _IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        ScriptedEngine() as engine,
        Lab(Path(folder), engine.url) as lab,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for theme in _THEMES:
            _take(lab, browser, engine, theme)
        browser.close()


if __name__ == "__main__":
    main()
