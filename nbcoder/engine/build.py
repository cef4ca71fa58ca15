"""Build the engine's environment: an empty one, a recent pip, torch, then vLLM with all it needs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from typing import TYPE_CHECKING

from nbcoder.engine.causes import absent_package, is_out_of_room, is_wrong_hash, last_words
from nbcoder.engine.commands import CommandFailed, Commands, Unwatched
from nbcoder.engine.pip_watch import PipWatch, count_packages
from nbcoder.texts import Text

if TYPE_CHECKING:
    from pathlib import Path

    from nbcoder.engine.recipe import Recipe
    from nbcoder.progress import Bar, Progress

__all__ = ["BuildFailed", "build", "clean_environment", "python_of", "require_room"]

# Without bytecode: the check compiles the part that is used, which takes a quarter of the time.
_AS_LOCKED = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile", "--no-user")
_ADVICE = "Install them for it (on Debian and Ubuntu: apt install python3-venv), then try again."

# What of the user's pip settings is about reaching a package index. Others (PIP_USER, PIP_TARGET,
# PIP_CONSTRAINT ...) would put the packages elsewhere or contradict the lock.
_PIP_SETTINGS = frozenset(
    {
        "PIP_CACHE_DIR",
        "PIP_CERT",
        "PIP_CLIENT_CERT",
        "PIP_CONFIG_FILE",
        "PIP_DEFAULT_TIMEOUT",
        "PIP_EXTRA_INDEX_URL",
        "PIP_FIND_LINKS",
        "PIP_INDEX_URL",
        "PIP_KEYRING_PROVIDER",
        "PIP_NO_CACHE_DIR",
        "PIP_NO_INDEX",
        "PIP_PROXY",
        "PIP_RETRIES",
        "PIP_TIMEOUT",
        "PIP_TRUSTED_HOST",
    }
)


class BuildFailed(Exception):
    """The environment cannot be built; ``str()`` is one line that says why and what to do."""


def require_room(folder: Path, size: int) -> None:
    """See that ``size`` bytes fit on the disk of ``folder``.

    Raises
    ------
    BuildFailed
        They do not.
    """
    free = shutil.disk_usage(folder).free
    if free < size:
        raise BuildFailed(
            f"there is no room: it needs {size / 1e9:.1f} GB in {folder}, {(size - free) / 1e9:.1f} GB more "
            "than is free. Free some, or set NBCODER_HOME to a folder on another disk."
        )


def python_of(folder: Path) -> Path:
    """The Python of the environment ``folder``."""
    return folder / "bin" / "python"


def clean_environment(folder: Path) -> dict[str, str]:
    """Our environment variables for building in ``folder``, without what would lead pip or Python astray."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PIP_", "VIRTUAL_ENV", "CONDA_")) or name in _PIP_SETTINGS
    }
    return kept | {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        # Downloads go through here: /tmp is often small, or in memory.
        "TMPDIR": str(folder / "tmp"),
        "UV_CACHE_DIR": str(folder / "tmp" / "uv"),
        "UV_NO_PROGRESS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_NO_USAGE_STATS": "1",
    }


def build(recipe: Recipe, folder: Path, commands: Commands, progress: Progress) -> None:
    """Make the environment ``folder``, which must not exist yet, and see that vLLM starts in it.

    Raises
    ------
    CommandFailed
        A step failed; its output tells why.
    BuildFailed
        This Python cannot make environments, there is no room, or what was built does not start.
    """
    locks = [recipe.pip, recipe.packages, *([recipe.torch] if recipe.torch else [])]
    total = sum(map(count_packages, locks))
    with progress.bar(Text("Installing vLLM %1 (%2)", recipe.version, recipe.kind), total, "packages") as bar:
        builder = _Builder(recipe, folder, commands, bar)
        builder.make_environment()
        if recipe.torch is not None:
            builder.install_torch(recipe.torch, progress)
        builder.install_packages(recipe.packages)
        builder.check()
    shutil.rmtree(folder / "tmp", ignore_errors=True)


class _Builder:
    def __init__(self, recipe: Recipe, folder: Path, commands: Commands, bar: Bar) -> None:
        self._recipe, self._folder, self._commands, self._bar = recipe, folder, commands, bar
        self._python = python_of(folder)

    def make_environment(self) -> None:
        self._bar.note("preparing")
        if not importlib.util.find_spec("venv"):
            raise BuildFailed(f"{sys.executable} cannot make environments. {_ADVICE}")
        self._run(sys.executable, "-I", "-m", "venv", "--without-pip", self._folder)
        (self._folder / "tmp").mkdir()
        if importlib.util.find_spec("pip"):
            pip: tuple[str | Path, ...] = (sys.executable, "-I", "-m", "pip", "--python", self._python)
        elif importlib.util.find_spec("ensurepip"):
            self._run(self._python, "-I", "-m", "ensurepip")
            pip = (self._python, "-I", "-m", "pip")
        else:
            raise BuildFailed(f"{sys.executable} has neither pip nor ensurepip. {_ADVICE}")
        self._run(*pip, "install", *_AS_LOCKED, "-r", self._recipe.pip)
        self._bar.advance(count_packages(self._recipe.pip))

    def install_packages(self, lock: Path, worth: float = 1.0) -> None:
        pip = (self._python, "-I", "-u", "-m", "pip", "install", "--progress-bar", "raw")
        watch = PipWatch(self._bar, self._folder, worth)
        self._commands.run([*pip, *_AS_LOCKED, "-r", lock], watch)

    def install_torch(self, lock: Path, progress: Progress) -> None:
        """From the user's own sources, else from torch's (uv knows the address), else another build."""
        try:
            self.install_packages(lock)
        except CommandFailed as failure:
            if absent_package(failure.output) is None:
                raise
        else:
            return
        try:
            self._install_torch_by_uv(lock)
        except CommandFailed as failure:
            if is_out_of_room(failure.output) or is_wrong_hash(failure.output):
                raise
        else:
            return
        more = self._recipe.other_torch_size
        progress.say(
            "No source of torch's CPU build answers, so its CUDA build is taken, which runs on the CPU as "
            f"well but takes {more / 1e9:.1f} GB. To avoid that, let pip find the CPU build (`find-links`)."
        )
        require_room(self._folder, more)
        other = self._recipe.other_torch
        self.install_packages(other, worth=1 / count_packages(other))

    def _install_torch_by_uv(self, lock: Path) -> None:
        self._bar.note("fetching torch")
        pip = (self._python, "-I", "-m", "pip", "install", *_AS_LOCKED)
        self._run(*pip, "-r", self._recipe.uv)
        uv = (self._folder / "bin" / "uv", "pip", "install", "--python", self._python)
        strict = ("--no-deps", "--require-hashes", "--no-build")
        self._run(*uv, *strict, "--torch-backend", "cpu", "-r", lock)
        self._bar.advance(count_packages(lock))

    def check(self) -> None:
        """Start what will be the engine, which also leaves its modules compiled for the first real start."""
        self._bar.note("checking that vLLM starts")
        try:
            self._run(self._python, "-I", *self._recipe.check)
        except CommandFailed as failure:
            raise BuildFailed(f"vLLM does not start here: {last_words(failure.output)}.") from failure

    def _run(self, *command: str | Path) -> None:
        self._commands.run(command, Unwatched())
