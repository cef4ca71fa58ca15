"""Adapter to IPython: magics, the session, the comm to the frontend."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Register magics, hooks and the comm target with ``shell``."""


def unload(shell: InteractiveShell) -> None:
    """Take back what `load` did."""
