"""What comes to nothing in a copy but would reach others from the kernel is told, whatever road led there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.dryrun.conftest import ORDINARY_USER
from tests.dryrun.live import DryKernel

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = """
import asyncio, ctypes, os, socket, subprocess, sys, time, warnings
import numpy as np
import pandas as pd
server = socket.create_server(("127.0.0.1", 0))
connection = socket.create_connection(server.getsockname())
helping = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
asking = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
def helper(): return subprocess.run(["git", "--version"])
from nbcoder.dryrun import KernelDryRunner
_tiers = "namespaces", "landlock", "audit"
_runners = {tier: KernelDryRunner(get_ipython(), tiers=(tier,)) for tier in _tiers}
"""
_FITTING = """
import sklearn.cluster, sklearn.ensemble
x = np.random.rand(50, 2)
sklearn.cluster.KMeans(2, n_init=1).fit(x)
sklearn.ensemble.RandomForestClassifier(5, n_jobs=1).fit(x, x[:, 0] > 0.5)
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[DryKernel]:
    with DryKernel(ORDINARY_USER if os.geteuid() == 0 else None) as kernel:
        kernel.do(LIVE)
        yield kernel
        kernel.do("helping.stdin.close(); helping.wait()")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("helper()", "start a process: git --version"),
        ("os.system('true')", "start a process: true"),
        ("getattr(os, 'po' + 'pen')('true').read()", "start a process: /bin/sh -c true"),
        ("os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)", "start a process: true"),
        ("pid = os.fork()\nif not pid: os._exit(0)\nos.waitpid(pid, 0)", "start a process"),
        ("ctypes.CDLL(None).system(b'true')", "call system"),
        (
            "from multiprocessing import util\nos.waitpid(util.spawnv_passfds(b'/bin/true', [b'x'], []), 0)",
            "start a process",
        ),
        ("try: os.kill(2**22, 9)\nexcept OSError: pass", "signal process 4194304"),
        ("os.kill(os.getpid(), 9)", "end the kernel"),
        ("child = os.fork()\nif not child: time.sleep(60)\nos.kill(child, 9)", "start a process"),
        ("try: connection.sendall(b'DELETE ALL')\nexcept OSError: pass", "send on a connection"),
        ("print('x', file=connection.makefile('w'))", "send on a connection"),
        ("get_ipython().kernel.do_shutdown(False)", "end the kernel"),
        ("exit()", "end the kernel"),
        (
            "\n".join(f"warnings.warn('{n}')" for n in range(100)) + "\nos.system('true')",
            "start a process: true",
        ),
    ],
)
def test_what_reaches_others_is_told(kernel: DryKernel, code: str, told: str) -> None:
    report = kernel.dry_run(code, "_runners['namespaces']")
    assert report.effects.outside[0] == told, report
    assert len(report.effects.outside) == 1 + code.startswith("ctypes"), report


_BELOW_PYTHON = """
import zmq
asking = zmq.Context().socket(zmq.REQ)
asking.linger = 0
events = asking.get_monitor_socket()
asking.connect("{}")
try:
    assert events.poll(10_000)
except Exception: pass
"""


@pytest.mark.parametrize("address", ["tcp://192.0.2.1:80", "tcp://127.0.0.1:9"])
def test_the_network_is_told_of_though_no_function_of_pythons_is_called(
    kernel: DryKernel, address: str
) -> None:
    report = kernel.dry_run(_BELOW_PYTHON.format(address), "_runners['namespaces']")
    assert report.status == "ok", report
    assert report.effects.blocked == ("use the network",)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("socket.create_connection(('127.0.0.1', 9))", "connect to 127.0.0.1:9"),
        ("socket.socket(socket.AF_UNIX).connect('/run/x.sock')", "open a Unix socket"),
        ("subprocess.run([sys.executable, '-c', asking], check=True)", "use the network"),
        ("os.rename('folder', 'moved')", "move folder"),
        ("connection.sendall(b'x')", "use a connection that is not in a copy"),
        ("helping.stdin.write(b'x'); helping.stdin.flush()", "use a connection that is not in a copy"),
    ],
)
def test_what_fails_because_it_is_a_copy_is_no_error_of_the_codes(
    kernel: DryKernel, code: str, why: str
) -> None:
    kernel.do("os.makedirs('folder', exist_ok=True)")
    report = kernel.dry_run(code, "_runners['namespaces']")
    assert (report.status, report.why) == ("unavailable", f"it cannot be tried here, because it would {why}")


@pytest.mark.parametrize("tier", ["namespaces", "landlock", "audit"])
@pytest.mark.parametrize("code", ["helper()", "os.kill(1, 9)", "connection.sendall(b'x')", "exit()"])
def test_it_is_told_behind_all_walls(kernel: DryKernel, tier: str, code: str) -> None:
    effects = kernel.dry_run(f"try: {code}\nexcept OSError: pass", f"_runners[{tier!r}]").effects
    assert effects.outside or effects.blocked


@pytest.mark.parametrize(
    "code",
    [
        "pd.read_csv('kept.csv').describe()",
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()",
        _FITTING,
        "await asyncio.to_thread(print, 1)",
        "os.kill(os.getpid(), 0)",
        "socket.gethostbyname('localhost'); socket.getaddrinfo('127.0.0.1', 80)",
    ],
)
def test_plain_work_reaches_nobody(kernel: DryKernel, code: str) -> None:
    report = kernel.dry_run(code, "_runners['namespaces']", seconds=60.0)
    assert report.status == "ok", report
    assert (report.effects.outside, report.effects.blocked) == ((), ())
