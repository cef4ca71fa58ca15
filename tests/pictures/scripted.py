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

__all__ = ["take", "take_seven", "take_widget"]

_ASK = "%%generate\ntotal by city, largest first, its share in percent as another column"
_ANSWER = """\
by_city = sales.groupby("city")["amount"].agg(["sum", "mean"])
by_city["share"] = (by_city["sum"] / by_city["sum"].sum() * 100).round(1)
by_city.sort_values("sum", ascending=False)"""
_BROKEN = """\
def spread(numbers):
    low, high = min(numbers), max(values)
    return high - low

spread(sales["amount"])"""
_MENDED = _BROKEN.replace("max(values)", "max(numbers)")
_DEFINES = """\
def shares(numbers):
    return [number / total for number in numbers]"""
_DEFINES_WELL = _DEFINES.replace("    return", "    total = sum(numbers)\n    return")
_TESTS = "assert shares([1, 3]) == [0.25, 0.75]\nassert sum(shares([2, 5, 9])) == 1"
_EXPLANATION = """\
`shares` divides each number by the total, so that the results add up to **1**.

- `total` is the sum of all numbers.
- The list comes back in the order of `numbers`; an empty one gives an empty list."""
_CALLS = 'shares(sales["amount"])'


def take(lab: Lab, browser: Browser, engine: ScriptedEngine, theme: str) -> None:
    """Every state in that theme."""
    engine.reset()
    with set_up(lab, browser, theme, [_ASK, _BROKEN, _DEFINES, _CALLS]) as camera:
        _answers(camera, engine)
        _decisions(camera, engine)
        _fixes(camera, engine)
        _cause(camera, engine)
        _about_cells(camera, engine)
        _overviews(camera)


def take_seven(lab: Lab, browser: Browser, engine: ScriptedEngine, theme: str) -> None:
    """The panel in Notebook 7, in that theme."""
    engine.reset()
    engine.script(_ANSWER)
    with set_up(lab, browser, theme, [_ASK], app="notebooks") as camera:
        camera.notebook.run(2)
        camera.notebook.suggestion().locator("td").first.wait_for()
        page = camera.notebook.page
        page.set_viewport_size({"width": 920, "height": 670})
        page.mouse.move(0, 0)
        camera.take("seven", page.locator("#main"), margin=0)


def take_widget(lab: Lab, browser: Browser, engine: ScriptedEngine, theme: str) -> None:
    """The panel where our extension is not there, in that theme."""
    engine.reset()
    with set_up(lab, browser, theme, [_ASK]) as camera:
        others = tuple(_ANSWER.replace('["sum", "mean"]', f'["sum", "{name}"]') for name in ("max", "min"))
        engine.script(_ANSWER.replace("sales.", "orders."), Reply((_ANSWER, *others)))
        camera.notebook.run(2)
        camera.notebook.page.locator(".nbc-widget[data-state=ready]").wait_for()
        camera.notebook.page.frame_locator(".nbc-widget iframe").locator("td").first.wait_for()
        camera.cells("widget", 2, 3)


def _answers(camera: Camera, engine: ScriptedEngine) -> None:
    notebook = camera.notebook
    engine.script(Reply(_ANSWER, delay=0.3))
    notebook.start(2)
    notebook.suggestion("streaming").get_by_text("round").first.wait_for()
    camera.cells("streaming", 2, 2)
    notebook.suggestion("streaming").get_by_role("button", name="Stop").click()
    notebook.suggestion("stopped")
    camera.cells("stopped", 2, 2)
    others = tuple(_ANSWER.replace('["sum", "mean"]', f'["sum", "{name}"]') for name in ("max", "min"))
    engine.script(_ANSWER.replace("sales.", "orders."), Reply((_ANSWER, *others)))
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
    expect(notebook.suggestion().locator(".nbc-body")).to_contain_text('agg(["sum"])')
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


def _about_cells(camera: Camera, engine: ScriptedEngine) -> None:
    notebook, keys = camera.notebook, camera.notebook.page.keyboard
    notebook.press("Accept and run all of them")
    notebook.output(6).get_by_text("0.2").first.wait_for()
    notebook.cell(5).locator(".jp-InputPrompt").click()
    keys.press("Alt+Shift+C")
    menu = notebook.page.locator(".lm-Menu").last
    menu.wait_for()
    camera.take("menu", notebook.cell(5), menu)
    engine.script(_TESTS)
    keys.press("t")
    notebook.suggestion().get_by_text("assert").first.wait_for()
    camera.cells("tests", 5, 5)
    keys.press("Alt+Shift+X")
    engine.script(_EXPLANATION)
    keys.press("Alt+Shift+C")
    keys.press("e")
    notebook.suggestion().locator(".nbc-prose").wait_for()
    camera.cells("explanation", 5, 5)
    keys.press("Alt+Shift+X")


def _overviews(camera: Camera) -> None:
    page = camera.notebook.page
    page.keyboard.press("Alt+Shift+H")
    history = page.locator(".nbc-history")
    history.locator("li").first.wait_for()
    camera.take("history", history.locator(".nbc-history-title"), history.locator("li").last)
    page.evaluate("() => void window.jupyterapp.commands.execute('nbcoder:guide')")
    guide = page.locator(".jp-Dialog-content", has=page.locator(".nbc-guide-body"))
    guide.wait_for()
    camera.take("guide", guide, margin=0)
