from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, chromium
from tests.engine.process.conftest import fake_environment, stage
from tests.scripted_engine import ScriptedEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

__all__ = ["fake_environment", "stage"]

# A busy machine draws a page in seconds.
expect.set_options(timeout=30_000)


# Playwright's loop counts as running in this thread for as long as it lives: it ends with these tests.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def lab_engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine(context_length=100_000) as engine:
        yield engine


@pytest.fixture(scope="package")
def lab(
    tmp_path_factory: pytest.TempPathFactory,
    lab_engine: ScriptedEngine,
    browser: Browser,  # noqa: ARG001 - the lab closes its page, so it has to end before the browser does
) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab"), {"NBCODER_ENGINE_URL": lab_engine.url}) as lab:
        yield lab


@pytest.fixture
def scripted_engine(lab_engine: ScriptedEngine) -> ScriptedEngine:
    """The engine that every kernel of the lab knows, with nothing scripted yet."""
    lab_engine.reset()
    return lab_engine
