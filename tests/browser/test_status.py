"""The engine in JupyterLab's status bar."""

from __future__ import annotations

import shutil
from threading import Event
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from nbcoder.paths import data_dir
from tests.browser.lab import Lab
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.engine.process.stage import Stage
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser


def test_an_engine_elsewhere_is_shown_with_what_it_does(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "status", ["%%generate\nsum"]) as notebook:
        item = notebook.page.locator(".nbc-engine-button")
        expect(item).to_have_text("scripted", timeout=15_000)
        expect(item).to_have_attribute("data-phase", "ready")
        expect(item).to_have_attribute("aria-label", "nbcoder: engine ready · scripted · 0 running")
        hold = Event()
        scripted_engine.script(Reply("1 + 1", hold=hold))
        notebook.start(1)
        # It looks every five seconds.
        expect(item).to_have_text("scripted · 1 running", timeout=15_000)
        expect(item).to_have_attribute("data-phase", "busy")
        hold.set()
        expect(item).to_have_attribute("data-phase", "ready", timeout=15_000)


def test_the_menu_opens_by_key_and_offers_no_control_of_an_engine_elsewhere(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    assert scripted_engine.requests == []
    with lab.open(browser, "status-menu") as notebook:
        item = notebook.page.locator(".nbc-engine-button")
        expect(item).to_have_attribute("data-phase", "ready")
        item.focus()
        notebook.page.keyboard.press("Enter")
        menu = notebook.page.locator(".lm-Menu")
        expect(menu).to_be_visible()
        stop = menu.locator(".lm-Menu-item", has_text="Stop the engine")
        expect(stop).to_have_attribute("aria-disabled", "true")
        notebook.page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(item).to_be_focused()


def test_our_engine_is_started_switched_and_stopped(
    browser: Browser, stage: Stage, isolated_home: Path
) -> None:
    other = data_dir() / "models" / "other-model"
    shutil.copytree(stage.model, other)
    (other / "nbcoder.json").write_text('{"source": "a test"}')
    stage.script(ready_after=1.5)
    variables = {"NBCODER_HOME": str(isolated_home)}
    (isolated_home / "config.toml").write_text(f'model = "{stage.model}"\n')
    with Lab(isolated_home / "lab", variables) as lab, lab.open(browser, "ours") as notebook:
        page = notebook.page
        item = page.locator(".nbc-engine-button")
        expect(item).to_have_text("engine off")
        _choose(page, "Start the engine")
        expect(item).to_have_attribute("data-phase", "starting")
        expect(item).to_have_text("tiny-model")
        _choose(page, "Switch the model…")
        dialog = page.get_by_role("dialog")
        option = dialog.locator("option", has_text="other-model")
        dialog.get_by_role("combobox").select_option(label=option.inner_text())
        dialog.get_by_role("button", name="Switch").click()
        expect(item).to_have_text("other-model")
        _choose(page, "Show the log of the engine")
        expect(dialog.locator(".nbc-log")).to_contain_text("other-model")
        page.keyboard.press("Escape")
        _choose(page, "Stop the engine")
        expect(item).to_have_text("engine off")


def _choose(page: Page, entry: str) -> None:
    page.locator(".nbc-engine-button").click()
    page.get_by_role("menuitem", name=entry, exact=True).click()
