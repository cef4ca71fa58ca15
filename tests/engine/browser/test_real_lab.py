"""A person works in JupyterLab with the real vLLM and a real model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import ghost_text, switch_ghost_text
from tests.engine.asking import running, wait_for_running
from tests.engine.real import SMALL

if TYPE_CHECKING:
    import httpx
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab

pytestmark = [
    pytest.mark.engine,
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("real_engine"),
]

_TABLE = "import pandas as pd\nsales = pd.DataFrame({'city': ['Bern', 'Basel', 'Bern'], 'units': [1, 2, 3]})"


def test_a_cell_is_generated_and_runs_on_the_live_data(lab: Lab, browser: Browser) -> None:
    with lab.open(browser, "real", [_TABLE, "%%generate\nsaved"]) as notebook:
        notebook.run(1)
        notebook.type(2, "%%generate\nGroup the sales by city and sum the units")
        notebook.start(2)
        notebook.suggestion().locator(".nbc-token").first.wait_for()
        assert len(notebook.sources()) == 3
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        notebook.wait_for_run(3)
        assert {"Bern", "Basel", "4", "2"} <= set(notebook.output(3).inner_text().split())
        assert notebook.metadata(3)["model"] == SMALL


def test_a_failing_cell_is_fixed_and_runs(lab: Lab, browser: Browser) -> None:
    with lab.open(browser, "real-fix", ["numbers = [1, 2, 3]", "max[numbers]"]) as notebook:
        notebook.run(1)
        notebook.run(2)
        notebook.cell(2).locator(".nbc-fix").click()
        notebook.suggestion().locator(".cm-changedLine").first.wait_for()
        notebook.press("Accept and run")
        expect(notebook.output(2)).to_have_text("3")


def test_ghost_text_goes_on_at_the_cursor(lab: Lab, browser: Browser) -> None:
    with lab.open(browser, "real-ghost", ["", "print(add(1, 2))"]) as notebook:
        ready = ".nbc-engine-button[data-phase=ready]"
        notebook.page.locator(ready).wait_for()
        switch_ghost_text(notebook, on=True)
        notebook.type(1, "def add(first, second):\n    return first +")
        ghost_text(notebook).get_by_text("second").wait_for()
        notebook.page.keyboard.press("Tab")
        assert notebook.sources()[1].split() == [
            "def",
            "add(first,",
            "second):",
            "return",
            "first",
            "+",
            "second",
        ]
        switch_ghost_text(notebook, on=False)


def test_stop_frees_the_engine(lab: Lab, browser: Browser, http: httpx.Client) -> None:
    wish = "%%generate --max-tokens 900\nA class for matrices with thirty methods, each with a long docstring"
    with lab.open(browser, "real-stop", [wish]) as notebook:
        wait_for_running(http, 0)
        notebook.start(1)
        notebook.suggestion("streaming").locator(".nbc-code").get_by_text("class").first.wait_for()
        assert running(http) == 1
        notebook.suggestion("streaming").get_by_role("button", name="Stop").click()
        notebook.suggestion("stopped")
        wait_for_running(http, 0)
