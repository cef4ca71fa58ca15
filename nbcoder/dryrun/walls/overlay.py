"""Overlays for the copy: what it writes, changes or deletes goes to folders in memory.

All else is read-only.
The upper folders of the overlays are listed afterwards and vanish with the copy.
"""

from __future__ import annotations

import itertools
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nbcoder.dryrun.system import linux
from nbcoder.dryrun.walls.mounts import is_within, mounts_below_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Layer", "Overlay"]

_PLACE: Final = "/sys"
"""A folder that every Linux has: the memory is mounted there while the overlays are made."""
_MOST_LAYERS: Final = 16
_DEVICES: Final = ("null", "zero", "full", "random", "urandom")
_LINKS: Final = {
    "fd": "/proc/self/fd",
    "ptmx": "pts/ptmx",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}


@dataclass(frozen=True)
class Layer:
    """One overlay: where it is seen, and its lower and upper folders as descriptors."""

    point: str
    lower: int
    upper: int


@dataclass
class Overlay:
    """The files of a process that has left its mount namespace, and its user namespace if ``own_user``."""

    bytes: int
    own_user: bool
    layers: list[Layer] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def build(self, places: Iterable[str]) -> None:
        """Mount everything; ``places`` are paths that the code may write to.

        Raises
        ------
        OSError
            The system refuses overlays here.
        """
        mounts = [] if self.own_user else mounts_below_root()
        folders = _likely_folders(places) if self.own_user else []
        linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
        linux.mount_setattr("/", add=linux.ATTR_RDONLY | linux.ATTR_NODEV)
        system = os.open(_PLACE, os.O_PATH | os.O_CLOEXEC)
        linux.mount("tmpfs", _PLACE, "tmpfs", linux.MS_NOSUID, f"size={self.bytes},mode=0755")
        if self.own_user:
            self._cover(folders)
            self._build_devices("/dev")
            linux.umount(_PLACE, linux.MNT_DETACH)
        else:
            root = f"{_PLACE}/root"
            Path(root).mkdir()
            self._add_layer("/", root)
            for mount in mounts:
                self._show(mount.point, root + mount.point, read_only=mount.read_only)
            self._build_devices(root + "/dev")
            _bind("/proc", root + "/proc")
            _bind(f"/proc/self/fd/{system}", root + "/sys")
            linux.pivot_into(root)
        os.close(system)

    def close(self) -> None:
        """Let go of the folders."""
        for layer in self.layers:
            os.close(layer.lower)
            os.close(layer.upper)
        self.layers.clear()

    def _cover(self, folders: list[str]) -> None:
        """Overlays in place, over the folders that this user may write to.

        A user namespace allows no more: none over the root, because there are mounts below it, and none of
        folders of others, because their owners are not known in it.
        """
        refused: OSError | None = None
        for folder in folders:
            is_covered = any(is_within(folder, layer.point) for layer in self.layers)
            if not is_covered and len(self.layers) < _MOST_LAYERS:
                try:
                    self._add_layer(folder, folder)
                except OSError as error:  # there are mounts below it; a folder inside it may do
                    refused = error
        if not self.layers and refused is not None:
            raise refused

    def _add_layer(self, point: str, target: str) -> None:
        number = next(self._numbers)
        upper, work = (f"{_PLACE}/{kind}{number}" for kind in ("upper", "work"))
        lower = os.open(point, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            Path(upper).mkdir()
            Path(work).mkdir()
            Path(upper).chmod(stat.S_IMODE(os.stat(lower).st_mode))
            options = f"lowerdir=/proc/self/fd/{lower},upperdir={upper},workdir={work}"
            if self.own_user:
                options += ",userxattr"
            linux.mount("overlay", target, "overlay", linux.MS_NOSUID, options)
        except OSError:
            os.close(lower)
            raise
        self.layers.append(Layer(point, lower, os.open(upper, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)))

    def _show(self, point: str, target: str, *, read_only: bool) -> None:
        """Show the mount at ``point`` in the new root.

        One that cannot be shown looks empty there; the code then says what it misses.
        """
        with suppress(OSError):
            if not read_only and len(self.layers) < _MOST_LAYERS and Path(point).is_dir():
                with suppress(OSError):
                    self._add_layer(point, target)
                    return
            _bind(point, target)

    def _build_devices(self, target: str) -> None:
        folder = Path(f"{_PLACE}/dev")
        folder.mkdir()
        for name in _DEVICES:
            (folder / name).touch()
            _bind(f"/dev/{name}", str(folder / name))
            linux.mount_setattr(str(folder / name), clear=linux.ATTR_NODEV, recursive=False)
        for name, to in _LINKS.items():
            (folder / name).symlink_to(to)
        for name in ("pts", "shm"):
            (folder / name).mkdir()
        (folder / "shm").chmod(0o1777)
        with suppress(OSError):  # without it there are no pseudo-terminals
            options = "newinstance,ptmxmode=0666,mode=0620"
            linux.mount("devpts", str(folder / "pts"), "devpts", linux.MS_NOSUID | linux.MS_NOEXEC, options)
        with suppress(OSError):  # without it shared memory starts empty
            self._add_layer("/dev/shm", str(folder / "shm"))  # noqa: S108 - that very folder
        _bind(str(folder), target)


def _bind(source: str, target: str) -> None:
    linux.mount(source, target, None, linux.MS_BIND | linux.MS_REC)


def _likely_folders(places: Iterable[str]) -> list[str]:
    """Real paths of the folders that are likely to be written to and may be, those above others first."""
    usual = [_cwd(), "~", tempfile.gettempdir(), "/tmp", "/var/tmp"]  # noqa: S108 - the system's own
    found: set[str] = set()
    for place in (*usual, *places):
        with suppress(OSError, ValueError):  # a link out of reach, a text that cannot name a file
            path = Path(os.path.realpath(os.path.expanduser(place))) if place else Path("/")
            found |= {str(part) for part in (path, *path.parents) if part != Path("/") and _takes_files(part)}
    return sorted(found, key=len)


def _takes_files(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and os.path.isdir(folder)


def _cwd() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return ""
