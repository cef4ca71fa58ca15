"""What goes between browser and server, as JSON; the other side is ``labextension/src/api.ts``.

Ghost text comes as lines of JSON: any number of `GhostText`, each with all of the text so far, then one
`GhostEnd`. Every refusal is a `Refusal` with an HTTP status of 400 or above.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from nbcoder.texts import Line  # noqa: TC001 - who checks messages reads the types of their fields

__all__ = [
    "EngineOrder",
    "EngineStatus",
    "GhostEnd",
    "GhostText",
    "GhostWish",
    "LogTail",
    "ModelList",
    "ModelRow",
    "Phase",
    "Refusal",
]

Phase = Literal["off", "starting", "stopping", "ready", "failed"]


class EngineStatus(TypedDict):
    """How the engine is. ``running`` and ``waiting`` count requests; None where the engine does not say.

    ``step`` is what a start is doing, ``fraction`` how much of that is done (0 to 1; None: nobody knows),
    ``since`` when the phase began (seconds since 1970, 0: unknown), ``cause`` why it failed.
    """

    phase: Phase
    ours: bool
    model: str
    version: str
    device: Line
    since: float
    step: Line
    fraction: float | None
    cause: Line
    running: int | None
    waiting: int | None


class EngineOrder(TypedDict):
    """What is to be done with the engine; ``model`` is in the `ModelList`, or '' for that of the settings."""

    action: Literal["start", "stop", "restart"]
    model: NotRequired[str]


class ModelRow(TypedDict):
    """One model; ``memory`` and ``missing`` (0: it fits) in bytes, ``parameters`` in billions (0: ?)."""

    name: str
    parameters: float
    memory: int
    missing: int
    here: bool
    default: bool
    licence: str


class ModelList(TypedDict):
    """The models that can be served."""

    models: list[ModelRow]


class LogTail(TypedDict):
    """The end of the engine's log."""

    path: str
    lines: list[str]


class GhostWish(TypedDict):
    """Where text is wanted: the cell around the cursor, the code cells above it (oldest first)."""

    prefix: str
    suffix: str
    cells: list[str]
    language: str


class GhostText(TypedDict):
    """All of the text so far."""

    text: str


class GhostEnd(TypedDict):
    """There is no more; ``error`` says why, where it is not the end that was wished for."""

    done: Literal[True]
    error: NotRequired[str]


class Refusal(TypedDict):
    """Why nothing was done, in one line; ``kind`` is the name of the error."""

    message: Line
    kind: str
