"""Makes the pictures of `docs/images/` from real runs: ``python -m tests.pictures``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lab import Lab, chromium
from tests.engine.real import SMALL, real_home, started
from tests.pictures import real, scripted
from tests.pictures.camera import THEMES
from tests.scripted_engine import ScriptedEngine

_DOTS = 1.5


def main() -> None:
    """Take every picture in every theme."""
    expect.set_options(timeout=30_000)
    with tempfile.TemporaryDirectory() as made, chromium() as browser:
        folder = Path(made)
        with (
            ScriptedEngine() as engine,
            Lab(folder / "scripted", {"NBCODER_ENGINE_URL": engine.url}, scale=_DOTS) as lab,
        ):
            for theme in THEMES:
                scripted.take(lab, browser, engine, theme)
            variables = {"NBCODER_ENGINE_URL": engine.url, "NBCODER_PANEL": "on"}
            with Lab(folder / "bare", variables, scale=_DOTS) as bare:
                bare.disable("nbcoder-labextension")
                for theme in THEMES:
                    scripted.take_widget(bare, browser, engine, theme)
        (folder / "home").mkdir()
        with real_home(folder / "home") as home:
            started(home)
            variables = {"NBCODER_HOME": str(home), "NBCODER_MODEL": SMALL}
            with Lab(folder / "real", variables, patience=120, scale=_DOTS) as lab:
                for theme in THEMES:
                    real.take(lab, browser, theme)


if __name__ == "__main__":
    main()
