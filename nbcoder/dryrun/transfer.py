"""A dry run in a fresh process that gets copies of just the names that the code uses.

It is for code that cannot run in a fork. Values go by pickling, their large parts out of band, up to a size;
modules are imported again. What cannot be copied is named, and then the code is not run.
"""

from __future__ import annotations

import ast
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import types
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import cloudpickle  # type: ignore[import-untyped] # it has no types

from nbcoder.dryrun.effects.names import is_of_ipython
from nbcoder.dryrun.effects.touched import touched_names
from nbcoder.dryrun.report import Effects, Failure, Report
from nbcoder.dryrun.reporting import unavailable
from nbcoder.texts import Text, packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbcoder.dryrun.observer import Observer
    from nbcoder.dryrun.report import Limits, Tier
    from nbcoder.dryrun.shell import Shell

__all__ = ["Parcel", "receive", "run_in_fresh_process", "told"]

_MOST_BYTES: Final = 512 << 20
_START_SECONDS: Final = 60.0
"""For the fresh process to import what it needs, on a busy machine."""
_HEAD: Final = struct.Struct("=Q")
_COMMAND: Final = "from nbcoder.dryrun.spare import main; main()"


class _TooLarge(Exception):
    """More than is copied."""


@dataclass(frozen=True)
class Parcel:
    """What a fresh process gets; ``values`` is a pickled dictionary, ``buffers`` its large parts."""

    code: str
    limits: Limits
    tiers: tuple[Tier, ...]
    path: list[str]
    random_state: Any
    observer: Observer
    modules: dict[str, str] = field(default_factory=dict)
    """For each name, the module that it means."""
    values: bytes = b""
    buffers: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes of the values."""
        return len(self.values) + sum(map(len, self.buffers))


def run_in_fresh_process(shell: Shell, plain: str, parcel: Parcel) -> Report:
    """Run the code of ``parcel``, which has no values yet, with what it uses of the namespace.

    ``plain`` is the same code with its magics made calls.

    An interrupt of the user's ends the process and is raised as ever.
    """
    names = _names_read(plain, shell)
    modules = {n: v.__name__ for n in names if type(v := shell.user_ns[n]) is types.ModuleType}
    values = {n: shell.user_ns[n] for n in names if n not in modules}
    try:
        parcel = _packed(replace(parcel, modules=modules), values)
    except _TooLarge:
        why = Text("what it uses is more than the %1 MB that are copied", _MOST_BYTES >> 20)
        return unavailable(why, "transfer")
    except Exception:  # noqa: BLE001 - pickling runs code of any class
        why = Text("%1 cannot be copied to a fresh process", _culprits(values))
        return unavailable(why, "transfer")
    report = _report_of(_run(parcel))
    return _as_seen_from(shell.user_ns, report)


def _names_read(code: str, shell: Shell) -> list[str]:
    """The user's names that ``code`` uses, but for those that it only binds anew."""
    touched = [n for n in touched_names(code, shell.user_ns) if _is_users(n, shell)]
    with suppress(SyntaxError, ValueError, RecursionError):
        nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]
        read = {node.id for node in nodes if not isinstance(node.ctx, ast.Store)}
        bound = {node.id for node in nodes} - read
        return [name for name in touched if name not in bound]
    return touched


def _is_users(name: str, shell: Shell) -> bool:
    return not is_of_ipython(name) and shell.user_ns_hidden.get(name, shell) is not shell.user_ns[name]


class _Limited(io.BytesIO):
    """Memory for a pickle that may not grow without end."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def write(self, data: Any) -> int:
        self.take(len(data))
        return super().write(data)

    def take(self, size: int) -> None:
        """Count ``size`` bytes that are kept elsewhere."""
        self._left -= size
        if self._left < 0:
            raise _TooLarge


def _packed(parcel: Parcel, values: Mapping[str, Any]) -> Parcel:
    file, buffers = _Limited(_MOST_BYTES), []

    def aside(buffer: pickle.PickleBuffer) -> None:
        raw = buffer.raw()
        file.take(raw.nbytes)
        buffers.append(bytes(raw))

    cloudpickle.Pickler(file, protocol=5, buffer_callback=aside).dump(dict(values))
    return replace(parcel, values=file.getvalue(), buffers=buffers)


def _culprits(values: Mapping[str, Any]) -> str:
    """The names whose values cannot be pickled, with their types."""
    found = []
    for name, value in values.items():
        try:
            cloudpickle.Pickler(_Limited(_MOST_BYTES), protocol=5).dump(value)
        except Exception:  # noqa: BLE001 - see above
            found.append(f"{name} ({type(value).__qualname__})")
    return ", ".join(found[:5]) or "what it uses"


def _run(parcel: Parcel) -> bytes:
    cwd = None
    with suppress(OSError):
        cwd = os.getcwd()
    # No folder of the user's before the standard library's: the kernel's own path comes with the parcel.
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        start_new_session=True,
    )
    with process:
        try:
            sent = b"".join(_pieces(parcel))
            return process.communicate(sent, timeout=parcel.limits.seconds + _START_SECONDS)[0]
        except subprocess.TimeoutExpired:
            return b""
        finally:
            process.kill()  # its guard sees that, and ends the worker


def _pieces(parcel: Parcel) -> Iterable[bytes]:
    head = cloudpickle.dumps(replace(parcel, buffers=[]), protocol=5)
    for part in (head, *parcel.buffers):
        yield _HEAD.pack(len(part))
        yield part


def receive(data: bytes) -> Parcel:
    """In the fresh process: what `run_in_fresh_process` has sent."""
    parts, at = [], 0
    while at < len(data):
        (size,) = _HEAD.unpack_from(data, at)
        parts.append(data[at + _HEAD.size : at + _HEAD.size + size])
        at += _HEAD.size + size
    head: Parcel = pickle.loads(parts[0])  # noqa: S301 - from the kernel that started this process
    return replace(head, buffers=parts[1:])


def _report_of(told: bytes) -> Report:
    try:
        fields = json.loads(told)
    except ValueError:
        return unavailable(Text("the fresh process did not answer"), "transfer")
    if failure := fields["failure"]:
        fields["failure"] = Failure(**{**failure, "remedy": tuple(failure["remedy"])})
    fields["effects"] = Effects(
        **{kind: tuple(map(unpacked, names)) for kind, names in fields["effects"].items()}
    )
    fields |= {kind: tuple(fields[kind]) for kind in ("outputs", "warnings")}
    fields |= {"why": unpacked(fields["why"]), "remarks": tuple(map(unpacked, fields["remarks"]))}
    return Report(**{**fields, "copy": "transfer"})


def _as_seen_from(namespace: Mapping[str, Any], report: Report) -> Report:
    """Names that were not sent because the code only binds them are no new ones here."""
    effects = report.effects
    known = tuple(name for name in effects.added if name in namespace)
    added = tuple(name for name in effects.added if name not in namespace)
    return replace(report, effects=replace(effects, added=added, rebound=(*effects.rebound, *known)))


def told(report: Report) -> bytes:
    """In the fresh process: the report on its way back."""
    fields = asdict(report)
    for kind in ("blocked", "outside"):
        fields["effects"][kind] = [packed(one) for one in getattr(report.effects, kind)]
    fields |= {"why": packed(report.why), "remarks": [packed(one) for one in report.remarks]}
    return json.dumps(fields, default=str).encode("utf-8", "backslashreplace")
