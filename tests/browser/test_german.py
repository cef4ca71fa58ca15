"""A person works in a JupyterLab that speaks German."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.lab import Lab
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser

_LANGUAGE = ("@jupyterlab/translation-extension", "plugin")


@pytest.fixture
def german_lab(lab: Lab) -> Iterator[Lab]:
    lab.set(*_LANGUAGE, {"locale": "de_DE"})
    yield lab
    lab.set(*_LANGUAGE, {"locale": "default"})


def test_a_suggestion_a_fix_its_refusal_and_the_history_speak_it_as_well(
    german_lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    path = german_lab.write("german", ["%%generate\ndie Antwort", "sum(values)"])
    with german_lab.open_fresh(browser, path) as notebook:
        page = notebook.page
        expect(page.locator("#jp-MainMenu")).to_contain_text("Bearbeiten")
        notebook.run(0)
        scripted_engine.script("answer = 42\nanswer")
        notebook.run(1)
        notebook.press("Annehmen")
        expect(notebook.suggestion("accepted").locator(".nbc-title")).to_have_text("Angenommen")
        notebook.run(3)
        expect(notebook.cell(3).locator(".nbc-fix")).to_contain_text("Reparieren")
        scripted_engine.script("sum([number])")
        notebook.cell(3).locator(".nbc-fix").click()
        fix = notebook.suggestion()
        notebook.type(3, "mine = 1")
        notebook.press("Annehmen")
        expect(fix.locator(".nbc-note").last).to_contain_text("inzwischen geändert")
        page.keyboard.press("Alt+Shift+H")
        expect(page.locator(".nbc-history")).to_contain_text("Vorschläge")


def test_what_the_kernel_says_is_said_in_it_as_well(german_lab: Lab, browser: Browser) -> None:
    path = german_lab.write("german-kernel", ["values = [1, 2]", "sum(valeus)"])
    with german_lab.open_fresh(browser, path) as notebook:
        notebook.run(0)
        notebook.run(1)
        notebook.run(2)
        notebook.cell(2).locator(".nbc-fix").click()
        expect(notebook.suggestion().locator(".nbc-hint")).to_contain_text("gibt es genau eine Abhilfe")
