"""The pictures of the README, with the real vLLM and the small model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.lab import ghost_text, switch_ghost_text
from tests.pictures.camera import set_up

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab
    from tests.pictures.camera import Camera

__all__ = ["take"]

_ASK = "%%generate\nGroup the sales by city and sum the amounts"
_BROKEN = """\
def spread(numbers):
    return max(numbers) - min(values)

spread(sales["amount"])"""
_TYPED = "def mean(numbers):\n    return "


def take(lab: Lab, browser: Browser, theme: str) -> None:
    """What the README shows, in that theme."""
    with set_up(lab, browser, theme, [_ASK, _BROKEN, ""]) as camera:
        _offer(camera)
        _fix(camera)
        _ghost(camera)
        _engine(camera)


def _offer(camera: Camera) -> None:
    notebook = camera.notebook
    notebook.start(2)
    notebook.suggestion().locator(".nbc-outputs").wait_for()
    camera.cells("offer", 2, 2)
    doubtful = notebook.suggestion().locator(".nbc-token:not([style*='0.00'])").first
    doubtful.hover()
    rivals = notebook.page.locator(".nbc-rivals")
    rivals.wait_for()
    camera.take("confidence", notebook.cell(2), rivals)
    notebook.press("Accept and run")
    notebook.suggestion("accepted")
    notebook.wait_for_run(3)


def _fix(camera: Camera) -> None:
    notebook = camera.notebook
    notebook.run(4)
    notebook.cell(4).locator(".nbc-fix").click()
    notebook.suggestion().locator(".cm-deletedChunk").wait_for()
    camera.cells("fix", 4, 4)
    notebook.press("Accept and run")
    notebook.page.locator(".nbc-below[data-state=accepted]").wait_for()


def _ghost(camera: Camera) -> None:
    notebook = camera.notebook
    switch_ghost_text(notebook, on=True)
    notebook.type(5, _TYPED)
    ghost_text(notebook).filter(has_text=re.compile(r"\)$")).wait_for()
    expect(notebook.page.locator(".jp-GhostText-streamingIndicator")).to_have_count(0)
    camera.cells("ghost", 5, 5)
    notebook.page.keyboard.press("Escape")
    switch_ghost_text(notebook, on=False)


def _engine(camera: Camera) -> None:
    page = camera.notebook.page
    page.locator(".nbc-engine-button[data-phase=ready]").click()
    page.locator(".lm-Menu").wait_for()
    camera.engine("engine", page.locator(".lm-Menu"))
    page.keyboard.press("Escape")
