"""Fenced code in Markdown, as CommonMark has it, forgiving where models are careless."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.models.python_source import is_code

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Block", "Prose", "fenced", "split", "split_code"]

_PYTHON = {
    "",
    "python",
    "py",
    "python3",
    "py3",
    "ipython",
    "ipython3",
    "jupyter",
    "pycon",
    "python-repl",
    "code-cell",
    "tool_code",
    "code",
}
_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})(?P<info>[^\n]*)$", re.MULTILINE)
_LANGUAGE = re.compile(r"^[{.]*(?P<name>[\w+#-]*)[\w.]*[}:]*$")
# What may hold backticks inside Python; the fence is whatever comes first outside of these.
_HOLDS_BACKTICKS = r"""
    \#[^\n]*
  | (?P<quotes>\"{3}|'{3}) (?:\\.|[^\\])*? (?:(?P=quotes)|(?P<unclosed>\\?\Z))
  | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n])*'?
"""


@dataclass(frozen=True)
class Prose:
    """Text outside of fences; ``start`` is where it stands."""

    text: str
    start: int


@dataclass(frozen=True)
class Block:
    """Fenced text, without its fences and their indentation. ``language`` is in lower case, or ''."""

    language: str
    text: str
    end: str
    """How it ended: ``fence``, ``next`` (another block began), ``open`` (the text ended first)."""

    @property
    def is_python(self) -> bool:
        """Whether it says, by its language or by giving none, that it may be Python."""
        return self.language in _PYTHON


def fenced(text: str, language: str = "python") -> str:
    """``text`` in a fence that is longer than any run of backticks in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def split(text: str, *, streaming: bool = False) -> Iterator[Prose | Block]:
    """The prose and the fenced blocks of ``text`` in order.

    A fence inside a string of the code does not end its block. While ``streaming``, a string that is still
    open may be closed later, so that nothing after its quotes ends the block.
    """
    at = 0
    while opening := _next_opening(text, at):
        yield Prose(text[at : opening.start()], at)
        begin = min(opening.end() + 1, len(text))
        language = _language(opening["info"]) or ""
        end, at, how = _closing(text, begin, opening, streaming=streaming)
        yield Block(language, _unindented(text[begin:end], opening["indent"]), how)
    yield Prose(text[at:], at)


def split_code(text: str) -> Iterator[tuple[str, bool]]:
    """Prose and Python of ``text`` in order, each with whether it is code; other blocks stay in the prose."""
    prose = ""
    for part in split(text):
        if isinstance(part, Block) and part.is_python and (part.language or is_code(part.text)):
            if prose.strip():
                yield prose.strip(), False
            if part.text.strip():
                yield part.text.strip("\n"), True
            prose = ""
        else:
            prose += part.text if isinstance(part, Prose) else f"```{part.language}\n{part.text}\n```\n"
    if prose.strip():
        yield prose.strip(), False


def _next_opening(text: str, at: int) -> re.Match[str] | None:
    return next((match for match in _FENCE.finditer(text, at) if _language(match["info"]) is not None), None)


def _language(info: str) -> str | None:
    """The language an info string names; None when it is no info string but prose after a fence."""
    words = info.split()
    if not words:
        return ""
    matched = _LANGUAGE.match(words[0])
    name = matched["name"].lower() if matched else ""
    if not name:
        return None
    return name if len(words) == 1 or name in _PYTHON or words[0].startswith("{") else None


def _closing(text: str, begin: int, opening: re.Match[str], *, streaming: bool) -> tuple[int, int, str]:
    """Where the block's text ends, where to go on, and how it ended."""
    python = _language(opening["info"]) in _PYTHON
    found, in_string = _first_fence(text, begin, opening["fence"], skip_strings=python)
    if in_string and not streaming:
        first, _ = _first_fence(text, begin, opening["fence"], skip_strings=False)
        whole = text[begin : found.start() if found else len(text)]
        if first and not is_code(_unindented(whole, opening["indent"])):
            found = first
    if found is None:
        return len(text), len(text), "open"
    end = max(found.start() - 1, begin) if found["whole"] else found.start()
    info = _language((found["info"] or "").strip())
    if info:
        return end, found.start(), "next"
    # Prose after a closing fence stays in the text.
    return end, found.start("info") if info is None else min(found.end() + 1, len(text)), "fence"


def _first_fence(
    text: str, begin: int, fence: str, *, skip_strings: bool
) -> tuple[re.Match[str] | None, bool]:
    """The first fence that ends the block, and whether any was passed over inside a string."""
    run = f"{re.escape(fence[0])}{{{len(fence)},}}"
    glued = f"|{run}(?=[ \\t]*$)" if fence[0] == "`" else ""
    pattern = rf"(?P<whole>^[ \t]*{run}(?P<info>[^`\n]*)$){glued}"
    tokens = f"{_HOLDS_BACKTICKS} |" if skip_strings else ""
    in_string = False
    matcher = re.compile(f"{tokens} {pattern}", re.MULTILINE | re.DOTALL | re.VERBOSE)
    inside = re.compile(rf"^[ \t]*{run}", re.MULTILINE)
    for match in matcher.finditer(text, begin):
        if not skip_strings or match["whole"] or match[0].startswith(fence):
            return match, in_string
        in_string = in_string or bool(match["quotes"] and inside.search(match[0]))
    return None, in_string


def _unindented(text: str, indent: str) -> str:
    if not indent:
        return text
    at_most = re.compile(rf"^[ \t]{{1,{len(indent)}}}", re.MULTILINE)
    return at_most.sub("", text)
