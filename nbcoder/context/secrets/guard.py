"""What stands between the user's data and the model: secrets out, and nothing that cannot be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbcoder.context.secrets.code_redaction import redact_code
from nbcoder.context.secrets.redaction import redact
from nbcoder.context.secrets.secrecy import looks_random

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Guard", "as_comment"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True)
class Guard:
    """Makes text fit for the model; ``secrets`` are known values with the names to show instead."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def data(self, text: str) -> str:
        """Text from values, outputs, errors or markdown."""
        text = _valid(text)
        for secret, name in self.secrets.items():
            if secret in text:
                text = text.replace(secret, f"<{name}>")
        return _CONTROL.sub(" ", redact(text))

    def code(self, source: str) -> str:
        """A cell's source without its secrets."""
        return redact_code(self._code_without_known(_valid(source)))

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


def as_comment(text: str, prefix: str = "# ") -> str:
    """``text`` as Python comments: no line of it can be read as code, or as words of ours."""
    return "\n".join((prefix + line).rstrip() for line in text.splitlines())


def _valid(text: str) -> str:
    """``text`` that can be sent: half characters, which no encoding has, are replaced."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
