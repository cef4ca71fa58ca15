"""What the routes say about engine, models and log."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

from nbcoder.engine import process
from nbcoder.engine.hardware import look
from nbcoder.errors import NBCoderError
from nbcoder.models.catalogue import catalogue
from nbcoder.models.choose import default_model, fits
from nbcoder.models.store import stored
from nbcoder.server.bodies import BadBody
from nbcoder.server.control import Conflict
from nbcoder.settings import load_settings
from nbcoder.texts import Text, packed

if TYPE_CHECKING:
    from nbcoder.server.control import Control
    from nbcoder.server.engines import Engines
    from nbcoder.server.wire import EngineStatus, LogTail, ModelList, ModelRow
    from nbcoder.texts import Line

__all__ = ["engine_status", "known_model", "log_tail", "model_list"]


async def engine_status(engines: Engines, control: Control) -> EngineStatus:
    """How the engine is at this moment."""
    if load_settings().engine_url:
        status = await _elsewhere(engines)
    else:
        status = _ours(control)
        status["device"] = await asyncio.to_thread(_device)
    if status["phase"] == "ready" and (activity := await engines.activity()):
        status["running"], status["waiting"] = int(activity.running), int(activity.waiting)
    return status


def model_list() -> ModelList:
    """The models of the catalogue and those on this machine."""
    hardware = look()
    here = {model.name: model for model in stored()}
    default = default_model(hardware).name
    known: list[ModelRow] = [
        {
            "name": model.name,
            "parameters": model.parameters,
            "memory": model.weight_bytes,
            "missing": fits(model, hardware).missing_bytes,
            "here": model.name in here,
            "default": model.name == default,
            "licence": model.licence,
        }
        for model in catalogue()
    ]
    names = {row["name"] for row in known}
    others: list[ModelRow] = [
        {
            "name": name,
            "parameters": 0.0,
            "memory": here[name].size,
            "missing": 0,
            "here": True,
            "default": False,
            "licence": "",
        }
        for name in sorted(set(here) - names)
    ]
    return {"models": known + others}


def known_model(name: str) -> None:
    """Check that ``name`` is '' or in the `model_list`: a browser names no folders and no repositories.

    Raises
    ------
    BadBody
        It is not.
    """
    if name and name not in {row["name"] for row in model_list()["models"]}:
        raise BadBody(f"there is no model {name!r} in the list of models.")


def log_tail(lines: int) -> LogTail:
    """The last ``lines`` lines of our engine's log.

    Raises
    ------
    Conflict
        The engine runs elsewhere.
    """
    if load_settings().engine_url:
        raise Conflict(Text("the engine runs elsewhere (setting engine_url); its log is there."))
    return {"path": str(process.status().log), "lines": process.logs(lines)}


def _ours(control: Control) -> EngineStatus:
    state, job = process.status(), control.job
    status = _blank()
    status |= {"ours": True, "model": state.model, "version": state.version, "since": state.since}
    if job is not None and not job.is_start:
        status["phase"] = "stopping"
    elif state.phase == "starting":
        status |= {"phase": "starting", "step": packed(state.step)}
    elif state.phase == "ready":
        status["phase"] = "ready"
        control.forget_failure()
    elif job is not None:
        # Before vLLM itself starts, it is installed and the model is fetched.
        status |= {"phase": "starting", "model": job.order.get("model", "")}
        status |= {"step": packed(job.watch.step), "fraction": job.watch.fraction}
    elif cause := control.failure or (state.cause if state.phase == "failed" else ""):
        status |= {"phase": "failed", "cause": packed(cause)}
    return status


async def _elsewhere(engines: Engines) -> EngineStatus:
    status = _blank()
    try:
        status |= {"phase": "ready", "model": (await engines.found_elsewhere()).model}
    except NBCoderError as error:
        status |= {"phase": "failed", "cause": packed(error.line)}
    return status


def _blank() -> EngineStatus:
    return {
        "phase": "off",
        "ours": False,
        "model": "",
        "version": "",
        "device": "",
        "since": 0.0,
        "step": "",
        "fraction": None,
        "cause": "",
        "running": None,
        "waiting": None,
    }


@functools.cache
def _device() -> Line:
    """What the engine computes with; this does not change while the server runs."""
    hardware = look()
    if hardware.gpus:
        names = [gpu.name for gpu in hardware.gpus]
        return names[0] if len(names) == 1 else f"{len(names)} of {names[0]}"
    return packed(Text("CPU, %1 cores", hardware.cores))
