"""Whatever the code does, the kernel, its data and its files stay as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from tests.dryrun.cases import LIVE, Hostile
from tests.dryrun.conftest import USERS
from tests.dryrun.hostile import SNIPPETS
from tests.dryrun.live import differences

if TYPE_CHECKING:
    from tests.dryrun.live import DryKernel


@pytest.fixture(scope="module", autouse=True)
def live(dry_kernel: DryKernel) -> None:
    dry_kernel.do(LIVE)
    assert dry_kernel.dry_run("1").status == "ok"


WALLS = [
    pytest.param(*user.values, tier, marks=user.marks, id=f"{user.id}-{tier}")
    for user in USERS
    for tier in ("namespaces", "landlock", "audit")
    if (user.id, tier) != ("ordinary-user", "audit")  # there the system call filter asks for no user
]


@pytest.mark.parametrize(("dry_kernel", "tier"), WALLS, indirect=["dry_kernel"], scope="package")
@pytest.mark.parametrize("hostile", [pytest.param(s, id=s.name) for s in SNIPPETS])
def test_nothing_of_it_reaches_the_kernel(dry_kernel: DryKernel, hostile: Hostile, tier: str) -> None:
    if hostile.is_bomb and tier != "namespaces" and not dry_kernel.is_bounded:
        pytest.skip("nothing here would bound its processes if the walls did not")
    before = dry_kernel.state()
    report = dry_kernel.dry_run(hostile.code, f"_runners[{tier!r}]", **hostile.limits)
    assert not differences(before, dry_kernel.state()), report
    assert report.status in hostile.expected[tier], report


_ENDING = [s.code for s in SNIPPETS if not s.is_bomb and "timeout" not in s.expected["namespaces"]]


@pytest.mark.parametrize("dry_kernel", USERS, indirect=True, scope="package")
@given(pieces=st.lists(st.sampled_from(_ENDING), min_size=2, max_size=6), is_caught=st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nor_does_any_mixture(dry_kernel: DryKernel, pieces: list[str], is_caught: bool) -> None:
    code = "\n".join(_guarded(piece) if is_caught else piece for piece in pieces)
    before = dry_kernel.state()
    report = dry_kernel.dry_run(code, seconds=3.0)
    assert not differences(before, dry_kernel.state()), report


def _guarded(piece: str) -> str:
    """So that the next piece runs, whatever this one raises."""
    return f"try:\n    get_ipython().run_cell({piece!r})\nexcept BaseException: pass"
