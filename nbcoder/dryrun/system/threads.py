"""Threads of the user's that a fork lacks: what waits for one of them there waits for ever."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["users_threads"]

_KERNELS: Final = frozenset(
    {"IPython", "_pydevd_bundle", "debugpy", "ipykernel", "nbcoder", "pydevd", "tornado", "tqdm", "zmq"}
)
"""Packages whose threads are in every kernel or in most, and do no work of the user's."""


def users_threads() -> tuple[str, ...]:
    """Names of the Python threads, but for the main one, this one and the kernel's own."""
    frames = sys._current_frames()  # noqa: SLF001 - documented, its name notwithstanding
    known = (threading.main_thread(), threading.current_thread())
    return tuple(
        thread.name
        for thread in threading.enumerate()
        if thread not in known and thread.ident in frames and not _is_kernels(thread, frames[thread.ident])
    )


def _is_kernels(thread: threading.Thread, frame: FrameType | None) -> bool:
    """Whether its class is of the kernel's packages, or the function that it was started with."""
    names = [type(thread).__module__]
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        names += [name] if name != "threading" else []
        frame = frame.f_back
    return not _KERNELS.isdisjoint({names[0].partition(".")[0], names[-1].partition(".")[0]})
