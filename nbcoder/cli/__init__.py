"""Adapter to the terminal: the nbcoder command."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; every failure we can explain is one line and exit status 2."""
    from nbcoder.cli.app import app  # noqa: PLC0415 - keeps `import nbcoder.cli` free of typer
    from nbcoder.cli.terminal import complain  # noqa: PLC0415
    from nbcoder.errors import NBCoderError  # noqa: PLC0415

    try:
        app()
    except NBCoderError as error:
        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        complain("stopped.")
        sys.exit(130)
