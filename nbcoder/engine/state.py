"""What is known about this user's engine, as it is kept in a file for all processes to read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from nbcoder.texts import packed, unpacked

__all__ = ["EngineState", "Phase", "from_json", "to_json"]

Phase = Literal["stopped", "starting", "ready", "failed"]


@dataclass(frozen=True)
class EngineState:
    """One engine, running or gone.

    ``since`` is when the phase began (seconds since 1970), ``step`` what a start is doing, ``cause`` why it
    stopped or failed. ``pid`` is vLLM's server, which leads the process group of all of vLLM; None before it
    was started.
    """

    phase: Phase
    log: Path
    model: str = ""
    pid: int | None = None
    since: float = 0.0
    step: str = ""
    cause: str = ""
    version: str = ""
    socket: Path | None = None

    @property
    def is_running(self) -> bool:
        """Whether it answers, or soon will."""
        return self.phase in {"starting", "ready"}


def to_json(state: EngineState) -> str:
    """``state`` as text, for `from_json`."""
    return json.dumps(asdict(state) | {"step": packed(state.step)}, default=str)


def from_json(text: str) -> EngineState | None:
    """The state in ``text``; None if something else wrote that, or only a part of it."""
    try:
        values: dict[str, Any] = json.loads(text)
        socket = values.pop("socket")
        state = EngineState(
            **values
            | {
                "log": Path(values["log"]),
                "socket": Path(socket) if socket else None,
                "step": unpacked(values.get("step", "")),
            }
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return state if state.phase in get_args(Phase) and isinstance(state.pid, int | None) else None
