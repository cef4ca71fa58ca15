"""From the user's settings to an order for the supervisor: which vLLM, which model, how much memory."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from nbcoder.engine.flags import Machine, Places, Serving, arguments, command, environment
from nbcoder.engine.hardware import look
from nbcoder.engine.install import find_installed
from nbcoder.engine.naming import served_name
from nbcoder.engine.order import Order
from nbcoder.engine.room import make_room
from nbcoder.engine.shape import read_shape
from nbcoder.errors import EngineNotInstalled
from nbcoder.models.choose import default_model
from nbcoder.models.store import pull
from nbcoder.paths import data_dir, private_dir

if TYPE_CHECKING:
    from nbcoder.engine.run_folder import RunFolder
    from nbcoder.progress import Progress
    from nbcoder.settings import Settings

__all__ = ["prepare"]


def prepare(settings: Settings, folder: RunFolder, progress: Progress) -> Order:
    """All that the supervisor has to know; the model is fetched if it is not on this machine.

    Raises
    ------
    EngineNotInstalled
        There is no vLLM here.
    ModelError
        The model cannot be had, or is broken.
    EngineStartFailed
        There is not enough memory.
    OSError
        The private folder for the socket cannot be made.
    """
    machine = _machine()
    asked = served_name(settings.model)
    name = asked or default_model(machine.hardware).name
    model = pull(settings.model if asked else name, machine.installed.python, progress)
    shape = read_shape(model)
    serving = Serving(name, model, shape, make_room(shape, machine.hardware, machine.installed.kind))
    places = Places(folder.new_socket(), private_dir(data_dir() / "vllm-cache"))
    key = folder.make_key()
    return Order(
        command=command(machine),
        arguments=arguments(machine, serving, places),
        environment=environment(machine, serving, places, key, os.environ),
        model=name,
        socket=places.socket,
        key=key,
        start_timeout=settings.start_timeout,
        idle=settings.idle_minutes * 60,
    )


def _machine() -> Machine:
    installed = find_installed()
    if installed is None:
        raise EngineNotInstalled("vLLM is not installed. Run `nbcoder engine install`.")
    hardware = look()
    if installed.kind == "cpu":
        hardware = replace(hardware, gpus=())
    has_affinity = hasattr(os, "sched_getaffinity")
    cpus = sorted(os.sched_getaffinity(0)) if has_affinity else list(range(hardware.cores))
    return Machine(installed, hardware, cpus)
