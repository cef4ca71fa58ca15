"""Where an engine answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Address"]


@dataclass(frozen=True)
class Address:
    """How to reach an engine: its URL, its key ('' for none), its Unix socket if it listens on one, and
    the name under which it serves the model ('' for the first it serves).
    """

    url: str
    key: str = field(repr=False)
    socket: Path | None
    model: str
