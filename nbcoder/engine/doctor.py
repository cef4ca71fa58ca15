"""Checks everything the engine needs, and says what to do about what is wrong."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.engine.hardware import look
from nbcoder.engine.install import find_installed
from nbcoder.engine.naming import served_name
from nbcoder.engine.probe import NotAnswering, Probe
from nbcoder.engine.room import make_room
from nbcoder.engine.run_folder import LONGEST_FOLDER, RunFolder
from nbcoder.engine.shape import read_shape
from nbcoder.errors import EngineError, ModelError
from nbcoder.models.choose import default_model
from nbcoder.models.store import locate, verify
from nbcoder.paths import data_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.engine.hardware import Hardware
    from nbcoder.engine.install import Installed
    from nbcoder.engine.state import EngineState
    from nbcoder.settings import Settings

__all__ = ["Check", "examine"]

_PACKAGES = ("vllm", "torch", "transformers", "safetensors", "fastapi", "uvicorn")
_FIND = "import importlib.util, sys; print(*(p for p in sys.argv[1:] if not importlib.util.find_spec(p)))"
_LEAST_DISK = 2e9
_LEAST_SHARED_MEMORY = 64e6


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found, and what to do if it is not ``ok``."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


def examine(settings: Settings) -> list[Check]:
    """Look at everything; nothing is changed, started or fetched."""
    if settings.engine_url:
        return [_remote(settings)]
    return list(_ours(settings))


def _remote(settings: Settings) -> Check:
    from nbcoder.engine.address import Address  # noqa: PLC0415 - only for an engine elsewhere
    from nbcoder.engine.client import HttpEngine  # noqa: PLC0415 - loads the HTTP client

    address = Address(settings.engine_url, settings.engine_key, None, settings.engine_model)
    try:
        with HttpEngine(address, settings) as engine:
            info = engine.info()
    except EngineError as error:
        return Check("engine elsewhere", False, str(error), "Check engine_url, engine_key and engine_model.")
    version = f", vLLM {info.version}" if info.version else ""
    detail = f"{info.model}, {info.context_length} tokens{version}"
    return Check("engine elsewhere", True, detail)


def _ours(settings: Settings) -> Iterator[Check]:
    folder = RunFolder()
    state = folder.state()
    installed = find_installed()
    hardware = look()
    yield _environment(installed)
    yield _hardware(hardware, installed)
    if installed is not None and installed.kind == "cuda":
        yield _compiler()
    yield from _model(settings, hardware, installed, state)
    yield _private_folder(folder)
    yield _socket_path(folder)
    yield _key(folder)
    yield _engine(folder, state)
    yield _usage_statistics(state)
    yield _disk()
    if sys.platform == "linux":
        yield _shared_memory()


def _environment(installed: Installed | None) -> Check:
    name, advice = "vLLM", "Run `nbcoder engine install`."
    if installed is None:
        return Check(name, False, "not installed", advice)
    command = [str(installed.python), "-I", "-c", _FIND, *_PACKAGES]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode or result.stdout.strip():
        lacking = result.stdout.strip() or "a Python that runs"
        place = installed.python.parent.parent
        return Check(
            name, False, f"{place} lacks {lacking}", f"Delete {place}, then run `nbcoder engine install`."
        )
    return Check(name, True, f"{installed.version} for {installed.kind}, in {installed.python.parent.parent}")


def _hardware(hardware: Hardware, installed: Installed | None) -> Check:
    gpus = [
        f"{gpu.name} ({gpu.free_bytes / 1e9:.1f} of {gpu.memory_bytes / 1e9:.1f} GB free)"
        for gpu in hardware.gpus
    ]
    memory = f"{hardware.available_bytes / 1e9:.1f} of {hardware.ram_bytes / 1e9:.1f} GB free"
    detail = ", ".join([f"{hardware.cores} cores", memory, *(gpus or ["no GPU"])])
    is_wrong = installed is not None and installed.kind == "cuda" and not gpus
    return Check(
        "hardware", not is_wrong, detail, "vLLM for GPUs is installed: check that `nvidia-smi` lists one."
    )


def _compiler() -> Check:
    found = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    return Check(
        "C compiler",
        found is not None,
        found or "none",
        "Install gcc: kernels are compiled at the first start.",
    )


def _model(
    settings: Settings, hardware: Hardware, installed: Installed | None, state: EngineState
) -> Iterator[Check]:
    kind = installed.kind if installed else "cpu"
    usable = hardware if kind == "cuda" else replace(hardware, gpus=())
    name = settings.model if served_name(settings.model) else default_model(usable).name
    place = locate(name)
    if place is None:
        yield Check("model", False, f"{name} is not on this machine", f"Run `nbcoder model pull {name}`.")
        return
    try:
        verify(place)
        shape = read_shape(place)
    except ModelError as error:
        yield Check(
            "model",
            False,
            str(error),
            f"Run `nbcoder model remove {name}`, then `nbcoder model pull {name}`.",
        )
        return
    yield Check("model", True, f"{name}, {shape.weight_bytes / 1e9:.1f} GB, whole, in {place}")
    if state.is_running:
        return
    try:
        room = make_room(shape, usable, kind)
    except EngineError as error:
        yield Check(
            "memory", False, str(error), "Close other programs, or set NBCODER_MODEL to a smaller model."
        )
        return
    yield Check("memory", True, f"enough for {name} with a context of {room.context} tokens")


def _private_folder(folder: RunFolder) -> Check:
    name = "private folder"
    try:
        about = folder.path.lstat()
    except FileNotFoundError:
        return Check(name, True, f"{folder.path}, made at the first start")
    is_open = about.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
        return Check(name, False, f"{folder.path} is not a folder of yours", f"Remove {folder.path}.")
    mode = stat.filemode(about.st_mode)
    return Check(name, not is_open, f"{folder.path}, {mode}", f"Run `chmod 700 {folder.path}`.")


def _socket_path(folder: RunFolder) -> Check:
    if len(os.fsencode(folder.path)) <= LONGEST_FOLDER:
        return Check("socket", True, f"in {folder.path}")
    return Check(
        "socket", True, "in a temporary folder, for the path of the private one is too long for a socket"
    )


def _key(folder: RunFolder) -> Check:
    if not folder.has_key():
        return Check("key", True, "made at the first start")
    detail = "private" if folder.key() else "others may have read or written it, or it is no key"
    return Check("key", bool(folder.key()), detail, "Run `nbcoder engine restart`: that makes a new one.")


def _engine(folder: RunFolder, state: EngineState) -> Check:
    name, advice = "engine", "Run `nbcoder engine restart`; see `nbcoder engine logs`."
    if state.phase == "starting":
        return Check(name, True, f"starting {state.model}: {state.step}")
    if state.phase == "failed":
        return Check(name, False, f"failed: {state.cause}", advice)
    if state.phase == "stopped" or state.socket is None:
        return Check(name, True, "not running; it starts when it is needed")
    try:
        Probe(state.socket, state.model, folder.key()).generate_a_token()
    except NotAnswering as error:
        return Check(name, False, f"no token came: {error}", advice)
    return Check(name, True, f"{state.model} generated a token, vLLM {state.version}")


def _usage_statistics(state: EngineState) -> Check:
    name = "usage statistics"
    if not state.is_running or state.pid is None:
        return Check(name, True, "switched off at each start")
    import psutil  # noqa: PLC0415 - only for a running engine

    try:
        is_off = psutil.Process(state.pid).environ().get("VLLM_NO_USAGE_STATS") == "1"
    except psutil.Error as error:
        return Check(
            name, False, f"process {state.pid} cannot be looked at: {error}", "Run `nbcoder engine restart`."
        )
    return Check(name, is_off, "off" if is_off else "on", "Run `nbcoder engine restart`.")


def _disk() -> Check:
    place = data_dir()
    existing = next(path for path in (place, *place.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / 1e9:.1f} GB free for {place}"
    return Check(
        "disk", free >= _LEAST_DISK, detail, "Free some, or set NBCODER_HOME to a folder on another disk."
    )


def _shared_memory() -> Check:
    try:
        free = shutil.disk_usage(Path("/dev/shm")).free  # noqa: S108 - looked at, not written
    except OSError:
        free = 0
    detail = f"{free / 1e9:.2f} GB free in /dev/shm"
    return Check(
        "shared memory", free >= _LEAST_SHARED_MEMORY, detail, "Start the container with --shm-size=1g."
    )
