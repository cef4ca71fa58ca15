"""Puts the docstrings and comments of an answer to the code that they were asked for.

Small models that are to document a cell often change its statements as well, and break it. Their words are
wanted, their code is not.
"""

from __future__ import annotations

import ast
import difflib
import io
import tokenize
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbcoder.suggest.code.comparing import is_same_code
from nbcoder.suggest.code.names import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["graft"]

_ALIKE = 0.75
"""A comment above a line that was changed holds for the old line where the two are at least so alike."""

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_LAYOUT = (tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER)


def graft(code: str, answer: str) -> str:
    """``code`` with the docstrings and comments of ``answer``; the answer, where that does not succeed.

    Docstrings go to functions and classes of the same name that have none. Comments stand above lines that
    both have, or that differ little.
    """
    if is_same_code(code, answer):
        return answer
    additions = _docstrings(code, answer)
    for line, comments in _comments(code, answer).items():
        additions.setdefault(line, []).extend(comments)
    grafted = _with(code, additions)
    return grafted if additions and is_same_code(code, grafted) else answer


def _with(code: str, additions: Mapping[int, list[str]]) -> str:
    """The lines of ``code``, each behind what is added before it; lines count from 1."""
    lines = code.split("\n")
    return "\n".join(line for at, own in enumerate(lines, 1) for line in (*additions.get(at, ()), own))


def _docstrings(code: str, answer: str) -> dict[int, list[str]]:
    """The lines of each docstring that ``code`` lacks, by the line that it is to stand before."""
    found = {}
    offered = {name: ast.get_docstring(node) for name, node in _definitions(tree_of(answer))}
    lines = code.split("\n")
    for name, node in _definitions(tree_of(code)):
        text, first = offered.get(name), node.body[0]
        # The body of a one-liner stands on the line of its head.
        if (
            not text
            or ast.get_docstring(node) is not None
            or lines[first.lineno - 1][: first.col_offset].strip()
        ):
            continue
        if '"""' in text or text.endswith(("\\", '"')):
            continue
        start = min([first.lineno, *(one.lineno for one in getattr(first, "decorator_list", ()))])
        indent = " " * first.col_offset
        quoted = f'"""{text}\n"""' if "\n" in text else f'"""{text}"""'
        prefix = "r" if "\\" in text else ""
        found[start] = [f"{indent}{line}".rstrip() for line in f"{prefix}{quoted}".split("\n")]
    return found


def _definitions(node: ast.Module | _Definition, above: str = "") -> Iterator[tuple[str, _Definition]]:
    """Functions and classes with their qualified names."""
    for child in node.body:
        if isinstance(child, _Definition):
            name = f"{above}{child.name}"
            yield name, child
            yield from _definitions(child, f"{name}.")


@dataclass
class _Line:
    """A line with code, and the comments right above it."""

    number: int
    text: str
    comments: list[str] = field(default_factory=list)


def _comments(code: str, answer: str) -> dict[int, list[str]]:
    """The comments of ``answer`` above those lines of ``code`` that have none, by the line's number."""
    old, new = _lines(code), _lines(answer)
    matcher = difflib.SequenceMatcher(
        None, [line.text for line in old], [line.text for line in new], autojunk=False
    )
    found = {}
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind not in ("equal", "replace"):
            continue
        for mine, theirs in zip(old[i1:i2], new[j1:j2], strict=False):
            ratio = difflib.SequenceMatcher(None, mine.text, theirs.text, autojunk=False).ratio()
            if theirs.comments and not mine.comments and ratio >= _ALIKE:
                own = code.split("\n")[mine.number - 1]
                indent = own[: len(own) - len(own.lstrip())]
                found[mine.number] = [f"{indent}{comment}" for comment in theirs.comments]
    return found


def _lines(code: str) -> list[_Line]:
    """The first line of every statement and clause, without comments and strings that stand alone."""
    found: list[_Line] = []
    comments: list[str] = []
    text, is_begun = "", False
    lines = code.split("\n")
    for token in _tokens(code):
        if token.type == tokenize.COMMENT and not is_begun:
            comments.append(token.string)
        elif token.type == tokenize.NEWLINE:
            is_begun = False
        elif not is_begun and token.type not in _LAYOUT:
            is_begun = True
            text = lines[token.start[0] - 1].strip()
            if token.type != tokenize.STRING:
                found.append(_Line(token.start[0], text, comments))
            comments = []
    return found


def _tokens(code: str) -> Iterator[tokenize.TokenInfo]:
    """As far as the code can be read."""
    try:
        yield from tokenize.generate_tokens(io.StringIO(code).readline)
    except (tokenize.TokenError, SyntaxError):
        return
