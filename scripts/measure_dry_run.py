"""Print what a dry run and a checkpoint cost in a kernel that holds a gigabyte.

Beyond the code's own time, in milliseconds: median, the best of the runs, and the median of the time that
the processor works in the kernel itself.
"""

from __future__ import annotations

from jupyter_client.manager import start_new_kernel

_CELL = """
import statistics, time
import numpy as np
from nbcoder.dryrun import KernelDryRunner

live = [np.ones(12_500_000) for _ in range(10)]
numbers = list(range(1000))
shell = get_ipython()

def told(name, times, own):
    print(f"{name:50} {statistics.median(times):7.1f} {min(times):7.1f} {statistics.median(own):7.1f}")

def dry_run(run, name, code, runs=25):
    times, own = [], []
    for _ in range(runs):
        start, worked = time.perf_counter(), time.thread_time()
        report = run(code)
        times.append((time.perf_counter() - start - report.seconds) * 1e3)
        own.append((time.thread_time() - worked) * 1e3)
        assert report.status == "ok", report
    told(name, times, own)

for tier in ("namespaces", "landlock", "audit"):
    run = KernelDryRunner(shell, tiers=(tier,)).run
    if run("1").tier != tier or run("1").status != "ok":
        print(f"{tier:50} is not to be had here")
        continue
    dry_run(run, f"{tier}: 1 + 1", "1 + 1")
    dry_run(run, f"{tier}: a sum over 100 MB", "total = live[0].sum()")
    dry_run(run, f"{tier}: a list changed in place", "numbers.append(1)")

runner = KernelDryRunner(shell)
taken, ended, own, own_end = [], [], [], []
for _ in range(25):
    start, worked = time.perf_counter(), time.thread_time()
    checkpoint = runner.checkpoint()
    middle, halfway = time.perf_counter(), time.thread_time()
    checkpoint.close()
    own.append((halfway - worked) * 1e3)
    own_end.append((time.thread_time() - halfway) * 1e3)
    taken.append((middle - start) * 1e3)
    ended.append((time.perf_counter() - middle) * 1e3)
told("checkpoint: taking one", taken, own)
told("checkpoint: giving it up", ended, own_end)
checkpoint = runner.checkpoint()
dry_run(checkpoint.run, "checkpoint: 1 + 1 from there", "1 + 1")
checkpoint.close()
"""


def main() -> None:
    """Measure in a kernel of its own."""
    manager, client = start_new_kernel()
    try:
        client.execute_interactive(_CELL, timeout=300, output_hook=_show)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _show(message: dict[str, dict[str, str]]) -> None:
    content = message["content"]
    print(content.get("text", content.get("evalue", "")), end="")  # noqa: T201 - a script's answer


if __name__ == "__main__":
    main()
