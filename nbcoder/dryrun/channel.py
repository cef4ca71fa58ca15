"""The kernel's ends of the channels to one dry run, and what comes in on them."""

from __future__ import annotations

import codecs
import os
import select
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from nbcoder.dryrun.job import Ends, How, Verdict, decoded
from nbcoder.dryrun.outputs import Outputs
from nbcoder.texts import unpacked

__all__ = ["Channel", "Heard"]

_CHUNK: Final = 1 << 16
_LONGEST_LINE: Final = 1 << 26
_MOST_NOTES: Final = 100


@dataclass
class Heard:
    """All that a dry run has told."""

    outputs: Outputs
    end: dict[str, Any] | None = None
    """The worker's last event; None if it did not come to the end."""
    verdict: Verdict | None = None
    """The guard's; None if it was not heard."""
    warnings: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    read_only_bytes: int = 0
    """Of the kernel's memory that can be written to there, and only read in the copy."""
    outside: list[str] = field(default_factory=list)


class Channel:
    """Pipes and a socket between this process and a copy of it."""

    def __init__(self, output_bytes: int) -> None:
        self.heard = Heard(Outputs(output_bytes))
        self._open: list[int] = []
        try:
            events, out, err = self._pipe(), self._pipe(), self._pipe()
            near, far = socket.socketpair()
            self._open += [near.detach(), far.detach()]
        except OSError:
            self.close()
            raise
        self._control = self._open[-2]
        self.ends = Ends(events[1], out[1], err[1], self._open[-1])
        self._lines = {events[0]: _Lines(self._event), self._control: _Lines(self._verdict)}
        self._texts = {out[0]: _Text(self.heard, "stdout"), err[0]: _Text(self.heard, "stderr")}
        for fd in (*self._lines, *self._texts):
            os.set_blocking(fd, False)

    def become_copy(self) -> None:
        """In the copy: close the kernel's ends."""
        for fd in (*self._lines, *self._texts):
            os.close(fd)

    def give_away(self) -> None:
        """In the kernel, when the copy exists: close the copy's ends."""
        for fd in self.ends.all():
            self._close(fd)

    def close(self) -> None:
        """Close all that is open; a copy that still runs ends."""
        for fd in tuple(self._open):
            self._close(fd)

    def listen(self, seconds: float) -> Heard:
        """Take in what comes until the guard has given its verdict, has gone, or the time is over."""
        deadline = time.monotonic() + seconds
        poller = select.poll()
        for fd in (*self._lines, *self._texts):
            poller.register(fd, select.POLLIN)
        while self.heard.verdict is None:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            for fd, _ in poller.poll(left * 1000):
                if self._read(fd) == b"":
                    poller.unregister(fd)
                    if fd == self._control:
                        return self._rest()
        return self._rest()

    def _rest(self) -> Heard:
        for fd in (*self._lines, *self._texts):
            self._drain(fd)
        for text in self._texts.values():
            text.finish()
        return self.heard

    def _drain(self, fd: int) -> None:
        # A worker that is still there could write for ever.
        for _ in range(_LONGEST_LINE // _CHUNK):
            if not self._read(fd):
                return

    def _read(self, fd: int) -> bytes | None:
        """What has come on ``fd``: None for nothing yet, b"" when nothing will come any more."""
        if fd in self._lines:
            # What the code wrote past Python before an event was written before it.
            for other in self._texts:
                self._read(other)
        data = _read_some(fd)
        if data:
            (self._lines.get(fd) or self._texts[fd]).feed(data)
        return data

    def _event(self, event: dict[str, Any]) -> None:
        # The code can write to this channel: nothing about an event is certain.
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            _EVENTS[event["type"]](self.heard, event)

    def _verdict(self, event: dict[str, Any]) -> None:
        if event.get("how") in get_args(How):
            self.heard.verdict = Verdict(**event)

    def _pipe(self) -> tuple[int, int]:
        pair = os.pipe()
        self._open += pair
        return pair

    def _close(self, fd: int) -> None:
        if fd in self._open:
            self._open.remove(fd)
            os.close(fd)


def _on_stream(heard: Heard, event: dict[str, Any]) -> None:
    if event["name"] in {"stdout", "stderr"}:
        heard.outputs.stream(event["name"], _text(event["text"]))


def _on_display(heard: Heard, event: dict[str, Any]) -> None:
    identity = event.get("id")
    heard.outputs.display(
        dict(event["data"]),
        dict(event.get("metadata") or {}),
        identity if isinstance(identity, str) else None,
        update=bool(event.get("update")),
    )


def _on_result(heard: Heard, event: dict[str, Any]) -> None:
    heard.outputs.result(dict(event["data"]), dict(event.get("metadata") or {}))


def _on_clear(heard: Heard, event: dict[str, Any]) -> None:
    heard.outputs.clear(wait=bool(event.get("wait")))


def _on_cut(heard: Heard, _event: dict[str, Any]) -> None:
    heard.outputs.cut()


def _on_warning(heard: Heard, event: dict[str, Any]) -> None:
    if len(heard.warnings) < _MOST_NOTES:
        heard.warnings.append(_text(event["text"]))


def _on_blocked(heard: Heard, event: dict[str, Any]) -> None:
    if len(heard.blocked) < _MOST_NOTES and (text := unpacked(event["text"])):
        heard.blocked.append(text)


def _on_read_only(heard: Heard, event: dict[str, Any]) -> None:
    heard.read_only_bytes = int(event["bytes"])


def _on_outside(heard: Heard, event: dict[str, Any]) -> None:
    if len(heard.outside) < _MOST_NOTES and (text := unpacked(event["text"])):
        heard.outside.append(text)


def _on_end(heard: Heard, event: dict[str, Any]) -> None:
    heard.end = event


_EVENTS: Final = {
    "blocked": _on_blocked,
    "clear": _on_clear,
    "cut": _on_cut,
    "display": _on_display,
    "end": _on_end,
    "read_only": _on_read_only,
    "outside": _on_outside,
    "result": _on_result,
    "stream": _on_stream,
    "warning": _on_warning,
}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text was expected")
    return value


def _read_some(fd: int) -> bytes | None:
    try:
        return os.read(fd, _CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""


class _Lines:
    """Lines of JSON out of pieces; what is none, or is too long, is dropped."""

    def __init__(self, take: Any) -> None:
        self._take = take
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> None:
        *whole, rest = data.split(b"\n")
        for line in whole:
            self._line(b"".join([*self._pieces, line]))
            self._pieces, self._size = [], 0
        if self._size + len(rest) <= _LONGEST_LINE:
            self._pieces.append(rest)
            self._size += len(rest)

    def _line(self, line: bytes) -> None:
        if (event := decoded(line)) is not None:
            self._take(event)


class _Text:
    """Text out of bytes that the code wrote to a descriptor."""

    def __init__(self, heard: Heard, name: str) -> None:
        self._heard, self._name = heard, name
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> None:
        self._say(self._decoder.decode(data))

    def finish(self) -> None:
        self._say(self._decoder.decode(b"", final=True))

    def _say(self, text: str) -> None:
        if text:
            self._heard.outputs.stream(self._name, text)
