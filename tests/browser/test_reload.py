"""A page that is loaded anew: what was on offer goes on, and what was decided stays decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from nbcoder.wire import ANSWER_MIME
from tests.scripted_engine import Reply, long_answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab, NotebookPage
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser

_ASK = "%%generate\nthe answer"
_LONG = Reply(long_answer(), delay=0.05)
_DOUBLE = "def double(x):\n    return 2 * x"


def _wait_for_state(notebook: NotebookPage, state: str) -> None:
    """Wait until the notebook itself, and not only what is shown of it, says so."""
    notebook.page.wait_for_function(
        """([mime, state]) => {
            const { cells } = window.jupyterapp.shell.currentWidget.model;
            return cells.get(1).outputs.get(0).data[mime].state === state;
        }""",
        arg=[ANSWER_MIME, state],
    )


def _saved_answer(lab: Lab, path: str) -> dict[str, Any]:
    cells = json.loads((lab.folder / path).read_text(encoding="utf-8"))["cells"]
    found: dict[str, Any] = cells[1]["outputs"][0]["data"][ANSWER_MIME]
    return found


def _ask_and_reload(notebook: NotebookPage) -> None:
    notebook.run(0)
    notebook.run(1)
    notebook.suggestion()
    notebook.save()
    notebook.load()
    notebook.suggestion()


@pytest.mark.parametrize(("button", "state"), [("Reject", "rejected"), ("Accept", "accepted")])
def test_what_is_decided_after_a_reload_is_saved_as_decided(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine, button: str, state: str
) -> None:
    path = lab.write(f"reload-{state}", [_ASK])
    with lab.open_fresh(browser, path) as notebook:
        scripted_engine.script("answer = 42")
        _ask_and_reload(notebook)
        notebook.press(button)
        notebook.suggestion(state)
        _wait_for_state(notebook, state)
        notebook.save()
        notebook.load()
        expect(notebook.suggestion(state).get_by_role("button", name="Reject")).to_have_count(0)
    assert _saved_answer(lab, path)["offer"]["state"] == state


def test_what_was_rejected_while_the_kernel_was_busy_stays_rejected_after_a_reload(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    path = lab.write("reload-busy", [_ASK, "import time\ntime.sleep(60)"])
    with lab.open_fresh(browser, path) as notebook:
        scripted_engine.script("answer = 42")
        _ask_and_reload(notebook)
        notebook.start(2)
        notebook.press("Reject")
        notebook.suggestion("rejected")
        notebook.save()
        notebook.load(is_idle=False)
        expect(notebook.suggestion("rejected").get_by_role("button", name="Reject")).to_have_count(0)


def test_an_answer_is_made_again_after_a_reload_seen_as_it_comes_and_accepted(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("reload-again", [_ASK])) as notebook:
        scripted_engine.script("answer = 42", Reply("answer = 'forty-two'\n" * 30, delay=0.05))
        _ask_and_reload(notebook)
        notebook.press("Regenerate")
        notebook.page.get_by_role("button", name="Ask again").click()
        expect(notebook.suggestion("streaming").locator(".nbc-body")).to_contain_text("forty-two")
        expect(notebook.suggestion().locator(".nbc-body")).to_contain_text("forty-two")
        expect(notebook.page.locator(".nbc-suggestion")).to_have_count(1)
        notebook.press("Accept")
        notebook.suggestion("accepted")
        assert notebook.sources()[2].startswith("answer = 'forty-two'")


def test_an_answer_that_is_made_again_after_a_reload_can_be_stopped_and_the_first_one_stays(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("reload-stop", [_ASK])) as notebook:
        scripted_engine.script("answer = 42", _LONG)
        _ask_and_reload(notebook)
        _ask_again_and_stop(notebook, scripted_engine)
        expect(notebook.suggestion().locator(".nbc-body")).to_contain_text("answer = 42")
        notebook.press("Accept")
        notebook.suggestion("accepted")


def test_the_same_holds_for_what_was_asked_about_a_cell(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("reload-about", [_DOUBLE])) as notebook:
        scripted_engine.script(_DOUBLE.replace("\n", '\n    """Twice x."""\n'), _LONG)
        notebook.run(0)
        notebook.run(1)
        notebook.page.keyboard.press("Alt+Shift+C")
        notebook.page.keyboard.press("d")
        notebook.suggestion()
        notebook.save()
        notebook.load()
        _ask_again_and_stop(notebook, scripted_engine)
        expect(notebook.suggestion().locator(".nbc-body")).to_contain_text("Twice x")
        notebook.press("Accept")
        notebook.suggestion("accepted")
        expect(notebook.page.locator(".nbc-suggestion")).to_have_count(1)


def _ask_again_and_stop(notebook: NotebookPage, engine: ScriptedEngine) -> None:
    notebook.press("Regenerate")
    notebook.page.get_by_role("button", name="Ask again").click()
    streaming = notebook.suggestion("streaming")
    expect(streaming.locator(".nbc-body")).to_contain_text("line_1 = 1")
    streaming.get_by_role("button", name="Stop").click()
    engine.wait_until(lambda engine: engine.aborted == 1)


def test_a_page_that_is_loaded_while_an_answer_comes_shows_the_rest_of_it_and_can_stop_it(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open_fresh(browser, lab.write("reload-coming", [_ASK])) as notebook:
        notebook.run(0)
        scripted_engine.script(_LONG)
        notebook.start(1)
        expect(notebook.suggestion("streaming").locator(".nbc-body")).to_contain_text("line_1 = 1")
        notebook.save()
        notebook.load(is_idle=False)
        notebook.suggestion("streaming").get_by_role("button", name="Stop").click()
        scripted_engine.wait_until(lambda engine: engine.aborted == 1 and engine.running == 0)
        notebook.suggestion("stopped")
