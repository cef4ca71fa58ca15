"""What is said of live objects in a copy of the kernel, where any of them may be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Observer", "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """Code that came to its end without an exception."""

    code: str
    """Plain Python, with magics already made calls."""
    before: Mapping[str, Any]
    """The namespace as it was; objects that were changed in place are as they are now."""
    after: Mapping[str, Any]
    changed: Sequence[str]
    """Names that were added, bound anew, or whose objects were changed in place."""


def _silent(_: BaseException) -> str:
    return ""


def _no_remedy(_: BaseException) -> tuple[str, ...]:
    return ()


def _nothing(_: Outcome) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Observer:
    """Who is asked in the copy when code has ended there."""

    explain: Callable[[BaseException], str] = _silent
    """Says what would help to mend an exception."""
    remedy: Callable[[BaseException], tuple[str, ...]] = _no_remedy
    """Says what mends it without fail, in words of its own that come back in the report."""
    remark: Callable[[Outcome], Sequence[str]] = _nothing
    """Says what is odd about what the code came to, though it raised nothing."""
