"""Takes the secrets out of text: outputs, errors, prose, and what stands inside a literal of code."""

from __future__ import annotations

import functools
import re

from nbcoder.context.secrets.known_forms import hide_known_forms, hide_long_words
from nbcoder.context.secrets.secrecy import (
    called,
    is_hidden,
    is_likely,
    is_secret,
    looks_random,
    names_secrets,
    secrecy_of,
    secret_names,
)
from nbcoder.context.secrets.text_tables import hide_columns

__all__ = ["redact", "redact_within"]

_QUOTED = re.compile(
    r"(?P<joint>\\{0,2}[\"']?[*_`]{0,3}\s{0,20}\]?\s{0,20}(?:[=!]?=|:|[-=]>|→|,|\()[*_]{0,3}\s{0,80}"
    r"|\s{1,5}(?:is:?\s)?)[rRbBuUfF]{0,2}"
    r"(?:(?P<quote>\"\"\"|'''|\"|')(?P<value>(?:\\.|(?!(?P=quote))[^\\]){0,2000})(?P=quote)"
    r"|(?P<escaped>\\{1,2}[\"'])(?P<inner>(?:(?!(?P=escaped)).){0,2000})(?P=escaped))",
    re.DOTALL,
)
_BARE = re.compile(
    r"(?P<joint>\\{0,2}[\"']?[*_`]{0,3}\s{0,20}(?:[-=]>|→|=|:)[*_]{0,3}\s{0,80}\\{0,2}[\"'*_`]{0,3}"
    r"|\s{1,5}(?:is:?\s)?`?)"
    r"(?P<value>[^\s\"'`,;&)\]}<>=:({\[][^\s\"'`,;&)\]}]*)"
)
_TAGGED = re.compile(r"(?P<joint>(?:\s[^<>\n]{0,80})?>)(?P<value>[^<>\n]{1,2000})(?=</)")
_GROUP = re.compile(r"\\{0,2}[\"']?\s{0,20}(?:=|:)\s{0,20}\w{0,20}[(\[{]")
_QUOTED_IN_GROUP = re.compile(
    r"(?P<quote>\\{0,2}[\"'])(?P<value>(?:(?!(?P=quote))[^\n]){1,2000})(?P=quote)(?P<after>\s{0,9}:)?|[(\[{]|[)\]}]"
)
_LONGEST_GROUP, _LONGEST_DOUBTFUL = 4_000, 300
_FURTHEST = 20
_JOINTS = frozenset("\"'\\]=:,(>*`-→")
"""How a value begins, or what stands between it and a name that alone does not make it a secret."""
_WORD_BEFORE = re.compile(r"[A-Za-z]{2,14} $")
_LONGEST_WORD = 15
_NO_JOINT = ("", "is")
_CALL = re.compile(r"[A-Za-z_][\w.]*\(.*")
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
        name = _whole_name(text, start, end)
        is_certain = secrecy_of(name) == "certain"
        is_joined = text[end : end + _FURTHEST].lstrip()[:1] in _JOINTS or _is_option(text, start)
        if not is_certain and not is_joined:
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
                pieces += [text[done:at], called(text[start:end])]
                done, skipped = to, max(to, skipped)
    return "".join([*pieces, text[done:]]) if pieces else text


def _whole_name(text: str, start: int, end: int) -> str:
    """The name at that place, with the word before it where only both are surely a secret's: access token."""
    name = text[start:end]
    before = _WORD_BEFORE.search(text[max(start - _LONGEST_WORD, 0) : start])
    both = before[0] + name if before and secrecy_of(name) == "likely" else name
    return both if secrecy_of(both) == "certain" else name


def _is_option(text: str, start: int) -> bool:
    return text[max(start - 2, 0) : start] == "--"


def _values(name: str, text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the secret stands in ``text`` that belongs to the name at that place, if there is one."""
    if (found := _QUOTED.match(text, end)) and (found["quote"] or found["escaped"]):
        which = "value" if found["quote"] else "inner"
        is_pair = (
            text[max(start - 2, 0) : start] in ("('", '("') and text[found.end() : found.end() + 1] == ")"
        )
        joint = ":" if is_pair else found["joint"]
        return [found.span(which)] if _hides_quoted(name, joint, found[which]) else []
    found = _TAGGED.match(text, end) if text[start - 1 : start] == "<" else _BARE.match(text, end)
    if found is None or is_hidden(found["value"]):
        return []
    is_told = _hides_bare(name, found["joint"], found["value"], is_option=_is_option(text, start))
    return [found.span("value")] if is_told else []


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
    joint = joint.strip()
    if secrecy_of(name) == "certain":
        return not joint.endswith((",", "(")) or looks_random(value)
    is_name = joint in _NO_JOINT or (joint.endswith("(") and "key" in name.lower())
    return not is_name and is_likely(name, value)  # of a sentence, or what a function works on


def _hides_bare(name: str, joint: str, value: str, *, is_option: bool) -> bool:
    if value.lower() in _NO_VALUE or _FILLED_IN.fullmatch(value):
        return False
    if joint.strip().strip("`") in _NO_JOINT:
        if is_option and not value.startswith("-"):
            return is_secret(name, value)
        return looks_random(value) and secrecy_of(name) == "certain"
    is_code = joint.strip() == "=" and _CALL.fullmatch(value) is not None
    return not is_code and is_secret(name, value)
