"""Where our extension is not there, a Jupyter widget takes its place as well as one can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, NotebookPage
from tests.scripted_engine import Reply, long_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator

    from tests.scripted_engine import ScriptedEngine

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

_ASK = "%%generate\nthe answer"
_TABLE = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\ndf"


@pytest.fixture(scope="module")
def bare_lab(tmp_path_factory: pytest.TempPathFactory, lab_engine: ScriptedEngine) -> Iterator[Lab]:
    """JupyterLab and Notebook 7 with widgets, and without our extension."""
    variables = {"NBCODER_ENGINE_URL": lab_engine.url, "NBCODER_PANEL": "on"}
    with Lab(tmp_path_factory.mktemp("bare-lab"), variables) as lab:
        lab.disable("nbcoder-labextension")
        yield lab


@pytest.fixture
def notebook(bare_lab: Lab, browser: Browser, request: pytest.FixtureRequest) -> Iterator[NotebookPage]:
    path = bare_lab.write(request.node.name.translate({ord(mark): "-" for mark in "[]/"}), [_ASK])
    with bare_lab.open_fresh(browser, path, app=getattr(request, "param", "lab/tree")) as opened:
        opened.run(0)
        yield opened


def _panel(notebook: NotebookPage, state: str = "ready") -> Locator:
    found = notebook.page.locator(f".nbc-widget[data-state={state}]")
    found.wait_for()
    return found


@pytest.mark.parametrize("notebook", ["lab/tree", "notebooks"], indirect=True)
def test_the_answer_streams_and_shows_what_it_did_and_is_the_next_cell(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(Reply(_TABLE, delay=0.1))
    notebook.start(1)
    expect(_panel(notebook, "streaming").locator(".nbc-code")).to_contain_text("import pandas")
    panel = _panel(notebook)
    expect(panel.locator(".nbc-effects")).to_contain_text("adds pd, df")
    expect(panel.frame_locator("iframe").locator("td").first).to_have_text("1")
    expect(panel.locator(".nbc-colour-keyword").first).to_have_text("impo")  # a token
    assert notebook.sources()[2] == _TABLE
    panel.get_by_role("button", name="Accept").click()
    expect(notebook.output(1)).to_contain_text("accepted")


def test_doubtful_tokens_tell_what_else_could_stand_there(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42")
    notebook.run(1)
    _panel(notebook).locator(".nbc-token").first.hover()
    expect(_panel(notebook).locator(".nbc-rivals")).to_contain_text("What else could stand here")


def test_other_answers_are_asked_for_by_keys_and_copied(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    scripted_engine.script("answer = 42", "answer = 'in words'")
    notebook.run(1)
    _panel(notebook).focus()
    notebook.page.keyboard.press("Alt+Shift+G")
    notebook.page.keyboard.type("in words")
    notebook.page.keyboard.press("Enter")
    expect(_panel(notebook).locator(".nbc-code")).to_contain_text("in words")
    assert "in words" in scripted_engine.bodies[-1]["messages"][1]["content"]
    _panel(notebook).focus()
    notebook.page.keyboard.press("Alt+Shift+A")
    expect(notebook.output(1)).to_contain_text("accepted")
    assert notebook.page.evaluate("() => navigator.clipboard.readText()") == "answer = 'in words'\nanswer"
    assert notebook.sources()[2].startswith("answer = 42")


def test_an_answer_is_rejected_and_a_saved_notebook_says_so_without_the_widget(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42")
    notebook.run(1)
    _panel(notebook).get_by_role("button", name="Reject").click()
    expect(notebook.output(1)).to_contain_text("rejected")
    expect(notebook.page.locator(".nbc-widget")).to_have_count(0)


def test_a_panel_of_a_kernel_that_was_restarted_says_so_and_offers_nothing(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42")
    notebook.run(1)
    _panel(notebook)
    notebook.restart_kernel()
    panel = _panel(notebook, "stopped")
    expect(panel).to_contain_text("the kernel is gone")
    expect(panel.locator(".nbc-code")).to_contain_text("answer = 42")
    expect(panel.get_by_role("button")).to_have_count(0)


def test_so_does_one_whose_answer_was_still_coming(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(Reply(long_answer(), delay=0.05))
    notebook.start(1)
    expect(_panel(notebook, "streaming").locator(".nbc-code")).to_contain_text("line_1")
    notebook.restart_kernel()
    expect(_panel(notebook, "stopped")).to_contain_text("the kernel is gone")


def test_a_kernel_that_is_gone_without_a_word_is_missed_at_the_first_decision(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42")
    notebook.run(1)
    panel = _panel(notebook)
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    panel.get_by_role("button", name="Reject").click()
    expect(_panel(notebook, "stopped")).to_contain_text("the kernel is gone")
    expect(_panel(notebook, "stopped").get_by_role("button")).to_have_count(0)


def test_html_of_an_answer_neither_runs_nor_fetches_anything(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    asked: list[str] = []
    notebook.page.route("**/tracker.invalid/*", lambda route: asked.append(route.request.url))
    hostile = "<b>here</b><img src='http://tracker.invalid/x.png'><script>parent.hacked = 1</script>"
    scripted_engine.script(f"from IPython.display import HTML\nHTML({hostile!r})")
    notebook.run(1)
    expect(_panel(notebook).frame_locator("iframe").locator("b")).to_have_text("here")
    assert notebook.page.evaluate("() => window.hacked") is None
    assert not asked
