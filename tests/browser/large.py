"""Measures typing, and what travels with a run, in a notebook of 2,000 cells with 50 MB of outputs.

``python -m tests.browser.large`` types the same text in a page without nbcoder, in one with it, and in one
with ghost text, one after the other, and prints what came of it.
"""

from __future__ import annotations

import base64
import json
import random
import statistics
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.browser.lab import Lab, chromium, switch_ghost_text
from tests.scripted_engine import Reply, ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode
    from playwright.sync_api import Browser

    from tests.browser.lab import NotebookPage

__all__ = ["TINY_IMAGE", "large_notebook", "sent_by", "watch_comms"]

_CELLS = 2000
_MEGABYTES = 50
_NAME = "large.ipynb"
_KINDS = ("without", "with", "ghost")
_TURNS = 3
_TEXT = "total = total + number\n" * 6
_MILLISECONDS_BETWEEN_KEYS = 100
_EXTENSION = "**/lab/extensions/nbcoder-labextension/**"

# From the key to the frame after it: what is posted when a frame begins arrives when it is painted.
_WATCH_KEYS = """() => {
    window.nbcKeys = [];
    window.nbcBlocked = [];
    document.addEventListener('keydown', event => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.nbcKeys.push(performance.now() - event.timeStamp);
        port2.postMessage(0);
    }), true);
    new PerformanceObserver(list => {
        window.nbcBlocked.push(...list.getEntries().map(entry => entry.duration));
    }).observe({ entryTypes: ['longtask'] });
}"""

_EDIT = """async index => {
    const { content } = window.jupyterapp.shell.currentWidget;
    content.model.cells.get(index).executionCount = null;
    content.activeCellIndex = index;
    await content.scrollToItem(index, 'center');
    content.mode = 'edit';
}"""

