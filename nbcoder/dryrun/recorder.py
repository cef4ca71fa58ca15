"""The worker's voice: what the code shows goes to the kernel at once, so that nothing is lost if it dies."""

from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.job import encoded
from nbcoder.texts import packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import ReadableBuffer

__all__ = ["Recorder", "Stream"]

_getpid: Final = os.getpid
_write: Final = os.write
"""Kept from before the code that may replace those of the module."""
_MOST_NOTES: Final = 50
_TEXT_KEPT: Final = 4_000


class Recorder:
    """Writes events, one line each, up to a number of bytes of output."""

    def __init__(self, fd: int, output_bytes: int) -> None:
        self._fd = fd
        self._left = output_bytes
        self._pid = _getpid()
        self._lock = threading.Lock()
        self._notes: dict[str, set[str]] = {}
        self._is_cut = False

    def stream(self, name: str, text: str) -> None:
        """Text on ``stdout`` or ``stderr``; what is too much is cut off, and that is said once."""
        if self._is_cut or not text:
            return
        kept = text[: max(self._left, 0)]
        self._left -= len(text)
        if kept:
            self._send({"type": "stream", "name": name, "text": kept})
        if self._left < 0:
            self._cut()

    def display(self, kind: str, data: Mapping[str, Any], metadata: object, **about: Any) -> None:
        """A rich output; representations that are too large are left out, the largest first."""
        kept = {mime: value for mime, value in data.items() if value is not None}
        sizes = {
            mime: len(value) if isinstance(value, (str, bytes)) else 1_000 for mime, value in kept.items()
        }
        while kept and sum(sizes[mime] for mime in kept) > max(self._left, 0):
            del kept[max(kept, key=sizes.__getitem__)]
        self._left -= sum(sizes[mime] for mime in kept)
        if kept:
            self._send({"type": kind, "data": kept, "metadata": metadata, **about})
        if len(kept) < len(sizes):
            self._cut()

    def clear(self, *, wait: bool) -> None:
        """What was shown so far is taken back."""
        self._send({"type": "clear", "wait": wait})

    def note(self, kind: str, text: str) -> None:
        """A ``warning``, or what was ``blocked`` or goes ``outside``; each is told once."""
        text = text if len(text) <= _TEXT_KEPT else text[:_TEXT_KEPT]
        told = self._notes.setdefault(kind, set())  # many warnings must not leave the rest unsaid
        if text not in told and len(told) < _MOST_NOTES:
            told.add(text)
            self._send({"type": kind, "text": packed(text)})

    def read_only(self, count: int) -> None:
        """So many bytes of the kernel's memory can only be read here."""
        if count:
            self._send({"type": "read_only", "bytes": count})

    def end(self, event: dict[str, Any]) -> None:
        """The last event: all went its way to the end of the code."""
        self._send({"type": "end", **event})

    def _cut(self) -> None:
        if not self._is_cut:
            self._is_cut = True
            self._send({"type": "cut"})

    def _send(self, event: dict[str, Any]) -> None:
        if _getpid() != self._pid:
            return  # a process that the code forked; the report is not about it
        message = memoryview(encoded(event))
        with self._lock:
            try:
                while message:
                    message = message[_write(self._fd, message) :]
            except OSError:
                self._is_cut = True  # the code closed the channel; the guard still tells how it ended


class _Raw(io.RawIOBase):
    def __init__(self, recorder: Recorder, name: str, fd: int) -> None:
        self._recorder, self._name, self._fd = recorder, name, fd
        self._pid = _getpid()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def write(self, data: ReadableBuffer) -> int:
        chunk = bytes(data)
        if _getpid() != self._pid:
            return _write(self._fd, chunk)
        self._held += chunk
        if b"\n" in chunk or len(self._held) > _TEXT_KEPT:
            self.flush()
        return len(chunk)

    def flush(self) -> None:
        if self._held:
            text = self._held.decode("utf-8", "replace")
            self._held.clear()
            self._recorder.stream(self._name, text)


class Stream(io.TextIOWrapper):
    """Stands in for ``sys.stdout`` or ``sys.stderr``, whose ``name`` and descriptor it takes."""

    def __init__(self, recorder: Recorder, name: str, fd: int) -> None:
        raw = _Raw(recorder, name, fd)
        super().__init__(raw, "utf-8", errors="backslashreplace", newline="", write_through=True)  # type: ignore[arg-type] # buffering is what _Raw does
