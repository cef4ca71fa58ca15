"""Secrets that are known by their form, whatever they are called.

No expression runs over a text that does not hold the letters it needs.
"""

from __future__ import annotations

import re

__all__ = ["has_long_words", "hide_known_forms", "hide_long_words"]

_KNOWN_FORMS: tuple[tuple[tuple[str, ...], str, re.Pattern[str]], ...] = (
    (
        ("-----BEGIN",),
        "<private key>",
        re.compile(
            r"-----BEGIN[A-Z ]{0,40}PRIVATE KEY[A-Z ]{0,40}-----.*?(?:-----END[A-Z ]*-----|\Z)", re.DOTALL
        ),
    ),
    (("eyJ",), "<web token>", re.compile(r"\beyJ[\w-]{8,2000}\.[\w-]{8,}(?:\.[\w-]*)?")),
    (
        ("://",),
        r"\1<password>",
        re.compile(
            r"(://[^\s:/@'\"]{0,200}:)(?!<|%s@|\{[^{}@\s]{0,60}\}@)(?:[^\s/@'\"]{1,200}(?:@[^\s/@?&=,'\"]{1,99}){0,3}"
            r"|[^\s@'\"]{1,200})(?=@)"
        ),
    ),
    (("://",), "<password>", re.compile(r"(?<=://)(?=[^\s/@:'\"]{0,200}\d)[^\s/@:'\"]{6,200}(?=@)")),
    (
        ("hooks.slack.com/", "/api/webhooks/"),
        r"\1<webhook>",
        re.compile(r"(\bhooks\.slack\.com/[a-z]{1,20}/|\bdiscord(?:app)?\.com/api/webhooks/)[\w/-]{16,200}"),
    ),
    (("sig=",), r"\1<signature>", re.compile(r"([?&;]sig=)[\w%+/-]{16,200}={0,2}")),
    (
        ("AKIA", "ASIA"),
        "<AWS secret>",
        re.compile(r"(?<![\w+/=-])(?=[A-Za-z+/]{0,39}\d)[A-Za-z0-9+/]{40}(?![\w+/=-])"),
    ),
    (("AKIA", "ASIA"), "<AWS key>", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")),
    (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        "<access token>",
        re.compile(r"\b(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,}"),
    ),
    (("glpat-", "xox"), "<access token>", re.compile(r"\bglpat-[\w-]{16,}|\bxox[a-z]-[\w-]{10,}")),
    ((":AA",), "<access token>", re.compile(r"\b\d{6,12}:AA[\w-]{30,60}")),
    (
        ("sk-", "sk_", "rk_"),
        "<secret key>",
        re.compile(r"\bsk-(?=[\w-]{0,200}\d)[\w-]{16,}|\b[sr]k_(?:(?:live|test)_\w{16,}|[0-9a-f]{32,})"),
    ),
    (
        ("hf_", "npm_", "pypi-"),
        "<access token>",
        re.compile(r"\b(?:hf_|npm_)[A-Za-z0-9]{20,}|\bpypi-[\w-]{40,}"),
    ),
    (
        ("AIza", "ya29.", "SG.", "GOCSPX-"),
        "<API key>",
        re.compile(r"\b(?:AIza[\w-]{30,}|ya29\.[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|GOCSPX-[\w-]{16,})"),
    ),
    (
        ("dapi", "_v1_", "shp"),
        "<access token>",
        re.compile(r"\bdapi[0-9a-f]{32}|\bdo[a-z]_v1_[0-9a-f]{32,}|\bshp[a-z]{2}_[0-9a-f]{32}"),
    ),
    (
        ("earer ", "EARER ", "asic ", "ASIC "),
        "<authorization>",
        re.compile(
            r"(?<=bearer )(?=[\w.~+/-]{0,400}\d)[\w.~+/-]{8,}=*"
            r"|(?<=basic )(?=[a-z+/]{0,400}[\d=])[a-z0-9+/]{12,}=*",
            re.IGNORECASE,
        ),
    ),
    (
        ("curl", "wget", "http"),
        r"\1<password>",
        re.compile(r"((?:\s|^)(?:-u|--user)[= ]['\"]?[^\s:'\"]{1,80}:)[^\s'\"]{1,200}", re.MULTILINE),
    ),
    (
        ("mysql", "mariadb", "sshpass"),
        r"\1<password>",
        re.compile(
            r"(\b(?:mysql|mariadb|sshpass)[\w-]{0,20}['\"]?(?:[ ,]{1,2}[^\s|;,]{1,60}){0,12}?"
            r"[ ,]{1,2}['\"]?-p['\"]?)[^\s'\",<-][^\s'\",]{0,200}"
        ),
    ),
    (
        ("login(", "BasicAuth(", "DigestAuth("),
        r"\1<password>",
        re.compile(
            r"((?:\blogin|BasicAuth|DigestAuth)\(\s{0,9}(?:['\"][^'\"\n]{1,100}['\"]|[\w.]{1,60})\s{0,9},\s{0,9}['\"])"
            r"[^'\"\n<][^'\"\n]{0,200}(?=['\"])"
        ),
    ),
    (
        (" login ", "sshpass "),
        r"\1<password>",
        re.compile(
            r"(\b(?:sshpass|login)(?: [^\s|;&]{1,200}){0,8}? -p[ =]?['\"]?"
            r"|\bmachine\s{1,9}\S{1,100}\s{1,9}login\s{1,9}\S{1,100}\s{1,9}password\s{1,9})"
            r"[^\s'\"<$-][^\s'\"]{0,200}"
        ),
    ),
    (
        ("dentified", "DENTIFIED"),
        r"\1<password>",
        re.compile(
            r"(\bidentified\s{1,9}(?:with\s{1,9}\S{1,60}\s{1,9})?(?:by|as)\s{1,9}(?:password\s{1,9})?\\?['\"])"
            r"[^'\"\\\n]{1,200}",
            re.IGNORECASE,
        ),
    ),
)
"""Text without which a form cannot match, what to write instead, and the form."""
_TELLTALES = [(piece, form) for form in _KNOWN_FORMS for piece in form[0]]

_LONG_WORD = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{24,}={0,2}(?![\w+/=-])")
_LONG = 24
_CHANGES = re.compile(r"[A-Za-z](?=\d)|\d(?=[A-Za-z])")
_FEWEST_CHANGES = 5
_PARTS = re.compile(r"[-_/]")
_MOST_SLASHES = 3
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def hide_known_forms(text: str) -> str:
    """``text`` with a name in place of each key of a known kind, or password in an address or a command."""
    for piece, (_, instead, form) in _TELLTALES:
        if piece in text:
            text = form.sub(instead, text)
    return text


def has_long_words(text: str) -> bool:
    """Whether `hide_long_words` may find something."""
    return _may_have(text) and _LONG_WORD.search(text) is not None


def hide_long_words(text: str) -> str:
    """``text`` without the long words that only a machine makes."""
    return _LONG_WORD.sub(_hide_random_word, text) if _may_have(text) else text


def _may_have(text: str) -> bool:
    """Whether it can have one, told at once."""
    return len(text) >= _LONG and max(map(len, text.split()), default=0) >= _LONG


def _hide_random_word(found: re.Match[str]) -> str:
    """Keys change between letters and digits again and again; words, names and dates do not.

    Nor do names that are put together, each part of which has a number.
    """
    word = found[0]
    if _UUID.fullmatch(word) or word.count("/") > _MOST_SLASHES:
        return word
    changes = [len(_CHANGES.findall(part)) for part in _PARTS.split(word)]
    is_key = sum(count for count in changes if count > 1) >= _FEWEST_CHANGES
    return "<secret>" if is_key else word
