"""Pictures of every state, with an engine that says what is needed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.pictures.camera import set_up
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab
    from tests.pictures.camera import Camera
    from tests.scripted_engine import ScriptedEngine

__all__ = ["take"]

_SALES = """\
import pandas as pd
sales = pd.DataFrame({"city": ["Rome", "Oslo", "Rome", "Lima"], "amount": [30, 40, 50, 20]})"""
_ASK = "%%generate\ntotal by city, largest first, its share in percent as another column"
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
_DEFINES = """\
def shares(numbers):
    return [number / total for number in numbers]"""
_DEFINES_WELL = _DEFINES.replace("    return", "    total = sum(numbers)\n    return")
_CALLS = 'shares(sales["amount"])'


def take(lab: Lab, browser: Browser, engine: ScriptedEngine, theme: str) -> None:
    """Every state in that theme."""
    engine.reset()
    with set_up(lab, browser, theme, [_SALES, _ASK, _BROKEN, _DEFINES, _CALLS]) as camera:
        _answers(camera, engine)
        _decisions(camera, engine)
        _fixes(camera, engine)
        _cause(camera, engine)


def _answers(camera: Camera, engine: ScriptedEngine) -> None:
    notebook = camera.notebook
    engine.script(Reply(_ANSWER, delay=0.1))
    notebook.start(2)
    notebook.suggestion("streaming").get_by_text("round").first.wait_for()
    camera.cells("streaming", 2, 2)
    notebook.suggestion("streaming").get_by_role("button", name="Stop").click()
    notebook.suggestion("stopped")
    camera.cells("stopped", 2, 2)
    others = tuple(_ANSWER.replace('["sum", "mean"]', f'["sum", "{name}"]') for name in ("max", "min"))
    engine.script(_ANSWER.replace("sales.", "sale."), Reply((_ANSWER, *others)))
    notebook.run(2)
    expect(notebook.suggestion().locator(".nbc-next")).to_contain_text("1/4")
    notebook.page.keyboard.press("Alt+Shift+N")
    expect(notebook.suggestion().locator(".nbc-next")).to_contain_text("2/4")
    camera.cells("alternatives", 2, 2)


def _decisions(camera: Camera, engine: ScriptedEngine) -> None:
    notebook, keys = camera.notebook, camera.notebook.page.keyboard
    keys.press("Alt+Shift+G")
    keys.type("without the mean")
    camera.cells("wish", 2, 2)
    engine.script(_ANSWER.replace('["sum", "mean"]', '["sum"]'))
    keys.press("Enter")
    expect(notebook.suggestion().locator(".nbc-body")).not_to_contain_text("mean")
    keys.press("Alt+Shift+E")
    keys.type("# what each city brought in\n")
    camera.cells("edit", 2, 2)
    keys.press("Control+Enter")
    notebook.suggestion("accepted")
    notebook.wait_for_run(3)
    camera.cells("accepted", 2, 3)


def _fixes(camera: Camera, engine: ScriptedEngine) -> None:
    notebook = camera.notebook
    notebook.run(4)
    engine.script(_MENDED)
    notebook.cell(4).locator(".nbc-fix").click()
    notebook.suggestion().locator(".cm-deletedChunk").wait_for()
    notebook.press("Side by side")
    notebook.suggestion().locator(".cm-mergeView").wait_for()
    camera.cells("columns", 4, 4)
    notebook.press("One column")
    notebook.press("Accept and run")
    notebook.page.locator(".nbc-below[data-state=accepted]").wait_for()
    notebook.output(4).get_by_text("30").wait_for()
    camera.cells("fixed", 4, 4)


def _cause(camera: Camera, engine: ScriptedEngine) -> None:
    notebook = camera.notebook
    notebook.run(5)
    notebook.run(6)
    engine.script(_DEFINES_WELL)
    notebook.cell(6).locator(".nbc-fix").click()
    notebook.cell(5).locator(".cm-changedLine").wait_for()
    camera.cells("cause", 5, 6)
