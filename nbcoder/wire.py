"""Messages between a frontend and the kernel, on the comm target ``nbcoder.run``.

The other side is ``labextension/src/wire.ts``; ``tests/wire/*.json`` holds one example of each message,
read by the tests of both sides. A change here is a change there.

A frontend opens one comm for each run of a cell of ours, with a `Snapshot` as its opening data, before the
execute request leaves; everything else travels on that comm.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

__all__ = [
    "ANSWER_MIME",
    "TARGET",
    "VERSION",
    "Act",
    "Action",
    "Answer",
    "CellMessage",
    "Done",
    "Effects",
    "Fix",
    "FromFrontend",
    "FromKernel",
    "Insert",
    "NewCell",
    "Offer",
    "OfferState",
    "Replace",
    "Report",
    "Run",
    "Say",
    "Snapshot",
    "Stats",
]

TARGET = "nbcoder.run"
VERSION = 1
ANSWER_MIME = "application/vnd.nbcoder.answer+json"

Action = Literal["accept", "accept-and-run", "edit", "next", "regenerate", "reject"]
OfferState = Literal["streaming", "checking", "ready", "accepted", "rejected", "stopped", "failed"]


class CellMessage(TypedDict):
    """One cell of a snapshot; ``outputs`` are nbformat outputs without images, long texts cut."""

    id: str
    type: Literal["code", "markdown", "raw"]
    source: str
    executionCount: NotRequired[int | None]
    outputs: NotRequired[list[dict[str, Any]]]


class Snapshot(TypedDict):
    """frontend → kernel, opening data: the whole unsaved notebook; ``cellId`` is about to run."""

    v: int
    type: Literal["snapshot"]
    cellId: str
    path: str
    cells: list[CellMessage]


class Act(TypedDict):
    """frontend → kernel: what the user decided; ``text`` is the edited code or the added wish."""

    v: int
    type: Literal["act"]
    suggestion: str
    action: Action
    text: NotRequired[str]


class Fix(TypedDict):
    """frontend → kernel: repair the failing cell ``cellId``."""

    v: int
    type: Literal["fix"]
    cellId: str


class Done(TypedDict):
    """frontend → kernel: the answer to `Insert`, `Replace` and `Run`; ``why`` when it was refused."""

    v: int
    type: Literal["done"]
    ok: bool
    why: NotRequired[str]


class NewCell(TypedDict):
    """A cell that does not exist yet."""

    type: Literal["code", "markdown"]
    source: str


class Effects(TypedDict):
    """What a dry run would have changed: names of variables and paths of files."""

    added: list[str]
    rebound: list[str]
    mutated: list[str]
    removed: list[str]
    created: list[str]
    changed: list[str]
    deleted: list[str]
    blocked: list[str]


class Report(TypedDict):
    """What happened when a candidate was run in a copy of the kernel; outputs are nbformat outputs."""

    status: Literal["ok", "error", "timeout", "memory", "killed", "unavailable"]
    why: str
    outputs: list[dict[str, Any]]
    effects: Effects
    seconds: float


class Stats(TypedDict):
    """What a suggestion cost, and how its tokens were drawn."""

    model: str
    seconds: float
    promptTokens: int
    completionTokens: int
    tries: int
    temperature: float
    topP: NotRequired[float]
    topK: NotRequired[int]
    seed: NotRequired[int]


class Offer(TypedDict):
    """kernel → frontend: a suggestion in its present state; a fix also names its target."""

    v: int
    type: Literal["offer"]
    suggestion: str
    state: OfferState
    request: str
    cells: list[NewCell]
    stats: Stats
    target: NotRequired[str]
    original: NotRequired[str]
    diff: NotRequired[str]
    report: NotRequired[Report]


class Insert(TypedDict):
    """kernel → frontend: put ``cells`` below cell ``after``, in one undo step, once per suggestion."""

    v: int
    type: Literal["insert"]
    after: str
    cells: list[NewCell]
    suggestion: str
    provenance: dict[str, Any]


class Replace(TypedDict):
    """kernel → frontend: give ``cellId`` a new source if its text still has ``sourceHash``."""

    v: int
    type: Literal["replace"]
    cellId: str
    sourceHash: str
    source: str
    suggestion: str
    provenance: dict[str, Any]


class Run(TypedDict):
    """kernel → frontend: run these cells, in order; an empty list means those just inserted or replaced."""

    v: int
    type: Literal["run"]
    cellIds: list[str]


class Say(TypedDict):
    """kernel → frontend: one line for the user."""

    v: int
    type: Literal["say"]
    level: Literal["info", "warning", "error"]
    text: str


class Answer(TypedDict):
    """What the output of a cell of ours holds under `ANSWER_MIME`: the answer as it comes, then the offer."""

    v: int
    type: Literal["answer"]
    state: OfferState
    facts: str
    text: str
    offer: NotRequired[Offer]


FromFrontend = Act | Fix | Done
FromKernel = Offer | Insert | Replace | Run | Say
