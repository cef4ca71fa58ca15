from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.dryrun.live import DryKernel

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDINARY_USER = 21_000
USERS = [
    pytest.param(None, id="own-user"),
    pytest.param(
        ORDINARY_USER,
        id="ordinary-user",
        marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
    ),
]


@pytest.fixture(scope="package")
def dry_kernel(request: pytest.FixtureRequest) -> Iterator[DryKernel]:
    """A kernel of one of `USERS`, by indirect parameter; tests leave it as they found it."""
    with DryKernel(request.param) as kernel:
        yield kernel
