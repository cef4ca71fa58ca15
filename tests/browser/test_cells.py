"""What a person does with a cell that works, and with suggestions of before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab, NotebookPage
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser

_DOUBLE = "def double(x):\n    return 2 * x"
_DOCUMENTED = 'def double(x):\n    """Twice x."""\n    return 2 * x'
_ASK = "%%generate\nthe answer"


def test_a_cell_is_documented_tested_and_explained_by_keys_alone(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "cell-menu", [_DOUBLE]) as notebook:
        keyboard = notebook.page.keyboard
        notebook.run(1)
        scripted_engine.script(_DOCUMENTED, "assert double(2) == 4", "It **doubles**.")
        keyboard.press("Alt+Shift+C")
        keyboard.press("d")
        offer = notebook.suggestion()
        expect(offer.locator(".nbc-title")).to_have_text("Documentation")
        expect(offer.locator(".cm-changedLine")).to_contain_text("Twice x")
        keyboard.press("Alt+Shift+A")
        notebook.suggestion("accepted")
        assert notebook.sources()[1] == _DOCUMENTED
        keyboard.press("Alt+Shift+C")
        keyboard.press("t")
        expect(notebook.suggestion().locator(".nbc-verdict")).to_contain_text("Ran in a copy")
        keyboard.press("Alt+Shift+A")
        expect(notebook.cell(2)).to_be_visible()
        assert notebook.sources()[2] == "assert double(2) == 4"
        notebook.cell(1).locator(".jp-InputPrompt").click()
        keyboard.press("Alt+Shift+C")
        keyboard.press("e")
        expect(notebook.suggestion().locator(".nbc-prose strong")).to_have_text("doubles")
        keyboard.press("Alt+Shift+A")
        expect(notebook.cell(2).locator(".jp-RenderedMarkdown strong")).to_have_text("doubles")


def test_a_request_that_still_waits_is_stopped_as_well_when_another_takes_its_place(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    busy = "import os\nwhile not os.path.exists('explained'):\n    pass\n'went on'"
    with lab.open(browser, "explain-twice", ["6 * 7", busy]) as notebook:
        notebook.run(1)
        notebook.start(2)
        notebook.cell(1).locator(".jp-InputPrompt").click()
        long = Reply("".join(f"assert {number} == {number}\n" for number in range(400)), delay=0.05)
        scripted_engine.respond_with(
            lambda body: Reply("It **adds**.") if "xplain" in str(body["messages"]) else long
        )
        for key in "te":
            notebook.page.keyboard.press("Alt+Shift+C")
            notebook.page.keyboard.press(key)
        expect(notebook.page.locator(".nbc-suggestion .nbc-title")).to_have_text("Waiting")
        (lab.folder / "explained").touch()
        expect(notebook.suggestion().locator(".nbc-prose strong")).to_have_text("adds")
        expect(notebook.output(2)).to_contain_text("went on")
        assert scripted_engine.running == 0


def test_a_refactored_cell_says_what_it_does_otherwise_and_is_refused_when_the_cell_changed(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "refactor", ["total = 1 + 2\ntotal"]) as notebook:
        notebook.run(1)
        scripted_engine.respond_with(lambda _: Reply("total = 4\ntotal"))
        notebook.cell(1).locator(".jp-InputPrompt").click(button="right")
        notebook.page.locator(".lm-Menu-item", has_text="nbcoder").last.hover()
        notebook.page.locator(".lm-Menu-item", has_text="Refactor").click()
        offer = notebook.suggestion()
        expect(offer.locator(".nbc-hint")).to_contain_text("its result is 4 instead of 3")
        notebook.type(1, "mine = 1")
        notebook.press("Accept")
        expect(offer.locator(".nbc-note").last).to_contain_text("changed meanwhile")
        assert notebook.sources()[1] == "mine = 1"


def test_a_mended_cause_is_run_with_the_cells_that_depend_on_it(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    cells = ["def rate(x):\n    return x / 0", "half = rate(4)\nhalf", "print('more', half)"]
    with lab.open(browser, "dependants", cells) as notebook:
        for index in (1, 2, 3):
            notebook.run(index)
        scripted_engine.script("def rate(x):\n    return x / 2")
        notebook.cell(2).locator(".nbc-fix").click()
        offer = notebook.cell(1).locator(".nbc-suggestion[data-state=ready]")
        dependants = offer.locator(".nbc-dependants")
        expect(dependants).to_contain_text("[3] uses rate")
        expect(dependants).to_contain_text("[4] uses half")
        notebook.page.keyboard.press("Alt+Shift+D")
        expect(notebook.output(3)).to_contain_text("more 2.0")
        expect(notebook.output(2)).to_contain_text("2.0")


def test_an_edited_answer_shows_what_it_gives_itself(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "edit-tried", [_ASK]) as notebook:
        scripted_engine.script("6 * 7")
        notebook.run(1)
        offer = notebook.suggestion()
        expect(offer.locator(".nbc-outputs")).to_contain_text("42")
        notebook.page.keyboard.press("Alt+Shift+E")
        notebook.page.keyboard.press("Control+End")
        notebook.page.keyboard.type(" + 1")
        expect(offer.locator(".nbc-outcome[data-status=edited]")).to_be_visible()
        expect(offer.locator(".nbc-outputs")).to_contain_text("43")
        expect(offer.locator(".nbc-verdict")).to_contain_text("Ran in a copy")


def _edit(notebook: NotebookPage, text: str) -> None:
    notebook.press("Edit")
    expect(notebook.suggestion().locator(".cm-content").last).to_be_focused()
    notebook.page.keyboard.press("Control+End")
    notebook.page.keyboard.type(text)


def test_an_edited_answer_that_the_kernel_does_not_know_any_more_says_so(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "edit-unknown", [_ASK]) as notebook:
        scripted_engine.script("6 * 7")
        notebook.run(1)
        notebook.suggestion()
        notebook.restart_kernel()
        notebook.run(0)
        _edit(notebook, " + 1")
        expect(notebook.suggestion().locator(".nbc-verdict")).to_contain_text("not on offer any more")


def test_an_edited_answer_is_tried_also_after_it_was_refused(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "edit-refused", ["total = 1 + 2\ntotal"]) as notebook:
        notebook.run(1)
        scripted_engine.script("total = 3\ntotal")
        notebook.page.keyboard.press("Alt+Shift+C")
        notebook.page.keyboard.press("r")
        notebook.suggestion()
        notebook.type(1, "mine = 1")
        _edit(notebook, " + 40")
        # Before the pause after which it would have been tried.
        notebook.page.keyboard.press("Control+Enter")
        expect(notebook.suggestion().locator(".nbc-note").last).to_contain_text("changed meanwhile")
        expect(notebook.suggestion().locator(".nbc-outputs")).to_contain_text("43")


def test_an_edit_stays_when_the_columns_change(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "edit-columns", [_DOUBLE]) as notebook:
        notebook.run(1)
        scripted_engine.script(_DOCUMENTED)
        notebook.page.keyboard.press("Alt+Shift+C")
        notebook.page.keyboard.press("d")
        _edit(notebook, "  # mine")
        notebook.press("Side by side")
        columns = notebook.suggestion().locator(".cm-mergeView .cm-content")
        expect(columns.last).to_contain_text("# mine")
        notebook.press("One column")
        expect(notebook.suggestion().locator(".cm-mergeView")).to_have_count(0)
        _edit(notebook, " and mine")
        notebook.press("Accept")
        notebook.suggestion("accepted")
        assert notebook.sources()[1] == f"{_DOCUMENTED}  # mine and mine"


def test_an_edit_stays_while_another_answer_is_looked_at(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "edit-next", [_ASK]) as notebook:
        scripted_engine.script("unknown_name", Reply(("1 + 1", "2 + 2", "3 + 3")))
        notebook.run(1)
        offer = notebook.suggestion()
        _edit(notebook, " + 40")
        edited = offer.locator(".nbc-body .cm-content").inner_text().rstrip()
        for seen in ("2/4", "3/4", "4/4"):
            notebook.page.locator(".nbc-next").click()
            expect(offer.locator(".nbc-next")).to_contain_text(seen)
            expect(offer.locator(".nbc-body")).not_to_contain_text("40")
        notebook.page.locator(".nbc-next").click()
        expect(offer.locator(".nbc-body")).to_contain_text(edited)
        expect(offer.locator(".nbc-verdict")).to_contain_text("Ran in a copy")
        notebook.press("Accept")
        notebook.suggestion("accepted")
        assert notebook.sources()[2] == edited


def test_words_that_were_edited_stay_when_the_columns_of_another_suggestion_change(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "edit-words", [_DOUBLE, "double(2)"]) as notebook:
        scripted_engine.script(_DOCUMENTED, "It doubles.")
        for index, key in ((1, "d"), (2, "e")):
            notebook.run(index)
            notebook.page.keyboard.press("Alt+Shift+C")
            notebook.page.keyboard.press(key)
            notebook.cell(index).locator(".nbc-suggestion[data-state=ready]").wait_for()
        _edit(notebook, " Twice.")
        notebook.cell(1).locator(".nbc-columns").click()
        notebook.cell(1).locator(".cm-mergeView").wait_for()
        expect(notebook.suggestion().locator(".cm-content")).to_have_text("It doubles. Twice.")
        expect(notebook.suggestion().locator(".nbc-verdict")).to_have_count(0)
        notebook.cell(1).locator(".nbc-columns").click()
        notebook.press("Insert below")
        expect(notebook.cell(3).locator(".jp-RenderedMarkdown")).to_contain_text("Twice.")


def test_the_history_restores_earlier_code_and_offers_again_what_was_rejected_also_after_a_reload(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("history", [_DOUBLE, _ASK])) as notebook:
        notebook.run(0)
        notebook.run(1)
        scripted_engine.script(_DOCUMENTED, "6 * 7")
        notebook.page.keyboard.press("Alt+Shift+C")
        notebook.page.keyboard.press("d")
        notebook.press("Accept")
        notebook.suggestion("accepted")
        notebook.run(2)
        notebook.press("Reject")
        notebook.suggestion("rejected")
        notebook.save()
        notebook.load()
        notebook.restart_kernel()
        notebook.run(0)
        notebook.page.keyboard.press("Alt+Shift+H")
        entries = notebook.page.locator(".nbc-entry")
        expect(entries).to_have_count(2)
        expect(entries.first).to_be_focused()
        expect(entries.first).to_contain_text("the answer")
        notebook.page.keyboard.press("ArrowDown")
        expect(entries.last).to_contain_text("accepted")
        entries.last.get_by_role("button", name="Restore the earlier code").press("Enter")
        expect(entries.last).to_contain_text("taken back")
        assert notebook.sources()[1] == _DOUBLE
        entries.first.get_by_role("button", name="Offer again").press("Enter")
        expect(notebook.suggestion().locator(".nbc-outputs")).to_contain_text("42")
        notebook.page.keyboard.press("Alt+Shift+A")
        notebook.suggestion("accepted")
        assert notebook.sources()[3] == "6 * 7"
        expect(entries.first).to_contain_text("accepted")


@pytest.mark.parametrize("history", [{"not": "a list"}, [7, None, {"suggestion": "half"}], "text"])
def test_a_history_that_others_have_broken_is_passed_over_and_written_anew(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine, history: object
) -> None:
    path = lab.write("broken-history", [_ASK], nbcoder={"v": 1, "history": history})
    with lab.open_fresh(browser, path) as notebook:
        notebook.run(0)
        scripted_engine.script("6 * 7")
        notebook.run(1)
        notebook.press("Reject")
        notebook.page.keyboard.press("Alt+Shift+H")
        expect(notebook.page.locator(".nbc-entry")).to_have_count(1)


def test_the_guide_opens_once_goes_with_escape_and_can_be_had_again(lab: Lab, browser: Browser) -> None:
    lab.set("nbcoder-labextension", "guide", {})
    with lab.open_fresh(browser, lab.write("guide", [])) as notebook:
        guide = notebook.page.locator(".nbc-guide")
        expect(guide).to_contain_text("%%generate")
        notebook.page.keyboard.press("Escape")
        expect(guide).to_have_count(0)
        notebook.load()
        notebook.run(0)
        expect(guide).to_have_count(0)
        notebook.page.evaluate("() => void window.jupyterapp.commands.execute('nbcoder:guide')")
        expect(guide).to_be_visible()
        notebook.page.keyboard.press("Escape")
