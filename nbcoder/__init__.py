"""nbcoder: notebook cells from a local model, already run on your live data before you accept them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcoder._version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["__version__", "load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give a notebook its magics; called by ``%load_ext nbcoder``."""
    from nbcoder.kernel import load  # noqa: PLC0415 - the CLI and the server need no IPython

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away again; called by ``%unload_ext nbcoder``."""
    from nbcoder.kernel import unload  # noqa: PLC0415 - the CLI and the server need no IPython

    unload(shell)
