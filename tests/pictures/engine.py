"""Pictures of an engine of ours that is off, starts and fails: a fake vLLM on a machine in a folder."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from nbcoder.engine.process import stop
from tests.engine.process.stage import MODEL, install_environment, make_environment, write_model
from tests.pictures.camera import set_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.lab import Lab
    from tests.pictures.camera import Camera

__all__ = ["machine", "take"]

_LOG = """\
INFO non-default args: {}
INFO Starting to load model
Loading safetensors checkpoint shards:  50% Completed | 2/4 [00:09<00:09,  4.7s/it]
ERROR No available memory for the cache blocks."""
_SECONDS = 20
"""From its start to its failure: the status bar looks every five."""
_ASK = "%%generate\ntotal by city, largest first"


@contextmanager
def machine(folder: Path) -> Iterator[dict[str, str]]:
    """The variables of a machine in ``folder`` whose engine fails to start after a while."""
    variables = {
        "NBCODER_HOME": str(folder),
        "FAKE_VLLM": json.dumps({"log": _LOG, "ready_after": _SECONDS, "exit": 1}),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        make_environment(folder / "environment")
        install_environment(folder / "environment")
        # A quantised model is served as it is on every CPU: what we do to others needs the real vLLM.
        model = write_model(folder / MODEL, quantization_config={"quant_method": "fake"})
        (folder / "config.toml").write_text(f'model = "{model}"\n', encoding="utf-8")
        yield variables
        stop()


def take(lab: Lab, browser: Browser, theme: str) -> None:
    """What the status bar and a request tell of such an engine, in that theme."""
    with set_up(lab, browser, theme, [_ASK]) as camera:
        _off(camera)
        _starting(camera)
        _failed(camera)


def _off(camera: Camera) -> None:
    page = camera.notebook.page
    page.locator(".nbc-engine-button[data-phase=off]").click()
    page.locator(".lm-Menu").wait_for()
    camera.engine("engine-off", page.locator(".lm-Menu"))
    page.keyboard.press("Escape")


def _starting(camera: Camera) -> None:
    notebook = camera.notebook
    notebook.start(2)
    notebook.suggestion("streaming").get_by_text("loading weights").wait_for()
    camera.cells("starting", 2, 2)
    notebook.page.locator(".nbc-engine-button[data-phase=starting]").get_by_text("loading weights").wait_for()
    camera.engine("engine-starting")


def _failed(camera: Camera) -> None:
    notebook = camera.notebook
    notebook.suggestion("stopped")
    notebook.output(2).wait_for()
    camera.cells("not-started", 2, 2)
    told = notebook.page.locator(".Toastify__toast")
    told.wait_for()
    notebook.page.locator(".nbc-engine-button[data-phase=failed]").wait_for()
    camera.engine("engine-failed", told)
