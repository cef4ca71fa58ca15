"""Notebook-format outputs as the few words a person would copy out of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nbcoder.notebook.cells import Cell, CellError, Output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["cell_from_json", "plain_text", "without_colour"]

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def without_colour(text: str) -> str:
    """``text`` without terminal control sequences."""
    return _COLOUR.sub("", text)


def plain_text(value: object) -> str:
    """A text field of the notebook format, which may be a string or a list of lines."""
    if isinstance(value, list):
        return "".join(str(line) for line in value)
    return value if isinstance(value, str) else ""


def cell_from_json(node: Mapping[str, Any]) -> Cell:
    """A cell of a notebook file or of a snapshot; whatever is missing or malformed is left out."""
    kind = node.get("cell_type", node.get("type"))
    outputs, error = _read_outputs(node.get("outputs") or ())
    count = node.get("execution_count", node.get("executionCount"))
    return Cell(
        source=plain_text(node.get("source")),
        type=kind if kind in ("code", "markdown", "raw") else "raw",
        id=plain_text(node.get("id")),
        execution_count=count if isinstance(count, int) else None,
        outputs=outputs,
        error=error,
    )


def _read_outputs(nodes: Iterable[object]) -> tuple[tuple[Output, ...], CellError | None]:
    outputs: list[Output] = []
    error = None
    for node in nodes:
        if not isinstance(node, dict):
            continue
        kind = node.get("output_type")
        if kind == "stream":
            outputs.append(Output("stream", without_colour(plain_text(node.get("text")))))
        elif kind == "error":
            error = _read_error(node)
        elif isinstance(data := node.get("data"), dict):
            shown: Output = Output(
                "result" if kind == "execute_result" else "display",
                without_colour(plain_text(data.get("text/plain"))),
                tuple(str(mime) for mime in data),
            )
            outputs.append(shown)
    return tuple(outputs), error


def _read_error(node: Mapping[str, Any]) -> CellError:
    traceback = node.get("traceback")
    lines = [str(line) for line in traceback] if isinstance(traceback, list) else []
    return CellError(
        name=str(node.get("ename", "Error")),
        value=without_colour(str(node.get("evalue", ""))),
        traceback=without_colour("\n".join(lines)),
    )
