"""What a person sees of a suggestion, and does with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import expect

from tests.scripted_engine import Reply, long_answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab, NotebookPage
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser

_ASK = "%%generate\nthe answer"


def test_the_panel_shows_what_the_code_gave_and_would_change(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    ask = "%%generate\nappend 3 to numbers, write out.csv and show a table"
    with lab.open(browser, "outcome", ["numbers = [1, 2]", ask]) as notebook:
        notebook.run(1)
        scripted_engine.script(
            "import pandas as pd\nnumbers.append(3)\nopen('out.csv', 'w').close()\n"
            "table = pd.DataFrame({'n': numbers})\ntable"
        )
        notebook.run(2)
        offer = notebook.suggestion()
        expect(offer.locator(".nbc-outputs table")).to_contain_text("n")
        effects = offer.locator(".nbc-effects")
        expect(effects).to_contain_text("Ran in a copy of your kernel")
        for effect in ("adds pd, table", "changes numbers in place", "would write out.csv"):
            expect(effects).to_contain_text(effect)
        expect(offer.locator(".nbc-facts")).to_contain_text("of this page")
        expect(offer.locator(".nbc-facts")).to_contain_text("greedy")
        assert not (lab.folder / "out.csv").exists()


def test_the_panel_tells_how_the_answer_was_drawn(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    ask = "%%generate --temperature 0.5 --top-p 0.9 --top-k 7 --seed 3\nthe answer"
    with lab.open(browser, "sampling", [ask]) as notebook:
        scripted_engine.script("answer = 42")
        notebook.run(1)
        expect(notebook.suggestion().locator(".nbc-facts")).to_contain_text(
            "temperature 0.5 · top-p 0.9 · top-k 7 · seed 3"
        )


def test_doubtful_tokens_are_shaded_and_tell_what_else_could_stand_there(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "confidence", [_ASK]) as notebook:
        scripted_engine.script(Reply("answer = 42", logprobs=-1.2))
        notebook.run(1)
        token = notebook.suggestion().locator(".nbc-token").first
        assert "0.70" in (token.get_attribute("style") or "")
        token.hover()
        rivals = notebook.page.locator(".nbc-rival")
        expect(rivals).to_have_count(2)
        expect(rivals.last).to_contain_text("?")
        notebook.page.mouse.move(0, 0)
        expect(rivals).to_have_count(0)
        notebook.page.keyboard.press("Alt+Shift+E")
        notebook.page.keyboard.press("ArrowRight")
        expect(rivals).to_have_count(2)


def test_an_answer_that_nobody_was_asked_about_is_shown_as_complete(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    # The page announces only cells that begin with a magic of ours, as a console announces none.
    asking = "get_ipython().run_line_magic('explain', '')"
    with lab.open(browser, "unannounced", ["n = 1", asking]) as notebook:
        notebook.run(1)
        scripted_engine.script("It sets n to one.")
        notebook.run(2)
        shown = notebook.suggestion("shown")
        expect(shown.locator(".nbc-title")).to_have_text("Explanation")
        expect(shown).to_contain_text("It sets n to one.")


def test_an_edited_suggestion_is_accepted_as_edited_by_keys_alone(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "edit", [_ASK]) as notebook:
        scripted_engine.script("answer = 42\nanswer")
        notebook.run(1)
        notebook.suggestion()
        notebook.page.keyboard.press("Alt+Shift+E")
        notebook.page.keyboard.type("mine = 1\n")
        notebook.page.keyboard.press("Control+Enter")
        notebook.suggestion("accepted")
        notebook.wait_for_run(2)
        assert notebook.sources()[2] == "mine = 1\nanswer = 42\nanswer"
        assert notebook.metadata(2)["edited"] is True


def test_of_several_answers_the_one_that_is_shown_is_accepted(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "alternatives", [_ASK]) as notebook:
        answers = tuple(f"answer = {number}\nanswer" for number in (1, 2, 3))
        scripted_engine.script("unknown_name", Reply(answers))
        notebook.run(1)
        offer = notebook.suggestion()
        first = offer.locator(".nbc-body .cm-content").inner_text()
        expect(offer.locator(".nbc-next")).to_contain_text("1/4")
        notebook.page.keyboard.press("Alt+Shift+N")
        expect(offer.locator(".nbc-next")).to_contain_text("2/4")
        expect(offer.locator(".nbc-body .cm-content")).not_to_have_text(first.replace("\n", ""))
        second = offer.locator(".nbc-body .cm-content").inner_text()
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        notebook.wait_for_run(2)
        assert notebook.sources()[2] == second.rstrip("\n")
        notebook.page.keyboard.press("Alt+Shift+H")
        remembered = notebook.page.locator(".nbc-history .nbc-entry").first
        remembered.locator("summary", has_text="Code").click()
        expect(remembered).to_contain_text(second.splitlines()[0])


def test_what_is_edited_after_acceptance_is_noted_when_it_is_saved(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "edited", [_ASK]) as notebook:
        scripted_engine.script("answer = 42")
        notebook.run(1)
        notebook.press("Accept")
        notebook.suggestion("accepted")
        notebook.save()
        assert "editedAfter" not in notebook.metadata(2)
        notebook.type(2, "answer = 43")
        notebook.save()
        assert notebook.metadata(2)["editedAfter"] is True
        assert "edited" not in notebook.metadata(2)


def test_a_request_is_made_again_with_a_wish_by_keys_alone(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "again", [_ASK]) as notebook:
        scripted_engine.script("answer = 42", Reply("answer = 'forty-two'", delay=0.05))
        notebook.run(1)
        notebook.suggestion()
        notebook.page.keyboard.press("Alt+Shift+G")
        notebook.page.keyboard.type("in words")
        notebook.page.keyboard.press("Enter")
        expect(notebook.suggestion().locator(".nbc-body")).to_contain_text("forty-two")
        assert "in words" in scripted_engine.bodies[-1]["messages"][1]["content"]
        notebook.page.keyboard.press("Alt+Shift+A")
        notebook.suggestion("accepted")
        assert notebook.sources()[2].startswith("answer = 'forty-two'")


def test_an_answer_that_is_made_again_can_be_stopped_and_the_first_one_stays(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "again-stopped", [_ASK]) as notebook:
        scripted_engine.script("answer = 42", Reply(long_answer(), delay=0.05))
        notebook.run(1)
        notebook.press("Regenerate")
        notebook.page.get_by_role("button", name="Ask again").click()
        notebook.suggestion("streaming").get_by_role("button", name="Stop").click()
        scripted_engine.wait_until(lambda engine: engine.aborted == 1)
        expect(notebook.suggestion().locator(".nbc-body")).to_contain_text("answer = 42")
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        notebook.wait_for_run(2)


def test_a_saved_notebook_shows_the_code_in_plain_markdown(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "saved", [_ASK]) as notebook:
        scripted_engine.script("answer = 42")
        notebook.run(1)
        notebook.suggestion()
        assert "```python\nanswer = 42" in _saved_markdown(notebook, lab)
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        notebook.wait_for_run(2)
        assert "```" not in _saved_markdown(notebook, lab)


def _saved_markdown(notebook: NotebookPage, lab: Lab) -> str:
    notebook.save()
    saved = nbformat.read(lab.folder / "saved.ipynb", as_version=4)
    return str(saved.cells[1].outputs[0].data["text/markdown"])


def test_several_cells_with_prose_between_them_come_in_order_and_go_with_one_undo(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    with lab.open(browser, "several", [_ASK, "last = 3"]) as notebook:
        before = notebook.sources()
        scripted_engine.script(
            "# %%\nnumbers = [1, 2]\n# %% [markdown]\n# ## The sum\n# of both\n"
            "# %%\ntotal = sum(numbers)\ntotal"
        )
        notebook.run(1)
        notebook.press("Accept and run")
        notebook.suggestion("accepted")
        expect(notebook.output(4)).to_have_text("3")
        added = ["numbers = [1, 2]", "## The sum\nof both", "total = sum(numbers)\ntotal"]
        assert notebook.sources() == [*before[:2], *added, before[2]]
        assert notebook.types() == ["code", "code", "code", "markdown", "code", "code"]
        notebook.page.keyboard.press("Escape")
        notebook.page.keyboard.press("z")
        assert notebook.sources() == before
