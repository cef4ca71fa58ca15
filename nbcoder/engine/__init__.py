"""The vLLM process (install, start, attach, stop) and the client that streams from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbcoder.engine.client import HttpEngine
    from nbcoder.models.speaker import Speaker
    from nbcoder.progress import Progress
    from nbcoder.settings import Settings

__all__ = ["connect", "describe"]

_SECONDS_TO_NOTICE = 5.0


def connect(settings: Settings, progress: Progress) -> Speaker:
    """The engine, spoken to as its model takes it; started where it does not run. Close it, or use ``with``.

    Raises
    ------
    EngineError
        There is no engine and none can be started; the message says what to do.
    ModelError
        The model cannot be had, or is broken.
    """
    from nbcoder.models.recognise import family_of_engine  # noqa: PLC0415 - loads the HTTP client, 100 ms
    from nbcoder.models.speaker import Speaker  # noqa: PLC0415

    engine = _open(settings, progress)
    try:
        return Speaker(engine, family_of_engine(engine))
    except BaseException:
        engine.close()
        raise


def _open(settings: Settings, progress: Progress) -> HttpEngine:
    """A client of an engine that has answered a moment ago."""
    from nbcoder.engine.client import HttpEngine  # noqa: PLC0415 - loads the HTTP client, 100 ms
    from nbcoder.engine.process import ensure_running, wait_while_ready  # noqa: PLC0415
    from nbcoder.errors import EngineUnreachable, StreamCut  # noqa: PLC0415

    engine = HttpEngine(ensure_running(settings, progress), settings)
    try:
        engine.info()
    except (EngineUnreachable, StreamCut):
        engine.close()
        if settings.engine_url:
            raise
        # It died a moment ago, and its supervisor has not seen it yet.
        wait_while_ready(_SECONDS_TO_NOTICE)
        return HttpEngine(ensure_running(settings, progress), settings)
    except BaseException:
        engine.close()
        raise
    return engine


def describe(settings: Settings) -> str:
    """The engine's state in one line."""
    from nbcoder.engine.process import status  # noqa: PLC0415 - looks at processes

    if settings.engine_url:
        return f"at {settings.engine_url}"
    state = status()
    if state.phase == "ready":
        return f"ready, {state.model} (process {state.pid})"
    if state.phase == "starting":
        return f"starting {state.model}: {state.step}"
    return f"failed: {state.cause} (log: {state.log})" if state.phase == "failed" else "not running"