TINY_IMAGE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A PNG; what follows in its file is not looked at."""

_WATCH_COMMS = """() => {
    const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
    const createComm = kernel.createComm.bind(kernel);
    kernel.createComm = (...args) => {
        const comm = createComm(...args);
        const open = comm.open.bind(comm);
        const begun = performance.now();
        comm.open = (data, ...rest) => {
            const built = performance.now();
            const future = open(data, ...rest);
            window.nbcSent = { data, build: built - begun, send: performance.now() - built };
            return future;
        };
        return comm;
    };
}"""


def large_notebook(cells: int, megabytes: float) -> NotebookNode:
    """Code, every fourth cell markdown; half of the outputs' bytes are images, the rest tables and text."""
    chance = random.Random(7)  # noqa: S311 - the same notebook each time
    made = [new_code_cell("%load_ext nbcoder")]
    share = int(megabytes * 1e6 / (cells * 3 / 4))
    while len(made) < cells - 1:
        number = len(made)
        if number % 4 == 0:
            made.append(new_markdown_cell(f"## Step {number}\n\nWhat the numbers of step {number} say."))
            continue
        source = f"step_{number} = [number * {number} for number in range(100)]\nsum(step_{number})"
        made.append(new_code_cell(source, execution_count=number, outputs=[_output(number, share, chance)]))
    made.append(new_code_cell("%%generate\nthe sum"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook: NotebookNode = new_notebook(cells=made, metadata={"kernelspec": kernel})
    return notebook


def _output(number: int, size: int, chance: random.Random) -> NotebookNode:
    made: NotebookNode
    plain = f"{number} rows, 8 columns"
    if number % 10 < 2:
        image = base64.b64encode(base64.b64decode(TINY_IMAGE) + chance.randbytes(size * 15 // 8)).decode()
        made = new_output("display_data", {"image/png": image, "text/plain": plain})
    elif number % 10 < 5:
        row = "<tr>" + "".join(f"<td>{chance.random():.6f}</td>" for _ in range(8)) + "</tr>"
        table = f"<table>{row * (size * 5 // 8 // len(row) + 1)}</table>"
        made = new_output("display_data", {"text/html": table, "text/plain": plain})
    else:
        line = f"{number} " + "".join(chance.choices("0123456789 ", k=90)) + "\n"
        made = new_output("stream", name="stdout", text=line * (size * 5 // 8 // len(line) + 1))
    return made


def watch_comms(notebook: NotebookPage) -> None:
    """Keep what the page tells the kernel of a run, and how long that took; see `sent_by`."""
    notebook.page.evaluate(_WATCH_COMMS)


def sent_by(notebook: NotebookPage) -> dict[str, Any]:
    """The last snapshot as ``data``; milliseconds to ``build`` it and to ``send`` it."""
    sent: dict[str, Any] = notebook.page.evaluate("() => window.nbcSent")
    return sent


@contextmanager
def _page(lab: Lab, browser: Browser, kind: str) -> Iterator[NotebookPage]:
    with lab.open_fresh(browser, _NAME, without=_EXTENSION if kind == "without" else "") as notebook:
        if kind != "without":
            notebook.run(0)
        if kind == "ghost":
            notebook.page.locator(".nbc-engine-button[data-phase=ready]").wait_for()
            switch_ghost_text(notebook, on=True)
        notebook.page.evaluate(_WATCH_KEYS)
        yield notebook


def _edit(notebook: NotebookPage, index: int) -> None:
    """Go to a cell that JupyterLab may not have drawn yet."""
    notebook.page.evaluate(_EDIT, index)
    notebook.page.locator(".jp-Cell.jp-mod-active .jp-InputArea-editor .cm-content").focus()


def _type(notebook: NotebookPage, index: int) -> None:
    page = notebook.page
    before = page.evaluate("() => window.nbcKeys.length")
    _edit(notebook, index)
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.type(_TEXT, delay=_MILLISECONDS_BETWEEN_KEYS)
    page.wait_for_function("count => window.nbcKeys.length >= count", arg=before + len(_TEXT) + 2)


def _line(notebook: NotebookPage, kind: str) -> str:
    keys = notebook.page.evaluate("() => window.nbcKeys")
    blocked = notebook.page.evaluate("() => window.nbcBlocked")
    return (
        f"{kind:8} {len(keys)} keys: median {statistics.median(keys):.1f} ms, "
        f"19 of 20 within {statistics.quantiles(keys, n=20)[-1]:.1f}, worst {max(keys):.0f}; "
        f"{len(blocked)} tasks over 50 ms, {sum(blocked):.0f} ms in all\n"
    )


def _snapshot(notebook: NotebookPage, engine: ScriptedEngine) -> str:
    engine.script("answer = 42")
    _edit(notebook, _CELLS - 1)
    notebook.page.keyboard.press("Control+Enter")
    notebook.wait_for_run(_CELLS - 1)
    sent = sent_by(notebook)
    cells = sent["data"]["cells"]
    outputs = sum(len(json.dumps(cell.get("outputs", []))) for cell in cells)
    return (
        f"snapshot of {len(cells)} cells: {len(json.dumps(sent['data'])) / 1e6:.2f} MB, "
        f"of that outputs {outputs / 1e6:.2f} MB; {sent['build']:.0f} ms to build it, "
        f"{sent['send']:.0f} ms to send it\n"
    )


def main() -> None:
    """Measure, and print it."""
    say = sys.stdout.write
    with (
        tempfile.TemporaryDirectory() as folder,
        ScriptedEngine(context_length=100_000) as engine,
        Lab(Path(folder), {"NBCODER_ENGINE_URL": engine.url}, patience=600) as lab,
        chromium() as browser,
    ):
        # Only what is in sight is drawn. Else JupyterLab does not keep up with the keys by itself.
        lab.set("@jupyterlab/notebook-extension", "tracker", {"windowingMode": "full"})
        engine.models[0]["id"] = "qwen2.5-coder-0.5b-instruct"
        engine.respond_with(lambda _: Reply("number", delay=0.02))
        nbformat.write(large_notebook(_CELLS, _MEGABYTES), Path(folder) / _NAME)
        say(f"{_CELLS} cells, {(Path(folder) / _NAME).stat().st_size / 1e6:.0f} MB\n")
        for kind in _KINDS:
            with _page(lab, browser, kind) as page:
                for turn in range(_TURNS):
                    # Far down, where there is much above it; each time in a cell of its own.
                    _type(page, _CELLS * 3 // 4 + 1 + 4 * turn)
                say(_line(page, kind))
                if kind == "with":
                    watch_comms(page)
                    for _ in range(5):
                        say(_snapshot(page, engine))


if __name__ == "__main__":
    main()
