"""A person types in JupyterLab, and the model goes on at the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import ghost_text, switch_ghost_text, wait_for_ghost_text
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.lab import Lab, NotebookPage
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser

_QWEN = "qwen2.5-coder-0.5b-instruct"
_SOURCES = ("sales = [3, 4, 5]", "# a list of numbers", "")
_STATUS_CAME = """() => performance.getEntriesByType('resource').some(
    entry => entry.name.includes('/nbcoder/api/status') && entry.responseEnd > 0
)"""
_ENGINE_IS_KNOWN = "() => document.querySelector('.nbc-engine-text')?.textContent === 'qwen2.5-coder-0.5b'"


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab, lab_engine: ScriptedEngine) -> Iterator[NotebookPage]:
    """One notebook for all tests, with ghost text switched on."""
    lab_engine.reset()
    lab_engine.models[0]["id"] = _QWEN
    with lab.open(browser, "ghost", _SOURCES) as opened:
        opened.page.wait_for_function(_ENGINE_IS_KNOWN)
        switch_ghost_text(opened, on=True)
        yield opened
        switch_ghost_text(opened, on=False)


@pytest.fixture
def notebook(
    request: pytest.FixtureRequest, page: NotebookPage, scripted_engine: ScriptedEngine
) -> NotebookPage:
    """A notebook with some cells, the last one empty and the cursor in it; the model can infill."""
    scripted_engine.models[0]["id"] = _QWEN
    # An answer holds for as long as the cells are the same; each test has its own.
    page.set_sources([page.sources()[0], _SOURCES[0], f"# {request.node.name}", ""])
    # Leaving the cell where the last test ended calls off what was still wished for there.
    page.cell(1).locator(".cm-content").click()
    page.cell(3).locator(".cm-content").click()
    scripted_engine.wait_until(lambda engine: engine.running == 0)
    scripted_engine.reset()
    scripted_engine.models[0]["id"] = _QWEN
    return page


def test_ghost_text_comes_from_the_cells_above_and_tab_accepts_it(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(Reply("m(sales)", chunk=3))
    notebook.page.keyboard.insert_text("total = su")
    expect(ghost_text(notebook)).to_have_text("m(sales)")
    body = scripted_engine.bodies[-1]
    assert body["prompt"] == (
        "<|fim_prefix|># %%\n%load_ext nbcoder\n\n# %%\nsales = [3, 4, 5]\n\n"
        f"# %%\n{notebook.sources()[2]}\n\n# %%\ntotal = su<|fim_suffix|><|fim_middle|>"
    )
    assert body["priority"] < 0
    notebook.page.keyboard.press("Tab")
    assert notebook.sources()[3] == "total = sum(sales)"


def test_typing_on_frees_the_engine(notebook: NotebookPage, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script(Reply("m(sales)" * 9, stall_after=1), Reply("(sales)"))
    notebook.page.keyboard.insert_text("total = su")
    expect(ghost_text(notebook)).to_contain_text("m(sa")
    notebook.page.keyboard.insert_text("x")
    scripted_engine.wait_until(lambda engine: engine.aborted == 1)
    expect(ghost_text(notebook)).to_have_text("(sales)")


def test_typing_on_before_the_first_text_frees_the_engine(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(Reply("m(sales)", stall_after=0))
    notebook.page.keyboard.insert_text("total = su")
    scripted_engine.wait_until(lambda engine: engine.running == 1)
    # On a line with nothing on it JupyterLab does not ask, so that nothing new ends the old.
    notebook.page.keyboard.press("Enter")
    scripted_engine.wait_until(lambda engine: engine.aborted == 1)


def test_leaving_the_cell_frees_the_engine(notebook: NotebookPage, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script(Reply("m(sales)", stall_after=0))
    notebook.page.keyboard.insert_text("total = su")
    scripted_engine.wait_until(lambda engine: engine.running == 1)
    notebook.cell(1).locator(".cm-content").click()
    scripted_engine.wait_until(lambda engine: engine.aborted == 1)


def test_typing_what_it_says_does_not_ask_again(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("m(sales)")
    notebook.page.keyboard.insert_text("total = su")
    expect(ghost_text(notebook)).to_have_text("m(sales)")
    notebook.page.keyboard.type("m(s", delay=50)
    expect(ghost_text(notebook)).to_have_text("ales)")
    assert len(scripted_engine.requests) == 1


def test_within_brackets_only_the_rest_of_the_line_is_written(
    notebook: NotebookPage, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("sales")
    notebook.page.keyboard.insert_text("print(sum()")
    notebook.page.keyboard.insert_text(")")
    notebook.page.keyboard.press("ArrowLeft")
    notebook.page.keyboard.press("ArrowLeft")
    scripted_engine.reset()
    scripted_engine.models[0]["id"] = _QWEN
    scripted_engine.script("ales")
    notebook.page.keyboard.insert_text("s")
    expect(ghost_text(notebook)).to_have_text("ales")
    assert scripted_engine.bodies[-1]["prompt"].endswith("print(sum(s<|fim_suffix|>))<|fim_middle|>")
    assert scripted_engine.bodies[-1]["stop"] == ["\n"]


@pytest.mark.parametrize("text", ["%%generate\nthe sum", "%%bash\nls -l", "%timeit su", "!ls"])
def test_magics_are_left_alone(notebook: NotebookPage, scripted_engine: ScriptedEngine, text: str) -> None:
    notebook.page.keyboard.insert_text(text[:-1])
    notebook.page.keyboard.insert_text(text[-1])
    _asked_for_something_else(notebook, scripted_engine)


def test_the_middle_of_a_word_is_left_alone(notebook: NotebookPage, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.respond_with(lambda _: Reply(""))
    notebook.page.keyboard.insert_text("total")
    notebook.page.keyboard.press("ArrowLeft")
    notebook.page.keyboard.insert_text("a")
    _asked_for_something_else(notebook, scripted_engine, "total")


def test_a_markdown_cell_is_left_alone(notebook: NotebookPage, scripted_engine: ScriptedEngine) -> None:
    notebook.page.keyboard.press("Escape")
    notebook.page.keyboard.press("m")
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.insert_text("The total is")
    notebook.page.keyboard.press("Escape")
    notebook.page.keyboard.press("y")
    notebook.page.keyboard.press("Enter")
    _asked_for_something_else(notebook, scripted_engine, "The total is")


def _asked_for_something_else(notebook: NotebookPage, engine: ScriptedEngine, but: str = "") -> None:
    """Nothing was asked before this harmless wish; what is no wish takes no longer than one."""
    before = [body["prompt"] for body in engine.bodies]
    assert all(but and prompt.endswith(f"{but}<|fim_suffix|><|fim_middle|>") for prompt in before)
    engine.script("m(sales)")
    notebook.cell(2).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+End")
    notebook.page.keyboard.insert_text("\n")
    notebook.page.keyboard.insert_text("total = su")
    expect(ghost_text(notebook)).to_have_text("m(sales)")
    asked = [body["prompt"] for body in engine.bodies[len(before) :]]
    assert ["total = su<|fim_suffix|>" in prompt for prompt in asked] == [True]


def test_a_key_switches_it_off_and_on(notebook: NotebookPage, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.respond_with(lambda _: Reply("m(sales)"))
    notebook.page.keyboard.press("Alt+Shift+T")
    wait_for_ghost_text(notebook, on=False)
    notebook.page.keyboard.insert_text("total = su")
    notebook.page.keyboard.press("Alt+Shift+T")
    wait_for_ghost_text(notebook, on=True)
    assert scripted_engine.requests == []
    notebook.page.keyboard.insert_text("m")
    expect(ghost_text(notebook)).to_have_text("m(sales)")


def test_notebook_7_shows_it_as_well(lab: Lab, browser: Browser, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.models[0]["id"] = _QWEN
    scripted_engine.respond_with(lambda _: Reply("m(sales)"))
    path = lab.write("ghost-seven", _SOURCES)
    lab.set("nbcoder-labextension", "ghost", {"enabled": True})
    try:
        with lab.open_fresh(browser, path, app="notebooks") as notebook:
            # There is no status bar to tell that the engine is known.
            notebook.page.wait_for_function(_STATUS_CAME)
            notebook.type(3, "total = s")
            expect(ghost_text(notebook)).to_have_text("m(sales)")
            notebook.page.keyboard.press("Tab")
            assert notebook.sources()[3] == "total = sm(sales)"
    finally:
        lab.set("nbcoder-labextension", "ghost", {"enabled": False})
