"""A person types ``%%generate`` in JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.scripted_engine import Reply, long_answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab, NotebookPage
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser

_ASK = "%%generate\nthe answer"
_SUBSHELLS = ("@jupyterlab/apputils-extension", "kernels-settings")


@pytest.mark.parametrize("mode", ["perCommTarget", "disabled"])
def test_the_engine_sees_what_was_typed_and_never_saved(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine, mode: str
) -> None:
    lab.set(*_SUBSHELLS, {"commsOverSubshells": mode})
    path = lab.write(f"typed-{mode}", ["first = 1", _ASK])
    with lab.open_fresh(browser, path) as notebook:
        notebook.run(0)
        for number in range(50):
            notebook.type(1, f"never_saved_{number} = {number}")
            notebook.type(2, f"%%generate\nwish number {number}")
            scripted_engine.script("answer = 42")
            notebook.run(2)
            asked = scripted_engine.bodies[-1]["messages"][1]["content"]
            assert f"never_saved_{number} = {number}" in asked
            assert f"wish number {number}" in asked
    assert "never_saved" not in (lab.folder / path).read_text()


def test_what_was_typed_is_seen_from_another_tab_after_a_reload_and_after_a_restart(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    def told(page: NotebookPage, typed: str) -> str:
        page.type(1, typed)
        scripted_engine.script("answer = 42")
        page.run(2)
        return str(scripted_engine.bodies[-1]["messages"][1]["content"])

    path = lab.write("typed-later", ["first = 1", _ASK])
    with lab.open_fresh(browser, path) as notebook:
        notebook.run(0)
        assert "before = 0" in told(notebook, "before = 0")
        with lab.open_fresh(browser, path) as other:
            assert "elsewhere = 1" in told(other, "elsewhere = 1")
        assert "here = 2" in told(notebook, "here = 2")
        notebook.save()
        notebook.load()
        assert "reloaded = 3" in told(notebook, "reloaded = 3")
        notebook.restart_kernel()
        notebook.run(0)
        assert "restarted = 4" in told(notebook, "restarted = 4")


def test_acceptance_inserts_exactly_one_cell_and_one_undo_takes_it_out(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "accept", ["first = 1", _ASK, "last = 3"]) as notebook:
        before = notebook.sources()
        scripted_engine.script("answer = 42\nanswer")
        notebook.run(2)
        notebook.press("Accept")
        notebook.suggestion("accepted")
        assert notebook.sources() == [*before[:3], "answer = 42\nanswer", before[3]]
        assert notebook.metadata(3)["kind"] == "generate"
        notebook.page.keyboard.press("Escape")
        notebook.page.keyboard.press("z")
        assert notebook.sources() == before


def test_run_all_answers_every_request_and_each_cell_goes_below_the_one_that_asked(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    asks = [f"%%generate\nset number_{number} to {number}" for number in (1, 2, 3)]
    with lab.open(browser, "run-all", [asks[0], "six = 6", *asks[1:]]) as notebook:
        scripted_engine.script(*(f"number_{number} = {number}" for number in (1, 2, 3)))
        notebook.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        ready = notebook.page.locator(".nbc-suggestion[data-state=ready]")
        expect(ready).to_have_count(3)
        for left in (2, 1, 0):
            notebook.press("Accept")
            expect(ready).to_have_count(left)
        assert notebook.sources()[1:] == [
            asks[0],
            "number_1 = 1",
            "six = 6",
            asks[1],
            "number_2 = 2",
            asks[2],
            "number_3 = 3",
        ]


def test_a_cell_that_writes_a_file_is_accepted_and_says_why_it_is_not_run(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "writes", [_ASK]) as notebook:
        scripted_engine.script("open('written.txt', 'w').close()")
        notebook.run(1)
        notebook.press("Accept and run")
        said = notebook.suggestion("accepted").locator(".nbc-note")
        expect(said).to_contain_text("not run: it would create")
        expect(said).to_contain_text("written.txt")
        assert notebook.sources()[2] == "open('written.txt', 'w').close()"
    assert not (lab.folder / "written.txt").exists()


def test_the_settings_may_say_that_accepted_cells_are_run_whatever_they_do(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    lab.set("nbcoder-labextension", "commands", {"runPolicy": "auto"})
    try:
        with lab.open_fresh(browser, lab.write("policy", [_ASK])) as notebook:
            notebook.run(0)
            scripted_engine.script("open('asked.txt', 'w').close()")
            notebook.run(1)
            notebook.press("Accept and run")
            notebook.suggestion("accepted")
            notebook.wait_for_run(2)
        assert (lab.folder / "asked.txt").exists()
    finally:
        lab.set("nbcoder-labextension", "commands", {})


def test_everything_can_be_done_by_key(lab: Lab, browser: Browser, scripted_engine: ScriptedEngine) -> None:
    with lab.open(browser, "keys", [_ASK]) as notebook:
        scripted_engine.script("answer = 42\nanswer")
        notebook.run(1)
        notebook.suggestion()
        notebook.page.keyboard.press("Alt+Shift+R")
        notebook.suggestion("accepted")
        expect(notebook.output(2)).to_contain_text("42")


def test_a_rejected_suggestion_folds_and_changes_nothing(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "reject", [_ASK]) as notebook:
        before = notebook.sources()
        scripted_engine.script("answer = 42")
        notebook.run(1)
        notebook.press("Reject")
        folded = notebook.suggestion("rejected")
        expect(folded.locator(".nbc-body")).to_be_hidden()
        expect(folded.get_by_role("button", name="Accept")).to_have_count(0)
        folded.get_by_role("button", name="Show").click()
        expect(folded.locator(".nbc-body")).to_contain_text("answer = 42")
        assert notebook.sources() == before


def test_the_answer_is_seen_while_it_comes_and_stop_frees_the_engine(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "stop", [_ASK]) as notebook:
        scripted_engine.script(Reply(long_answer(), delay=0.05))
        notebook.start(1)
        streaming = notebook.suggestion("streaming")
        expect(streaming.locator(".nbc-body")).to_contain_text("line_1 = 1")
        streaming.get_by_role("button", name="Stop").click()
        scripted_engine.wait_until(lambda engine: engine.aborted == 1 and engine.running == 0)
        expect(notebook.suggestion("stopped")).to_be_visible()


def test_after_a_reload_the_offer_is_still_there_and_can_be_accepted(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "reload", [_ASK]) as notebook:
        scripted_engine.script("answer = 42")
        notebook.run(1)
        notebook.suggestion()
        notebook.save()
        notebook.load()
        notebook.press("Accept")
        notebook.suggestion("accepted")
        assert notebook.sources()[2].startswith("answer = 42")
        notebook.save()
        notebook.load()
        notebook.suggestion("accepted")


def test_a_kernel_that_was_restarted_says_that_the_offer_is_gone(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "restart", [_ASK]) as notebook:
        scripted_engine.script("answer = 42")
        notebook.run(1)
        notebook.suggestion()
        notebook.restart_kernel()
        notebook.press("Accept")
        expect(notebook.suggestion().locator(".nbc-note").last).to_contain_text("Ask again")
        assert len(notebook.sources()) == 2
