"""Messages between a frontend and the kernel, on the comm target ``nbcoder.run``.

The other side is ``labextension/src/wire.ts``; ``tests/wire/*.json`` holds one example of each message,
read by the tests of both sides. A change here is a change there.

A frontend opens one comm for each run of a cell of ours, with a `Snapshot` as its opening data, before the
execute request leaves; everything else travels on that comm.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from nbcoder.texts import Line  # noqa: TC001 - who checks messages reads the types of their fields

__all__ = [
    "ANSWER_MIME",
    "MAGICS",
    "TARGET",
    "VERSION",
    "Act",
    "Action",
    "Again",
    "Alternative",
    "Answer",
    "Ask",
    "CellMessage",
    "ContextUsed",
    "Dependant",
    "Done",
    "Draft",
    "Effects",
    "Fix",
    "FromFrontend",
    "FromKernel",
    "Insert",
    "Kind",
    "NewCell",
    "Offer",
    "OfferState",
    "Replace",
    "Report",
    "Resume",
    "Run",
    "Say",
    "Snapshot",
    "Stats",
    "Token",
    "Tried",
    "Try",
]

TARGET = "nbcoder.run"
VERSION = 1
ANSWER_MIME = "application/vnd.nbcoder.answer+json"

MAGICS = ("generate", "fix", "explain", "document", "tests", "refactor")
"""Names of the magics that ask us something, each the name of a `Kind` as well."""

Kind = Literal["generate", "fix", "explain", "document", "tests", "refactor"]
Action = Literal["accept", "accept-and-run", "accept-and-run-dependants", "regenerate", "reject"]
OfferState = Literal["streaming", "checking", "ready", "accepted", "rejected", "stopped"]


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


class NewCell(TypedDict):
    """A cell that does not exist yet."""

    type: Literal["code", "markdown"]
    source: str


class Act(TypedDict):
    """frontend → kernel: what the user decided.

    Accepted is the offer's own answer, or the one of its ``alternatives`` at position ``alternative`` - 1;
    ``cells`` is what the user made of it. ``text`` is the wish added to a request that is made again.
    ``policy`` is the page's own for running it, instead of the setting ``run_policy``.
    """

    v: int
    type: Literal["act"]
    suggestion: str
    action: Action
    alternative: NotRequired[int]
    cells: NotRequired[list[NewCell]]
    text: NotRequired[str]
    policy: NotRequired[str]


class Fix(TypedDict):
    """frontend → kernel: repair the failing cell ``cellId``."""

    v: int
    type: Literal["fix"]
    cellId: str


class Ask(TypedDict):
    """frontend → kernel: explain, document, test or refactor the cell ``cellId``."""

    v: int
    type: Literal["ask"]
    kind: Literal["explain", "document", "tests", "refactor"]
    cellId: str


class Try(TypedDict):
    """frontend → kernel: run what the user made of an answer in a copy; `Tried` comes back."""

    v: int
    type: Literal["try"]
    suggestion: str
    cells: list[NewCell]


class Again(TypedDict):
    """frontend → kernel: offer a suggestion of this notebook once more, tried anew; an `Offer` comes back.

    ``asker``, ``request`` and ``model`` are those of its offer, and so are ``target`` and ``original`` where
    it replaces a cell: a kernel that was restarted does not know them.
    """

    v: int
    type: Literal["again"]
    suggestion: str
    kind: Kind
    asker: str
    request: str
    model: str
    cells: list[NewCell]
    target: NotRequired[str]
    original: NotRequired[str]


class Resume(TypedDict):
    """frontend → kernel: say again what is still on offer for this notebook; the page was loaded anew."""

    v: int
    type: Literal["resume"]


class Done(TypedDict):
    """frontend → kernel: the answer to `Insert` and `Replace`; ``why`` when it was refused."""

    v: int
    type: Literal["done"]
    suggestion: str
    ok: bool
    why: NotRequired[str]


class Effects(TypedDict):
    """What a dry run would have changed: names of variables, paths of files, and what else of the process.

    ``outside`` is what reaches other processes and machines when the code is run. What was remembered by an
    earlier version is without it.
    """

    added: list[str]
    rebound: list[str]
    mutated: list[str]
    removed: list[str]
    process: list[str]
    created: list[str]
    changed: list[str]
    deleted: list[str]
    blocked: list[Line]
    outside: NotRequired[list[Line]]


class Report(TypedDict):
    """What happened when a candidate was run in a copy of the kernel; outputs are nbformat outputs."""

    status: Literal["ok", "error", "timeout", "memory", "killed", "unavailable"]
    why: Line
    outputs: list[dict[str, Any]]
    effects: Effects
    seconds: float


class Token(TypedDict):
    """A token of cell number ``cell``: ``length`` UTF-16 units from ``at``, its probability and its rivals.

    ``top`` holds pairs of a text and its probability, the likeliest first.
    """

    cell: int
    at: int
    length: int
    p: float
    top: list[list[str | float]]


class ContextUsed(TypedDict):
    """How fresh the notebook was that the model was told of, its tokens, and how many the model can read."""

    source: Literal["live", "file", "history"]
    tokens: int
    limit: int
    cut: bool


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


class Alternative(TypedDict):
    """One answer: its cells, its dry run, and how sure the model was of each token.

    ``notes`` are what the user should know before deciding.
    """

    cells: list[NewCell]
    report: NotRequired[Report]
    tokens: NotRequired[list[Token]]
    notes: NotRequired[list[Line]]


class Dependant(TypedDict):
    """A cell that ran and that reads ``names`` of the cell that is replaced; ``count`` is shown beside it."""

    cellId: str
    count: int | None
    names: list[str]


class Offer(TypedDict):
    """kernel → frontend: a suggestion in its present state; what replaces a cell also names its target.

    ``asker`` is the cell that asked, or whose failure is mended, or that is tested or explained.
    ``alternatives`` are the other answers, the best first. ``notes`` are what the user should know before
    deciding. ``dependants`` are the cells to be run again after the target. ``replaces`` names the
    suggestion that was not good enough.
    """

    v: int
    type: Literal["offer"]
    suggestion: str
    kind: Kind
    state: OfferState
    asker: str
    request: str
    cells: list[NewCell]
    stats: Stats
    context: ContextUsed
    report: NotRequired[Report]
    tokens: NotRequired[list[Token]]
    alternatives: NotRequired[list[Alternative]]
    notes: NotRequired[list[Line]]
    dependants: NotRequired[list[Dependant]]
    replaces: NotRequired[str]
    target: NotRequired[str]
    original: NotRequired[str]
    diff: NotRequired[str]


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
    """kernel → frontend: run these cells, in order; none: those inserted or replaced for the suggestion."""

    v: int
    type: Literal["run"]
    suggestion: str
    cellIds: list[str]


class Draft(TypedDict):
    """kernel → frontend: an answer as far as it has come, where no output of a cell shows it."""

    v: int
    type: Literal["draft"]
    facts: Line
    text: str


class Tried(TypedDict):
    """kernel → frontend: the answer to `Try`; without ``report`` where nothing is run beforehand.

    ``why`` says what was wrong with the request.
    """

    v: int
    type: Literal["tried"]
    suggestion: str
    cells: list[NewCell]
    report: NotRequired[Report]
    notes: NotRequired[list[Line]]
    why: NotRequired[Line]


class Say(TypedDict):
    """kernel → frontend: one line for the user."""

    v: int
    type: Literal["say"]
    level: Literal["info", "warning", "error"]
    text: Line


class Answer(TypedDict):
    """What the output of a cell of ours holds under `ANSWER_MIME`: the answer as it comes, then the offer.

    ``display`` is the id of the display, which a notebook does not keep by itself: a page that was loaded
    anew knows by it which output an update is for.
    """

    v: int
    type: Literal["answer"]
    kind: Kind
    state: OfferState
    facts: Line
    text: str
    display: str
    offer: NotRequired[Offer]


FromFrontend = Act | Fix | Ask | Try | Again | Resume | Done
FromKernel = Offer | Draft | Tried | Insert | Replace | Run | Say
