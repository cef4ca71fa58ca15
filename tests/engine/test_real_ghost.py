"""Ghost text of the real model, through Jupyter Server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from nbcoder.bench.ghost import measure_ghost
from nbcoder.progress import Silent
from nbcoder.server.engines import Engines
from nbcoder.suggest.ghost import Cursor

if TYPE_CHECKING:
    from pathlib import Path

    from nbcoder.engine.address import Address

pytestmark = pytest.mark.engine

_TYPED = "def add(first, second):\n    return first +"


@pytest.fixture(autouse=True)
def home(real_engine: Address, engine_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home of the engine that runs."""
    assert real_engine.socket
    monkeypatch.setenv("NBCODER_HOME", str(engine_home))


def test_it_goes_on_where_the_cursor_is() -> None:
    async def read() -> list[str]:
        engines = Engines()
        try:
            return [text async for text in engines.ghost(Cursor(_TYPED, "\n\nprint(add(1, 2))\n"))]
        finally:
            await engines.aclose()

    texts = asyncio.run(read())
    assert texts[-1].split() == ["second"]


def test_it_comes_through_a_jupyter_server() -> None:
    times = measure_ghost(Silent(), ["import math", f"{_TYPED} second"])
    assert times.first is not None or times.seconds
