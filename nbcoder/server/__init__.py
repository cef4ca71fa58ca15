"""Adapter to Jupyter Server: what the browser asks for without a kernel.

Only Jupyter Server imports what is in here, so that nbcoder itself does not depend on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.extension.application import ExtensionApp

__all__: list[str] = []


def _jupyter_server_extension_points() -> list[dict[str, str | type[ExtensionApp]]]:
    """What Jupyter Server loads; it looks for this name."""
    from nbcoder.server.extension import NBCoderServer  # noqa: PLC0415 - needs Jupyter Server

    return [{"module": "nbcoder.server", "app": NBCoderServer}]
