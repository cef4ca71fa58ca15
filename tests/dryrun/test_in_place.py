"""What is changed in place is told, whatever way leads there, and what is only read is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.dryrun.conftest import ORDINARY_USER
from tests.dryrun.live import DryKernel

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = """
import functools, sys
import matplotlib.pyplot as plt
numbers, ip = [], get_ipython()
def add(x): numbers.append(x)
def timed(function):
    @functools.wraps(function)
    def timing(*args): return function(*args)
    return timing
@timed
def timed_add(x): numbers.append(x)
@functools.cache
def cached_add(x): numbers.append(x)
def adding():
    yield
    numbers.append(1)
class Base:
    log = []
    def add(self, x): numbers.append(x)
    @classmethod
    def note(cls, x): cls.log.append(x)
class Child(Base):
    def __init__(self, then=None): self.then = then
child, other, steps, handlers = Child(), Child(add), [Child()], {"add": add}
generator = adding()
with_three, also_add = functools.partial(add, 3), child.add
push = numbers.append
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[DryKernel]:
    with DryKernel(ORDINARY_USER if os.geteuid() == 0 else None) as kernel:
        kernel.do(LIVE)
        yield kernel


@pytest.mark.parametrize(
    ("code", "mutated"),
    [
        ("child.add(1)", {"numbers"}),
        ("other.then(1)", {"numbers"}),
        ("steps[0].add(1)", {"numbers"}),
        ("handlers['add'](1)", {"numbers"}),
        ("timed_add(1)", {"numbers"}),
        ("cached_add(1)", {"numbers"}),
        ("with_three()", {"numbers"}),
        ("also_add(1)", {"numbers"}),
        ("push(1)", {"numbers"}),
        ("list(generator)", {"numbers", "generator"}),
        ("child.log.append(1)", {"Base"}),
        ("child.note(1)", {"Base"}),
        ("%time numbers.append(1)", {"numbers"}),
        ("%%time\nadd(1)", {"numbers"}),
        ("plt.plot([1]); plt.show()", set()),
        ("sys.exc_info = add", {"sys", "_sys"}),
    ],
)
def test_what_is_changed_in_place_is_told_whatever_way_leads_there(
    kernel: DryKernel, code: str, mutated: set[str]
) -> None:
    report = kernel.dry_run(code, seconds=60.0)
    assert report.status == "ok", report
    assert set(report.effects.mutated) == mutated
