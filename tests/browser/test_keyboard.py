"""Everything from the wish to the mended cell, and no mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.scripted_engine import Reply, long_answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.lab import Lab
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser

_TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

_FIRST = "missing.total(by='city', share='in percent')"
_OTHERS = ("answer = 1\nanswer", "answer = 2\nanswer", "answer = 3\nanswer")
_AGAIN = "answer = 'forty-two'\nanswer"


def test_the_whole_loop_with_the_keyboard_alone(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("keyboard", [])) as notebook:
        keys, page = notebook.page.keyboard, notebook.page

        keys.press("Shift+Enter")  # loads nbcoder; a new cell comes below, ready to be written in
        notebook.wait_for_run(0)
        scripted_engine.script(Reply(_FIRST, delay=0.1), Reply(_OTHERS), Reply(_AGAIN, delay=0.1))
        keys.type("%%generate the answer")
        keys.press("Shift+Enter")
        expect(notebook.suggestion("streaming").locator(".nbc-body")).to_contain_text("missing.total")
        code = notebook.suggestion().locator(".nbc-body")
        expect(notebook.suggestion().locator(".nbc-next")).to_contain_text("1/4")
        first = code.inner_text()
        keys.press("Alt+Shift+N")
        expect(notebook.suggestion().locator(".nbc-next")).to_contain_text("2/4")
        assert code.inner_text() != first

        keys.press("Alt+Shift+G")
        keys.type("in words")
        keys.press("Enter")
        expect(notebook.suggestion().locator(".nbc-body")).to_contain_text("forty-two")
        keys.press("Alt+Shift+R")
        notebook.suggestion("accepted")
        expect(notebook.output(2)).to_contain_text("forty-two")

        keys.press("Escape")
        while notebook.active() < len(notebook.sources()) - 1:
            keys.press("ArrowDown")
        keys.press("Enter")
        keys.type("len(answr)")
        scripted_engine.script(Reply("len(answer)", delay=0.1))
        keys.press("Shift+Enter")
        failed = page.locator(".jp-Cell", has_text="NameError")
        expect(failed).to_have_count(1)
        keys.press("Alt+Shift+F")
        expect(notebook.suggestion().locator(".cm-changedLine")).to_contain_text("len(answer)")
        keys.press("Alt+Shift+R")
        expect(page.locator(".nbc-below[data-state=accepted]")).to_be_visible()
        expect(notebook.output(3)).to_have_text("9")
        assert notebook.sources()[3] == "len(answer)"


def test_an_answer_is_stopped_by_key_while_another_suggestion_waits(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "stop-key", ["%%generate\nthe answer", "%%generate\nmany lines"]) as notebook:
        scripted_engine.script("answer = 42", Reply(long_answer(), delay=0.05))
        notebook.run(1)
        notebook.suggestion()
        notebook.start(2)
        expect(notebook.suggestion("streaming").locator(".nbc-body")).to_contain_text("line_1")
        notebook.page.keyboard.press("Escape")
        notebook.page.keyboard.press("Alt+Shift+S")
        scripted_engine.wait_until(lambda engine: engine.aborted == 1)


def test_a_change_is_taken_back_side_by_side_with_the_keyboard_alone(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    broken = "first = 1\n\n\n\nnumbers = [1, 2]\nsum(values)"
    with lab.open(browser, "columns-key", [broken]) as notebook:
        notebook.run(1)
        scripted_engine.script(broken.replace("first = 1", "first = 2").replace("(values)", "(numbers)"))
        keys = notebook.page.keyboard
        keys.press("Alt+Shift+F")
        suggested = notebook.suggestion().locator(".cm-mergeView .cm-content").last
        _tab_to(notebook.page, "Side by side")
        keys.press("Enter")
        expect(suggested).to_contain_text("first = 2")
        # The buttons between the columns are made anew when the editors have measured their lines.
        notebook.page.evaluate(_TWO_FRAMES)
        _tab_to(notebook.page, "Keep the old text here")
        keys.press("Enter")
        expect(suggested).to_contain_text("first = 1")
        expect(suggested).to_contain_text("sum(numbers)")
        expect(notebook.cell(1)).to_be_focused()
        _tab_to(notebook.page, "One column")
        keys.press("Enter")
        keys.press("Alt+Shift+R")
        expect(notebook.page.locator(".nbc-below[data-state=accepted]")).to_be_visible()
        expect(notebook.output(1)).to_have_text("3")
        assert notebook.sources()[1] == broken.replace("(values)", "(numbers)")


def _tab_to(page: Page, name: str) -> None:
    """Move the focus on until it is on the button of that name."""
    for _ in range(60):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
        )
        if label == name:
            return
    raise AssertionError(f"no way leads to {name!r} by Tab")
