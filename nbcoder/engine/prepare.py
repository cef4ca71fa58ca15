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
from nbcoder.models.catalogue import find
from nbcoder.models.chat import chat_template_file
from nbcoder.models.choose import default_model
from nbcoder.models.harmony import write_vocabulary
from nbcoder.models.recognise import family_of
from nbcoder.models.store import pull
from nbcoder.models.suitable import Suitable, architectures_in
from nbcoder.paths import data_dir, private_dir

if TYPE_CHECKING:
    from nbcoder.engine.run_folder import RunFolder
    from nbcoder.engine.shape import ModelShape
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
    suitable = Suitable(machine.hardware, machine.installed.python)
    model = pull(settings.model if asked else name, machine.installed.python, progress, suitable)
    suitable.require_architecture(name, architectures_in(model))
    shape = _trained(read_shape(model), name)
    room = make_room(shape, machine.hardware, machine.installed.kind)
    family = family_of(settings.model if asked else name, model)
    cache = private_dir(data_dir() / "vllm-cache")
    vocabulary = write_vocabulary(model, cache / "harmony") if family.harmony else None
    serving = Serving(name, model, shape, room, chat_template_file(family, model), vocabulary)
    places = Places(folder.new_socket(), cache)
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


def _trained(shape: ModelShape, name: str) -> ModelShape:
    """``shape`` with the context that the model was trained with, which its configuration may exceed."""
    known = find(name)
    return replace(shape, context=min(shape.context, known.context)) if known else shape


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
