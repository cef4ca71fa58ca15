"""Runs code in a namespace and tells what became of it: the value, the prints, the exception, the changes."""

from __future__ import annotations

import ast
import asyncio
import copy
import inspect
import io
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import types
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nbcoder.bench.in_kernel.compare import Options, Value, compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "Change",
    "OutOfTime",
    "Outcome",
    "Raised",
    "Snapshot",
    "copy_namespace",
    "execute",
    "memory_limit",
    "same_luck",
    "scratch_folder",
    "time_limit",
    "without_names",
]

Change = Literal["added", "updated", "replaced", "deleted"]
Namespace = dict[str, Value]

_LONGEST_STREAM = 1_000_000
_LONGEST_VALUE = 500
_AGAIN = 0.2
_MB = 1 << 20
# What IPython keeps in the namespace for itself.
_SHELL_NAMES = re.compile(r"_+|_i+|_\d+|_i\d+|_[iod]h|In|Out|exit|quit|open|get_ipython|__\w+__")
_SHARED = (
    types.ModuleType,
    types.BuiltinFunctionType,
    io.IOBase,
)


class OutOfTime(BaseException):
    """The code ran longer than it may; no ``except Exception`` of the code's own stops it."""


@dataclass(frozen=True)
class Raised:
    """An exception by name and text."""

    name: str
    value: str


@dataclass
class Outcome:
    """What running one cell led to. ``changes`` are those of the namespace."""

    source: str
    namespace: Namespace
    stream: str = ""
    result: Value = None
    error: Raised | None = None
    seconds: float = 0.0
    changes: dict[str, Change] = field(default_factory=dict)


class _ShortStream(io.StringIO):
    """Keeps what is printed up to a length; the rest is lost."""

    def write(self, text: str) -> int:
        room = _LONGEST_STREAM - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


def execute(source: str, namespace: Namespace, seconds: float) -> Outcome:
    """Run a cell; the value of a last expression is its result."""
    outcome = Outcome(source, namespace)
    stream = _ShortStream()
    started = time.perf_counter()
    with redirect_stdout(stream), redirect_stderr(stream):
        try:
            with time_limit(seconds):
                outcome.result = _run(source, namespace)
        except OutOfTime:
            outcome.error = Raised("TimeoutError", f"longer than {seconds:g} seconds")
        except BaseException as error:  # noqa: BLE001 - a cell may raise anything, SystemExit too
            outcome.error = _describe(error)
    outcome.seconds = time.perf_counter() - started
    outcome.stream = stream.getvalue()
    return outcome


