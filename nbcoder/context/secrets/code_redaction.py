"""Takes the secrets out of code: out of its literals, comments and shell lines, so that it stays code.

Read mark by mark, not by syntax trees: a cell that is to be mended, or is being typed, often has none.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.context.secrets.known_forms import has_long_words, hide_known_forms, hide_long_words
from nbcoder.context.secrets.redaction import redact, redact_within
from nbcoder.context.secrets.secrecy import (
    LONGEST_NAME,
    called,
    is_hidden,
    is_likely,
    looks_random,
    names_secrets,
    secrecy_of,
    secret_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["redact_code"]

_LITERAL = re.compile(
    r"(?P<prefix>(?<!\w)[rRbBuUfF]{1,2}(?=[\"']))?"
    r"(?:(?P<long>\"\"\"|''')(?P<lines>(?:\\.|(?!(?P=long))[^\\])*+)(?:(?P=long)|\\?\Z)"
    r"|\"(?P<double>(?:[^\"\\\n]|\\.)*+)\"?|'(?P<single>(?:[^'\\\n]|\\.)*+)'?)"
    r"|(?P<comment>\#[^\n]*)|(?P<shell>^[ \t]*[%!][^\n]*)",
    re.DOTALL | re.MULTILINE,
)
"""One that is not closed ends with its line or with the code, so that no other is looked for inside of it."""
_HOLE, _TEXT = "\x00", "\x01"
"""What stands for comments and for literals where code is read without them."""
_MARK = re.compile(
    rf"{_TEXT}+|[()\[\]{{}},;:\n]|(?<![=!<>:])=(?!=)|(?<![\w.])\d{{4,40}}(?![\w.])|\b(?:and|or)\b"
)
_AFTER_NAME = re.compile(
    r"(?:\s{0,9}\[[^\[\]\n]{0,80}\])?(?P<targets>(?:\s{0,9},[\w \t.]{1,60}){0,8})\s{0,20}"
    r"(?P<joint>:=|(?:[-+|&*/%@]|\*\*|//)?=(?!=)|[=!]=|:|\()"
)
_AFTER_TEXT = re.compile(
    r"(?P<close>\s{0,20}\])?\s{0,20}(?P<joint>[-+|]?=(?!=)|[=!]=|:|=>|,)"
    rf"(?:(?<=,)[\w\s=.,{_TEXT}]{{0,120}}?\bdefault\s{{0,3}}=)?\s{{0,80}}"
)
"""What a text is followed by that is the name of a secret; an option's own value comes as its default."""
_WORD_BEFORE = re.compile(r"[\w.]{1,80}$")
_WRAPS = re.compile(
    r"(?:.*\.)?(?:str|bytes|bytearray|list|tuple|set|frozenset|dict|deque|Secret|SecretStr|SecretBytes|array|Series"
    r"|Index|DataFrame|Categorical|OrderedDict|in|and|or|not|return|yield|else|if|await)"
)
"""Calls that give what they are given, and words that are no calls."""
_LONG_ENOUGH = re.compile(r"[^\s\"']{6,}")
_TEMPLATE = re.compile(r"\{[^{}]*\}")
_NO_KEY = re.compile(r"[^\s]*/[^\s]*|[\w-]+\.[A-Za-z]\w{0,4}")
"""Paths and files, which functions that load a secret are given."""
_OPTION = re.compile(r"[\"']-{1,2}[\w-]{1,60}[\"'],\s{0,9}$")
_MIXED = re.compile(r"^(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=\D*\d)[^\s_]*$")
"""Of small and large letters and digits, as no name of a column is."""
_CODE_MAGIC = re.compile(r"%%(?:time|timeit|capture|prun|python3?|pypy)\b")
_SURELY_LONG = 20
_STATEMENT = re.compile(
    r"(?:[A-Za-z_][\w.]{0,60}\s{0,3}=(?!=)|(?:import|from|def|class|if|for|with|return|print)\b)"
)


@functools.lru_cache(2048)
def redact_code(source: str) -> str:
    """A cell's code with the secrets in its literals, comments and shell lines replaced by their names."""
    if source.lstrip().startswith("%%") and not _CODE_MAGIC.match(source.lstrip()):
        return redact(source)
    source = hide_known_forms(source)
    if has_long_words(source):  # a name of the code may be as long
        source = _LITERAL.sub(lambda literal: hide_long_words(literal[0]), source)
    if not names_secrets(source):
        return source
    names = secret_names(source)
    if not names:
        return source
    literals = {found.start(): found for found in _LITERAL.finditer(source)}
    if not any(_alone_tells(source[start:end]) for start, end in names) and not any(
        _has_key(found) for found in literals.values()
    ):
        return source
    return _Reading(source, names, literals).redacted()


def _alone_tells(name: str) -> bool:
    """Whether the values under that name may be secrets though they look like none."""
    return secrecy_of(name) == "certain" or "auth" in name.lower()


