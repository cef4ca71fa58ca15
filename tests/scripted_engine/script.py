"""What a scripted engine says: replies, and rules that choose one by the request."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

__all__ = ["Body", "Reply", "Responder", "RuleBook", "Script", "last_words", "load_script"]

Body = dict[str, Any]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Reply:
    """One answer and how it is delivered. Events are those with text, counted over all ``n`` answers.

    A ``text`` that begins with the prefill of the request is sent without it, so that one script serves
    requests with and without a prefill. Stop strings and ``max_tokens`` cut the text as vLLM does.
    """

    text: str | tuple[str, ...] = ""
    """A tuple: the texts of the ``n`` answers; the last one repeats."""
    chunk: int = 4
    """Characters of one event; four are one token."""
    delay: float = 0.0
    """Seconds before each event."""
    hold: threading.Event | None = None
    """Nothing is sent before this is set, not even the status."""
    ping: float = 0.0
    """Seconds between keep-alive comments while the engine waits; 0: none."""
    finish_reason: str = "stop"
    logprobs: float | tuple[float, ...] = -0.1
    """Of each token; a tuple: for each of the ``n`` answers; the last one repeats."""
    cached_tokens: int = 0
    status: int = 200
    body: object = None
    """JSON or bytes to be sent instead of an answer; None with an error: the text in vLLM's form."""
    error: str = ""
    """Words of an error inside the stream, after the text."""
    cut_after: int | None = None
    """Break the connection in the midst of the event after that many."""
    end_after: int | None = None
    """End the response properly after that many events, without the rest."""
    stall_after: int | None = None
    """Say nothing more after that many events until the client leaves."""
    raw: tuple[bytes, ...] | None = None
    """The whole stream, byte for byte, in the HTTP chunks given."""

    @classmethod
    def from_json(cls, value: str | Mapping[str, Any]) -> Reply:
        """From a script file: a text alone, or an object with the fields above."""
        if isinstance(value, str):
            return cls(value)
        known = {f.name for f in dataclasses.fields(cls)} - {"hold", "raw"}
        if unknown := set(value) - known:
            raise ValueError(f"unknown in a reply: {sorted(unknown)}; known are {sorted(known)}")
        lists = {name: tuple(item) for name, item in value.items() if isinstance(item, list)}
        return cls(**{**value, **lists})

    def text_of(self, index: int) -> str:
        """The text of answer number ``index``."""
        return _pick(self.text, index) if isinstance(self.text, tuple) else self.text

    def logprob_of(self, index: int) -> float:
        """The log-probability of each token of answer number ``index``."""
        return _pick(self.logprobs, index) if isinstance(self.logprobs, tuple) else self.logprobs


Responder = Callable[[Body], Reply | None]


def long_answer(lines: int = 400) -> str:
    """Code that goes on for long; no line comes again, or nbcoder would end it as a loop."""
    return "".join(f"line_{number} = {number}\n" for number in range(lines))


@dataclass(frozen=True)
class RuleBook:
    """Answers by the first pattern that is found in the last words of a request; None when none is."""

    rules: tuple[tuple[str, Reply], ...]
    otherwise: Reply | None = None

    def __call__(self, body: Body) -> Reply | None:
        words = last_words(body)
        return next((reply for pattern, reply in self.rules if re.search(pattern, words)), self.otherwise)


@dataclass
class Script:
    """Replies in their order, each once; when they are used up, the responder answers."""

    replies: list[Reply] = field(default_factory=list)
    responder: Responder | None = None

    def next_reply(self, body: Body) -> Reply:
        """The reply to ``body``; an error with status 500 when the script has none."""
        if self.replies:
            return self.replies.pop(0)
        reply = self.responder(body) if self.responder else None
        return reply or Reply(f"the script has no reply to {last_words(body)[-200:]!r}", status=500)


def load_script(value: Any) -> Script:
    """A script from JSON: ``{"replies": [...], "rules": [{"pattern": …, "reply": …}], "otherwise": …}``.

    A list alone is a list of replies.
    """
    if isinstance(value, list):
        return Script([Reply.from_json(reply) for reply in value])
    if unknown := set(value) - {"replies", "rules", "otherwise"}:
        raise ValueError(f"unknown in a script: {sorted(unknown)}")
    rules = tuple((rule["pattern"], Reply.from_json(rule["reply"])) for rule in value.get("rules", ()))
    otherwise = Reply.from_json(value["otherwise"]) if "otherwise" in value else None
    book = RuleBook(rules, otherwise) if rules or otherwise else None
    return Script([Reply.from_json(reply) for reply in value.get("replies", ())], book)


def last_words(body: Body) -> str:
    """The last user message of a chat, or the prompt of a completion."""
    if "messages" not in body:
        return str(body.get("prompt", ""))
    asked = [message["content"] for message in body["messages"] if message["role"] == "user"]
    return str(asked[-1]) if asked else ""


def _pick(items: tuple[_T, ...], index: int) -> _T:
    return items[min(index, len(items) - 1)]
