"""Takes the secrets out of text: outputs, errors, prose, and what stands inside a literal of code."""

from __future__ import annotations

import functools
import re

from nbcoder.context.known_forms import hide_known_forms, hide_long_words
from nbcoder.context.secrecy import (
    called,
    is_hidden,
    is_secret,
    looks_random,
    names_secrets,
    secrecy_of,
    secret_names,
)
from nbcoder.context.text_tables import hide_columns

__all__ = ["redact", "redact_within"]

_QUOTED = re.compile(
    r"(?P<joint>\\{0,2}[\"']?\s{0,20}\]?\s{0,20}(?:[=!]?=|:|=>|,|\()\s{0,80}|\s{1,5}(?:is\s)?)[rRbBuUfF]{0,2}"
    r"(?:(?P<quote>\"\"\"|'''|\"|')(?P<value>(?:\\.|(?!(?P=quote))[^\\]){0,2000})(?P=quote)"
    r"|(?P<escaped>\\{1,2}[\"'])(?P<inner>(?:(?!(?P=escaped)).){0,2000})(?P=escaped))",
    re.DOTALL,
)
_BARE = re.compile(
    r"(?P<joint>\\{0,2}[\"']?\s{0,20}(?:=|:)\s{0,80}\\{0,2}[\"']?|\s{1,5}(?:is\s)?)"
    r"(?P<value>[^\s\"'`,;&)\]}<>=:({\[][^\s\"'`,;&)\]}]*)"
)
_TAGGED = re.compile(r"(?P<joint>(?:\s[^<>\n]{0,80})?>)(?P<value>[^<>\n]{1,2000})(?=</)")
_GROUP = re.compile(r"\\{0,2}[\"']?\s{0,20}(?:=|:)\s{0,20}\w{0,20}[(\[{]")
_QUOTED_IN_GROUP = re.compile(
    r"(?P<quote>\\{0,2}[\"'])(?P<value>(?:(?!(?P=quote))[^\n]){1,2000})(?P=quote)(?P<after>\s{0,9}:)?|[(\[{]|[)\]}]"
)
_LONGEST_GROUP, _LONGEST_DOUBTFUL = 4_000, 300
_FURTHEST = 20
_JOINTS = frozenset("\"'\\]=:,(>")
"""How a value begins, or what stands between it and a name that alone does not make it a secret."""
_NO_VALUE = frozenset({"none", "null", "nan", "true", "false", "str", "int", "bytes", "string", "required"})
_FILLED_IN = re.compile(r"\$\{?\w+\}?|%s|%\(\w+\)s|\?|\*+")
"""What stands where a value is put in later, or was taken out."""


@functools.lru_cache(2048)
def redact(text: str) -> str:
    """``text`` from data or an output, each secret in it replaced by its name in angle brackets."""
    text = hide_long_words(hide_known_forms(text))
    if not names_secrets(text):
        return text
    names = secret_names(text)
    if names:
        shown = hide_columns(text)
        names = names if shown == text else secret_names(shown)
        text = shown
    return _without_values(text, names)


def redact_within(text: str) -> str:
    """Replace the values that follow the name of a secret, in quotes or without."""
    return _without_values(text, secret_names(text)) if names_secrets(text) else text


def _without_values(text: str, names: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    done = skipped = 0
    for start, end in names:
        if start < skipped:
            continue
        name = text[start:end]
        is_certain = secrecy_of(name) == "certain"
        if not is_certain and text[end : end + _FURTHEST].lstrip()[:1] not in _JOINTS:
            continue
        if group := _GROUP.match(text, end):
            found, after = _in_group(
                name, text, group.end(), _LONGEST_GROUP if is_certain else _LONGEST_DOUBTFUL
            )
            skipped = after if is_certain else skipped
        else:
            found = _values(name, text, start, end)
        for at, to in found:
            if at >= done:
                pieces += [text[done:at], called(name)]
                done, skipped = to, max(to, skipped)
    return "".join([*pieces, text[done:]]) if pieces else text


def _values(name: str, text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the secret stands in ``text`` that belongs to the name at that place, if there is one."""
    if (found := _QUOTED.match(text, end)) and (found["quote"] or found["escaped"]):
        which = "value" if found["quote"] else "inner"
        return [found.span(which)] if _hides_quoted(name, found["joint"], found[which]) else []
    found = _TAGGED.match(text, end) if text[start - 1 : start] == "<" else _BARE.match(text, end)
    if found is None or is_hidden(found["value"]):
        return []
    is_option = text[max(start - 2, 0) : start] == "--"
    return [found.span("value")] if _hides_bare(name, found["joint"], found["value"], is_option) else []


def _in_group(name: str, text: str, at: int, longest: int) -> tuple[list[tuple[int, int]], int]:
    """The quoted values of a list or dict that begins before ``at``, its keys only if they look like keys.

    And where it ends, or where it was not read further.
    """
    found: list[tuple[int, int]] = []
    depth = 1
    for piece in _QUOTED_IN_GROUP.finditer(text, at, at + longest):
        if piece["quote"] is None:
            depth += 1 if piece[0] in "([{" else -1
            if not depth:
                return found, piece.end()
        elif not is_hidden(piece["value"]) and (
            looks_random(piece["value"]) if piece["after"] else is_secret(name, piece["value"])
        ):
            found.append(piece.span("value"))
    return found, at + longest


def _hides_quoted(name: str, joint: str, value: str) -> bool:
    if not value.strip() or is_hidden(value):
        return False
    is_plain_assignment = not joint.rstrip().endswith((",", "("))
    return (secrecy_of(name) == "certain" and is_plain_assignment) or looks_random(value)


def _hides_bare(name: str, joint: str, value: str, is_option: bool) -> bool:
    if value.lower() in _NO_VALUE or _FILLED_IN.fullmatch(value):
        return False
    if joint.strip() in ("", "is"):
        is_word = value.startswith("-") if is_option else not looks_random(value)
        return not is_word and secrecy_of(name) == "certain"
    return is_secret(name, value)
