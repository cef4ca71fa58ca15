"""A kernel's live data of many kinds, and how a hostile snippet is described."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

__all__ = ["LIVE", "Hostile", "case"]

LIVE = dedent("""
    import array, collections, mmap, os, socket, sqlite3, subprocess, sys, threading, time, warnings
    import multiprocessing.shared_memory as shared_memory
    import numpy as np
    import pandas as pd
    from nbcoder.dryrun import KernelDryRunner

    class Thing:
        kind = "a"
        def __init__(self): self.items, self.size = [1, 2], 3
        def grow(self): self.size += 1

    def double(x, seen=[]):
        seen.append(x)
        return 2 * x

    df = pd.DataFrame({"a": range(5), "b": list("vwxyz"), "t": pd.date_range("2024-01-01", periods=5)})
    series = pd.Series([1.0, 2.0, 3.0])
    vector, matrix, big = np.arange(10), np.ones((3, 4)), np.zeros(1_000_000)
    view = vector[2:5]
    numbers, table, some = [3, 1, 2], {"x": [1], "y": {"z": 1}}, {1, 2}
    text, raw, queue = "text", bytearray(b"raw"), collections.deque([1, 2])
    thing = Thing()
    generator = (x for x in range(10))
    plain = open("kept.csv")
    writer = open("log.txt", "w+")
    writer.write("one line\\n"); writer.flush()
    mapped = np.memmap("mapped.bin", dtype="int64", mode="w+", shape=(100,))
    shared = shared_memory.SharedMemory(create=True, size=4096)
    anonymous = mmap.mmap(-1, 4096)
    near, far = socket.socketpair()
    near.setblocking(False); far.setblocking(False)
    base = sqlite3.connect("base.sqlite", check_same_thread=False)
    base.execute("create table if not exists t (x)"); base.commit()
    lock = threading.Lock()
    helper = subprocess.Popen(["sleep", "1000"])
    print("x" * 2_000_000)  # the messaging library starts a thread for messages as long as that
    _own_children.update(_children())
    _tiers = "namespaces", "landlock", "audit"
    _runners = {tier: KernelDryRunner(get_ipython(), tiers=(tier,)) for tier in _tiers}
""")

_ALL = ("namespaces", "landlock", "audit")


@dataclass(frozen=True)
class Hostile:
    """``expected`` are the statuses that may come of it, by tier."""

    name: str
    code: str
    expected: dict[str, tuple[str, ...]]
    limits: dict[str, Any] = field(default_factory=dict)

    @property
    def is_bomb(self) -> bool:
        """Whether it starts processes without end."""
        return "bomb" in self.name


def case(name: str, code: str, expected: str, walled: str = "", **limits: object) -> Hostile:
    """``walled`` is what is expected where the walls refuse more; by default the same."""
    statuses = {
        tier: tuple((expected if tier == "namespaces" else walled or expected).split()) for tier in _ALL
    }
    # Only what is to run into its limit gets a short one: a busy machine must not decide.
    limits.setdefault("seconds", 0.7 if "timeout" in expected else 30.0)
    return Hostile(name, dedent(code), statuses, limits)
