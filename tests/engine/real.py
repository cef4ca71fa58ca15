"""The real vLLM with the small model, as `make engine` sets them up, beside the user's own engine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from nbcoder.paths import data_dir
from nbcoder.progress import Silent
from nbcoder.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbcoder.engine.address import Address

__all__ = ["SMALL", "both_models", "real_home", "started"]

SMALL = "qwen2.5-coder-0.5b-instruct"
_LARGER = "qwen2.5-coder-1.5b-instruct"

both_models = pytest.mark.parametrize(
    "model", [SMALL, pytest.param(_LARGER, marks=pytest.mark.families)], indirect=True
)
"""For tests that a model has to understand: the larger one takes part in `make families`."""


@contextmanager
def real_home(home: Path) -> Iterator[Path]:
    """``home`` with the installed engine and weights, and a run folder of its own; no engine outlives it."""
    from nbcoder.engine.process import stop  # noqa: PLC0415 - only for the real engine

    (home / "data").symlink_to(data_dir())
    yield home
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBCODER_HOME", str(home))
        stop()


def started(home: Path, model: str = SMALL) -> Address:
    """The engine of ``home`` with that model, started where it does not run."""
    from nbcoder.engine.process import ensure_running, status, stop  # noqa: PLC0415 - only for the real engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBCODER_HOME", str(home))
        if status().model not in {"", model}:
            stop()
        return ensure_running(Settings(model=model), Silent())
