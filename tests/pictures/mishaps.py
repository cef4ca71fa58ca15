"""Pictures of what comes before an offer, of trials that fail, and of decisions that are refused."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.pictures.camera import set_up
from tests.scripted_engine import Reply, RuleBook

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab
    from tests.pictures.camera import Camera
    from tests.scripted_engine import ScriptedEngine

__all__ = ["take"]

_ASK = "%%generate\nadd each sale's share, sum the shares by city, and save them as by_city.csv"
_WRITES = """\
sales["share"] = sales["amount"] / sales["amount"].sum()
by_city = sales.groupby("city")["share"].sum()
by_city.to_csv("by_city.csv")
by_city"""
_SLOW = """\
import time

for city in sales["city"]:
    time.sleep(2)  # as slow as asking a server
sales.groupby("city")["amount"].sum()"""
_ONLINE = 'pd.read_csv("https://example.com/cities.csv").merge(sales, on="city")'
_WRONG = 'sales["share"] = sales["revenue"] / sales["revenue"].sum()\nsales.groupby("town")["share"].sum()'
_BROKEN = "def spread(numbers):\n    return max(numbers) - min(values)\n\nspread(sales['amount'])"
_MENDED = _BROKEN.replace("min(values)", "min(numbers)")
_BUSY = "import time\ntime.sleep(10)"
_LOOP = """\
best = None
for city in sales["city"].unique():
    amount = int(sales.loc[sales["city"] == city, "amount"].sum())
    if best is None or amount > best[1]:
        best = (city, amount)
best"""
_SHORT = 'best = sales.groupby("city")["amount"].sum().idxmax()\nbest'
_MINE = "best = sales.nlargest(1, 'amount')"


def take(lab: Lab, browser: Browser, engine: ScriptedEngine, theme: str) -> None:
    """Every one of them in that theme."""
    engine.reset()
    with set_up(lab, browser, theme, [_ASK, _BROKEN, _LOOP, _BUSY]) as camera:
        _rounds(camera, engine)
        _refusals(camera, engine)
        _trials(camera, engine)
        _effects(camera, engine)
        _losses(camera, engine)


def _rounds(camera: Camera, engine: ScriptedEngine) -> None:
    notebook = camera.notebook
    notebook.run(3)
    notebook.start(5)
    notebook.cell(3).locator(".nbc-fix-all").click()
    notebook.suggestion("streaming").get_by_text("waiting for the kernel").wait_for()
    camera.cells("waiting", 3, 3)
    engine.script(Reply(_MENDED, delay=0.3))
    notebook.suggestion("streaming").locator(".nbc-body").get_by_text("return").first.wait_for()
    camera.cells("rounds", 3, 3)
    notebook.page.locator(".nbc-below[data-state=accepted]").wait_for()


def _refusals(camera: Camera, engine: ScriptedEngine) -> None:
    notebook, keys = camera.notebook, camera.notebook.page.keyboard
    notebook.run(4)
    engine.respond_with(RuleBook((), Reply(_SHORT)))
    keys.press("Alt+Shift+C")
    keys.press("r")
    notebook.suggestion().locator(".nbc-hint").wait_for()
    camera.cells("refactor", 4, 4)
    notebook.type(4, _MINE)
    notebook.press("Accept and run")
    notebook.suggestion().get_by_text("changed meanwhile").wait_for()
    camera.cells("refused", 4, 4)
    notebook.press("Reject")


def _trials(camera: Camera, engine: ScriptedEngine) -> None:
    notebook = camera.notebook
    engine.script(_SLOW)
    notebook.start(2)
    notebook.suggestion("streaming").get_by_text("trying it").wait_for()
    camera.cells("trying", 2, 2)
    notebook.press("Reject")
    notebook.cell(2).locator(".nbc-suggestion[data-state=rejected]").wait_for()
    camera.cells("rejected", 2, 2)
    for name, status, answer in (("untried", "unavailable", _ONLINE), ("failed", "error", _WRONG)):
        engine.respond_with(RuleBook((), Reply(answer)))
        notebook.run(2)
        notebook.suggestion().locator(f".nbc-outcome[data-status={status}]").wait_for()
        camera.cells(name, 2, 2)


def _effects(camera: Camera, engine: ScriptedEngine) -> None:
    notebook, hold = camera.notebook, Event()
    engine.script(Reply(_WRITES, hold=hold))
    notebook.start(2)
    notebook.suggestion("streaming").get_by_text("reading").wait_for()
    camera.cells("reading", 2, 2)
    expect(notebook.page.locator(".nbc-engine-button")).to_have_attribute("data-phase", "busy")
    camera.engine("engine-busy")
    hold.set()
    notebook.suggestion().get_by_text("would write").first.wait_for()
    camera.cells("effects", 2, 2)
    notebook.press("Accept and run")
    notebook.cell(2).get_by_text("not run").wait_for()
    camera.cells("left", 2, 3)


def _losses(camera: Camera, engine: ScriptedEngine) -> None:
    notebook = camera.notebook
    engine.script(_WRITES, Reply(_WRITES, delay=0.3))
    notebook.run(2)
    notebook.suggestion()
    notebook.restart_kernel()
    notebook.press("Accept and run")
    notebook.suggestion().get_by_role("alert").get_by_text("Ask again").wait_for()
    camera.cells("forgotten", 2, 2)
    notebook.run(0)
    notebook.run(1)
    notebook.start(2)
    notebook.suggestion("streaming").locator(".nbc-body").get_by_text("groupby").first.wait_for()
    notebook.restart_kernel()
    notebook.suggestion("stopped").get_by_text("the kernel is gone").wait_for()
    camera.cells("gone", 2, 2)