def _has_key(literal: re.Match[str]) -> bool:
    """Whether a word in it may be a key."""
    return any(map(looks_random, _LONG_ENOUGH.findall(literal[0])))


@dataclass
class _Name:
    """The name of a secret whose value is being read."""

    text: str
    is_compared: bool = False
    is_annotated: bool = False
    """Whether a type comes before the value."""
    place: int = -1
    """Of a name among the targets of one assignment, which of the values is its own."""


@dataclass
class _Bracket:
    """One that is open; ``outer`` is the name of a secret that all of it belongs to."""

    outer: str = ""
    kind: str = "group"
    mark: str = ""
    own: _Name | None = None
    count: int = 0
    """Commas so far."""

    def owner(self) -> tuple[str, str]:
        """The name whose value stands here, or '', and in which kind of bracket within that value."""
        own = self.own
        if own is None or own.is_annotated or own.place not in (-1, self.count):
            return self.outer, self.kind
        return own.text, "value"


class _Reading:
    def __init__(self, source: str, names: list[tuple[int, int]], literals: dict[int, re.Match[str]]) -> None:
        self._source, self._literals = source, literals
        self._masked = self._mask()
        self._edits: dict[int, tuple[int, str]] = {}
        """Where a text begins that is hidden, where it ends, and what stands there instead."""
        self._joints: dict[int, _Name] = {}
        """The names of secrets, by the place at which the value begins."""
        self._calls: dict[int, str] = {}
        self._pairs: dict[int, str] = {}
        self._read_names(names)
        self._stack = [_Bracket()]

    def redacted(self) -> str:
        """The source without its secrets."""
        for mark in self._marks():
            self._step(mark)
        for found in self._literals.values():
            start, end = _inner(found)
            if start not in self._edits:
                inner = self._source[start:end]
                told = redact_within(inner) if names_secrets(inner) else inner
                if told != inner:
                    self._edits[start] = (end, told)
        pieces, done = [], 0
        for start, (end, instead) in sorted(self._edits.items()):
            pieces += [self._source[done:start], instead]
            done = end
        return "".join([*pieces, self._source[done:]])

    def _mask(self) -> str:
        pieces, done = [], 0
        for start, found in self._literals.items():
            is_text = found["comment"] is None and found["shell"] is None
            pieces += [self._source[done:start], (_TEXT if is_text else _HOLE) * (found.end() - start)]
            done = found.end()
        return "".join([*pieces, self._source[done:]])

    def _read_names(self, names: list[tuple[int, int]]) -> None:
        texts = {_word_in(found): found for found in self._literals.values()}
        for start, end in names:
            if self._masked[start] not in (_TEXT, _HOLE):
                self._read_name(start, end)
            elif (start, end) in texts:
                self._read_key(texts[start, end])

    def _read_name(self, start: int, end: int) -> None:
        found = _AFTER_NAME.match(self._masked, end)
        if found is None:
            return
        name, joint = self._source[start:end], found["joint"]
        if joint == "(":
            if not found["targets"]:
                self._calls[found.start("joint")] = name
            return
        before = self._masked[self._masked.rfind("\n", max(start - 300, 0), start) + 1 : start]
        is_statement = re.fullmatch(r"[\w\s.,*]*", before) is not None
        if found["targets"] and (joint != "=" or not is_statement):
            return
        many = found["targets"] or (is_statement and "," in before and joint == "=")
        place = before.count(",") if many else -1
        self._joints[found.end("joint")] = _Name(name, joint in ("==", "!="), joint == ":", place)

    def _read_key(self, found: re.Match[str]) -> None:
        name = self._source[slice(*_word_in(found))]
        after = _AFTER_TEXT.match(self._masked, found.end())
        if after is None or bool(after["close"]) == (after["joint"] in (":", "=>", ",")):
            return
        if after["joint"] == ",":
            self._pairs[after.end()] = name
        else:
            self._joints[after.end("joint")] = _Name(name, after["joint"] in ("==", "!="))

    def _marks(self) -> Iterator[tuple[int, str]]:
        """Where a value begins, and the marks of the code, in order."""
        joints = sorted(self._joints)
        at = 0
        for found in _MARK.finditer(self._masked):
            while at < len(joints) and joints[at] <= found.start():
                yield joints[at], "joint"
                at += 1
            yield found.start(), found[0]

    def _step(self, place: tuple[int, str]) -> None:
        at, mark = place
        top = self._stack[-1]
        if mark == "joint":
            top.own = self._joints[at]
            top.own.is_annotated = top.own.is_annotated and top.mark != "{"
            if top.own.place >= 0:
                top.count = 0
        elif mark[0] == _TEXT:
            self._read_text(at, at + len(mark))
        elif mark[0].isdigit():
            name, kind = top.owner()
            if name and kind in ("value", "group") and secrecy_of(name) == "certain":
                self._edits[at] = (at + len(mark), called(name))
        elif mark in "([{":
            self._open(at, mark)
        elif mark in ")]}":
            if len(self._stack) > 1:
                self._stack.pop()
        else:
            self._end(at, mark, top)

    def _open(self, at: int, mark: str) -> None:
        top = self._stack[-1]
        own = top.own
        outer, kind = top.owner()
        if own is not None and own.place > 0 and not top.count:  # all the values may be in one bracket
            outer, kind = own.text, "value"
        kind = "group" if kind == "value" else kind
        before = _WORD_BEFORE.search(self._masked, max(at - 80, 0), at)
        is_after_value = self._masked[at - 1 : at] in (")", "]", _TEXT) and at > 0
        if mark == "(" and at in self._calls:
            outer, kind = self._calls[at], "call"
        elif mark == "(" and (is_after_value or (before and not _WRAPS.fullmatch(before[0]))):
            kind = "call"
        elif mark == "[" and (is_after_value or (before and not _WRAPS.fullmatch(before[0]))):
            kind = "subscript"
        self._stack.append(_Bracket(outer, kind, mark))

    def _end(self, at: int, mark: str, top: _Bracket) -> None:
        own = top.own
        is_outermost = len(self._stack) == 1
        if mark == "=":
            if own is not None:
                own.is_annotated = False
        elif mark == ",":
            top.count += 1
            if own is not None and (not is_outermost or own.is_compared):
                top.own = None
        elif mark == ":" or mark.isalpha():
            if own is not None and own.is_compared:
                top.own = None
        elif is_outermost or mark == ";":
            if self._masked[at - 1 : at] != "\\":
                top.own, top.count = None, 0
        elif _STATEMENT.match(self._masked, at + 1):  # a bracket above was never closed
            self._stack = [_Bracket()]

    def _read_text(self, start: int, end: int) -> None:
        """Hide the literals of one run if they belong to a secret's name."""
        top = self._stack[-1]
        at = start
        while at < end:
            found = self._literals[at]
            at = found.end()
            inner = _inner(found)
            value = self._source[slice(*inner)]
            pair = self._pairs.get(found.start())
            is_key = top.mark == "{" and re.match(r"\s{0,20}:", self._masked[end : end + 22]) is not None
            name, kind = top.owner()
            kind = (
                "key"
                if is_key
                else "second"
                if top.mark == "(" and top.count == 1 and kind == "group"
                else kind
            )
            if name and _hides(name, kind, value, found["prefix"] or ""):
                self._edits[inner[0]] = (inner[1], called(name))
            elif pair and looks_random(value) and not is_hidden(value) and self._is_pair(found):
                self._edits[inner[0]] = (inner[1], called(pair))

    def _is_pair(self, found: re.Match[str]) -> bool:
        """Whether a name before it is its own: names of columns follow each other, and entries of a dict."""
        before = self._source[max(found.start() - LONGEST_NAME, 0) : found.start()]
        return self._stack[-1].mark not in ("[", "{") or _OPTION.search(before) is not None


