"""A notebook with many cells and much output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_output

from tests.browser.lab import ghost_text, switch_ghost_text
from tests.browser.large import TINY_IMAGE, sent_by, watch_comms
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.browser

_CELLS = 80
_MOST_OUTPUT = 500_000
_LONGEST_TEXT = 4000
_COUNT_READING = """() => {
    const far = window.jupyterapp.shell.currentWidget.model.cells.get(5).sharedModel;
    const getSource = far.getSource.bind(far);
    window.nbcRead = 0;
    far.getSource = () => {
        window.nbcRead += 1;
        return getSource();
    };
}"""


def test_what_travels_with_a_run_stays_small_and_typing_does_not_read_all_cells(
    lab: Lab, browser: Browser, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.models[0]["id"] = "qwen2.5-coder-0.5b-instruct"
    path = lab.write("large", [*(f"step_{number} = {number}" for number in range(_CELLS)), "%%generate\nsum"])
    saved = nbformat.read(lab.folder / path, as_version=4)
    for cell in saved.cells[1:-1]:
        shown = {"text/plain": "1234 " * 2000, "image/png": TINY_IMAGE}
        cell.outputs = [new_output("display_data", shown), new_output("stream", text="line\n" * 2000)]
    nbformat.write(saved, lab.folder / path)
    with lab.open_fresh(browser, path) as notebook:
        notebook.run(0)
        watch_comms(notebook)
        scripted_engine.script("answer = 42")
        notebook.run(_CELLS + 1)
        cells = sent_by(notebook)["data"]["cells"]
        assert [cell["source"] for cell in cells] == notebook.sources()
        kept = [output for cell in cells for output in cell.get("outputs", ())]
        assert 0.9 * _MOST_OUTPUT < len(json.dumps(kept)) < 1.1 * _MOST_OUTPUT
        assert cells[_CELLS]["outputs"], "the nearest are the last to be left out"
        assert {len(output.get("text", "")) for output in kept} == {0, _LONGEST_TEXT}
        assert TINY_IMAGE not in json.dumps(kept)

        scripted_engine.respond_with(lambda _: Reply("answer"))
        notebook.page.locator(".nbc-engine-button[data-phase=ready]").wait_for()
        switch_ghost_text(notebook, on=True)
        notebook.type(_CELLS, "")
        notebook.page.evaluate(_COUNT_READING)
        notebook.page.keyboard.type("the_whole_total = the_")
        ghost_text(notebook).wait_for()
        assert notebook.page.evaluate("() => window.nbcRead") <= 2
        switch_ghost_text(notebook, on=False)
