"""Kernels that hold strange things, or live in strange places: a dry run answers, and changes nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.dryrun.conftest import ORDINARY_USER
from tests.dryrun.live import DryKernel

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def kernel() -> Iterator[DryKernel]:
    with DryKernel(ORDINARY_USER if os.geteuid() == 0 else None) as kernel:
        yield kernel


@pytest.fixture(autouse=True)
def clean(kernel: DryKernel) -> Iterator[None]:
    yield
    kernel.do("%reset_selective -f ^(?!_).*")


@pytest.mark.parametrize(
    ("live", "code", "status"),
    [
        pytest.param(
            "import pandas as pd, numpy as np; wide = pd.DataFrame(np.zeros((1, 1_000_000)))",
            "wide.shape",
            "ok",
            id="a frame with a million columns",
        ),
        pytest.param(
            "loop = []; loop.append(loop); ring = {}; ring['ring'] = [ring, loop]",
            "loop.append(1); ring",
            "ok",
            id="recursive containers",
        ),
        pytest.param(
            "class Odd:\n    @property\n    def __class__(self): raise RuntimeError\nodd = Odd()",
            "x = odd is None",
            "ok",
            id="an object whose class raises",
        ),
        pytest.param(
            "class Odd:\n    def __getattr__(self, name): raise RuntimeError(name)\nodd = Odd()",
            "odd is None",
            "ok",
            id="an object whose attributes raise",
        ),
        pytest.param(
            "import time\nclass Odd:\n    def __getattr__(self, name): time.sleep(1000)\nodd = Odd()",
            "other = odd is None",
            "ok",
            id="an object whose attributes never come",
        ),
        pytest.param(
            "class Odd:\n    def __eq__(self, other): raise ValueError\n    __hash__ = None\nodd = [Odd()]",
            "odd.append(1)",
            "ok",
            id="an object that cannot be compared",
        ),
        pytest.param(
            "class Meta(type):\n    def __instancecheck__(s, o): 1/0\n    def __subclasscheck__(s, o): 1/0\n"
            "class Odd(metaclass=Meta): pass\nodd = Odd()",
            "odd.x = 1",
            "ok",
            id="a class that refuses to be asked",
        ),
        pytest.param(
            "import weakref\nclass Thing: pass\nthing = Thing(); proxy = weakref.proxy(thing); dead = "
            "weakref.proxy(Thing())",
            "proxy.x = 1; dead is None",
            "ok",
            id="proxies, one of them dead",
        ),
        pytest.param("long = 'x' * 2_000_000_000", "len(long)", "ok", id="a very long string"),
        pytest.param(
            "function = lambda: 1; var = let = 2; nil = 0", "var + let", "ok", id="keywords elsewhere"
        ),
        pytest.param("df = 3", "df + 1", "ok", id="a df that is no frame"),
        pytest.param("df = 3", "df.head()", "error", id="a df that is no frame, used as one"),
        pytest.param("globals()[3] = 'number'", "x = 1", "ok", id="a name that is no text"),
        pytest.param(
            "file = open('gone.txt', 'w'); file.write('x'); file.flush(); import os; os.remove('gone.txt')",
            "file.write('y'); file.flush()",
            "error",
            id="an open file that was deleted",
        ),
        pytest.param(
            "import threading, time\n"
            "for _ in range(200): threading.Thread(target=time.sleep, args=(3,), daemon=True).start()",
            "sum(range(10))",
            "ok",
            id="two hundred threads",
        ),
        pytest.param(
            "import threading\nlock = threading.Lock()\n"
            "def hold(): lock.acquire(); threading.Event().wait(2)\n"
            "threading.Thread(target=hold, daemon=True).start()",
            "import logging; logging.warning('x'); lock.acquire(timeout=0.01)",
            "ok",
            id="a lock that another thread holds",
        ),
        pytest.param(
            "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
            "1",
            "ok",
            id="children nobody waits for",
        ),
        pytest.param(
            "import warnings; warnings.simplefilter('error')", "x = 1", "ok", id="warnings that are errors"
        ),
        pytest.param("import sys; sys.setrecursionlimit(80)", "x = 1", "ok", id="a low recursion limit"),
        pytest.param("import gc; gc.disable()", "x = 1", "ok", id="no collector"),
    ],
)
def test_it_answers_and_changes_nothing(kernel: DryKernel, live: str, code: str, status: str) -> None:
    try:
        kernel.do(live)
        report = kernel.dry_run(code, seconds=20.0)
        assert report.status == status, report
        assert kernel.do("print('alive')") == "alive\n"
    finally:
        kernel.do(
            "import gc, signal, sys, warnings\n"
            "warnings.resetwarnings(); sys.setrecursionlimit(3000); gc.enable()\n"
            "signal.signal(signal.SIGCHLD, signal.SIG_DFL); globals().pop(3, None)"
        )


def test_a_folder_that_is_gone_is_no_hindrance(kernel: DryKernel) -> None:
    kernel.do("import os; old = os.getcwd(); os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')")
    report = kernel.dry_run("x = 1; x")
    assert report.status == "ok", report
    assert kernel.dry_run("open('a', 'w')").status == "error"
    kernel.do("os.chdir(old)")


CARD = """
import sys, types
torch = types.ModuleType("torch"); torch.cuda = types.ModuleType("torch.cuda")
torch.set_num_threads = lambda n: None
torch.cuda._initialized = True
sys.modules["torch"], sys.modules["torch.cuda"] = torch, torch.cuda
weights = type("Tensor", (), {"__module__": "torch"})()
plain = [1, 2]
"""


def test_what_lives_on_a_graphics_card_is_named_and_not_tried(kernel: DryKernel) -> None:
    kernel.do(CARD)
    report = kernel.dry_run("weights.mean()")
    assert report.status == "unavailable"
    assert "weights" in report.why
    assert "graphics card" in report.why
    assert kernel.dry_run("plain.append(3)").effects.mutated == ("plain",)
    report = kernel.dry_run("raise RuntimeError('Cannot re-initialize CUDA in forked subprocess')")
    assert (report.status, "graphics card" in report.why) == ("unavailable", True), report
    assert kernel.dry_run("raise RuntimeError('no column of that name')").status == "error"
    kernel.do("del sys.modules['torch'], sys.modules['torch.cuda']")
