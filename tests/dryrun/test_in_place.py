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
import functools, itertools, logging, sqlite3, sys
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
slider = ipywidgets.IntSlider()
numbers, ip = [], get_ipython()
open("mine.py", "w").write(
    "ON, kept = False, []\\n"
    "def keep(x): kept.append(x)\\n"
)
sys.path.insert(0, "")
import mine
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
items, pairs, counter = iter([1, 2]), zip([1, 2], "ab"), itertools.count()
reader, writer = open("kept.csv"), open("log.txt", "w")
base = sqlite3.connect(":memory:")
base.execute("create table t (x)")
logger = logging.getLogger("mine")
logger.addHandler(logging.FileHandler("log.txt"))
class Lines:
    def __init__(self): self.file, self._cache = open("kept.csv"), {}
    def first(self): return self.file.readline()
    def recall(self, x): return self._cache.setdefault(x, x)
lines = Lines()
fields = np.zeros(3, dtype=[("x", "i8")])
record = fields.view(np.recarray)
fig, ax = plt.subplots()
line, = ax.plot([1, 2])
deep = plt.figure()
deep.add_subplot(projection="3d").plot([1], [2], [3])
plt.close("all")
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
        ("next(items)", {"items"}),
        ("next(pairs)", {"pairs"}),
        ("next(counter)", {"counter"}),
        ("reader.readline()", {"reader"}),
        ("reader.close()", {"reader"}),
        ("writer.write('x')", {"writer"}),
        ("lines.first()", {"lines"}),
        ("base.execute('insert into t values (1)')", {"base"}),
        ("logger.setLevel(10)", {"logger"}),
        ("fields['x'][0] = 1", {"fields", "record"}),
        ("slider.value = 5", {"slider"}),
        ("mine.ON = True", {"mine"}),
        ("mine.keep(1)", {"mine"}),
        ("np.float = float", {"np"}),
        ("ax.set_title('x')", {"ax", "fig"}),
        ("ax.bar([1], [2])", {"ax", "fig"}),
        ("ax.set_xlim(0, 9)", {"ax", "fig"}),
        ("line.set_color('red')", {"line", "ax", "fig"}),
        ("fig.set_size_inches(3, 3)", {"fig"}),
        ("items; pairs; counter; reader.tell(); reader.name; writer.closed", set()),
        ("base.execute('select * from t').fetchall(); logger.warning('x')", set()),
        ("display(slider)", set()),
        ("lines.recall(1)", {"lines"}),
        ("record.x; len(lines._cache)", set()),
        ("display(fig, deep); ax.get_xlim(); ax.get_title(); fig.savefig('x.png')", set()),
        ("sys.exc_info = add", {"sys", "_sys"}),
    ],
)
def test_what_is_changed_in_place_is_told_whatever_way_leads_there(
    kernel: DryKernel, code: str, mutated: set[str]
) -> None:
    report = kernel.dry_run(code, seconds=60.0)
    assert report.status == "ok", report
    assert set(report.effects.mutated) == mutated
