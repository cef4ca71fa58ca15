"""Makes the pictures of `docs/images/` from a real run: ``python -m tests.browser.screenshots``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

from tests.browser.lab import Lab, chromium
from tests.scripted_engine import Reply, ScriptedEngine

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_IMAGES = Path(__file__).parents[2] / "docs/images"
_THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
_SALES = """\
import pandas as pd
sales = pd.DataFrame({"city": ["Rome", "Oslo", "Rome", "Lima"], "amount": [30, 40, 50, 20]})
sales.head(2)"""
_ASK = "%%generate\ntotal by city, largest first, with its share in percent"
_ANSWER = """\
by_city = sales.groupby("city")["amount"].agg(["sum", "mean"])
by_city["share"] = (by_city["sum"] / by_city["sum"].sum() * 100).round(1)
by_city.sort_values("sum", ascending=False)"""
_BROKEN = """\
def spread(numbers):
    low, high = min(numbers), max(number)
    return high - low

spread(sales["amount"])"""
_MENDED = _BROKEN.replace("max(number)", "max(numbers)")


def _take(lab: Lab, browser: Browser, engine: ScriptedEngine, theme: str) -> None:
    lab.set("@jupyterlab/apputils-extension", "themes", {"theme": _THEMES[theme]})
    with lab.open_fresh(browser, lab.write(f"sales-{theme}", [_SALES, _ASK, _BROKEN])) as notebook:
        page = notebook.page

        def picture(name: str) -> None:
            page.locator(".jp-NotebookPanel").screenshot(path=_IMAGES / f"{name}-{theme}.png")

        notebook.run(0)
        notebook.run(1)
        engine.script(Reply(_ANSWER, delay=0.1))
        notebook.start(2)
        notebook.suggestion("streaming").get_by_text("groupby").first.wait_for()
        picture("streaming")
        notebook.suggestion().locator("table").wait_for()
        picture("offer")
        page.keyboard.press("Alt+Shift+G")
        page.keyboard.type("without the mean")
        picture("wish")
        engine.script(_ANSWER.replace('["sum", "mean"]', '["sum"]'))
        page.keyboard.press("Enter")
        expect(notebook.suggestion().locator(".nbc-body")).not_to_contain_text("mean")
        page.keyboard.press("Alt+Shift+E")
        page.keyboard.type("# what each city brought in\n")
        picture("edit")
        page.keyboard.press("Control+Enter")
        notebook.suggestion("accepted")
        notebook.wait_for_run(3)
        picture("accepted")
        notebook.run(4)
        engine.script(_MENDED)
        notebook.cell(4).locator(".nbc-fix").click()
        notebook.suggestion().locator(".cm-deletedChunk").wait_for()
        notebook.suggestion().scroll_into_view_if_needed()
        picture("fix")
        notebook.press("Side by side")
        notebook.suggestion().locator(".cm-mergeView").wait_for()
        picture("columns")
        notebook.press("One column")
        notebook.press("Accept and run")
        page.locator(".nbc-below[data-state=accepted]").wait_for()
        notebook.output(4).get_by_text("30").wait_for()
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
