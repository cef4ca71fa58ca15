"""What stands between the user's data and the model: secrets out, commands of the tokenizer broken."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbcoder.context.secrecy import looks_random, redact, redact_code

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Guard", "as_comment"]

_ZERO_WIDTH = "\u200b"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_MOST_REWRITTEN = 20
_MOST_PARSED = 20_000


@dataclass(frozen=True)
class Guard:
    """Makes text fit for the model; ``secrets`` are known values with the names to show instead."""

    control_tokens: frozenset[str] = frozenset()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def data(self, text: str) -> str:
        """Text from values, outputs, errors or markdown."""
        text = _valid(text)
        for secret, name in self.secrets.items():
            if secret in text:
                text = text.replace(secret, f"<{name}>")
        return self.break_tokens(_CONTROL.sub(" ", redact(text)))

    def code(self, source: str) -> str:
        """A cell's source; what changes keeps its meaning, but for the secrets."""
        source = redact_code(self._code_without_known(_valid(source)))
        if not any(token in source for token in self.control_tokens):
            return source
        for _ in range(_MOST_REWRITTEN):
            found = self._first_token(source)
            if found is None:
                return source
            source = _rewrite(source, *found)
        return self.break_tokens(source)

    def break_tokens(self, text: str) -> str:
        """``text`` in which the tokenizer finds no command; it looks the same."""
        for token in self.control_tokens:
            if len(token) > 1 and token in text:
                text = text.replace(token, token[0] + _ZERO_WIDTH + token[1:])
        return text

    def _code_without_known(self, source: str) -> str:
        """A password that is a common word may be a name in the code, so only its literals are hidden."""
        for secret, name in self.secrets.items():
            if secret not in source:
                continue
            if looks_random(secret):
                source = source.replace(secret, f"<{name}>")
            for quote in "\"'":
                source = source.replace(f"{quote}{secret}{quote}", f"{quote}<{name}>{quote}")
        return source

    def _first_token(self, text: str) -> tuple[int, str] | None:
        found = [
            (text.find(token), token) for token in self.control_tokens if len(token) > 1 and token in text
        ]
        return min(found, default=None)


def as_comment(text: str, prefix: str = "# ") -> str:
    """``text`` as Python comments: no line of it can be read as code, or as words of ours."""
    return "\n".join((prefix + line).rstrip() for line in text.splitlines())


def _rewrite(source: str, at: int, token: str) -> str:
    """``source`` without the token at ``at``, written so that Python reads the same program if it can be."""
    head, first, rest = source[:at], source[at], source[at + 1 :]
    before = _tree(source)
    if before is not None:
        for written in (f"\\x{ord(first):02x}", first + " ", f'{first}" r"', f"{first}' r'"):
            changed = head + written + rest
            if not changed.startswith(token, at) and _tree(changed) == before:
                return changed
    return head + first + _ZERO_WIDTH + rest


def _tree(source: str) -> str | None:
    """The program as the parser sees it, or None for what is not plain Python."""
    if len(source) > _MOST_PARSED:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _valid(text: str) -> str:
    """``text`` that can be sent: half characters, which no encoding has, are replaced."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
