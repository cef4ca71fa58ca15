"""What a dry run needs of IPython's shell; the kernel's fits."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Shell"]


class Shell(Protocol):
    """IPython's ``InteractiveShell``, as far as it is used from the kernel's side."""

    user_ns: dict[str, Any]
    user_ns_hidden: dict[str, Any]
