"""Runs in the kernel, as a cell: makes a runner and tells of the kernel's state."""

from __future__ import annotations

import builtins as _builtins
import dataclasses as _dataclasses
import hashlib as _hashlib
import json as _json
import locale as _locale
import operator as _operator
import os as _os
import random as _random
import resource as _resource
import signal as _signal
import socket as _socket
import sys as _sys
import tempfile as _tempfile
import threading as _threading
import time as _time
import warnings as _warnings
from pathlib import Path as _Path
from typing import Any as _Any

from IPython.core.getipython import get_ipython as _get_ipython

from nbcoder.dryrun import KernelDryRunner as _KernelDryRunner
from nbcoder.dryrun import Limits as _Limits  # noqa: F401 - for the cells of the tests
from nbcoder.dryrun import Report as _Report

_shell: _Any = _get_ipython()
_runner = _KernelDryRunner(_shell)
_own_children: set[str] = set()  # started by the kernel's user


def _print_report(report: _Report) -> None:
    _sys.stdout.write(_json.dumps(_dataclasses.asdict(report)))


def _print_state() -> None:
    _sys.stdout.write(_json.dumps(_state()))


def _digest(value: object) -> str:
    return _hashlib.sha256(repr(value).encode("utf-8", "replace")).hexdigest()[:16]


def _state() -> dict[str, object]:
    children = _children_when_all_is_over()
    hidden = _shell.user_ns_hidden
    names = {k: v for k, v in _shell.user_ns.items() if not k.startswith("_") and k not in hidden}
    numpy: _Any = _sys.modules.get("numpy")
    return {
        "names": {name: [id(value), _content(value)] for name, value in names.items()},
        "files": {str(p): _file(p) for p in sorted(_Path.cwd().rglob("*"))},
        "left in the temporary folder": sorted(map(str, _Path(_tempfile.gettempdir()).glob("*dryrun*"))),
        "descriptors": _descriptors(),
        "places in files": {n: v.tell() for n, v in names.items() if hasattr(v, "tell") and not v.closed},
        "children": children,
        "threads": sorted(t.name for t in _threading.enumerate()),
        "cwd": str(_Path.cwd()),
        "environment": _digest(sorted(_os.environ.items())),
        "random": _digest(_random.getstate()),
        "numpy.random": _digest(numpy.random.get_state()[1].tolist()) if numpy else "",
        "sys.path": list(_sys.path),
        "modules": sorted(_sys.modules),
        "builtins": _digest(
            sorted((k, id(v)) for k, v in vars(_builtins).items() if k not in {"_", "input"})
        ),
        "signals": [str(_signal.getsignal(n)) for n in (2, 10, 12, 14, 15, 17)],
        "wake-up": _signal.set_wakeup_fd(_signal.set_wakeup_fd(-1)) > 0,
        "warnings": _digest(_warnings.filters),
        "locale": _locale.setlocale(_locale.LC_ALL),
        "limits": [_resource.getrlimit(n) for n in range(16)],
        "streams": [id(_sys.stdout), id(_sys.stderr), id(_sys.displayhook)],
        "display": id(_shell.display_pub),
        "trace": [str(_sys.gettrace()), str(_sys.getprofile())],
    }


def _content(value: _Any) -> str:
    """What would show that it was changed in place; nothing of it is changed by looking."""
    look = _INSIDES.get(type(value).__name__)
    if look is not None:
        return _digest(look(value))
    attributes = getattr(value, "__dict__", {})
    if type(value).__module__ == "__main__":
        return _digest(sorted((str(name), repr(held)) for name, held in attributes.items()))
    return _digest(sorted(map(str, attributes)))


def _of_table(value: _Any) -> list[object]:
    labels = list(map(str, getattr(value, "columns", [])))
    return [labels, value.to_dict(), list(value.index), list(value.index.names)]


def _of_array(value: _Any) -> list[object]:
    return [value.shape, _hashlib.sha256(value.tobytes()).hexdigest()]


def _of_definition(value: _Any) -> list[object]:
    defaults = [getattr(value, name, None) for name in ("__defaults__", "__kwdefaults__", "__code__")]
    is_users = value.__module__ == "__main__"  # others keep caches in their attributes
    return [defaults, sorted((name, repr(held)) for name, held in vars(value).items() if is_users)]


def _of_generator(value: _Any) -> list[object]:
    frame = value.gi_frame
    if frame is None:
        return ["ended"]
    left = [(name, _operator.length_hint(held, -1)) for name, held in frame.f_locals.items()]
    return [frame.f_lasti, left, list(frame.f_locals)]


def _of_shared(value: _Any) -> list[object]:
    return [bytes(value.buf), _Path("/dev/shm", value.name).exists()]  # noqa: S108 - where Linux names it


def _of_socket(value: _Any) -> object:
    try:
        return value.recv(100, _socket.MSG_PEEK)
    except OSError as error:
        return str(error)


_CONTAINERS = ("dict", "list", "set", "bytearray", "deque", "OrderedDict", "Counter", "defaultdict")
_INSIDES: dict[str, _Any] = {
    **dict.fromkeys(("DataFrame", "Series"), _of_table),
    **dict.fromkeys(("ndarray", "memmap"), _of_array),
    **dict.fromkeys(("function", "type"), _of_definition),
    **dict.fromkeys(_CONTAINERS, repr),
    "Connection": lambda base: [base.total_changes, base.in_transaction],
    "SharedMemory": _of_shared,
    "generator": _of_generator,
    "lock": lambda lock: lock.locked(),
    "mmap": lambda mapped: "closed" if mapped.closed else mapped[:],
    "socket": _of_socket,
}


def _file(path: _Path) -> list[object]:
    about = path.stat()
    content = _digest(path.read_bytes()) if path.is_file() else ""
    return [about.st_size, about.st_mode, about.st_mtime_ns, content]


def _descriptors() -> list[str]:
    found = []
    for link in _Path("/proc/self/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except OSError:
            continue  # the listing's own
    return sorted(target for target in found if "profile_default" not in target)


def _children_when_all_is_over() -> list[str]:
    deadline = _time.monotonic() + 5
    while not (children := set(_children())) <= _own_children and _time.monotonic() < deadline:
        _time.sleep(0.01)
    while any(t.name == "nbcoder-dryrun" for t in _threading.enumerate()) and _time.monotonic() < deadline:
        _time.sleep(0.01)
    return sorted(children)


def _children() -> list[str]:
    found: list[str] = []
    for task in _Path("/proc/self/task").iterdir():
        try:
            found += (task / "children").read_text().split()
        except OSError:
            continue
    return found
