"""Notebook files: read whole or not at all, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.errors import NotebookError

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["read_notebook", "write_notebook"]


def read_notebook(path: Path) -> NotebookNode:
    """The notebook at ``path`` in the newest format, each cell with an id.

    Raises
    ------
    NotebookError
        The file is missing, is no notebook, or breaks the format.
    """
    import nbformat  # noqa: PLC0415 - costs 100 ms, and the kernel reads no files
    from nbformat.validator import normalize  # noqa: PLC0415

    try:
        raw = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotebookError(
            f"cannot read {path}: {_reason(error)}. Check the name and the rights."
        ) from error
    try:
        notebook: NotebookNode = nbformat.reads(raw, as_version=4)
        _, notebook = normalize(notebook)
        nbformat.validate(notebook)
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise NotebookError(
            f"{path} is not a valid notebook: {why[:200]}. Open and save it in Jupyter."
        ) from error
    return notebook


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Put ``notebook`` at ``path``; a failure leaves what was there.

    Raises
    ------
    NotebookError
        The folder is missing, not writable, or the disk is full.
    """
    import nbformat  # noqa: PLC0415 - costs 100 ms, and the kernel writes no files

    text = nbformat.writes(notebook, version=4)
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        _give_usual_rights(Path(temporary), path)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise NotebookError(
            f"cannot write {path}: {_reason(error)}. Choose another place with -o."
        ) from error


def _give_usual_rights(temporary: Path, target: Path) -> None:
    """A temporary file is private; the notebook gets the rights it had, or those of any new file."""
    try:
        mode = target.stat().st_mode & 0o777
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
    temporary.chmod(mode)


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
