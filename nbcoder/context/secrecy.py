"""Which names and which texts are secrets.

Written here because the library for it costs 1.9 s to import (it brings an HTTP client into the user's
kernel) and 19 ms per line; a context has thousands of lines and 20 ms. Speed comes from looking for plain
words first: no expression runs over a text that does not hold the letters it needs.
"""

from __future__ import annotations

import bisect
import functools
import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "LONGEST_SECRET",
    "NAME_WORDS",
    "Secrecy",
    "is_secret",
    "looks_random",
    "names_secrets",
    "redact",
    "redact_code",
    "secrecy_of",
]

Secrecy = Literal["none", "likely", "certain"]

_CERTAIN = re.compile(
    r"passw(?:or)?d|passphrase|passcode|(?:^|_)pwd(?:_|\d|$)|secrets?(?![a-z])|credentials?(?![a-z])|(?:^|_)creds?(?:_|$)"
    r"|(?:api|access|account|private|secret|sign(?:ing)?|encrypt(?:ion)?|master|licen[cs]e|service|ssh|client"
    r"|storage|subscription|shared)_?keys?(?![a-z])"
    r"|(?:api|auth|access|refresh|bearer|session|security|id|bot|personal|csrf)_?tokens?(?![a-z])"
    r"|conn(?:ection)?_?str(?:ing)?(?![a-z])|(?:^|_)dsn(?:_|$)"
)
_LIKELY = re.compile(
    r"(?:^|_)(?:tokens?|auth|authorization|bearer|cookies?|pass|pw|keys?|pat)(?:_|\d|$)|(?<=[a-z])token$"
)
_HARMLESS = re.compile(
    r"^(?:n|num|max|min|is|has|use|no|with|count|len)_"
    r"|_(?:cols?|columns?|names?|fields?|files?|paths?|env|var|len|length|count|ids?|types?|size|pattern"
    r"|regex|required|ok|valid|strength|limit|usage|error|errors|function|fn|df)$"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
NAME_WORDS = (
    "pass", "pwd", "secret", "token", "key", "auth", "cred", "dsn", "conn", "bearer", "cookie", "pw", "pat",
)  # fmt: skip
"""One of these is in every name that is a secret's."""

_KNOWN_FORMS: tuple[tuple[tuple[str, ...], str, re.Pattern[str]], ...] = (
    (
        ("-----BEGIN",),
        "<private key>",
        re.compile(
            r"-----BEGIN[A-Z ]{0,40}PRIVATE KEY[A-Z ]{0,40}-----.*?(?:-----END[A-Z ]*-----|\Z)", re.DOTALL
        ),
    ),
    (("eyJ",), "<web token>", re.compile(r"\beyJ[\w-]{8,2000}\.[\w-]{8,}(?:\.[\w-]*)?")),
    (("AKIA", "ASIA"), "<AWS key>", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")),
    (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        "<access token>",
        re.compile(r"\b(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,}"),
    ),
    (("glpat-", "xox"), "<access token>", re.compile(r"\bglpat-[\w-]{16,}|\bxox[a-z]-[\w-]{10,}")),
    (("sk-", "sk_", "rk_"), "<secret key>", re.compile(r"\b[sr]k[-_][\w-]{16,}")),
    (
        ("hf_", "npm_", "pypi-"),
        "<access token>",
        re.compile(r"\b(?:hf_|npm_)[A-Za-z0-9]{20,}|\bpypi-[\w-]{40,}"),
    ),
    (
        ("AIza", "ya29.", "SG."),
        "<API key>",
        re.compile(r"\bAIza[\w-]{30,}|\bya29\.[\w-]{16,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"),
    ),
    (
        ("dapi", "_v1_", "shp"),
        "<access token>",
        re.compile(r"\bdapi[0-9a-f]{32}|\bdo[a-z]_v1_[0-9a-f]{32,}|\bshp[a-z]{2}_[0-9a-f]{32}"),
    ),
    (
        ("earer ", "EARER ", "asic ", "ASIC "),
        "<authorization>",
        re.compile(r"(?<=bearer )[\w.~+/-]{8,}=*|(?<=basic )[a-z0-9+/]{12,}=*", re.IGNORECASE),
    ),
    (
        ("://",),
        r"\1<password>",
        re.compile(r"(://[^\s:/@'\"]{0,200}:)(?:[^\s/@'\"]{1,200}|[^\s@'\"]{1,200})(?=@)"),
    ),
)
"""Text without which a form cannot match, what to write instead, and the form."""
_TELLTALES = {piece: at for at, (needed, _, _) in enumerate(_KNOWN_FORMS) for piece in needed}

_LONG_WORD = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{24,}={0,2}(?![\w+/=-])")
_LONG = 24
_CHANGES = re.compile(r"[A-Za-z](?=\d)|\d(?=[A-Za-z])")
_FEWEST_CHANGES = 5
_MOST_SLASHES = 3
_DIGIT = re.compile(r"\d")
_SHORTEST_KEY, _SURELY_LONG = 6, 20
LONGEST_SECRET = 10_000
"""Characters: what is longer is data."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_QUOTED = re.compile(
    r"(?P<joint>[\"']?\s{0,20}\]?\s{0,20}(?::[\w.\[\]| ]{1,80})?(?:[=!]?=|:|=>|,|\()\s{0,80}[rRbBuUfF]{0,2})"
    r"(?P<quote>\"\"\"|'''|\"|')(?P<value>(?:\\.|(?!(?P=quote))[^\\]){0,2000})(?P=quote)",
    re.DOTALL,
)
_BARE = re.compile(
    r"(?P<joint>[\"']?\s{0,20}(?:=|:)\s{0,80}[\"']?)(?P<value>[^\s\"'`,;&)\]}<][^\s\"'`,;&)\]}]*)"
)
_LITERAL = re.compile(
    r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+(?:\"\"\"|\\?\Z)|'''(?:[^'\\]|\\.|'(?!''))*+(?:'''|\\?\Z)"
    r"|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?|\#[^\n]*|^[ \t]*[%!][^\n]*",
    re.DOTALL | re.MULTILINE,
)
"""One that is not closed ends with its line or with the code, so that no other is looked for inside of it."""
_NAME_AT_END = re.compile(r"[A-Za-z_][\w.-]*$")
_REST_OF_NAME = re.compile(r"[\w.-]*")
_LONGEST_NAME = 60
_NO_VALUE = frozenset({"none", "null", "nan", "true", "false", "str", "int", "bytes", "string", "required"})


@functools.lru_cache(8192)
def secrecy_of(name: str) -> Secrecy:
    """Whether what carries this name is a secret: surely, if it looks like one, or not for its name."""
    words = _HUMP.sub("_", name[:200]).lower().replace("-", "_").replace(" ", "_").replace(".", "_")
    if _HARMLESS.search(words):
        return "none"
    if _CERTAIN.search(words):
        return "certain"
    return "likely" if _LIKELY.search(words) else "none"


def looks_random(value: str) -> bool:
    """Whether ``value`` may be a key that a machine or a careful person made, and is no common word."""
    value = value[:LONGEST_SECRET]
    if len(value) < _SHORTEST_KEY or value.split(maxsplit=1) != [value]:
        return False
    return len(value) >= _SURELY_LONG or _DIGIT.search(value) is not None


def is_secret(name: str, value: str) -> bool:
    """Whether a text of this name is a secret."""
    secrecy = secrecy_of(name)
    return secrecy == "certain" or (secrecy == "likely" and looks_random(value))


def names_secrets(text: str) -> bool:
    """Whether a name in ``text`` could be a secret's; cheap, and never wrong when it says no."""
    lowered = text.lower()
    return any(word in lowered for word in NAME_WORDS)


@functools.lru_cache(2048)
def redact(text: str) -> str:
    """``text`` from data or an output, each secret in it replaced by its name in angle brackets."""
    return _hide_named(_hide_known_forms(text), lambda _: True)


@functools.lru_cache(2048)
def redact_code(source: str) -> str:
    """A cell's code with the secrets in its literals, comments and shell lines replaced by their names."""
    source = _hide_known_forms(source)
    spans: list[tuple[int, int]] | None = None

    def in_literal(at: int) -> bool:
        nonlocal spans
        if spans is None:
            spans = [found.span() for found in _LITERAL.finditer(source)]
        after = bisect.bisect_left(spans, (at,))
        return after > 0 and at < spans[after - 1][1]

    return _hide_named(source, in_literal)


def _hide_known_forms(text: str) -> str:
    for piece in _TELLTALES:
        if piece in text:
            _, instead, form = _KNOWN_FORMS[_TELLTALES[piece]]
            text = form.sub(instead, text)
    if len(text) >= _LONG and max(map(len, text.split()), default=0) >= _LONG:
        text = _LONG_WORD.sub(_hide_random_word, text)
    return text


def _hide_random_word(found: re.Match[str]) -> str:
    """Keys change between letters and digits again and again; words, names and dates do not."""
    word = found[0]
    if _UUID.fullmatch(word) or word.count("/") > _MOST_SLASHES:
        return word
    is_key = len(_CHANGES.findall(word)) >= _FEWEST_CHANGES
    return "<secret>" if is_key else word


def _hide_named(text: str, may_be_bare: Callable[[int], bool]) -> str:
    """Replace the values that follow the name of a secret, in quotes or, where that may be, without."""
    pieces = []
    done = 0
    for start, end in _secret_names(text):
        if start < done:
            continue
        name = text[start:end]
        found = _QUOTED.match(text, end)
        if found is not None:
            if not _hides_quoted(name, found["joint"], found["value"]):
                continue
        else:
            found = _BARE.match(text, end)
            if found is None or not _hides_bare(name, found["value"]):
                continue
            if not may_be_bare(start) and not found["value"].isdigit():
                continue
        pieces += [text[done : found.start("value")], f"<{_last_part(name)}>"]
        done = found.end("value")
    return "".join([*pieces, text[done:]]) if pieces else text


def _secret_names(text: str) -> list[tuple[int, int]]:
    """Where the names of secrets stand in ``text``, in order."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow when they are lowered, and places would not match
        lowered = text
    words = [word for word in NAME_WORDS if word in lowered]
    found = {span for word in words for span in _names_around(text, lowered, word)}
    return sorted(span for span in found if secrecy_of(text[slice(*span)]) != "none")


def _names_around(text: str, lowered: str, word: str) -> Iterator[tuple[int, int]]:
    at = lowered.find(word)
    while at != -1:
        rest = _REST_OF_NAME.match(text, at, at + _LONGEST_NAME)
        end = rest.end() if rest else at
        begun = _NAME_AT_END.search(text[max(at - _LONGEST_NAME, 0) : at + 1])
        if begun is not None:
            yield at + 1 - len(begun[0]), end
        at = lowered.find(word, max(end, at + 1))


def _hides_quoted(name: str, joint: str, value: str) -> bool:
    if not value.strip() or _is_hidden(value):
        return False
    joint = joint.rstrip("rRbBuUfF").rstrip()
    is_plain_assignment = not joint.endswith((",", "("))
    return (secrecy_of(name) == "certain" and is_plain_assignment) or looks_random(value)


def _hides_bare(name: str, value: str) -> bool:
    return value.lower() not in _NO_VALUE and is_secret(name, value)


def _is_hidden(value: str) -> bool:
    return value.startswith("<") and value.endswith(">") and len(value) < _LONGEST_NAME


def _last_part(name: str) -> str:
    return name.rpartition(".")[2].strip("-_.") or "secret"
