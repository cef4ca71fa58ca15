"""Evaluating parts of the user's code once more, for hints; in the throwaway copy of the kernel alone."""

from __future__ import annotations

import ast
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["at_most", "evaluated", "shortened"]

_SECONDS = 1.0
"""What takes longer tells nothing: the time is the dry run's own."""


def evaluated(expression: ast.expr, names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the user's code gives
    """The value of an expression of the user's; raises what that raises."""
    # The copy is thrown away: evaluating it again costs nothing but time.
    return eval(ast.unparse(expression), dict(names))  # noqa: S307


@contextmanager
def at_most(seconds: float = _SECONDS) -> Iterator[None]:
    """Raise TimeoutError inside after so many seconds; ValueError outside of the main thread."""

    def ring(*_: object) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def shortened(text: str, most: int) -> str:
    """The text, its end left out where it has more than ``most`` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
