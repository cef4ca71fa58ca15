"""The fresh process of a dry run by transfer: a shell without a kernel, in a fork of which the code runs."""

from __future__ import annotations

import os
import pickle
import random
import sys
import tempfile
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbcoder.dryrun.runner import KernelDryRunner
from nbcoder.dryrun.system.processes import free_memory
from nbcoder.dryrun.transfer import Parcel, receive, told

if TYPE_CHECKING:
    from nbcoder.dryrun.report import Report

__all__ = ["main"]

_ROOM_FOR_VALUES = 3
"""Times their size: pickled, unpickled, and what unpickling takes."""


def main() -> None:
    """Read a parcel, run its code, write the report."""
    parcel = receive(sys.stdin.buffer.read())
    answer, sys.stdout = sys.stdout.buffer, sys.stderr
    with tempfile.TemporaryDirectory(prefix=".nbcoder-dryrun-") as folder:
        report = _run(parcel, _shell(folder))
    answer.write(told(report))
    answer.flush()
    os._exit(0)  # nothing here has to be seen off


def _shell(folder: str) -> Any:
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.ipython_dir = folder
    return InteractiveShell.instance(config=config)


def _run(parcel: Parcel, shell: Any) -> Report:
    random.setstate(parcel.random_state)
    sys.path[:] = parcel.path

    def load() -> None:
        # In the copy, never here: unpickling can start the very threads that a fork would miss.
        for name, module in parcel.modules.items():
            shell.user_ns[name] = import_module(module)
        shell.user_ns |= pickle.loads(parcel.values, buffers=parcel.buffers)  # noqa: S301 - the user's own values

    limits = parcel.limits
    memory = limits.memory_bytes if limits.memory_bytes is not None else free_memory() // 2
    limits = replace(limits, memory_bytes=memory + _ROOM_FOR_VALUES * parcel.size)
    runner = KernelDryRunner(shell, parcel.observer, parcel.tiers, load=load)
    return runner.run(parcel.code, limits)
