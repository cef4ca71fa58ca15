"""What the kernel, the guard and the worker of one dry run tell each other.

The kernel forks the guard, the guard forks the worker, and the worker runs the code. The worker reports
on ``events`` while the code runs; the guard, which the code cannot reach, gives its verdict on ``control``
and listens there too: when the kernel closes its end, the dry run is over.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from nbcoder.dryrun.report import Tier
    from nbcoder.texts import Line

__all__ = ["Ends", "How", "Job", "Verdict", "decoded", "encoded"]

_encode: Final = json.JSONEncoder(default=str).encode
_decode: Final = json.JSONDecoder().decode
"""Kept from before any code of the user's that replaces those of the module."""

How = Literal["done", "exit", "signal", "timeout", "memory", "processes", "refused", "broken"]


@dataclass(frozen=True)
class Job:
    """One piece of code, its limits as plain numbers, and the tier of walls to try.

    With ``names`` no code is run, but the values of those names are given.
    """

    code: str
    tier: Tier
    seconds: float
    memory_bytes: int
    output_bytes: int
    processes: int
    file_bytes: int
    names: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Paths that the code may mean."""
    scratch: str = ""
    """The folder that may be written to, where there is no overlay."""


@dataclass(frozen=True)
class Ends:
    """The copy's ends of the channels, as descriptors."""

    events: int
    out: int
    err: int
    control: int

    def all(self) -> tuple[int, int, int, int]:
        """Every one of them."""
        return (self.events, self.out, self.err, self.control)


@dataclass(frozen=True)
class Verdict:
    """How the worker ended, and what it did to files; ``code`` is its exit status or signal."""

    how: How
    code: int = 0
    why: Line = ""
    peak_bytes: int = 0
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)
    is_idle: bool = False
    """Whether it mostly waited when its time was over."""


def encoded(value: Job | Verdict | dict[str, Any]) -> bytes:
    """One line of JSON."""
    plain = asdict(value) if isinstance(value, (Job, Verdict)) else value
    return _encode(plain).encode("utf-8", "backslashreplace") + b"\n"


def decoded(line: bytes) -> dict[str, Any] | None:
    """What `encoded` made, or None for anything else: the code can write to the channel too."""
    try:
        value = _decode(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
