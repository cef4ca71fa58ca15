"""What goes wrong while an answer comes, and what a person still has afterwards."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.scripted_engine import Reply, long_answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser

_ASK = "%%generate\nthe answer"
_SLOW = Reply("answer = 42\n" * 20, delay=0.05)


def test_a_page_that_is_loaded_while_the_answer_comes_gets_the_offer(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("reload-streaming", [_ASK])) as notebook:
        notebook.run(0)
        notebook.save()
        scripted_engine.script(_SLOW)
        notebook.start(1)
        notebook.suggestion("streaming")
        notebook.load(is_idle=False)
        notebook.press("Accept")
        notebook.suggestion("accepted")
        assert notebook.sources()[2].startswith("answer = 42")


def test_a_kernel_that_dies_while_the_answer_comes_leaves_a_notebook_that_works(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "dies", [_ASK]) as notebook:
        scripted_engine.script(_SLOW)
        notebook.start(1)
        notebook.suggestion("streaming")
        notebook.restart_kernel()
        expect(notebook.suggestion("stopped")).to_contain_text("kernel is gone")
        assert len(notebook.sources()) == 2
        notebook.run(0)
        scripted_engine.script("answer = 1")
        notebook.run(1)
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        notebook.wait_for_run(2)


def test_a_kernel_that_is_killed_while_the_answer_comes_leaves_a_notebook_that_works(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "killed", ["import os\nprint(os.getpid())", _ASK]) as notebook:
        notebook.run(1)
        scripted_engine.script(_SLOW)
        notebook.start(2)
        notebook.suggestion("streaming")
        os.kill(int(notebook.output(1).inner_text()), signal.SIGKILL)
        notebook.page.get_by_role("dialog").get_by_role("button", name="Ok").click()
        expect(notebook.suggestion("stopped")).to_contain_text("kernel is gone")
        notebook.run(0)
        scripted_engine.script("answer = 1")
        notebook.run(2)
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        notebook.wait_for_run(3)


def test_a_fix_of_a_kernel_that_is_restarted_says_so_and_stops_nothing_else(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-dies", ["1 / 0", "import time\ntime.sleep(3)\n'slept'"]) as notebook:
        notebook.run(1)
        scripted_engine.script(_SLOW)
        notebook.cell(1).locator(".nbc-fix").click()
        notebook.suggestion("streaming").get_by_role("button", name="Stop").wait_for()
        notebook.restart_kernel()
        stopped = notebook.suggestion("stopped")
        expect(stopped).to_contain_text("%load_ext nbcoder")
        expect(stopped.get_by_role("button", name="Stop")).to_have_count(0)
        notebook.start(2)
        notebook.cell(1).locator(".jp-InputPrompt").click()
        notebook.page.keyboard.press("d")
        notebook.page.keyboard.press("d")
        expect(notebook.output(1)).to_contain_text("slept")


def test_a_decision_that_a_restarted_kernel_did_not_hear_can_be_made_again(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "unheard", [_ASK, "import time\ntime.sleep(60)"]) as notebook:
        scripted_engine.script("answer = 42")
        notebook.run(1)
        notebook.suggestion()
        notebook.start(2)
        notebook.press("Accept")
        expect(notebook.suggestion().get_by_role("button", name="Reject")).to_be_disabled()
        notebook.restart_kernel()
        expect(notebook.suggestion()).to_contain_text("does not know this suggestion")
        notebook.press("Reject")
        notebook.suggestion("rejected")


def test_what_is_written_about_a_cell_while_the_page_is_loaded_anew_is_not_lost(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("document-reload", ["def f():\n    return 1"])) as notebook:
        notebook.run(0)
        notebook.run(1)
        notebook.save()
        scripted_engine.script(Reply('def f():\n    """One."""\n    return 1', delay=0.1))
        notebook.page.keyboard.press("Alt+Shift+C")
        notebook.page.keyboard.press("d")
        notebook.suggestion("streaming")
        notebook.load(is_idle=False)
        notebook.press("Accept")
        notebook.suggestion("accepted")
        assert '"""One."""' in notebook.sources()[1]


def test_a_cell_that_is_deleted_while_its_answer_comes_takes_it_along_and_frees_the_engine(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "deleted", [_ASK, "seven = 7\nseven"]) as notebook:
        scripted_engine.script(Reply(long_answer(), delay=0.05))
        notebook.start(1)
        notebook.suggestion("streaming")
        scripted_engine.wait_until(lambda engine: engine.running == 1)
        notebook.page.keyboard.press("Escape")
        notebook.page.keyboard.press("d")
        notebook.page.keyboard.press("d")
        expect(notebook.page.locator(".nbc-suggestion")).to_have_count(0)
        scripted_engine.wait_until(lambda engine: engine.aborted == 1 and engine.running == 0)
        notebook.run(1)
        expect(notebook.output(1)).to_contain_text("7")
        assert len(notebook.sources()) == 2


def test_another_notebook_can_be_used_while_the_answer_comes(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "left", [_ASK]) as notebook:
        scripted_engine.script(_SLOW)
        notebook.start(1)
        notebook.suggestion("streaming")
        with lab.open(browser, "entered", ["6 * 7"]) as other:
            other.run(1)
            assert other.sources() == ["%load_ext nbcoder", "6 * 7"]
        notebook.press("Accept")
        notebook.suggestion("accepted")
        assert notebook.sources()[2].startswith("answer = 42")


def test_of_two_tabs_only_the_one_that_asked_gets_the_cell(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    path = lab.write("two-tabs", [_ASK])
    with lab.open_fresh(browser, path) as first:
        first.run(0)
        with lab.open_fresh(browser, path) as second:
            scripted_engine.script("answer = 42", "answer = 43")
            first.run(1)
            first.press("Accept")
            first.suggestion("accepted")
            assert first.sources()[2].startswith("answer = 42")
            assert len(second.sources()) == 2
            second.run(1)
            second.press("Accept")
            second.suggestion("accepted")
            assert second.sources()[2].startswith("answer = 43")
            assert len(first.sources()) == 3


def test_an_offer_that_is_accepted_in_two_tabs_at_once_is_inserted_in_one_of_them(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    path = lab.write("both-tabs", [_ASK, "import os\nwhile not os.path.exists('go'):\n    pass"])
    with lab.open_fresh(browser, path) as first:
        first.run(0)
        scripted_engine.script("answer = 42")
        first.run(1)
        first.suggestion()
        first.save()
        with lab.open_fresh(browser, path) as second:
            second.suggestion()
            first.start(2)
            first.press("Accept")
            second.press("Accept")
            (lab.folder / "go").touch()
            first.suggestion("accepted")
            second.suggestion("accepted")
            assert sorted(len(tab.sources()) for tab in (first, second)) == [3, 4]


def test_a_tab_that_did_not_get_the_accepted_cell_says_where_it_is(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    path = lab.write("late-tab", [_ASK])
    with lab.open_fresh(browser, path) as first:
        first.run(0)
        scripted_engine.script("answer = 42")
        first.run(1)
        first.suggestion()
        first.save()
        with lab.open_fresh(browser, path) as late:
            late.suggestion()
            first.press("Accept")
            first.suggestion("accepted")
            expect(late.suggestion("accepted")).to_contain_text("in another tab or window")
            assert len(late.sources()) == 2
            assert "another tab" not in first.suggestion("accepted").inner_text()
            first.save()
            late.read_again()
            expect(late.suggestion("accepted")).not_to_contain_text("another tab")
            assert late.sources() == first.sources()


def test_of_two_views_of_a_notebook_the_one_that_stays_takes_the_cell(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("views", [_ASK])) as notebook:
        notebook.run(0)
        scripted_engine.script("answer = 42")
        notebook.run(1)
        notebook.suggestion()
        notebook.page.evaluate(
            """async () => {
                const { commands, shell } = window.jupyterapp;
                const first = shell.currentWidget;
                await commands.execute('docmanager:clone');
                first.dispose();
            }"""
        )
        notebook.press("Accept")
        notebook.suggestion("accepted")
        assert notebook.sources()[2] == "answer = 42\nanswer"


def test_stop_leaves_a_running_cell_of_another_notebook_alone(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("busy", ["import time\ntime.sleep(6)\n'slept'"])) as busy:
        busy.start(1)
        with lab.open(browser, "stopping", [_ASK]) as notebook:
            scripted_engine.script(Reply(long_answer(), delay=0.05))
            notebook.start(1)
            scripted_engine.wait_until(lambda engine: engine.running == 1)
            notebook.suggestion("streaming").get_by_role("button", name="Stop").click()
            scripted_engine.wait_until(lambda engine: engine.aborted == 1 and engine.running == 0)
        busy.wait_for_run(1)
        expect(busy.output(1)).to_contain_text("slept")


def test_notebook_7_shows_the_panel_and_takes_the_cell(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("seven", [_ASK]), app="notebooks") as notebook:
        notebook.run(0)
        notebook.type(1, "%%generate\nnever saved")
        scripted_engine.script("answer = 42\nanswer")
        notebook.run(1)
        assert "never saved" in scripted_engine.bodies[-1]["messages"][1]["content"]
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        expect(notebook.output(2)).to_contain_text("42")
