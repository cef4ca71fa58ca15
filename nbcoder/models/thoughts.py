"""What a model writes beside its answer: thoughts, channels and leftovers of special tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbcoder.models.fences import Prose, split
from nbcoder.models.python_source import is_code

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["said", "until_end_token"]

_THOUGHTS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|channel>thought", "<channel|>"),
    ("Here is my thought process:", "Here is my response:"),
)
_CLOSINGS = tuple(closing for _, closing in _THOUGHTS if closing.startswith(("<", "[", "◁")))
_CHANNEL = re.compile(
    r"(?:<\|start\|>\w*)?<\|channel\|>(?P<name>\w*)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>"
    r"(?P<text>.*?)(?:<\|(?:end|return|call)\|>|(?=<\|start\|>)|(?=<\|channel\|>)|\Z)",
    re.DOTALL,
)
_BARE_CHANNELS = re.compile(r"\Aanalysis.*?assistant\s*final", re.DOTALL)
_SPECIAL = (
    r"(?:<\|[^|<>\s]{1,40}\|>|<\uff5c[^\uff5c<>\s]{1,40}\uff5c>|<\[[^\[\]<>\s]{1,40}\]>"
    r"|</?s>|<(?:bos|eos|pad|unk|step)>|<(?:start|end)_of_turn>|<</?SYS>>|<(?:fim|jupyter)_\w+>|<(?:file_sep|empty_output|EOT|PRE|SUF|MID)>"
    r"|\[/INST\]|\[gMASK\]|<sop>|(?:^|(?<=\n))\[(?:INST|PREFIX|SUFFIX|MIDDLE)\])"
)
_END = re.compile(
    r"</s>|<(?:eos|step|end_of_turn)>|<\[end[^\]]*\]>|<\uff5cend[^\uff5c]*\uff5c>"
    r"|<\|(?:im_end|endoftext|end_of_text|eot_id|eom_id|EOT|return|user|observation)\|>"
)
_LEADING = re.compile(rf"\s*{_SPECIAL}(?:[ \t]*\n)?")
_TRAILING = re.compile(rf"[▁ \t]*{_SPECIAL}\s*\Z")
_LONGEST_TRAILING = 100
_MOST_THOUGHTS = 50


def said(text: str, *, streaming: bool = False) -> str:
    """The answer in ``text`` alone. A thought that has no end yet hides all that follows it.

    Thoughts are only taken out where prose can stand: code that holds ``</think>`` keeps it.
    """
    text = _final_channel(text.replace("\r\n", "\n").replace("\r", "\n"))
    if not streaming and is_code(text):
        return text
    text = _without_specials(text, streaming=streaming)
    return _without_specials(_without_thoughts(text, streaming=streaming), streaming=streaming)


def until_end_token(text: str) -> str:
    """``text`` up to the first token that ends a turn; what follows, the model made up."""
    return _END.split(text, maxsplit=1)[0]


def _without_specials(text: str, *, streaming: bool) -> str:
    """``text`` without special tokens at its ends; inside, and where more is to come, they may be code."""
    begin, end = 0, len(text)
    while found := _LEADING.match(text, begin):
        begin = found.end()
    while not streaming and (found := _TRAILING.search(text, max(begin, end - _LONGEST_TRAILING), end)):
        end = found.start()
    return text[begin:end]


def _final_channel(text: str) -> str:
    """Only what was written to the user, of an answer in gpt-oss's channels."""
    if text.lstrip().startswith(("<|channel|>", "<|start|>")):
        return "".join(part["text"] for part in _CHANNEL.finditer(text) if part["name"] == "final")
    return _BARE_CHANNELS.sub("", text)


def _without_thoughts(text: str, *, streaming: bool) -> str:
    for _ in range(_MOST_THOUGHTS):
        span = _first_thought(text, streaming=streaming)
        if span is None:
            break
        text = text[: span[0]] + text[span[1] :]
    return text


def _first_thought(text: str, *, streaming: bool) -> tuple[int, int] | None:
    """Where the first thought stands: between its ends, from the text's start, or up to the text's end."""
    prose = list(_prose(text, streaming=streaming))
    found: list[tuple[int, int, int]] = []
    for opening, closing in _THOUGHTS:
        begun = re.compile(rf"^[ \t]*{re.escape(opening)}", re.MULTILINE)
        if match := next(filter(None, (begun.search(text, *span) for span in prose)), None):
            closed = text.find(closing, match.end())
            found.append((match.start(), match.start(), len(text) if closed < 0 else closed + len(closing)))
    for closing in _CLOSINGS:
        at = next((at for span in prose if (at := text.find(closing, *span)) >= 0), -1)
        if at >= 0:
            found.append((at, 0, at + len(closing)))
    return min(found)[1:] if found else None


def _prose(text: str, *, streaming: bool) -> Iterator[tuple[int, int]]:
    """Where the text outside of fences stands."""
    for part in split(text, streaming=streaming):
        if isinstance(part, Prose):
            yield part.start, part.start + len(part.text)
