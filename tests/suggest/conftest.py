"""The kernel of the kernel's tests: suggestions are tried where they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kernel.conftest import bare_kernel, kernel, scripted_engine, shared_engine, shared_kernel

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel

__all__ = ["bare_kernel", "kernel", "scripted_engine", "shared_engine", "shared_kernel"]


@pytest.fixture
def tables(kernel: LiveKernel) -> LiveKernel:
    """The same with a table ``sales`` in it."""
    assert kernel.run(
        "import pandas as pd\n"
        "sales = pd.DataFrame({'city': ['Bern', 'Basel', 'Bern'], 'units': [1, 2, 3]})\n"
        "sales['price'] = ['$1', '$2', '$3']"
    ).ok
    return kernel
