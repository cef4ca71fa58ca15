"""Programs of ours that run apart and report: one JSON object a line on their standard output.

``say`` is a line for the user, ``total`` how many bytes there are to do, ``done`` how many more are done;
whatever else they print is their result. They need another Python or could not be interrupted otherwise.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from nbcoder.progress import Progress

__all__ = ["Report", "follow", "stop"]

_GRACE = 5.0


@dataclass(frozen=True)
class Report:
    """How such a program ended: its exit status, what it said, and its last line of standard error."""

    status: int
    result: Mapping[str, Any]
    last_error: str


def follow(
    command: Sequence[str | Path], text: str, progress: Progress, environ: Mapping[str, str]
) -> Report:
    """Run ``command`` to its end and show its progress as a bar with ``text``.

    It is stopped when this is left early, by an interrupt for example.
    """
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            errors="replace",
        ) as process:
            try:
                result = _show(process.stdout or (), text, progress)
                status = process.wait()
            finally:
                stop(process)
        errors.seek(0)
        lines = errors.read().decode("utf-8", errors="replace").split("\n")
    return Report(status, result, next((line.strip() for line in reversed(lines) if line.strip()), ""))


def stop(*processes: subprocess.Popen[Any]) -> None:
    """End ``processes`` and what they started, those that have ended already included; gently first."""
    started = [child for process in processes for child in _started_by(process)]
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for child in started:
        with suppress(psutil.NoSuchProcess):
            child.kill()


def _started_by(process: subprocess.Popen[Any]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _show(lines: Iterable[str], text: str, progress: Progress) -> dict[str, Any]:
    result: dict[str, Any] = {}
    with ExitStack() as stack:
        bar = stack.enter_context(progress.bar(text))
        for line in lines:
            message = _parsed(line)
            result |= message
            if "say" in message:
                progress.say(message["say"])
            if "total" in message:
                stack.close()
                bar = stack.enter_context(progress.bar(text, message["total"]))
            if "done" in message:
                bar.advance(message["done"])
    return result


def _parsed(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:  # a library printed something
        return {}
    return message if isinstance(message, dict) else {}
