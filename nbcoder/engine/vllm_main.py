"""Runs vLLM's server; a script for the Python of the engine's environment, where nbcoder is not installed.

Arguments: ``fork`` or ``spawn``, the process id of the supervisor, the module to run, and its arguments.

vLLM starts three processes one after the other, and with ``spawn``, which it insists on for the CPU, each
imports everything anew: 36 s until it answers on two cores. With ``fork`` they inherit what is imported:
16 s, and half a gigabyte less memory. That is safe where Intel's OpenMP is loaded, which starts over in the
child; GNU's may hang there, and a GPU must not be inherited.
"""

from __future__ import annotations

import ctypes
import importlib.util
import multiprocessing
import os
import runpy
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

_PR_SET_PDEATHSIG = 1
_INT8 = "nbcoder-int8"


def _end_with_parent(parent: int, number: signal.Signals) -> None:
    """Have the kernel send ``number`` to this process when the process ``parent`` ends, however it ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)  # it was too late to ask


def _fork_instead_of_spawn() -> None:
    parent: int | None = None
    get_context: Any = multiprocessing.get_context

    def forking_context(method: str | None = None) -> BaseContext:
        context: BaseContext = get_context("fork" if method == "spawn" else method)
        return context

    def before_fork() -> None:
        nonlocal parent
        # The kernel would send the signal when the forking thread ends, and only the first one lasts.
        parent = os.getpid() if threading.current_thread() is threading.main_thread() else None

    def in_child() -> None:
        # The event loop reads the parent's signals from this descriptor.
        signal.set_wakeup_fd(-1)
        if parent is not None:
            _end_with_parent(parent, signal.SIGKILL)

    multiprocessing.get_context = forking_context  # type: ignore[assignment]  # typeshed has overloads
    os.register_at_fork(before=before_fork, after_in_child=in_child)


def _prepare(arguments: list[str]) -> None:
    """Load what makes up for vLLM on CPUs; in each of its processes, as a spawned one begins anew."""
    if os.environ.get("VLLM_TARGET_DEVICE") != "cpu":
        return
    _load("vllm_seeds")
    if _INT8 in arguments:
        _load("vllm_int8")


def _load(name: str) -> None:
    """Import a file beside this one, under a name by which processes can send each other its classes."""
    spec = importlib.util.spec_from_file_location(f"nbcoder_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None  # noqa: S101 - a Python file always has one
    assert spec.loader is not None  # noqa: S101 - the same
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def main() -> None:
    """Become vLLM's server."""
    method, parent, module, *arguments = sys.argv[1:]
    _end_with_parent(int(parent), signal.SIGTERM)
    if method == "fork":
        _fork_instead_of_spawn()
    _prepare(arguments)
    sys.argv = ["vllm", *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=False)


if __name__ == "__main__":
    main()
else:  # a process that vLLM has spawned
    _prepare(sys.argv)
