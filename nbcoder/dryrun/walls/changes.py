"""Which files a dry run created, changed and deleted, read from the upper folders of its overlays."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nbcoder.dryrun.walls.overlay import Layer

__all__ = ["FileChanges", "is_noise", "list_changes", "shown_path"]

_MOST_LISTED: Final = 200
_MOST_VISITED: Final = 20_000
_COMPARED_BYTES: Final = 1 << 24
_NOISE_PARTS: Final = frozenset({"__pycache__", ".cache", ".ipython", ".nv", "profile_default"})
_NOISE_STARTS: Final = (
    "joblib_memmapping_folder_",
    "pymp-",
    "sem.",
    "loky-",
    "ipykernel_",
    "psm_",
    ".nbcoder",
)
_MADE_BY_MATPLOTLIB: Final = ("/.config", "/.config/matplotlib")


@dataclass
class FileChanges:
    """Paths, as `shown_path` writes them; a folder ends with a slash."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)


def shown_path(path: str, cwd: str) -> str:
    """``path`` as the report shows it: relative where it is inside ``cwd``."""
    prefix = cwd.rstrip("/") + "/"
    return path[len(prefix) :] if cwd and path.startswith(prefix) else path


def is_noise(path: str) -> bool:
    """Whether ``path`` belongs to a cache or to a library's workings, and so is no effect of the code's."""
    return any(part in _NOISE_PARTS or part.startswith(_NOISE_STARTS) for part in path.split("/"))


def list_changes(layers: Iterable[Layer], cwd: str) -> FileChanges:
    """What is in the upper folders, compared with the lower ones."""
    changes = FileChanges()
    for layer in layers:
        with suppress(OSError):
            _Walk(layer, cwd, changes).run()
    return changes


class _Walk:
    def __init__(self, layer: Layer, cwd: str, changes: FileChanges) -> None:
        self._layer, self._cwd, self._changes = layer, cwd, changes
        self._left = _MOST_VISITED

    def run(self) -> None:
        self._folder("", fresh=False)

    def _folder(self, relative: str, *, fresh: bool) -> None:
        for name in sorted(self._names(relative)):
            self._left -= 1
            if self._left < 0:
                return
            path = f"{relative}/{name}" if relative else name
            if not is_noise(path):
                with suppress(OSError):
                    self._entry(path, fresh=fresh)

    def _names(self, relative: str) -> Iterator[str]:
        fd = os.open(relative or ".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._layer.upper)
        try:
            yield from os.listdir(fd)
        finally:
            os.close(fd)

    def _entry(self, path: str, *, fresh: bool) -> None:
        upper = os.stat(path, dir_fd=self._layer.upper, follow_symlinks=False)
        lower = None if fresh else self._below(path)
        if stat.S_ISCHR(upper.st_mode) and upper.st_rdev == 0:
            self._note(
                self._changes.deleted, path + "/" * (lower is not None and stat.S_ISDIR(lower.st_mode))
            )
        elif stat.S_ISDIR(upper.st_mode):
            is_new = lower is None or not stat.S_ISDIR(lower.st_mode)
            if is_new and not f"/{path}".endswith(_MADE_BY_MATPLOTLIB):
                self._note(self._changes.created, path + "/")
            self._folder(path, fresh=is_new)
        elif lower is None:
            self._note(self._changes.created, path)
        elif not self._is_same(path, upper, lower):
            self._note(self._changes.changed, path)
        elif upper.st_mtime_ns != lower.st_mtime_ns:
            self._note(self._changes.rewritten, path)

    def _below(self, path: str) -> os.stat_result | None:
        try:
            return os.stat(path, dir_fd=self._layer.lower, follow_symlinks=False)
        except OSError:
            return None

    def _is_same(self, path: str, upper: os.stat_result, lower: os.stat_result) -> bool:
        """An overlay copies a file when it is opened for writing, whether it is then written or not."""
        if (upper.st_size, upper.st_mode) != (lower.st_size, lower.st_mode):
            return False
        if not stat.S_ISREG(upper.st_mode) or upper.st_mtime_ns == lower.st_mtime_ns:
            return upper.st_mtime_ns == lower.st_mtime_ns
        if upper.st_size > _COMPARED_BYTES:
            return False
        return self._content(path, self._layer.upper) == self._content(path, self._layer.lower)

    @staticmethod
    def _content(path: str, folder: int) -> bytes:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb") as file:
            return file.read()

    def _note(self, where: list[str], path: str) -> None:
        if len(where) < _MOST_LISTED:
            where.append(shown_path(f"{self._layer.point.rstrip('/')}/{path}", self._cwd))
