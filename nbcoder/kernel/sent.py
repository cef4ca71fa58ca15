"""What the model was given for the last suggestion, word by word, as ``%nbcoder sent`` shows it."""

from __future__ import annotations

import dataclasses
from itertools import groupby
from typing import TYPE_CHECKING

from nbcoder.engine.requests import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbcoder.context.layout import Prompt
    from nbcoder.engine.requests import ChatRequest
    from nbcoder.kernel.view import View
    from nbcoder.models.speaker import Speaker
    from nbcoder.suggest.code.lines import Hole
    from nbcoder.suggest.suggestion import Candidate, Sent

__all__ = ["LastSent", "Noting", "sent_report"]


@dataclasses.dataclass
class LastSent:
    """All requests of one suggestion as the engine got them, in order."""

    prompt: Prompt | None = None
    """The parts of the first, with their tokens."""
    frame: int = 0
    """Tokens of the first around them."""
    requests: list[ChatRequest] = dataclasses.field(default_factory=list)
    tokens: dict[Message, int] = dataclasses.field(default_factory=dict)
    """Of the messages that the first request had not."""
    holes: list[Hole] = dataclasses.field(default_factory=list)
    """Cells that were sent with a line or a step of theirs to be filled in."""


class Noting:
    """Keeps what is sent, on its way to the view."""

    def __init__(self, kept: LastSent, engine: Speaker, view: View) -> None:
        self._kept, self._engine, self._view = kept, engine, view

    def sent(self, sent: Sent) -> None:
        """Keep what the first request is made of; where the engine had gone, all begins anew."""
        self._kept.requests.clear()
        self._kept.holes.clear()
        self._kept.prompt, self._kept.frame = sent.prompt, sent.frame
        self._view.sent(sent)

    def asking(self, chat: ChatRequest) -> None:
        """Keep the request as the engine gets it, with what is new in it counted."""
        spoken = self._engine.spoken(chat)
        known = self._kept.requests[0].messages if self._kept.requests else spoken.messages
        for message in spoken.messages:
            if message not in known and message not in self._kept.tokens:
                self._kept.tokens[message] = self._engine.count_tokens((Message("user", message.content),))
        self._kept.requests.append(spoken)

    def filling(self, hole: Hole) -> None:
        """Keep what is around the hole."""
        self._kept.holes.append(hole)

    def streaming(self, text: str, tokens: int) -> None:
        """Hand it on."""
        self._view.streaming(text, tokens)

    def trying(self, candidate: Candidate) -> None:
        """Hand it on."""
        self._view.trying(candidate)


def sent_report(sent: LastSent | None) -> str:
    """Every request, and what each part of the first and each message added later cost."""
    if sent is None:
        return "Nothing was sent yet."
    if sent.prompt is None or not sent.requests:
        return "Nothing was sent for the last suggestion."
    lines = ["tokens  part", f"{sent.frame:6}  instructions and request"]
    for part in sent.prompt.parts:
        cut = f"   (cut: {part.cut})" if part.cut else ""
        lines.append(f"{part.tokens:6}  {part.name}{cut}")
    for number, chat in enumerate(sent.requests, start=1):
        lines += ["", f"════ request {number} of {len(sent.requests)}: {_how(chat)} ════"]
        lines += _told(chat, sent)
    lines += _filled(sent.holes)
    return "\n".join(lines)


def _filled(holes: Sequence[Hole]) -> Iterator[str]:
    for cell, same in groupby(holes, key=lambda hole: hole.above + hole.cell):
        parts = [_part(hole) for hole in same]
        yield from ("", f"════ {len(parts)} times this cell, each without one of its parts ════", "")
        yield from (cell, "", "──── the parts ────", *parts)


def _part(hole: Hole) -> str:
    return (
        hole.line or f"(one that may be missing below: {hole.before.rstrip().rpartition(chr(10))[2].strip()})"
    )


def _how(chat: ChatRequest) -> str:
    """How the answer is drawn, and the switches of the template."""
    given = {**dataclasses.asdict(chat.sampling), **dict(chat.template_options)}
    return ", ".join(f"{name}={value!r}" for name, value in given.items() if value not in (None, ()))


def _told(chat: ChatRequest, sent: LastSent) -> Iterator[str]:
    first = sent.requests[0]
    for message in chat.messages:
        if chat is not first and message in first.messages:
            yield from ("", f"──── {message.role}: as in request 1 ────")
            continue
        tokens = f", {sent.tokens[message]} tokens" if message in sent.tokens else ""
        yield from ("", f"──── {message.role}{tokens} ────", message.content)
    if chat.prefill:
        yield from ("", "──── assistant (the beginning of its answer) ────", chat.prefill)
