"""From the raw text of an answer to cells: no code is lost, and no prose gets into a code cell.

What a model says is taken apart in this order: thoughts and channels go (`thoughts`), then fenced blocks
count (`fences`); only an answer without them is searched for lines that are Python (`python_source`).
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from nbcoder.models.fences import Block, Prose, split
from nbcoder.models.python_source import begins_code, error_line, is_code, without_words_around
from nbcoder.models.thoughts import said, until_end_token
from nbcoder.notebook import percent
from nbcoder.notebook.cells import Cell
from nbcoder.wire import MAGICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["parse_answer", "partial", "prose"]

_MARKDOWN = {"markdown", "md"}
_MARKDOWN_FENCES = {"```markdown", "```md", "~~~markdown"}
_OURS = "|".join((*MAGICS, "nbcoder"))
_OWN_MAGIC = re.compile(rf"\s*%%(?:{_OURS})\b[^\n]*(?:\n|\Z)")
# Ours, and those that run the cell as Python all the same but hide its value. Others (%%bash, %%html) make
# the rest of the cell what it is, and stay.
_USELESS_MAGICS = re.compile(rf"\A(?:\s*%%(?:{_OURS}|time|timeit|prun|capture)\b[^\n]*(?:\n|\Z))+")
_PROMPT = re.compile(r"(?:>>>|\.\.\.)(?: |$)|In \[\d*\]: ?| {3,}\.\.\.: ?")
_FIRST_PROMPT = re.compile(r"\s*(?:>>>(?: |$)|In \[\d*\]:)", re.MULTILINE)
_INDENTED = re.compile(r"(?: {4}|\t)\s*\S")
_INLINE = re.compile(r"\A`([^`\n]+)`\Z")
_PROSE_LINE = re.compile(r"(?:[A-Z]|[*>#-] |\d+[.)] )[^=]*\s[^=]*$")
# What may turn out to be a closing fence.
_UNSURE_END = re.compile(r"(?:^|\n)[ \t]*(?:`+|~+)[ \t]*\Z|`{1,3}\Z")
_MOST_TRIES = 200


def parse_answer(text: str) -> tuple[Cell, ...]:
    """The cells that an answer holds, code and markdown in order; empty when it holds none."""
    return tuple(_cells(said(text)))


def partial(text: str) -> str:
    """The code that an unfinished answer shows so far; '' while there is only prose.

    For an answer in fences, what is shown only grows, and ends as the code cells of `parse_answer` do.
    """
    visible = said(text, streaming=True)
    blocks = [part for part in split(visible, streaming=True) if isinstance(part, Block)]
    if not blocks:
        return _shown(visible, open_end=True) if begins_code(_first_line(visible)) else ""
    shown = (_shown(block.text, open_end=block.end == "open") for block in blocks if _is_shown(block))
    return "\n\n".join(code for code in shown if code)


def prose(text: str, *, streaming: bool = False) -> str:
    """The words of an answer that was asked for in Markdown, out of the fence that models put around it."""
    words = said(text, streaming=streaming).strip()
    head, _, rest = words.partition("\n")
    if head.strip() not in _MARKDOWN_FENCES:
        return words
    return rest.rstrip().removesuffix(head.strip()[:3]).strip()


def _is_shown(block: Block) -> bool:
    if not block.language:
        return begins_code(_first_line(block.text))
    return block.is_python and (block.end != "next" or _is_mostly_code(block.text))


def _first_line(text: str) -> str:
    return text.lstrip("\n").split("\n", 1)[0]


def _shown(code: str, *, open_end: bool) -> str:
    if open_end:
        code = _UNSURE_END.sub("", code)
        if code.lstrip().startswith("%%") and "\n" not in code.lstrip():
            return ""
    return _tidy(code)


def _cells(text: str) -> Iterator[Cell]:
    if is_code(text):
        yield from _declared(without_words_around(text))
        return
    parts = list(split(text))
    blocks = [part for part in parts if isinstance(part, Block)]
    if _is_percent(text) and not any(percent.has_headers(block.text) for block in blocks):
        yield from _percent_cells(text)
        return
    found = list(_from_blocks(blocks))
    if found:
        yield from found
        return
    for part in parts:
        if isinstance(part, Prose):
            yield from (Cell(code) for code in _code_in(part.text))


def _from_blocks(blocks: Iterable[Block]) -> Iterator[Cell]:
    unsure = []
    found = False
    for block in blocks:
        if block.language in _MARKDOWN and block.text.strip():
            yield Cell(_trimmed(block.text), "markdown")
        elif block.language and block.is_python:
            cells = list(_declared(block.text, sure=block.end != "next"))
            found = found or bool(cells)
            yield from cells
        elif not block.language and (is_code(block.text) or _FIRST_PROMPT.match(block.text)):
            found = True
            yield from _declared(block.text)
        elif not block.language:
            unsure.append(block.text)
    if not found:
        # A block that does not say what it is and is no whole code is output, unless there is nothing else.
        yield from (Cell(code) for text in unsure if _is_mostly_code(text) and (code := _tidy(text)))


def _declared(text: str, *, sure: bool = True) -> Iterator[Cell]:
    """Cells of a text that is said to be Python; kept even where it has an error, if that is ``sure``."""
    for cell in percent.parse(text) if _is_percent(text) else [Cell(text)]:
        if cell.type == "code":
            code = _declared_code(cell.source, sure=sure)
            if code:
                yield Cell(code)
        elif cell.source.strip():
            yield Cell(cell.source, "markdown")


def _declared_code(text: str, *, sure: bool) -> str:
    code = _tidy(text)
    if not code or is_code(code):
        return code
    if is_code(whole := until_end_token(code)):
        return whole
    inner = list(_code_in(code))
    if len(inner) == 1 and _is_rest(inner[0], code):
        return inner[0]
    echoed = _OWN_MAGIC.match(text) is not None
    return "" if echoed or not (sure or _is_mostly_code(code)) else code


def _percent_cells(text: str) -> Iterator[Cell]:
    """Cells of a text with headers outside of its fences."""
    above = not percent.has_headers(text.lstrip().split("\n", 1)[0])
    for cell in percent.parse(text):
        if cell.type != "code":
            yield from [Cell(cell.source, "markdown")] if cell.source.strip() else []
        elif above or any(isinstance(part, Block) for part in split(cell.source)):
            yield from _cells(cell.source)
        else:
            yield from _declared(cell.source)
        above = False


def _is_percent(text: str) -> bool:
    """Whether headers cut ``text`` into cells; inside a string of the code they are no headers."""
    if not percent.has_headers(text):
        return False
    sources = [cell.source for cell in percent.parse(text) if cell.type == "code" and cell.source]
    return not is_code(text) or all(error_line(source) is None for source in sources)


def _code_in(text: str) -> Iterator[str]:
    """Runs of lines that are whole code, in a text of which nothing says what is code."""
    text = text.strip("\n")
    if inline := _INLINE.match(text.strip()):
        text = inline[1]
    if not is_code(text):
        text = until_end_token(text)
    if is_code(text):
        yield _tidy(without_words_around(text))
        return
    lines = text.split("\n")
    at, tries = 0, 0
    while at < len(lines) and tries < _MOST_TRIES:
        end, used = _run_of_code(lines, at)
        tries += used
        code = _tidy(textwrap.dedent("\n".join(lines[at:end])))
        if is_code(code, among_prose=True):
            yield without_words_around(code)
        at = max(end, at + 1)


def _run_of_code(lines: list[str], at: int) -> tuple[int, int]:
    """Where the code that begins at line ``at`` ends (there, if none does), and how often it was tried."""
    if _FIRST_PROMPT.match(lines[at]):
        return next((i for i in range(at, len(lines)) if not lines[i].strip()), len(lines)), 0
    if _INDENTED.match(lines[at]) and not "".join(lines[at - 1 : at]).strip():
        outside = (i for i in range(at, len(lines)) if lines[i].strip() and not _INDENTED.match(lines[i]))
        return next(outside, len(lines)), 0
    end, tries = len(lines) if begins_code(lines[at]) else at, 0
    while end > at and tries < _MOST_TRIES:
        tries += 1
        wrong = error_line("\n".join(lines[at:end]))
        if wrong is None:
            break
        end = min(at + wrong - 1, end - 1)
    return end, tries


def _is_rest(code: str, text: str) -> bool:
    """Whether ``code`` is ``text`` without some lines of prose above or below; a broken line is no prose."""
    lines = text.split("\n")
    begun = next((i for i, line in enumerate(lines) if line == code.split("\n", 1)[0]), 0)
    others = lines[:begun] + lines[begun + code.count("\n") + 1 :]
    return all(_PROSE_LINE.match(line) for line in others if line.strip())


def _is_mostly_code(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and 2 * sum(begins_code(line.lstrip()) for line in lines) > len(lines)


def _tidy(code: str) -> str:
    """Code without what belongs around it: prompts, magics of no use, blank lines at its ends."""
    code = _USELESS_MAGICS.sub("", code)
    if _FIRST_PROMPT.match(code):
        code = _USELESS_MAGICS.sub("", _without_prompts(code))
    return _trimmed(code)


def _without_prompts(code: str) -> str:
    """The input of an interactive session; lines without a prompt are its output."""
    lines = code.split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip())
    inputs = ((line[margin:], _PROMPT.match(line[margin:])) for line in lines)
    return "\n".join(line[prompt.end() :] for line, prompt in inputs if prompt)


def _trimmed(text: str) -> str:
    """Without blank lines before and white space after."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", text).rstrip()