def _hides(name: str, kind: str, value: str, prefix: str) -> bool:
    if kind == "subscript" or not value.strip() or is_hidden(value):
        return False
    lowered = name.lower()
    is_certain = secrecy_of(name) == "certain" or (kind == "second" and "auth" in lowered)  # after the user
    if "f" in prefix.lower():
        return any(_may_be(name, piece) for piece in _TEMPLATE.sub(" ", value).split())
    is_key = not is_certain and "key" in lowered
    if kind == "call":
        is_other = secrecy_of(value) != "none" or _NO_KEY.fullmatch(value) is not None
        return _may_be(name, value) and not is_other and (not is_key or _is_made(value))
    if is_certain:
        return kind != "key" or looks_random(value)
    if kind == "value" or "auth" in lowered:
        return is_likely(name, value)
    # Words, or the names of columns.
    return _is_made(value) if is_key else is_likely(name, value) and _MIXED.search(value) is not None


def _may_be(name: str, value: str) -> bool:
    """Whether it looks like a secret, as far as that is in doubt for one of that name."""
    return looks_random(value) if secrecy_of(name) == "certain" else is_likely(name, value)


def _is_made(value: str) -> bool:
    """Whether it was surely made by a machine, and not as the name of something."""
    return len(value) >= _SURELY_LONG and looks_random(value) and _MIXED.search(value) is not None


def _inner(found: re.Match[str]) -> tuple[int, int]:
    """Where the text of a literal begins and ends."""
    return found.span(found.lastgroup or 0)


def _word_in(found: re.Match[str]) -> tuple[int, int]:
    """The same without the dashes of an option."""
    start, end = _inner(found)
    text = found.string[start:end]
    return end - len(text.lstrip("-")), end
