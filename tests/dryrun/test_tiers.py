"""The best walls that stand on a system are taken, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dryrun.live import DryKernel

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSE = """
import errno
from nbcoder.dryrun import KernelDryRunner
from nbcoder.dryrun.walls import landlock
from nbcoder.dryrun.system import linux
from nbcoder.dryrun.walls import seccomp
def refuse(*args, **how): raise OSError(errno.EPERM, "not here", "walls")
real = linux.unshare, landlock.restrict_writes, seccomp.install
"""
WALLS = ("linux.unshare = refuse", "landlock.restrict_writes = refuse", "seccomp.install = refuse")


@pytest.fixture(scope="module")
def kernel() -> Iterator[DryKernel]:
    with DryKernel() as kernel:
        kernel.do(REFUSE)
        yield kernel


@pytest.mark.parametrize(
    ("refused", "tier"), [(0, "namespaces"), (1, "landlock"), (2, "audit"), (3, "none")], ids=str
)
def test_the_best_that_stands_is_taken(kernel: DryKernel, refused: int, tier: str) -> None:
    kernel.do("\n".join(WALLS[:refused]) or "pass")
    kernel.do("runner = KernelDryRunner(get_ipython())")
    report = kernel.dry_run("x = 1 + 1; x", "runner")
    kernel.do("linux.unshare, landlock.restrict_writes, seccomp.install = real")
    assert (report.status, report.tier) == ("ok", tier), report
    assert report.effects.added == ("x",)


def test_without_walls_only_what_does_no_harm_is_run(kernel: DryKernel) -> None:
    kernel.do("runner = KernelDryRunner(get_ipython(), tiers=('none',))")
    report = kernel.dry_run("open('made.txt', 'w').write('x')", "runner")
    assert report.status == "unavailable"
    assert "it might use .write; it was not run" in report.why
    assert kernel.dry_run("sum([1, 2])", "runner").outputs[-1]["data"]["text/plain"] == "3"
    assert kernel.dry_run("sum([1, '2'])", "runner").status == "error"
