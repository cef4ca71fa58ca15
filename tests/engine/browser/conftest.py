"""A JupyterLab whose engine is the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import Lab, chromium
from tests.engine.real import SMALL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


# Playwright's loop counts as running in this thread for as long as it lives: it ends with these tests.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def lab(
    tmp_path_factory: pytest.TempPathFactory,
    engine_home: Path,
    browser: Browser,  # noqa: ARG001 - the lab closes its page, so it has to end before the browser does
) -> Iterator[Lab]:
    variables = {"NBCODER_HOME": str(engine_home), "NBCODER_MODEL": SMALL}
    with Lab(tmp_path_factory.mktemp("lab"), variables, patience=120) as lab:
        yield lab
