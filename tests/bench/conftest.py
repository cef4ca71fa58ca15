"""A kernel that the judging tests share: judging leaves no trace in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder.bench.kernels import KernelHandle, open_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETUP = """
import numpy as np
import pandas as pd
import random

df = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
numbers = [3, 1, 2]
half = 0.5

def double(value):
    return 2 * value

def size():
    return len(df)
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelHandle]:
    """A kernel with pandas, a frame ``df``, a list, a number and two functions, and a file to read."""
    inputs: Path = tmp_path_factory.mktemp("data") / "inputs"
    inputs.mkdir()
    (inputs / "table.csv").write_text("a,b\n1,2\n3,4\n")
    with open_kernel((("inputs", inputs),)) as handle:
        assert handle.run(SETUP, 60).error is None
        yield handle