def _run(source: str, namespace: Namespace) -> Value:
    shell = _shell()
    tree = ast.parse(shell.transform_cell(source) if shell else source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    codes = [_compiled(tree, "exec")]
    if isinstance(last, ast.Expr):
        codes.append(_compiled(ast.Expression(last.value), "eval"))
    if not any(map(_awaits, codes)):
        return [eval(code, namespace) for code in codes][-1]  # noqa: S307 - running cells is what this is for
    # The kernel's own loop, in which this runs, does not go on in a fork.
    asyncio._set_running_loop(None)  # noqa: SLF001 - there is no other way to leave a loop that is not there
    with closing(asyncio.new_event_loop()) as loop:
        return loop.run_until_complete(_awaited(codes, namespace))


def _awaits(code: types.CodeType) -> bool:
    return bool(code.co_flags & inspect.CO_COROUTINE)


async def _awaited(codes: Iterable[types.CodeType], namespace: Namespace) -> Value:
    value = None
    for code in codes:
        value = eval(code, namespace)  # noqa: S307 - see above
        value = await value if _awaits(code) else value
    return value


def _compiled(tree: ast.Module | ast.Expression, mode: Literal["exec", "eval"]) -> types.CodeType:
    # Without dont_inherit, this module's `annotations` future would change what the user's code means.
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code: types.CodeType = compile(tree, "<cell>", mode, flags=flags, dont_inherit=True)
    return code


def _shell() -> Value:
    """The IPython shell this runs in, if any; looked up without importing IPython."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def _describe(error: BaseException) -> Raised:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an exception may be unable to describe itself
        text = ""
    return Raised(type(error).__name__, text[:_LONGEST_VALUE])


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in the main thread after ``seconds``, and again until it is heeded."""

    def ring(_signal: int, _frame: types.FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def memory_limit(megabytes: int) -> None:
    """Let this process grow by no more than that; allocations beyond raise MemoryError."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + megabytes * _MB
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(
        resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
    )


@contextmanager
def scratch_folder() -> Iterator[None]:
    """Work in a copy of the working folder, so that files written are gone afterwards."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        there = Path(folder) / "work"
        shutil.copytree(here, there, symlinks=True, ignore_dangling_symlinks=True)
        os.chdir(there)
        try:
            yield
        finally:
            os.chdir(here)


def copy_namespace(namespace: Namespace) -> Namespace:
    """A namespace that can be changed without changing the first one.

    Variables that name the same object still do. What cannot be copied is shared, as are modules and what
    belongs to the shell; functions look up their names in the copy.
    """
    result: Namespace = {}
    memo: dict[int, Any] = {}
    for name, value in namespace.items():
        if _SHELL_NAMES.fullmatch(name) or isinstance(value, _SHARED):
            result[name] = value
        elif isinstance(value, types.FunctionType):
            result[name] = _rebound(value, namespace, result)
        else:
            result[name] = _copied(value, memo)
    return result


def _rebound(function: types.FunctionType, old: Namespace, new: Namespace) -> types.FunctionType:
    if function.__globals__ is not old:
        return function
    twin = types.FunctionType(
        function.__code__, new, function.__name__, function.__defaults__, function.__closure__
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__annotations__ = function.__annotations__
    twin.__doc__ = function.__doc__
    twin.__dict__.update(function.__dict__)
    return twin


def _copied(value: Value, memo: dict[int, Any]) -> Value:
    with suppress(Exception):  # any object may refuse to be copied, in its own way
        return copy.deepcopy(value, memo)
    with suppress(Exception):
        return copy.copy(value)
    return value


class Snapshot:
    """How a namespace was, to tell later what changed in it; ``pristine`` is a copy nobody else changes."""

    def __init__(self, namespace: Namespace, pristine: Namespace) -> None:
        self._ids = {name: id(value) for name, value in namespace.items()}
        self._pristine = pristine

    def changes(self, namespace: Namespace) -> dict[str, Change]:
        """What is different in ``namespace`` now."""
        changes: dict[str, Change] = {}
        for name, value in namespace.items():
            if _SHELL_NAMES.fullmatch(name):
                continue
            if name not in self._ids:
                changes[name] = "added"
            elif id(value) != self._ids[name]:
                changes[name] = "replaced"
            elif not self._unchanged(name, value):
                changes[name] = "updated"
        gone = [name for name in self._ids if name not in namespace and not _SHELL_NAMES.fullmatch(name)]
        return changes | dict.fromkeys(gone, "deleted")

    def _unchanged(self, name: str, value: Value) -> bool:
        if isinstance(value, types.FunctionType):
            return True
        try:
            return compare(value, self._pristine[name], Options()).same
        except Exception:  # noqa: BLE001 - what cannot be compared counts as changed, as in DSEval
            return False


class _Forbidden:
    """Stands where a variable may not be used."""


@contextmanager
def without_names(namespace: Namespace, names: Iterable[str]) -> Iterator[None]:
    """Hide variables from the code that runs inside."""
    hidden = {name: namespace[name] for name in names if name in namespace}
    namespace.update(dict.fromkeys(hidden, _Forbidden()))
    try:
        yield
    finally:
        namespace.update(hidden)


@contextmanager
def same_luck() -> Iterator[None]:
    """Leave the random numbers as they were."""
    np = sys.modules.get("numpy")
    state, array_state = random.getstate(), np.random.get_state() if np else None
    try:
        yield
    finally:
        random.setstate(state)
        if np and array_state is not None:
            np.random.set_state(array_state)
