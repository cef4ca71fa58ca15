"""From what a dry run told to a report."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.report import Copy, Effects, Failure, Report, Status
from nbcoder.dryrun.walls import traffic
from nbcoder.texts import Text, unpacked

if TYPE_CHECKING:
    from nbcoder.dryrun.channel import Heard
    from nbcoder.dryrun.job import Job, Verdict

__all__ = ["unavailable", "write_report"]

_MOST_NAMES: Final = 1_000
_MEMORY_FAULTS: Final = (signal.SIGSEGV, signal.SIGBUS)
_KINDS: Final = ("added", "rebound", "mutated", "removed", "kept", "process")


def unavailable(why: str, copy: Copy = "fork") -> Report:
    """The report of a dry run that did not take place."""
    return Report("unavailable", why=why, copy=copy)


def write_report(heard: Heard, job: Job, copy: Copy = "fork") -> Report:
    """Judge what was heard of the dry run of ``job``."""
    end = heard.end or {}
    failure = _failure(end.get("failure"))
    status, why = _status(heard, job, failure)
    return Report(
        status=status,
        why=why,
        failure=failure,
        outputs=heard.outputs.all(),
        warnings=tuple(heard.warnings),
        effects=_effects(heard),
        seconds=_number(end.get("seconds")) if heard.end else (job.seconds if status == "timeout" else 0.0),
        peak_bytes=int(max(_number(end.get("peak")), heard.verdict.peak_bytes if heard.verdict else 0)),
        tier=job.tier,
        copy=copy,
        remarks=_lines(end.get("remarks")),
        result_digest=end["digest"] if isinstance(end.get("digest"), str) else None,
    )


def _status(heard: Heard, job: Job, failure: Failure | None) -> tuple[Status, str]:
    verdict = heard.verdict
    if verdict is None:
        return "unavailable", Text("the copy of the kernel did not answer")
    by_guard: dict[str, tuple[Status, str]] = {
        "broken": ("unavailable", Text("the copy of the kernel failed: %1", unpacked(verdict.why))),
        "refused": ("unavailable", Text("the copy could not be walled off: %1", unpacked(verdict.why))),
        "timeout": ("timeout", Text("it did not end within %1 s", f"{job.seconds:g}")),
        "memory": ("memory", unpacked(verdict.why)),
    }
    if verdict.how in by_guard:
        return by_guard[verdict.how]
    if verdict.how == "processes" or heard.end is None:
        return _cut_short(verdict, heard.read_only_bytes)
    if isinstance(missing := heard.end.get("unloaded"), str):
        return "unavailable", Text("what it uses could not be loaded in a fresh process (%1)", missing)
    if isinstance(broken := heard.end.get("broken"), str):
        return "killed", Text("it broke its own interpreter (%1)", broken)
    return _judged(heard, failure)


def _cut_short(verdict: Verdict, read_only_bytes: int) -> tuple[Status, str]:
    """The status of code that did not come to its end by itself."""
    if verdict.how == "signal" and verdict.code in _MEMORY_FAULTS and read_only_bytes:
        return "unavailable", Text(
            "it crashed its process (%1), perhaps by writing to shared memory, of which %2 MB are not copied",
            _signal_name(verdict.code),
            read_only_bytes >> 20,
        )
    return "killed", unpacked(verdict.why) or _own_end(verdict)


def _judged(heard: Heard, failure: Failure | None) -> tuple[Status, str]:
    """The status of code that came to its end, one way or the other."""
    if failure is None:
        return "ok", ""
    if failure.name == "MemoryError":
        return "memory", Text("it needs more memory than it may take")
    is_from_system = heard.end is not None and heard.end.get("from_system") is True
    # What a program, or a library in C, says for want of the network is no error of the system's.
    if heard.blocked and (is_from_system or traffic.BELOW_PYTHON in heard.blocked):
        return "unavailable", Text("it cannot be tried here, because it would %1", heard.blocked[0])
    value = failure.value.strip().split("\n", 1)[0]
    return "error", f"{failure.name}: {value}" if value else failure.name


def _own_end(verdict: Verdict) -> str:
    if verdict.how == "signal":
        return Text("it crashed its process (%1)", _signal_name(verdict.code))
    if verdict.how == "done":
        return Text("it closed the channel that reports are written to")
    return Text("it ended its process (exit status %1)", verdict.code)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _failure(event: object) -> Failure | None:
    if not isinstance(event, dict):
        return None
    line = event.get("line")
    return Failure(
        name=str(event.get("name", "")),
        value=str(event.get("value", "")),
        traceback=str(event.get("traceback", "")),
        line=line if isinstance(line, int) else None,
        hints=str(event.get("hints", "")),
        remedy=_texts(event.get("remedy")),
    )


def _effects(heard: Heard) -> Effects:
    names = heard.end.get("names") if heard.end else None
    told: dict[str, Any] = names if isinstance(names, dict) else {}
    files = heard.verdict
    return Effects(
        **{
            kind: _texts(told.get(kind))
            for kind in ("added", "rebound", "mutated", "removed", "kept", "process")
        },
        created=_texts(files.created if files else None),
        changed=_texts(files.changed if files else None),
        deleted=_texts(files.deleted if files else None),
        rewritten=_texts(files.rewritten if files else None),
        blocked=tuple(heard.blocked),
        outside=tuple(heard.outside),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(x) for x in value[:_MOST_NAMES]) if isinstance(value, list) else ()


def _lines(value: object) -> tuple[str, ...]:
    return tuple(filter(None, map(unpacked, value[:_MOST_NAMES]))) if isinstance(value, list) else ()


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
