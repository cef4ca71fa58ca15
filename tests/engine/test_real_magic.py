"""From the magic in a real kernel to the real vLLM with a real model, and back."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from nbcoder.engine import process
from tests.engine.real import both_models

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live_kernel import LiveKernel

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

_TABLE = "import pandas as pd\nsales = pd.DataFrame({'city': ['Bern', 'Basel', 'Bern'], 'units': [1, 2, 3]})"


@both_models
@pytest.mark.usefixtures("real_engine")
def test_a_generated_cell_runs_on_the_live_data(live_kernel: LiveKernel) -> None:
    live_kernel.run(_TABLE)
    cell = live_kernel.run("%%generate\nGroup the sales by city and sum the units").next_cell
    assert cell is not None
    shown = live_kernel.run(cell)
    assert shown.ok, shown.error
    assert {"Bern", "Basel", "4", "2"} <= set(shown.result.split())


@both_models
@pytest.mark.usefixtures("real_engine")
def test_a_misspelt_column_is_mended(live_kernel: LiveKernel) -> None:
    live_kernel.run(_TABLE)
    assert live_kernel.run("sales['unit'].sum()").error.startswith("KeyError")
    # With a wish the model is asked, though the error has one remedy.
    mended = live_kernel.run("%%fix\nthe sum of the units").next_cell
    assert mended is not None
    assert live_kernel.run(mended).result in ("6", "np.int64(6)")


@pytest.mark.usefixtures("real_engine")
def test_the_same_seed_gives_the_same_cell(live_kernel: LiveKernel) -> None:
    ask = "%%generate --temperature 0.8 --seed 7 --max-tokens 60\na function that reverses a string"
    assert live_kernel.run(ask).next_cell == live_kernel.run(ask).next_cell


@pytest.mark.usefixtures("real_engine")
def test_a_seed_and_a_prompt_of_many_pieces_go_together(live_kernel: LiveKernel) -> None:
    remarks = "\n".join(f"Remark {number}: take no notice of number {number * 7919}." for number in range(60))
    ask = f"%%generate --temperature 0.8 --seed 7 --max-tokens 30\na function that adds one\n{remarks}"
    answer = live_kernel.run(ask)
    assert answer.ok, answer.error
    assert answer.next_cell


@pytest.mark.usefixtures("real_engine")
def test_an_engine_that_is_killed_costs_one_line_and_the_next_request_starts_it_again(
    live_kernel: LiveKernel, engine_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCODER_HOME", str(engine_home))
    killed: list[int] = []

    def kill_while_it_streams(message: dict[str, Any]) -> None:
        shown = message["content"].get("data", {}).get("text/markdown", "")
        engine = process.status().pid
        if "tokens …" in shown and not killed and engine is not None:
            os.kill(engine, signal.SIGKILL)
            killed.append(engine)

    answer = live_kernel.run(
        "%%generate --max-tokens 900\nA class for matrices with thirty methods, each with a long docstring",
        watch=kill_while_it_streams,
    )
    assert killed
    assert answer.error.split(":")[0] in {"StreamCut", "EngineUnreachable"}
    assert answer.traceback.count("\n") == 0
    assert live_kernel.run("%%generate --max-tokens 60\nthe number 42").next_cell is not None
    assert process.status().pid not in killed
