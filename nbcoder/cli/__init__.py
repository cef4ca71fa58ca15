"""Adapter to the terminal: the nbcoder command."""

from __future__ import annotations

import sys

__all__ = ["main"]

_STOPPED = 130
"""What shells say of a command that ended by an interrupt."""


def main() -> None:
    """Run the command line; every failure we can explain is one line and exit status 2."""
    try:
        from nbcoder.cli.app import app  # noqa: PLC0415 - keeps `import nbcoder.cli` free of typer
        from nbcoder.cli.terminal import complain  # noqa: PLC0415
        from nbcoder.errors import NBCoderError  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.exit(_STOPPED)

    try:
        app()
    except NBCoderError as error:
        complain(str(error))
        sys.exit(2)
    except SystemExit as ended:
        if ended.code == _STOPPED:
            complain("stopped.")
        raise
