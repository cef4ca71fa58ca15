"""What a dry run may cost, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

__all__ = ["Copy", "DryRunner", "Effects", "Failure", "Limits", "Report", "Status", "Tier"]

Status = Literal["ok", "error", "timeout", "memory", "killed", "unavailable"]
Tier = Literal["namespaces", "landlock", "audit", "none"]
Copy = Literal["fork", "transfer"]


@dataclass(frozen=True)
class Limits:
    """What one dry run may use."""

    seconds: float = 20.0
    memory_bytes: int | None = None
    """How much more than the kernel holds now; None: half of what is free on this machine."""
    output_bytes: int = 1_000_000
    processes: int = 64
    file_bytes: int = 1 << 30
    """All files that it writes, together; they are held in memory."""


@dataclass(frozen=True)
class Effects:
    """What would change if the code were run in the kernel.

    Names are the user's: IPython's own, such as ``_`` or ``In``, are left out. Paths are relative to the
    working folder where they are inside it.
    """

    added: tuple[str, ...] = ()
    rebound: tuple[str, ...] = ()
    mutated: tuple[str, ...] = ()
    """Names that still mean the same object, but the object was changed in place."""
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """Names of ``rebound`` whose new value is a table equal to the old one."""
    process: tuple[str, ...] = ()
    """What else of the process: ``working folder``, ``environment``, ``import path``, ``random numbers``
    where they are seeded, ``settings of matplotlib`` or ``pandas``, ``warning filters``, ``logging``."""
    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    """Files that were written to and hold what they held before."""
    blocked: tuple[str, ...] = ()
    """What the walls refused, such as ``connect to example.org:443`` or ``write /data/x.csv``."""
    outside: tuple[str, ...] = ()
    """What came to nothing in the copy but reaches others when run, such as ``start a process: git push``."""


@dataclass(frozen=True)
class Failure:
    """The exception that ended the code."""

    name: str
    value: str
    traceback: str
    """Plain text, from the first frame of the code on."""
    line: int | None = None
    """The line of the code that was run, counted from 1; None if it is not in the code."""
    hints: str = ""
    """What the runner's observer had to say, having seen the exception itself in the copy."""
    remedy: tuple[str, ...] = ()
    """What the observer says would mend it, in its own words; empty where it knows nothing."""


@dataclass(frozen=True)
class Report:
    """What happened in a dry run.

    ``unavailable`` means that the code could not be judged: no copy could be made, or what failed needed
    something that the walls refuse. ``killed`` means that the code ended its own process, by a crash or
    on purpose.
    """

    status: Status
    why: str = ""
    """One line on any status but ``ok``."""
    failure: Failure | None = None
    outputs: tuple[dict[str, Any], ...] = ()
    """In the format of notebooks (nbformat 4): streams, display data with figures, the result."""
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """What the runner's observer found odd about code that raised nothing, a line each."""
    effects: Effects = field(default_factory=Effects)
    seconds: float = 0.0
    """What the code itself took."""
    peak_bytes: int = 0
    """Memory used beyond what the kernel holds."""
    tier: Tier = "none"
    copy: Copy = "fork"
    result_digest: str | None = None
    """Names the value that the code came to, the same for equal values, to compare candidates: the last
    expression's; without one, those of the names that were bound or changed; None where there is none."""


class DryRunner(Protocol):
    """Runs code where nothing of it stays."""

    def run(self, code: str, limits: Limits = ...) -> Report:
        """Run ``code`` in a throwaway copy; never raises for what the code does."""
