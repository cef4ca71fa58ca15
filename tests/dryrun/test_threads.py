"""Code that waits for a thread of the kernel's cannot be judged in a copy, which has none of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.dryrun.conftest import ORDINARY_USER
from tests.dryrun.live import DryKernel

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = """
import queue, threading, time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
print("x" * 2_000_000)  # the messaging library starts a thread for messages as long as that
pool = ThreadPoolExecutor(1); assert pool.submit(abs, -1).result() == 1
workers = ThreadPool(2); assert workers.map(abs, [-1]) == [1]
qin, qout, lock, is_held, is_free = queue.Queue(), queue.Queue(), threading.Lock(), *(
    threading.Event() for _ in range(2)
)
def serve():
    for job in iter(qin.get, None): qout.put(job)
def hold():
    with lock: is_held.set(); is_free.wait()
threads = [threading.Thread(target=serve, daemon=True), threading.Thread(target=hold, daemon=True)]
for thread in threads: thread.start()
assert is_held.wait(30)
"""
END = """
is_free.set(); qin.put(None); pool.shutdown(); workers.terminate(); workers.join()
for thread in threads: thread.join()
"""
WAITING = [
    "pool.submit(abs, -2).result()",
    "workers.map(abs, [-1, 2])",
    "qin.put(2); qout.get()",
    "with lock: pass",
    "done = pool.submit(abs, -2)\nwhile not done.done(): time.sleep(0.02)",
    "import asyncio; await asyncio.get_running_loop().run_in_executor(pool, abs, -2)",
]


@pytest.fixture(scope="module")
def busy() -> Iterator[DryKernel]:
    """A kernel with threads of the user's."""
    with DryKernel(ORDINARY_USER if os.geteuid() == 0 else None) as kernel:
        kernel.do(LIVE)
        yield kernel
        kernel.do(END)


@pytest.mark.parametrize("code", WAITING)
def test_waiting_for_a_thread_of_the_kernels_is_no_fault_of_the_code(busy: DryKernel, code: str) -> None:
    report = busy.dry_run(code, seconds=1.5)
    assert report.status == "unavailable", report
    assert "a thread that is not in a copy" in report.why


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("qin.put(2); qout.get(timeout=0.1)", "unavailable"),
        ("pool.submit(abs, -2).result(timeout=0.1)", "unavailable"),
        ("qout.get_nowait()", "error"),
        ("1 / 0", "error"),
    ],
)
def test_waiting_for_it_no_longer_than_so_is_none_either(busy: DryKernel, code: str, status: str) -> None:
    report = busy.dry_run(code, seconds=30.0)
    assert report.status == status, report


def test_it_is_none_in_what_is_tried_from_a_checkpoint_either(busy: DryKernel) -> None:
    busy.do("checkpoint = _runner.checkpoint()")
    report = busy.dry_run("pool.submit(abs, -2).result()", "checkpoint", seconds=1.5)
    busy.do("checkpoint.close(); del checkpoint")
    assert (report.status, "thread" in report.why) == ("unavailable", True), report


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "sum(range(10**15))",
        "while True: print('x' * 1000)",
        "import os\nwhile True: os.write(1, b'x' * 10_000)",
        "threading.Thread(target=lambda: sum(range(10**15))).start(); threading.Event().wait()",
    ],
)
def test_code_without_end_is_still_told_as_that(busy: DryKernel, code: str) -> None:
    report = busy.dry_run(code, seconds=1.5)
    assert report.status == "timeout", report


def test_the_threads_of_every_kernel_are_not_meant() -> None:
    with DryKernel() as kernel:
        kernel.do("import threading, tqdm; print('x' * 2_000_000)")
        kernel.do("for _ in tqdm.tqdm(range(2)): pass")
        report = kernel.dry_run("threading.Event().wait()", seconds=1.0)
        assert report.status == "timeout", report
