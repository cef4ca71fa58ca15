"""The engine's own environment: built once, found again, mended after an interruption, removed."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.engine.build import BuildFailed, build, clean_environment, python_of, require_room
from nbcoder.engine.causes import cause_of, is_out_of_room
from nbcoder.engine.commands import CommandFailed, Commands
from nbcoder.engine.recipe import EngineKind, Recipe, recipe_for
from nbcoder.errors import EngineInstallFailed
from nbcoder.paths import data_dir, log_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbcoder.engine.hardware import Gpu
    from nbcoder.progress import Progress

__all__ = ["EngineKind", "Installed", "find_installed", "install", "install_log", "install_recipe", "remove"]

_MARKER = "nbcoder-engine.json"
_OLDEST_PYTHON, _NEWEST_PYTHON = (3, 11), (3, 14)
_MACHINES = frozenset({"x86_64", "aarch64"})
# What the CUDA 13 libraries of the locked torch need.
_OLDEST_DRIVER, _OLDEST_COMPUTE = 580, 7.5


@dataclass(frozen=True)
class Installed:
    """An environment in which vLLM can be started by ``python``; ``version`` is that of vLLM."""

    python: Path
    kind: EngineKind
    version: str


def install_log() -> Path:
    """Where the last installation wrote what pip said."""
    return log_dir() / "install.log"


def find_installed(kind: EngineKind | None = None) -> Installed | None:
    """The finished environment of ``kind``, or None; without a kind, the one for a GPU is preferred if
    this machine has NVIDIA's driver. Costs a millisecond.
    """
    if kind is not None:
        return _find(recipe_for(kind))
    # A home folder may be shared by machines with and without a GPU.
    on_gpu = _find(recipe_for("cuda")) if shutil.which("nvidia-smi") else None
    return on_gpu or _find(recipe_for("cpu"))


def install(progress: Progress, kind: EngineKind | None = None) -> Installed:
    """The environment of ``kind``, built if it is not there yet; without a kind, the machine decides.

    Raises
    ------
    EngineInstallFailed
        It cannot be built; the message is the cause and where the log is.
    """
    return install_recipe(recipe_for(kind or _choose(progress)), progress)


def install_recipe(recipe: Recipe, progress: Progress) -> Installed:
    """The environment of ``recipe``, as `install` builds it."""
    if found := _find(recipe):
        return found
    _refuse_unserved_machine()
    root = _root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        log_dir().mkdir(parents=True, exist_ok=True)
        with _alone(root / "install.lock", progress) as descriptor:
            return _find(recipe) or _build_anew(recipe, progress, descriptor)
    except OSError as error:
        raise EngineInstallFailed(
            f"installing the engine failed: {error}. Mend that, then try again."
        ) from error


def remove(kind: EngineKind | None = None) -> bool:
    """Delete every environment of ``kind`` (of any kind: None), those of older versions of nbcoder and
    half-built ones included. No engine may run from them. True if there was something to delete.
    """
    root = _root()
    if not root.is_dir():
        return False
    with _alone(root / "install.lock", None):
        folders = [folder for folder in _environments(root) if kind is None or folder.name.startswith(kind)]
        for folder in folders:
            _delete(folder)
    return bool(folders)


def _root() -> Path:
    return data_dir() / "engine"


def _folder(recipe: Recipe) -> Path:
    return _root() / f"{recipe.kind}-{recipe.key}"


def _environments(root: Path) -> list[Path]:
    return [folder for kind in ("cpu", "cuda") for folder in root.glob(f"{kind}-*")]


def _find(recipe: Recipe) -> Installed | None:
    folder = _folder(recipe)
    python = python_of(folder)
    try:
        marker = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
        # The system's Python may have moved on or gone since, and the environment's packages with it.
        intact = marker["python"] == str(python.resolve(strict=True))
        return Installed(python, recipe.kind, marker["version"]) if intact else None
    except (OSError, ValueError, KeyError):
        return None


def _build_anew(recipe: Recipe, progress: Progress, descriptor: int) -> Installed:
    root, folder, log = _root(), _folder(recipe), install_log()
    for old in _environments(root):
        if old == folder or not (old / _MARKER).exists():
            _delete(old)
    log.write_text("", encoding="utf-8")
    commands = Commands(log, clean_environment(folder), descriptor)
    try:
        require_room(root, recipe.size)
        build(recipe, folder, commands, progress)
    except BaseException as error:
        _delete(folder)
        if isinstance(error, (BuildFailed, CommandFailed)):
            raise _explained(error, recipe, log) from error
        raise
    python = python_of(folder)
    marker = {"version": recipe.version, "python": str(python.resolve(strict=True))}
    _write_whole(folder / _MARKER, json.dumps(marker))
    for old in _environments(root):
        if old != folder and old.name.startswith(recipe.kind):
            progress.say(f"{old} holds an older engine. Delete it when nothing runs from it any more.")
    return Installed(python, recipe.kind, recipe.version)


def _explained(error: BuildFailed | CommandFailed, recipe: Recipe, log: Path) -> EngineInstallFailed:
    if isinstance(error, CommandFailed) and is_out_of_room(error.output):
        try:
            require_room(_root(), recipe.size)
        except BuildFailed as failure:
            error = failure
        else:
            error = BuildFailed(
                f"the disk of {_root()} took no more; {recipe.size / 1e9:.1f} GB are needed. "
                "Look for a quota, or set NBCODER_HOME to a folder on another disk."
            )
    cause = cause_of(error.output) if isinstance(error, CommandFailed) else str(error)
    return EngineInstallFailed(f"installing the engine failed: {cause} Log: {log}")


def _refuse_unserved_machine() -> None:
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        where = f"{platform.system()} on {platform.machine()}"
        raise EngineInstallFailed(
            f"there is no vLLM for {where}. Run an engine on a Linux machine and set NBCODER_ENGINE_URL."
        )
    version = sys.version_info[:2]
    if not _OLDEST_PYTHON <= version <= _NEWEST_PYTHON or platform.python_implementation() != "CPython":
        here = f"{platform.python_implementation()} {platform.python_version()}"
        raise EngineInstallFailed(f"vLLM has no wheels for {here}. Use nbcoder with CPython 3.11 to 3.14.")


def _choose(progress: Progress) -> EngineKind:
    from nbcoder.engine.hardware import look  # noqa: PLC0415 - loads psutil, which finding does not need

    gpus = look().gpus
    if gpus and not any(map(_serves, gpus)):
        gpu = gpus[0]
        progress.say(
            f"{gpu.name} (driver {gpu.driver}, compute capability {gpu.compute}) is too old for vLLM, which "
            f"needs {_OLDEST_DRIVER} and {_OLDEST_COMPUTE}; so the CPU is used."
        )
    return "cuda" if any(map(_serves, gpus)) else "cpu"


def _serves(gpu: Gpu) -> bool:
    return gpu.driver >= _OLDEST_DRIVER and gpu.compute >= _OLDEST_COMPUTE


@contextmanager
def _alone(lock: Path, progress: Progress | None) -> Iterator[int]:
    """Hold ``lock``, as a descriptor which children may inherit and thereby hold as well.

    That is why this is not a `filelock`: those keep the descriptor to themselves.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if progress is not None:
                progress.say("Another installation is under way; waiting for it.")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _delete(folder: Path) -> None:
    # Without its marker it is no environment any more, however far the deletion gets.
    (folder / _MARKER).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _write_whole(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
