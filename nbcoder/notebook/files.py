"""Notebook files: read whole or not at all, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.errors import NotebookError

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["check_place", "read_notebook", "write_notebook"]


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
    except RecursionError as error:
        raise NotebookError(f"{path} is not a valid notebook: it is nested too deeply. Mend it.") from error
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise NotebookError(
            f"{path} is not a valid notebook: {why[:200]}. Open and save it in Jupyter."
        ) from error
    return notebook


def check_place(path: Path) -> None:
    """Find out whether a notebook can be put at ``path``, before work is done that would be lost.

    Raises
    ------
    NotebookError
        The folder is missing or not writable, or ``path`` is a folder, a device or the like.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise NotebookError(f"cannot write {path}: it is no ordinary file. Choose another place with -o.")
    try:
        tempfile.TemporaryFile(dir=target.parent).close()
    except OSError as error:
        raise NotebookError(
            f"cannot write {path}: {_reason(error)}. Choose another place with -o."
        ) from error


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
    target = path.resolve()  # a link stays one
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        # Half a surrogate pair, which a program may print, has a name in JSON and none in UTF-8.
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        _give_usual_rights(Path(temporary), target)
        Path(temporary).replace(target)
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
