"""Room on the disk: asked for before anything large is written, and explained when it runs out anyway."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.errors import DiskFull, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["disk_explained", "free_bytes", "is_full", "require_room", "size_of", "size_text", "sizes_below"]

_ADVICE = "Free some, or set NBCODER_HOME to a folder on another disk."


def size_text(size: float) -> str:
    """``size`` in bytes as people say it: 1.2 GB, 35 MB."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}" if unit == "GB" else f"{size / factor:.0f} {unit}"
    return f"{size:.0f} bytes"


def size_of(folder: Path) -> int:
    """Bytes of all files below ``folder``; of a file itself; 0 if there is nothing."""
    return sum(sizes_below(folder)) if folder.is_dir() else _file_size(folder)


def sizes_below(folder: Path) -> Iterator[int]:
    """The size of each file below ``folder``, in bytes; others may be writing and removing there."""
    for parent, _, names in os.walk(folder):
        yield from (_file_size(Path(parent, name)) for name in names)


def _file_size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # somebody else just moved it
        return 0


def require_room(folder: Path, needed: int, what: str) -> None:
    """Check that ``needed`` bytes can be written below ``folder``, which need not exist yet.

    Raises
    ------
    DiskFull
        They cannot; the message says how much is missing.
    """
    free = free_bytes(folder)
    if free < needed:
        raise DiskFull(
            f"{what} needs {size_text(needed)} on the disk at {_mount_point(folder)}, "
            f"{size_text(needed - free)} more than is free. {_ADVICE}"
        )


def free_bytes(folder: Path) -> int:
    """Bytes that can still be written below ``folder``, which need not exist yet."""
    return shutil.disk_usage(next(place for place in _upwards(folder) if place.is_dir())).free


def _mount_point(folder: Path) -> Path:
    return next(place for place in _upwards(folder) if place.is_mount())


def _upwards(folder: Path) -> tuple[Path, ...]:
    whole = folder.absolute()
    return whole, *whole.parents


def is_full(number: int | None) -> bool:
    """Whether that error of the system's means a full disk or a used-up quota."""
    return number in {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def disk_explained(folder: Path) -> Iterator[None]:
    """Turn the system's complaints about writing below ``folder`` into `DiskFull` or `ModelError`."""
    try:
        yield
    except OSError as error:
        if is_full(error.errno):
            raise DiskFull(f"the disk at {_mount_point(folder)} is full. {_ADVICE}") from error
        raise ModelError(
            f"cannot keep models in {folder}: {error}. Mend that, or set NBCODER_HOME."
        ) from error
