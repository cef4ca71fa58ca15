"""What a dry run tells: outputs, names, files, what was refused, and how it ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.dryrun.conftest import ORDINARY_USER
from tests.dryrun.live import DryKernel, differences

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = """
import numpy as np
import pandas as pd
df = pd.DataFrame({"a": range(1000), "b": "x"})
part, series, big = df[["a"]], df["a"].copy(), np.zeros(5_000_000)
view, numbers, table = big[100:200], [1, 2], {"x": [1]}
class Thing: size = 1
thing = Thing()
class Unequal:
    def __eq__(self, other): raise TypeError("not comparable")
odd = pd.DataFrame({"a": [Unequal()]}, dtype=object)
import array, collections, io, mmap, random
long, keyed = [[] for _ in range(2000)], {n: [] for n in range(2000)}
order, packed = collections.OrderedDict(a=1, b=2), array.array("d", range(100_000))
words, raw, dice = io.StringIO("abc"), io.BytesIO(b"abc"), random.Random(1)
masked, pages, memory = np.ma.array([1, 2, 3], mask=[0, 1, 0]), mmap.mmap(-1, 1 << 16), bytearray(9)
window = memoryview(memory)
def add(item): numbers.append(item)
open("old.csv", "w").write("a\\n"); open("gone.csv", "w").write("b\\n")
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[DryKernel]:
    with DryKernel(ORDINARY_USER if os.geteuid() == 0 else None) as kernel:
        kernel.do(LIVE)
        yield kernel


@pytest.mark.parametrize(
    ("code", "effects"),
    [
        ("new = 1", {"added": {"new"}}),
        ("df = 1", {"rebound": {"df"}}),
        ("df = df.dropna()", {"rebound": {"df"}, "kept": {"df"}}),
        ("df['a'] = 0; df = df.dropna()", {"rebound": {"df"}}),
        ("odd = pd.DataFrame({'a': [Unequal()]}, dtype=object)", {"rebound": {"odd"}}),
        ("df = df.rename_axis('n')", {"rebound": {"df"}}),
        ("df = df.sort_values('a', ascending=False)", {"rebound": {"df"}}),
        ("series = series.fillna(0)", {"rebound": {"series"}, "kept": {"series"}}),
        ("series = series.rename('c')", {"rebound": {"series"}}),
        ("del df", {"removed": {"df"}}),
        ("df.loc[3, 'a'] = -1", {"mutated": {"df"}}),
        ("df['c'] = 1", {"mutated": {"df"}}),
        ("df.drop(columns='b', inplace=True)", {"mutated": {"df"}}),
        ("series.iloc[5] = 7", {"mutated": {"series"}}),
        ("big[4_999_999] = 1", {"mutated": {"big"}}),
        ("view[:] = 1", {"mutated": {"view", "big"}}),
        ("add(3)", {"mutated": {"numbers"}}),
        ("table['x'].append(1)", {"mutated": {"table"}}),
        ("thing.size = 2", {"mutated": {"thing"}}),
        ("series.name = 'n'", {"mutated": {"series"}}),
        ("df.attrs['unit'] = 'm'", {"mutated": {"df"}}),
        ("long[1234].append(1)", {"mutated": {"long"}}),
        ("long[-1].append(1)", {"mutated": {"long"}}),
        ("keyed[1234].append(1)", {"mutated": {"keyed"}}),
        ("order.move_to_end('a')", {"mutated": {"order"}}),
        ("packed[77_777] = -1", {"mutated": {"packed"}}),
        ("words.seek(3); words.write('d'); words.seek(0)", {"mutated": {"words"}}),
        ("raw.write(b'x'); raw.seek(0)", {"mutated": {"raw"}}),
        ("dice.seed(2)", {"mutated": {"dice"}}),
        ("masked[0] = np.ma.masked", {"mutated": {"masked"}}),
        ("pages[50_000] = 1", {"mutated": {"pages"}}),
        ("window[0] = 1", {"mutated": {"window", "memory"}}),
        ("df.attrs; series.name; len(long); order['a']; packed[1]; words.getvalue(); masked.sum()", {}),
        ("bytes(raw.getbuffer()); dice.getstate(); pages[5]; bytes(window); list(keyed.values())", {}),
        ("df.describe(); df.sort_values('a'); big.sum(); sorted(numbers); len(table)", {}),
        ("import os; os.chdir('/')", {"added": {"os"}, "process": {"working folder"}}),
        ("import os; os.environ['X'] = '1'", {"added": {"os"}, "process": {"environment"}}),
        ("df.to_csv('new.csv')", {"created": {"new.csv"}}),
        ("open('old.csv', 'a').write('x')", {"changed": {"old.csv"}}),
        ("open('old.csv', 'w').write('a\\n')", {"rewritten": {"old.csv"}}),
        ("import os; os.remove('gone.csv')", {"added": {"os"}, "deleted": {"gone.csv"}}),
        ("import os; os.makedirs('d/e')", {"added": {"os"}, "created": {"d/", "d/e/"}}),
    ],
)
def test_effects_are_exactly_these(kernel: DryKernel, code: str, effects: dict[str, set[str]]) -> None:
    report = kernel.dry_run(code)
    assert report.status == "ok", report
    told = {kind: set(names) for kind, names in vars(report.effects).items() if names}
    assert told == effects


def test_outputs_are_as_in_a_notebook(kernel: DryKernel) -> None:
    code = "print('out'); print('err', file=sys.stderr)\nplt.plot([1])\nplt.show()\n42"
    outputs = kernel.dry_run(f"import sys, matplotlib.pyplot as plt\n{code}", seconds=60.0).outputs
    assert [o["output_type"] for o in outputs] == ["stream", "stream", "display_data", "execute_result"]
    assert [o["name"] for o in outputs[:2]] == ["stdout", "stderr"]
    assert outputs[2]["data"]["image/png"].startswith("iVBOR")
    assert outputs[3]["data"] == {"text/plain": "42"}


