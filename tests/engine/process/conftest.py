"""A machine with a fake vLLM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder.engine import process
from tests.engine.process.stage import (
    MODEL,
    Stage,
    install_environment,
    make_environment,
    wait_for,
    write_model,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def fake_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the fake vLLM, for all tests."""
    folder = tmp_path_factory.mktemp("environment") / "engine"
    make_environment(folder)
    return folder


@pytest.fixture
def stage(isolated_home: Path, fake_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A machine on which the fake vLLM is installed and nothing runs; nothing is left running."""
    install_environment(fake_environment)
    # A quantised model is served as it is on every CPU: what we do to others needs the real vLLM.
    model = write_model(isolated_home / MODEL, quantization_config={"quant_method": "fake"})
    stage = Stage(model, monkeypatch)
    yield stage
    process.stop(timeout=5)
    wait_for(lambda: not stage.processes())
