"""Which names are those of secrets, and which texts may be some.

Written here because the library for it costs 1.9 s to import (it brings an HTTP client into the user's
kernel) and 19 ms per line; a context has thousands of lines and 20 ms. Speed comes from looking for plain
words first: no expression runs over a text that does not hold the letters it needs.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "LONGEST_NAME",
    "LONGEST_SECRET",
    "NAME_WORDS",
    "Secrecy",
    "called",
    "is_hidden",
    "is_likely",
    "is_secret",
    "looks_random",
    "names_secrets",
    "secrecy_of",
    "secret_names",
]

Secrecy = Literal["none", "likely", "certain"]

_CERTAIN = re.compile(
    r"passw(?:or[dt]|d)|passphrase|passcode|kennw[oö]rt|contrase[nñ]a|mot_?de_?passe|(?:^|_)pwd(?:_|\d|$)"
    r"|(?:db|database|user|smtp|mail|email|ftp|ssh|admin|root|login)_?(?:pass|pw)$"
    r"|secrets?(?![a-z])|credentials?(?![a-z])|(?:^|_)creds?(?:_|$)"
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
    "kennw", "contrase",
)  # fmt: skip
"""One of these is in every name that is a secret's."""

_DIGIT = re.compile(r"\d")
_PIECE = r"(?:[A-Z]?[a-z]+\d{0,4}|(?:[A-Z][a-z]+)+|[A-Z]+\d{0,4}|\d{1,8}(?:-\d{1,4}){0,2})"
_NAMES = re.compile(
    rf"[._/]*{_PIECE}(?:[._/]+{_PIECE})+[._/]*(?:\(.*)?|\d{{4}}-\d\d(?:-\d\d)?|[A-Z]{{2,9}}-\d{{1,6}}"
    r"|(?:u?int|float|complex|datetime|timedelta)\d{1,3}(?:\[.*)?|https?://[^\s?@]+"
)
"""Words and numbers joined as in code and in paths, dates, numbers of issues, types, addresses."""
_PATTERN = re.compile(r"(?:^|_)pat$")
_TOKEN = re.compile(r"[\w-]{20,}")
_HEADER = re.compile(r"[A-Za-z][\w-]{1,20} +(\S+)")
"""Of which kind it is, and the key."""
_SHORTEST_KEY, _SURELY_LONG = 6, 20
LONGEST_SECRET = 10_000
"""Characters: what is longer is data."""
_NAME_AT_END = re.compile(r"[A-Za-z_][\w.-]*$")
_REST_OF_NAME = re.compile(r"[\w.-]*")
LONGEST_NAME = 60


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


def is_likely(name: str, value: str) -> bool:
    """Whether a text of a name that is likely a secret's is one.

    What is called a key is as often the name of something.
    """
    lowered = name.lower()
    if "auth" in lowered and (header := _HEADER.fullmatch(value[:LONGEST_SECRET])):
        value = header[1]
    if _PATTERN.search(lowered):  # of a search, as a rule
        return _TOKEN.fullmatch(value[:LONGEST_SECRET]) is not None
    return looks_random(value) and not ("key" in lowered and _NAMES.fullmatch(value[:LONGEST_SECRET]))


def is_secret(name: str, value: str) -> bool:
    """Whether a text of this name is a secret."""
    secrecy = secrecy_of(name)
    return secrecy == "certain" or (secrecy == "likely" and is_likely(name, value))


def names_secrets(text: str) -> bool:
    """Whether a name in ``text`` could be a secret's; cheap, and never wrong when it says no."""
    lowered = text.lower()
    return any(word in lowered for word in NAME_WORDS)


def secret_names(text: str) -> list[tuple[int, int]]:
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
        rest = _REST_OF_NAME.match(text, at, at + LONGEST_NAME)
        end = rest.end() if rest else at
        begun = _NAME_AT_END.search(text[max(at - LONGEST_NAME, 0) : at + 1])
        if begun is not None:
            yield at + 1 - len(begun[0]), end
        at = lowered.find(word, max(end, at + 1))


def is_hidden(value: str) -> bool:
    """Whether a name in angle brackets stands there already."""
    return value.startswith("<") and value.endswith(">") and len(value) < LONGEST_NAME


def called(name: str) -> str:
    """What stands for the secret of that name."""
    return f"<{name.rpartition('.')[2].strip('-_.') or 'secret'}>"
