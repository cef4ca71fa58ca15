"""A GGUF file becomes a model folder that vLLM can serve, by a script in the engine's environment."""

from __future__ import annotations

import math
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.errors import BrokenModel, DiskFull, EngineNotInstalled, ModelError
from nbcoder.models.disk import is_full, require_room
from nbcoder.models.gguf_to_safetensors import Unusable, read_header
from nbcoder.models.reporting import follow
from nbcoder.texts import Text

if TYPE_CHECKING:
    from nbcoder.models.reporting import Report
    from nbcoder.progress import Progress

__all__ = ["convert", "require_converter"]

_SCRIPT = Path(__file__).with_name("gguf_to_safetensors.py")
_BYTES_PER_WEIGHT = 2  # bf16
_SMALL_FILES = 50 * 10**6  # the tokenizer's, mostly


def require_converter(converter: Path | None) -> Path:
    """The engine environment's Python.

    Raises
    ------
    EngineNotInstalled
        There is none.
    """
    if converter is None:
        raise EngineNotInstalled(
            "these weights have to be converted by the engine's environment, which is not there. "
            "Run `nbcoder engine install`, then try again."
        )
    return converter


def convert(source: Path, target: Path, converter: Path, progress: Progress) -> None:
    """Convert the GGUF file ``source`` into the empty folder ``target`` with the Python ``converter``.

    Raises
    ------
    BrokenModel
        The file is cut off, lacks a tensor, or is of a kind that cannot be converted.
    DiskFull
        There is no room for the result.
    ModelError
        The conversion failed for another reason.
    """
    try:
        header = read_header(source)
    except (Unusable, ValueError) as error:  # an empty file cannot be mapped
        raise BrokenModel(f"{source} cannot be converted: {error}. Get the file again.") from error
    weights = sum(math.prod(tensor.shape) for tensor in header.tensors.values())
    require_room(target, weights * _BYTES_PER_WEIGHT + _SMALL_FILES, f"converting {source.name}")
    # Isolated: neither the user's PYTHONPATH nor the folder of the script may shadow a library.
    command: list[str | Path] = [converter, "-I", _SCRIPT, source, target]
    # No network, and no GPU that somebody computes on.
    environ = os.environ | {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    try:
        report = follow(command, Text("Converting %1", source.stem), progress, environ)
    except FileNotFoundError as error:
        raise EngineNotInstalled(f"{converter} is not there. Run `nbcoder engine install`.") from error
    if report.status != 0:
        raise _explained(source, report)


def _explained(source: Path, report: Report) -> ModelError:
    if is_full(report.result.get("errno")):
        return DiskFull(f"the disk filled up while {source.name} was converted. Free some, then try again.")
    if reason := report.result.get("error"):
        return BrokenModel(f"{source} cannot be converted: {reason}. Get the file again, or another one.")
    if report.status == -signal.SIGKILL:
        return ModelError(f"converting {source.name} was killed, most likely for lack of memory.")
    advice = "If the engine's environment is damaged, run `nbcoder engine install` again."
    return ModelError(f"converting {source.name} failed: {report.last_error.rstrip('.')}. {advice}")
