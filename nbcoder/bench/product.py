"""nbcoder itself as a contender: its magics in the notebook's own kernel, heard by a frontend on our wire."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nbcoder import errors, wire
from nbcoder.bench.answerers import AnswerRecord
from nbcoder.bench.repair import FixRecord
from nbcoder.errors import EngineError, KernelError, NBCoderError, UnusableAnswer
from nbcoder.suggest.drafting import NO_CODE
from nbcoder.suggest.search import NOT_MENDED
from nbcoder.texts import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nbcoder.bench.answerers import Question
    from nbcoder.bench.in_kernel.mechanisms import Mechanism
    from nbcoder.bench.kernels import KernelHandle
    from nbcoder.bench.records import Label
    from nbcoder.bench.repair import Failure
    from nbcoder.notebook.cells import Cell, CellError, Output

__all__ = ["MODES", "PATIENCE", "Dialogue", "Product", "ProductFixer", "load_product"]

MODES: dict[str, dict[str, object]] = {
    "context": {"dry_run": "off", "candidates": 1, "repair_rounds": 0, "confidence": 0},
    "dry-run": {"repair_rounds": 0, "confidence": 0},
    "full": {"confidence": 0},
}
"""What each mode switches off: `context` is one answer as it comes, `dry-run` chooses the best of several."""

PATIENCE = 900.0
"""Seconds without a token until a request is given up: it waits for those of the other notebooks."""
_SWITCH_OFF = "__import__('nbcoder.bench.in_kernel.mechanisms', fromlist=['*']).switch_off({!r})"
"""An expression, as a statement would leave names to the notebook."""
_SECONDS = 3600.0
_LOAD_SECONDS = 60.0
_LONGEST_TEXT = 4000


@dataclass(frozen=True)
class Product:
    """``%%generate`` with some settings; the offer is taken from the wire and not accepted."""

    label: Label
    settings: Mapping[str, object] = field(default_factory=dict)
    options: str = ""
    """What stands on the line of the magic."""
    without: Mechanism | None = None
    """What is switched off in the kernel."""
    needs_own_kernel: bool = field(default=True, init=False)

    def prepare(self, kernel: KernelHandle) -> None:
        """Load nbcoder before the first cell runs, as a user does, so that it sees what runs."""
        load_product(kernel, self.settings, self.without)

    def answer(self, question: Question, kernel: KernelHandle) -> AnswerRecord:
        """See `nbcoder.bench.answerers.Answerer`."""
        offer = Dialogue(kernel).ask(f"%%generate {self.options}\n{question.text}")
        code = "\n\n".join(cell["source"] for cell in offer["cells"] if cell["type"] == "code")
        stats = offer["stats"]
        return AnswerRecord(
            code=code,
            seconds=stats["seconds"],
            prompt_tokens=stats["promptTokens"],
            completion_tokens=stats["completionTokens"],
            tries=stats["tries"],
            note=offer.get("report", {}).get("status", ""),
        )


@dataclass(frozen=True)
class ProductFixer:
    """``%%fix`` with some settings: nbcoder decides which cell it mends."""

    label: Label
    settings: Mapping[str, object] = field(default_factory=dict)
    without: Mechanism | None = None
    """What is switched off in the kernel."""

    def prepare(self, kernel: KernelHandle) -> None:
        """See `nbcoder.bench.repair.Fixer`."""
        load_product(kernel, self.settings, self.without)

    def fix(self, failure: Failure, kernel: KernelHandle) -> FixRecord:
        """See `nbcoder.bench.repair.Fixer`."""
        dialogue = Dialogue(kernel)
        return _fix_record(dialogue, dialogue.ask(f"%%fix\n{failure.request}"))


def _fix_record(dialogue: Dialogue, offer: dict[str, Any]) -> FixRecord:
    stats = offer["stats"]
    asked = FixRecord(
        edits={},
        seconds=stats["seconds"],
        prompt_tokens=stats["promptTokens"],
        completion_tokens=stats["completionTokens"],
        note=f"{stats['tries']} answers",
    )
    return _looked_at(dialogue, offer, _running(offer), asked)


def _looked_at(
    dialogue: Dialogue, offer: dict[str, Any], answers: Sequence[dict[str, Any]], asked: FixRecord
) -> FixRecord:
    """The first of the answers; then, as a user would, the others, and only then Regenerate."""
    answer, *others = answers
    code = "\n\n".join(cell["source"] for cell in answer["cells"] if cell["type"] == "code")
    cells = dialogue.kernel.cells
    position = next(at for at, cell in enumerate(cells) if cell.id == offer["target"])

    def another() -> FixRecord:
        if others:
            return _looked_at(dialogue, offer, others, FixRecord({}, 0.0, note="the next of them"))
        return _fix_record(dialogue, dialogue.regenerate(offer))

    return replace(asked, edits={position: code}, another=another)


def _running(offer: dict[str, Any]) -> list[dict[str, Any]]:
    """What is offered, then those of its alternatives that ran and came to something else."""
    found, seen = [offer], [_came_to(offer)]
    for other in offer.get("alternatives", ()):
        if other.get("report", {}).get("status") == "ok" and _came_to(other) not in seen:
            found.append(other)
            seen.append(_came_to(other))
    return found


def _came_to(answer: dict[str, Any]) -> tuple[object, object]:
    report = answer.get("report", {})
    return report.get("outputs"), report.get("effects")


def load_product(
    kernel: KernelHandle, settings: Mapping[str, object], without: Mechanism | None = None
) -> None:
    """Load the extension into ``kernel`` with ``settings`` over those of the user, ``without`` a mechanism.

    Raises
    ------
    KernelError
        It cannot be loaded there.
    """
    lines = [
        *([_SWITCH_OFF.format(str(without))] if without else []),
        "%load_ext nbcoder",
        *(f"%config NBCoder.{name} = {value!r}" for name, value in settings.items()),
    ]
    for line in lines:
        if (error := kernel.execute(line, _LOAD_SECONDS).error) is not None:
            raise KernelError(
                f"the kernel cannot load nbcoder ({error.value}). Install nbcoder where it runs."
            )


@dataclass(frozen=True)
class Dialogue:
    """A frontend's talk with nbcoder in a notebook's kernel, about one request below the notebook so far."""

    kernel: KernelHandle
    _comm: str = field(default_factory=lambda: uuid.uuid4().hex)

    def ask(self, source: str) -> dict[str, Any]:
        """Run a cell of ours; the offer that came.

        Raises
        ------
        UnusableAnswer, NoSuggestion, PromptTooLong
            It came to nothing.
        EngineError
            The engine failed.
        """
        asking = uuid.uuid4().hex
        cells = [
            *map(_cell_message, self.kernel.cells),
            wire.CellMessage(id=asking, type="code", source=source),
        ]
        snapshot = wire.Snapshot(
            v=wire.VERSION, type="snapshot", cellId=asking, path=self.kernel.notebook().path, cells=cells
        )
        heard: list[dict[str, Any]] = []
        self.kernel.open_comm(self._comm, wire.TARGET, dict(snapshot))
        ran = self.kernel.execute(source, _SECONDS, self._listen(heard), cell_id=asking)
        if ran.error is not None:
            raise _error(ran.error)
        if not heard or heard[-1]["type"] != "offer":
            raise KernelError("the kernel made no offer. Look at the kernel's log.")
        return heard[-1]

    def regenerate(self, offer: dict[str, Any]) -> dict[str, Any]:
        """Press Regenerate; what is offered instead.

        Raises
        ------
        UnusableAnswer
            It came to nothing.
        EngineError
            The engine failed.
        """
        heard: list[dict[str, Any]] = []
        act = wire.Act(v=wire.VERSION, type="act", suggestion=offer["suggestion"], action="regenerate")
        self.kernel.tell(self._comm, dict(act), _SECONDS, self._listen(heard))
        if not heard:
            raise KernelError("the kernel made no offer. Look at the kernel's log.")
        if heard[-1]["type"] == "say":
            line = unpacked(heard[-1]["text"])
            raise UnusableAnswer(line) if line in (NO_CODE, NOT_MENDED) else EngineError(line)
        return heard[-1]

    def _listen(self, heard: list[dict[str, Any]]) -> Callable[[dict[str, Any]], None]:
        def listen(message: dict[str, Any]) -> None:
            if message["msg_type"] == "comm_msg" and message["content"]["comm_id"] == self._comm:
                data = message["content"]["data"]
                heard.extend([data] if data.get("type") in ("offer", "say") else [])

        return listen


def _error(error: CellError) -> Exception:
    """The error of the kernel as it was raised there, if it is one of ours."""
    kind = getattr(errors, error.name, None)
    if isinstance(kind, type) and issubclass(kind, NBCoderError):
        return kind(error.value)
    return EngineError(f"the kernel raised {error.name}: {error.value}. Run again to go on from there.")


def _cell_message(cell: Cell) -> wire.CellMessage:
    message = wire.CellMessage(id=cell.id, type="code", source=cell.source)
    message["executionCount"] = cell.execution_count
    message["outputs"] = [_output_message(output) for output in cell.outputs]
    if cell.error is not None:
        error = {"output_type": "error", "ename": cell.error.name, "evalue": cell.error.value}
        message["outputs"].append(error | {"traceback": cell.error.traceback.splitlines()})
    return message


def _output_message(output: Output) -> dict[str, Any]:
    text = output.text[:_LONGEST_TEXT]
    if output.kind == "stream":
        return {"output_type": "stream", "name": "stdout", "text": text}
    kind = "execute_result" if output.kind == "result" else "display_data"
    data = dict.fromkeys(output.mime, "") | {"text/plain": text}
    return {"output_type": kind, "data": data, "metadata": {}}
