"""A real JupyterLab with a real browser in front of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import ViewportSize, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

__all__ = ["Lab", "NotebookPage", "chromium", "ghost_text", "switch_ghost_text", "wait_for_ghost_text"]

_TOGGLE_GHOST = "nbcoder:toggle-ghost-text"
_SECONDS = 60
_SECONDS_TO_END = 20
_LOAD = "%load_ext nbcoder"
_NOTEBOOK = "window.jupyterapp.shell.currentWidget"
_FRONT = ".jp-NotebookPanel:not(.lm-mod-hidden)"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; tests do not pass without one."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "there is no Chromium on this machine. `make test` installs it."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Lab:
    """``jupyter lab`` in ``folder``, a context manager; ``variables`` tell its kernels of an engine.

    Its pages wait ``patience`` seconds for what is to come, and have ``scale`` dots to a pixel.
    """

    def __init__(
        self, folder: Path, variables: Mapping[str, str], *, patience: float = 30, scale: float = 1
    ) -> None:
        self.folder = folder
        self._patience, self._scale = patience, scale
        self._page: Page | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        home = folder / ".home"
        environment = {
            **os.environ,
            "HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "NBCODER_HOME": str(home / "nbcoder"),
            **variables,
        }
        home.mkdir(parents=True)
        self._settings = home / "settings"
        self._config = home / "config"
        self._log = (folder / "lab.log").open("wb")
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={self._port}"]
        options = [
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={folder}",
            "--IdentityProvider.token=",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            "--LabApp.news_url=None",
        ]
        self._process = subprocess.Popen(
            [*command, *options], env=environment, stdout=self._log, stderr=subprocess.STDOUT, cwd=folder
        )
        self.set("@jupyterlab/docmanager-extension", "plugin", {"autosave": False})
        self.set("@jupyterlab/apputils-extension", "notification", {"fetchNews": "false"})
        # It would ask the engine while other tests type.
        self.set("nbcoder-labextension", "ghost", {"enabled": False})
        # It would stand before the first notebook.
        self.set("nbcoder-labextension", "guide", {"show": False})

    def __enter__(self) -> Self:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, (self.folder / "lab.log").read_text()
            try:
                with urllib.request.urlopen(f"{self.url}/api/status", timeout=1):  # noqa: S310 - our own server
                    return self
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "lab.log").read_text())

    def __exit__(self, *exc_info: object) -> None:
        if self._page is not None:
            self._page.context.close()
        self._process.terminate()
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            # Its kernels are gone by then. A request for files in flight leaves a thread of AnyIO behind
            # that Python waits for without end.
            self._process.kill()
            self._process.wait()
        self._log.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def set(self, package: str, plugin: str, settings: Mapping[str, Any]) -> None:
        """Write a user's settings; pages opened afterwards have them."""
        file = self._settings / package / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(dict(settings)), encoding="utf-8")

    def disable(self, extension: str) -> None:
        """Pages opened afterwards do not have that extension."""
        file = self._config / "labconfig/page_config.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"disabledExtensions": {extension: True}}), encoding="utf-8")

    def write(self, name: str, sources: Sequence[str], **metadata: object) -> str:
        """A notebook of these cells in the lab's folder, after the one that loads nbcoder; its path there."""
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = new_notebook(
            cells=[new_code_cell(source) for source in (_LOAD, *sources)],
            metadata={"kernelspec": kernel, **metadata},
        )
        nbformat.write(notebook, self.folder / f"{name}.ipynb")
        return f"{name}.ipynb"

    @contextmanager
    def open(self, browser: Browser, name: str, sources: Sequence[str] = ()) -> Iterator[NotebookPage]:
        """A notebook of these cells, nbcoder loaded in its kernel, in the page that all tests share."""
        path = self.write(name, sources)
        if self._page is None:
            self._page = self._new_page(browser)
            self._page.goto(f"{self.url}/lab?reset")
        opened = NotebookPage(self._page, f"{self.url}/lab/tree/{path}?reset")
        opened.show(path)
        try:
            opened.run(0)
            yield opened
        finally:
            opened.close(path)

    @contextmanager
    def open_fresh(
        self, browser: Browser, path: str, app: str = "lab/tree", without: str = ""
    ) -> Iterator[NotebookPage]:
        """That notebook in a page of its own, with the settings as they are now; nothing is run in it.

        Addresses like ``without`` cannot be reached.
        """
        page = self._new_page(browser)
        if without:
            page.route(without, lambda route: route.abort())
        try:
            workspace = f"workspaces/{uuid.uuid4().hex}/" if app == "lab/tree" else ""
            where = app.replace("/", f"/{workspace}", 1) if workspace else app
            opened = NotebookPage(page, f"{self.url}/{where}/{path}")
            opened.load()
            yield opened
        finally:
            page.context.close()

    def _new_page(self, browser: Browser) -> Page:
        """A page of a browser that knows nothing yet."""
        size = ViewportSize(width=1200, height=900)
        page = browser.new_context(viewport=size, device_scale_factor=self._scale).new_page()
        page.set_default_timeout(self._patience * 1000)
        return page


