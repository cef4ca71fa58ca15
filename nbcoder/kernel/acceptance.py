"""Suggestions that were accepted and wait for the page that accepted them to say that they are inserted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.errors import NoSuggestion
from nbcoder.texts import Text

if TYPE_CHECKING:
    from nbcoder.kernel.runs import Run
    from nbcoder.suggest import Suggestion

__all__ = ["Acceptances", "Accepted"]


@dataclass
class Accepted:
    """A suggestion as it was accepted, and by whom."""

    run: Run
    suggestion: Suggestion
    action: str
    policy: str = ""
    """For running it, where the page has one of its own."""
    is_contested: bool = False


class Acceptances:
    """At most one for each suggestion: of two pages that show it, one inserts it."""

    def __init__(self) -> None:
        self._awaiting: dict[str, Accepted] = {}

    def claim(self, accepted: Accepted) -> None:
        """Wait for the page of ``accepted`` to insert it.

        Raises
        ------
        NoSuggestion
            Another page is about to. It may be closed and never say so: who asks a second time is believed.
        """
        earlier = self._awaiting.get(accepted.suggestion.id)
        if earlier is not None and earlier.run is not accepted.run and not earlier.is_contested:
            earlier.is_contested = True
            raise NoSuggestion(
                Text(
                    "another page has just accepted this suggestion. "
                    "If that page is closed, accept it once more."
                )
            )
        self._awaiting[accepted.suggestion.id] = accepted

    def done(self, run: Run, suggestion: str) -> Accepted | None:
        """What ``run`` accepted of that suggestion; it waits no more."""
        accepted = self._awaiting.get(suggestion)
        if accepted is None or accepted.run is not run:
            return None
        return self._awaiting.pop(suggestion)
