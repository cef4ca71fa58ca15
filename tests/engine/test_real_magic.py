"""From the magic in a real kernel to the real vLLM with a real model, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

_TABLE = "import pandas as pd\nsales = pd.DataFrame({'city': ['Bern', 'Basel', 'Bern'], 'units': [1, 2, 3]})"


@pytest.mark.usefixtures("real_engine")
def test_a_misspelt_column_is_mended(live_kernel: LiveKernel) -> None:
    live_kernel.run(_TABLE)
    assert live_kernel.run("sales['unit'].sum()").error.startswith("KeyError")
    mended = live_kernel.run("%fix").next_cell
    assert mended is not None
    assert live_kernel.run(mended).result in ("6", "np.int64(6)")


@pytest.mark.usefixtures("real_engine")
def test_the_same_seed_gives_the_same_cell(live_kernel: LiveKernel) -> None:
    ask = "%%generate --temperature 0.8 --seed 7 --max-tokens 60\na function that reverses a string"
    assert live_kernel.run(ask).next_cell == live_kernel.run(ask).next_cell
