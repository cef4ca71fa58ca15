"""What a dry run needs of IPython's shell; the kernel's fits."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Shell"]


class Shell(Protocol):
    """IPython's ``InteractiveShell``, as far as it is used from the kernel's side."""

    user_ns: dict[str, Any]
    user_ns_hidden: dict[str, Any]
    input_transformer_manager: Any
    """Makes a cell plain Python, looking at its text only; the shell's own way looks at live objects too."""