class NotebookPage:
    """A notebook in a browser, used as a person would: by keys and buttons."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url

    def load(self, *, is_idle: bool = True) -> None:
        """Open it, or open it again, and wait for its kernel, which may be busy."""
        self.page.goto(self._url)
        self._wait(is_idle=is_idle)

    def show(self, path: str) -> None:
        """Open it in the page that is there, and wait for its kernel."""
        self.page.wait_for_function("() => window.jupyterapp?.commands.hasCommand('docmanager:open')")
        self.page.evaluate(
            """async path => {
                await window.jupyterapp.restored;
                await window.jupyterapp.commands.execute('docmanager:open', { path, factory: 'Notebook' });
            }""",
            path,
        )
        self._wait()

    def close(self, path: str) -> None:
        """Close it without saving, and end its kernel."""
        self.page.evaluate(
            """async path => {
                const open = Array.from(window.jupyterapp.shell.widgets('main'));
                const notebook = open.find(widget => widget.context?.path === path);
                await notebook.sessionContext.shutdown();
                notebook.dispose();
            }""",
            path,
        )

    def _wait(self, *, is_idle: bool = True) -> None:
        # JupyterLab does not know of a busy kernel that it is busy before that has answered.
        states = ["idle"] if is_idle else ["idle", "busy", "unknown"]
        self.page.wait_for_function(
            f"""() => {{
                const session = window.jupyterapp?.shell.currentWidget?.sessionContext?.session;
                return {json.dumps(states)}.includes(session?.kernel?.status);
            }}""",
            timeout=_SECONDS * 1000,
        )
        self.page.wait_for_selector(f"{_FRONT} .jp-Cell .cm-content")

    def active(self) -> int:
        """The position of the cell that the keys are for."""
        found: int = self.page.evaluate(f"() => {_NOTEBOOK}.content.activeCellIndex")
        return found

    def cell(self, index: int) -> Locator:
        """The cell at that position."""
        return self.page.locator(f"{_FRONT} .jp-Cell").nth(index)

    def output(self, index: int) -> Locator:
        """The first output of the cell at that position, not what a suggestion below it shows."""
        return (
            self.cell(index)
            .locator(".jp-Cell-outputArea > .jp-OutputArea-child > .jp-OutputArea-output")
            .first
        )

    def sources(self) -> list[str]:
        """The text of all cells as the page has it."""
        found: list[str] = self.page.evaluate(
            f"() => {_NOTEBOOK}.model.sharedModel.cells.map(cell => cell.getSource())"
        )
        return found

    def types(self) -> list[str]:
        """The kinds of all cells."""
        found: list[str] = self.page.evaluate(
            f"() => {_NOTEBOOK}.model.sharedModel.cells.map(cell => cell.cell_type)"
        )
        return found

    def set_sources(self, sources: Sequence[str]) -> None:
        """Give the cells these texts, as if somebody else had written them."""
        self.page.evaluate(
            f"""sources => {{
                const {{ cells }} = {_NOTEBOOK}.model.sharedModel;
                sources.forEach((source, index) => cells[index].setSource(source));
            }}""",
            list(sources),
        )

    def metadata(self, index: int) -> dict[str, Any]:
        """What nbcoder noted in that cell."""
        found: dict[str, Any] = self.page.evaluate(
            f"() => {_NOTEBOOK}.model.sharedModel.cells[{index}].getMetadata('nbcoder')"
        )
        return found

    def type(self, index: int, text: str) -> None:
        """Write ``text`` into the cell instead of what is there."""
        self.cell(index).locator(".cm-content").first.click()
        self.page.keyboard.press("Control+A")
        # What is only selected comes to life again when JupyterLab draws the cell anew.
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(text)

    def start(self, index: int) -> None:
        """Run the cell with its key and do not wait; the cell stays selected."""
        self.cell(index).locator(".cm-content").first.click()
        self.page.keyboard.press("Control+Enter")

    def run(self, index: int) -> None:
        """Run the cell with its key and wait for its end."""
        self.page.evaluate(f"() => {{ {_NOTEBOOK}.model.cells.get({index}).executionCount = null; }}")
        self.start(index)
        self.wait_for_run(index)

    def wait_for_run(self, index: int) -> None:
        """Wait until the cell has run."""
        self.page.wait_for_function(
            f"""() => {{
                const cell = {_NOTEBOOK}.model.cells.get({index});
                return cell.executionCount !== null && cell.executionState === 'idle';
            }}"""
        )

    def suggestion(self, state: str = "ready") -> Locator:
        """The suggestion on the page that is in that state; waits for it."""
        found = self.page.locator(f"{_FRONT} .nbc-suggestion[data-state={state}]").last
        found.wait_for()
        return found

    def press(self, label: str) -> None:
        """Press the button with that label on the suggestion that waits for a decision."""
        name = re.compile(rf"^{re.escape(label)}\s*(Alt\+Shift\+\w)?$")
        self.suggestion().get_by_role("button", name=name).click()

    def save(self) -> None:
        """Save the notebook."""
        self.page.evaluate(f"() => {_NOTEBOOK}.context.save()")

    def read_again(self) -> None:
        """Reload the notebook from disk, and nothing else of the page."""
        self.page.evaluate(f"() => {_NOTEBOOK}.context.revert()")

    def restart_kernel(self) -> None:
        """A fresh kernel, without asking."""
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )


def ghost_text(notebook: NotebookPage) -> Locator:
    """What is shown at the cursor; beside it, JupyterLab keeps the room of ghost text that has just gone."""
    return notebook.page.locator(".jp-GhostText:not(.jp-GhostText-lineSpacer, .jp-GhostText-letterSpacer)")


def switch_ghost_text(notebook: NotebookPage, *, on: bool) -> None:
    """Switch it on or off in this page, and in those that are opened after it."""
    commands = "window.jupyterapp.commands"
    is_on = f"{commands}.isToggled('{_TOGGLE_GHOST}')"
    if notebook.page.evaluate(f"() => {is_on}") != on:
        notebook.page.evaluate(f"() => {commands}.execute('{_TOGGLE_GHOST}')")
    wait_for_ghost_text(notebook, on=on)


def wait_for_ghost_text(notebook: NotebookPage, *, on: bool) -> None:
    """Wait until it is switched on or off."""
    wanted = "true" if on else "false"
    is_on = f"window.jupyterapp.commands.isToggled('{_TOGGLE_GHOST}')"
    notebook.page.wait_for_function(f"() => {is_on} === {wanted}")