def test_an_output_widget_can_be_written_to(kernel: DryKernel) -> None:
    report = kernel.dry_run("import ipywidgets\nbelow = ipywidgets.Output()\nwith below: print('out')")
    assert report.status == "ok", report
    assert [output["text"] for output in report.outputs] == ["out\n"]


def test_the_network_is_out_of_reach_and_that_is_no_error_of_the_code(kernel: DryKernel) -> None:
    report = kernel.dry_run("import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)")
    assert report.status == "unavailable"
    assert report.effects.blocked[-1] == "connect to 192.0.2.1:80"


def test_output_without_end_is_cut(kernel: DryKernel) -> None:
    report = kernel.dry_run("for i in range(100_000): print('x' * 100)", output_bytes=10_000)
    assert sum(len(output["text"]) for output in report.outputs) < 11_000
    assert "cut off" in report.outputs[-1]["text"]


@pytest.mark.parametrize(
    "code",
    [
        "import json; json.dumps = None",
        "import json; json.dumps = lambda value, **how: b''",
        "import json; json.JSONEncoder.default = lambda self, value: 1 / 0",
        "import os; os.write = os._exit = os.getpid = os.getcwd = os.pread = lambda *a, **k: None",
        "import builtins; builtins.open = builtins.sorted = lambda *a, **k: None",
        "import time; time.perf_counter = time.thread_time = lambda: 1 / 0",
        "import hashlib, re, traceback; hashlib.blake2b = re.compile = traceback.TracebackException = None",
    ],
)
def test_code_that_replaces_what_a_report_is_made_with_is_told_of_all_the_same(
    kernel: DryKernel, code: str
) -> None:
    report = kernel.dry_run(f"{code}\nprint('before'); numbers.append(3); fresh = 2 * 21\nfresh")
    assert report.status == "ok", report
    assert [output.get("text") or output["data"]["text/plain"] for output in report.outputs] == [
        "before\n",
        "42",
    ]
    assert report.effects.mutated == ("numbers",)
    assert "fresh" in report.effects.added
    report = kernel.dry_run(f"{code}\nnumbers.index('x')")
    assert (report.status, report.failure and report.failure.line) == ("error", 2), report


def test_an_interrupt_ends_it_at_once(kernel: DryKernel) -> None:
    before = kernel.state()
    timer = threading.Timer(1.0, os.kill, (kernel.pid, signal.SIGINT))
    timer.start()
    started = time.monotonic()
    executed = kernel.run("_runner.run('while True: pass', _Limits(seconds=60))")
    assert executed.error.startswith("KeyboardInterrupt")
    assert time.monotonic() - started < 20
    after = kernel.state()
    after["modules"] = before["modules"]  # showing the interrupt has imported what shows it
    assert not differences(before, after)


def test_a_checkpoint_is_the_state_of_its_moment(kernel: DryKernel) -> None:
    kernel.do("kept = [1]; checkpoint = _runner.checkpoint(); kept.append(2)")
    kernel.do("_print_report(checkpoint.run('kept.append(9); import os; os.abort()'))")
    printed = kernel.do("_print_report(checkpoint.run('print(kept)'))")
    assert "[1]" in printed
    kernel.do("checkpoint.close()")
    assert "not kept any more" in kernel.do("_print_report(checkpoint.run('1'))")
    kernel.do("del kept, checkpoint")


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.kill(os.getppid(), 9)",
        "import os; os.kill(-1, 9)",
        "import os; os.closerange(0, 10_000)",
        "import os; os._exit(0)",
        "while True: pass",
        "kept.clear(); globals().clear()",
    ],
)
def test_a_checkpoint_outlives_what_is_tried_from_it(kernel: DryKernel, code: str) -> None:
    before = kernel.state()
    kernel.do("kept = [1]; checkpoint = _runner.checkpoint()")
    kernel.do(f"checkpoint.run({code!r}, _Limits(seconds=0.7))")
    assert "[1]" in kernel.do("_print_report(checkpoint.run('print(kept)'))")
    kernel.do("checkpoint.close(); del kept, checkpoint")
    assert not differences(before, kernel.state())


def test_a_checkpoint_is_not_made_while_memory_is_short(kernel: DryKernel) -> None:
    kernel.do("import nbcoder.dryrun.runner as module; real = module.can_afford_one")
    kernel.do("module.can_afford_one = bool")
    assert kernel.do("print(_runner.checkpoint())") == "None\n"
    kernel.do("module.can_afford_one = real")


def test_a_checkpoint_ends_when_memory_gets_short(kernel: DryKernel) -> None:
    kernel.do("import time; import nbcoder.dryrun.checkpoint as module; real = module.free_memory")
    kernel.do("import nbcoder.dryrun.runner as maker; afford = maker.can_afford_one")
    kernel.do("module.free_memory = lambda: 0; maker.can_afford_one = lambda: True")
    kernel.do("checkpoint = _runner.checkpoint(); end = time.monotonic() + 60")
    kernel.do("while checkpoint.is_alive and time.monotonic() < end: time.sleep(0.05)")
    assert kernel.do("print(checkpoint.is_alive)") == "False\n"
    kernel.do("module.free_memory = real; maker.can_afford_one = afford")


def test_a_checkpoint_ends_with_the_kernel() -> None:
    with DryKernel() as kernel:
        kernel.do("checkpoint = _runner.checkpoint()")
        paused = psutil.Process(kernel.pid).children()
        assert len(paused) == 1
    assert psutil.wait_procs(paused, timeout=30)[1] == []
