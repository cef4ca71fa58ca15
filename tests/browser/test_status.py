"""The engine in JupyterLab's status bar."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab
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
