"""Makes the pictures of `docs/images/` from real runs: ``python -m tests.pictures``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lab import Lab, chromium
from tests.engine.real import SMALL, real_home, started
from tests.pictures import engine, mishaps, real, scripted
from tests.pictures.camera import THEMES
from tests.scripted_engine import ScriptedEngine

_DOTS = 1.5


def main() -> None:
    """Take every picture in every theme."""
    expect.set_options(timeout=30_000)
    with tempfile.TemporaryDirectory() as made, chromium() as browser:
        folder = Path(made)
        with (
            ScriptedEngine() as speaker,
            Lab(folder / "scripted", {"NBCODER_ENGINE_URL": speaker.url}, scale=_DOTS) as lab,
        ):
            for theme in THEMES:
                scripted.take(lab, browser, speaker, theme)
                mishaps.take(lab, browser, speaker, theme)
                scripted.take_seven(lab, browser, speaker, theme)
            variables = {"NBCODER_ENGINE_URL": speaker.url, "NBCODER_PANEL": "on"}
            with Lab(folder / "bare", variables, scale=_DOTS) as bare:
                bare.disable("nbcoder-labextension")
                for theme in THEMES:
                    scripted.take_widget(bare, browser, speaker, theme)
        for theme in THEMES:
            with (
                engine.machine(folder / theme) as variables,
                Lab(folder / theme / "lab", variables, patience=60, scale=_DOTS) as lab,
            ):
                engine.take(lab, browser, theme)
        (folder / "home").mkdir()
        with real_home(folder / "home") as home:
            started(home)
            variables = {"NBCODER_HOME": str(home), "NBCODER_MODEL": SMALL}
            with Lab(folder / "real", variables, patience=120, scale=_DOTS) as lab:
                for theme in THEMES:
                    real.take(lab, browser, theme)


if __name__ == "__main__":
    main()
