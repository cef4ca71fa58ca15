"""One connection to the engine for many requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from nbcoder.engine import connect
from nbcoder.engine.process import status
from nbcoder.errors import EngineError, EngineUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcoder.models.speaker import Speaker
    from nbcoder.progress import Progress
    from nbcoder.settings import Settings

__all__ = ["KeptEngine"]

T = TypeVar("T")


class KeptEngine:
    """The engine, asked once which model it serves and how that is spoken to, and not at each request.

    Connects anew when the settings or the engine's process are others, and after a request has failed.
    """

    def __init__(self) -> None:
        self._speaker: Speaker | None = None
        self._kept_for: object = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; the next request connects again."""
        if self._speaker is not None:
            self._speaker.close()
            self._speaker = None

    def ask(self, settings: Settings, progress: Progress, work: Callable[[Speaker], T]) -> T:
        """What ``work`` makes of the engine; done once more if the engine went between two requests.

        Raises what `nbcoder.engine.connect` and ``work`` raise.
        """
        is_kept = self._speaker is not None and self._kept_for == _identity(settings)
        try:
            return work(self._current(settings, progress, is_kept=is_kept))
        except EngineError as error:
            self.close()
            if is_kept and isinstance(error, EngineUnreachable):
                return self.ask(settings, progress, work)
            raise

    def _current(self, settings: Settings, progress: Progress, *, is_kept: bool) -> Speaker:
        if self._speaker is None or not is_kept:
            self.close()
            self._speaker = connect(settings, progress)
            self._kept_for = _identity(settings)
        return self._speaker


def _identity(settings: Settings) -> object:
    state = status()
    return settings, state.phase, state.pid, state.since, state.model
