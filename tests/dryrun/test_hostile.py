"""Whatever the code does, the kernel, its data and its files stay as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dryrun.cases import LIVE, Hostile
from tests.dryrun.hostile import SNIPPETS

if TYPE_CHECKING:
    from tests.dryrun.live import DryKernel


@pytest.fixture(scope="module", autouse=True)
def live(dry_kernel: DryKernel) -> None:
    dry_kernel.do(LIVE)
    assert dry_kernel.dry_run("1").status == "ok"


@pytest.mark.parametrize("tier", ["namespaces", "landlock", "audit"])
@pytest.mark.parametrize("hostile", [pytest.param(s, id=s.name) for s in SNIPPETS])
def test_nothing_of_it_reaches_the_kernel(dry_kernel: DryKernel, hostile: Hostile, tier: str) -> None:
    if hostile.is_bomb and tier != "namespaces" and not dry_kernel.is_bounded:
        pytest.skip("nothing here would bound its processes if the walls did not")
    before = dry_kernel.state()
    report = dry_kernel.dry_run(hostile.code, f"_runners[{tier!r}]", **hostile.limits)
    assert not differences(before, dry_kernel.state()), report
    assert report.status in hostile.expected[tier], report


def differences(before: object, after: object, where: str = "") -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted({*before, *after})
        return [d for k in keys for d in differences(before.get(k), after.get(k), f"{where} {k}")]
    if isinstance(before, list) and isinstance(after, list):
        before, after = [x for x in before if x not in after], [x for x in after if x not in before]
    return [] if before == after else [f"{where}: {before!r} -> {after!r}"]
