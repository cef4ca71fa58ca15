"""No test of the models reaches a hub or a package index other than its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub's cache that is this test's own, no hub, no package index."""
    for name in [name for name in os.environ if name.startswith(("HF_", "HUGGINGFACE_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_ENDPOINT", _NOBODY)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", _NOBODY)
    monkeypatch.setenv("PIP_RETRIES", "0")
