"""A cell fails in JupyterLab, and the person presses Fix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.scripted_engine import Reply, long_answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser

_BROKEN = "numbers = [1, 2]\nsum(values)"
_MENDED = "numbers = [1, 2]\nsum(numbers)"


def test_fix_shows_the_difference_and_accepting_makes_the_cell_run(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix", [_BROKEN]) as notebook:
        notebook.run(1)
        scripted_engine.script(_MENDED)
        notebook.cell(1).locator(".nbc-fix").click()
        offer = notebook.suggestion()
        expect(offer.locator(".cm-deletedChunk")).to_contain_text("sum(values)")
        expect(offer.locator(".cm-changedLine")).to_contain_text("sum(numbers)")
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        expect(notebook.output(1)).to_contain_text("3")
        assert notebook.sources()[1] == _MENDED
        assert notebook.metadata(1)["mendedError"] == "NameError"
        notebook.page.evaluate("() => window.jupyterapp.commands.execute('notebook:undo-cell-action')")
        assert notebook.sources()[1] == _BROKEN


def test_undo_takes_a_fix_and_its_provenance_back_in_one_step(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-undo", [_BROKEN]) as notebook:
        notebook.run(1)
        scripted_engine.script(_MENDED)
        notebook.cell(1).locator(".nbc-fix").click()
        notebook.press("Accept")
        notebook.suggestion("accepted")
        provenance = notebook.metadata(1)
        assert provenance["mendedError"] == "NameError"
        notebook.page.keyboard.press("Escape")
        notebook.page.keyboard.press("z")
        assert notebook.sources()[1] == _BROKEN
        assert not notebook.metadata(1)
        notebook.page.keyboard.press("Shift+Z")
        assert notebook.sources()[1] == _MENDED
        assert notebook.metadata(1) == provenance


def test_fix_is_in_the_toolbar_and_a_key_as_well_and_says_how_far_it_is(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-key", [_BROKEN]) as notebook:
        in_toolbar = notebook.cell(1).locator('[data-jp-item-name="nbcoder-fix"]')
        expect(in_toolbar).to_be_hidden()
        notebook.run(1)
        expect(in_toolbar).to_be_visible()
        scripted_engine.script(Reply(_MENDED, delay=0.1))
        notebook.page.keyboard.press("Alt+Shift+F")
        expect(notebook.suggestion("streaming").locator(".nbc-facts")).to_contain_text("tokens")
        expect(notebook.suggestion()).to_be_visible()


def test_a_cell_that_changed_meanwhile_is_not_overwritten(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-changed", [_BROKEN]) as notebook:
        notebook.run(1)
        scripted_engine.script(_MENDED)
        notebook.cell(1).locator(".nbc-fix").click()
        notebook.suggestion()
        notebook.type(1, "mine = 1")
        notebook.press("Accept")
        expect(notebook.suggestion().locator(".nbc-note").last).to_contain_text("changed meanwhile")
        assert notebook.sources()[1] == "mine = 1"


def test_a_stopped_fix_frees_the_engine(lab: Lab, browser: Browser, scripted_engine: ScriptedEngine) -> None:
    with lab.open(browser, "fix-stop", [_BROKEN]) as notebook:
        notebook.run(1)
        scripted_engine.script(Reply(long_answer(), delay=0.05))
        notebook.cell(1).locator(".nbc-fix").click()
        scripted_engine.wait_until(lambda engine: engine.running == 1)
        notebook.suggestion("streaming").get_by_role("button", name="Stop").click()
        scripted_engine.wait_until(lambda engine: engine.aborted == 1)
        expect(notebook.suggestion("stopped")).to_contain_text("nothing was changed")


def test_a_second_request_at_a_cell_stops_the_first_one(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-twice", [_BROKEN]) as notebook:
        notebook.run(1)
        scripted_engine.script(Reply(long_answer(), delay=0.05), _MENDED)
        notebook.cell(1).locator(".nbc-fix").click()
        expect(notebook.suggestion("streaming").locator(".nbc-body")).to_contain_text("line_1")
        notebook.cell(1).locator(".nbc-fix").click()
        expect(notebook.suggestion().locator(".cm-changedLine")).to_contain_text("sum(numbers)")
        assert scripted_engine.aborted == 1
        notebook.press("Accept and run")
        expect(notebook.output(1)).to_contain_text("3")


def test_without_our_extension_in_the_kernel_fix_says_what_to_do(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-unloaded", ["%unload_ext nbcoder", _BROKEN]) as notebook:
        notebook.run(1)
        notebook.run(2)
        notebook.cell(2).locator(".nbc-fix").click()
        expect(notebook.suggestion("stopped")).to_contain_text("%load_ext nbcoder")
        assert scripted_engine.requests == []


def test_a_fix_shows_its_dry_run_and_single_changes_can_be_taken_back(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    broken = "first = 1\n\n\n\nnumbers = [1, 2]\nsum(values)"
    with lab.open(browser, "fix-part", [broken]) as notebook:
        notebook.run(1)
        scripted_engine.script(broken.replace("first = 1", "first = 2").replace("(values)", "(numbers)"))
        notebook.cell(1).locator(".nbc-fix").click()
        offer = notebook.suggestion()
        expect(offer.locator(".nbc-outputs")).to_contain_text("3")
        offer.get_by_role("button", name="Take back").first.press("Enter")
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        expect(notebook.output(1)).to_have_text("3")
        assert notebook.sources()[1] == broken.replace("(values)", "(numbers)")


def test_a_fix_is_shown_side_by_side_on_request(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-columns", [_BROKEN]) as notebook:
        notebook.run(1)
        scripted_engine.script(_MENDED)
        notebook.cell(1).locator(".nbc-fix").click()
        offer = notebook.suggestion()
        offer.get_by_role("button", name="Side by side").click()
        columns = offer.locator(".cm-mergeView .cm-content")
        expect(columns.first).to_contain_text("sum(values)")
        expect(columns.last).to_contain_text("sum(numbers)")
        offer.get_by_role("button", name="One column").click()
        expect(offer.locator(".cm-deletedChunk")).to_be_visible()


def test_doubtful_tokens_are_shaded_in_a_difference_too(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-doubts", [_BROKEN]) as notebook:
        notebook.run(1)
        scripted_engine.script(Reply(_MENDED, logprobs=-1.2))
        notebook.cell(1).locator(".nbc-fix").click()
        offer = notebook.suggestion()
        expect(offer.locator(".nbc-token").first).to_have_attribute("style", re.compile(r"0\.70"))
        offer.get_by_role("button", name="Side by side").click()
        offer.locator(".cm-mergeView .nbc-token").first.hover()
        expect(notebook.page.locator(".nbc-rival").first).to_be_visible()
        offer.get_by_role("button", name="One column").click()


def test_a_cell_is_fixed_and_run_until_it_runs(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-until", ["import os\nkernel = os.getpid()", _BROKEN]) as notebook:
        notebook.run(1)
        notebook.run(2)
        # Runs in a copy of the kernel, and not in the kernel itself.
        scripted_engine.respond_with(
            lambda body: Reply(
                "6 * 7"
                if "AssertionError" in body["messages"][1]["content"]
                else "assert os.getpid() != kernel"
            )
        )
        notebook.cell(2).locator(".nbc-fix-all").click()
        expect(notebook.output(2)).to_have_text("42")
        assert notebook.sources()[2] == "6 * 7"
        expect(notebook.cell(2).locator(".jp-InputPrompt")).to_have_text("[5]:")


def test_a_stop_ends_the_automatic_rounds(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-until-stop", [_BROKEN, "'after'"]) as notebook:
        notebook.run(1)
        scripted_engine.script(Reply(long_answer(), delay=0.05))
        notebook.cell(1).locator(".nbc-fix-all").click()
        scripted_engine.wait_until(lambda engine: engine.running == 1)
        notebook.suggestion("streaming").get_by_role("button", name="Stop").click()
        notebook.suggestion("stopped")
        notebook.run(1)
        notebook.run(2)
        assert len(scripted_engine.bodies) == 1


def test_a_cell_that_no_fix_makes_run_is_fixed_as_often_as_the_settings_allow(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "fix-capped", ["import os\nkernel = os.getpid()", _BROKEN]) as notebook:
        notebook.run(1)
        notebook.run(2)
        # Each of them runs in a copy of the kernel, and not in the kernel itself.
        rounds = iter(range(1, 10))
        scripted_engine.respond_with(lambda _: Reply(f"tries = {next(rounds)}\nassert os.getpid() != kernel"))
        notebook.cell(2).locator(".nbc-fix-all").click()
        expect(notebook.cell(2).locator(".jp-InputPrompt")).to_have_text("[6]:")
        expect(notebook.output(2)).to_contain_text("AssertionError")
        assert notebook.sources()[2].startswith("tries = 3")
        notebook.cell(2).locator(".nbc-fix").click()
        expect(notebook.suggestion().locator(".cm-changedLine")).to_contain_text("tries = 4")
