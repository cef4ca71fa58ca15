"""Which model this machine can serve: the default one, and whether a given one fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nbcoder.errors import ModelTooLarge
from nbcoder.models.catalogue import catalogue
from nbcoder.models.disk import size_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.models.catalogue import Model

__all__ = ["Fit", "Gpu", "Hardware", "Weighty", "default_model", "fits", "require_fit"]

_GPU_WEIGHTS = 1.15
"""vLLM's memory for the weights and for computing with them, as a multiple of the weights."""
_GPU_CACHE = 4e9
_GPU_CACHE_SHARE = 0.15
_GPU_COUNTS = (1, 2, 4, 8)
_CPU_CACHE = 1e9
_CPU_PROCESSES = 3e9
"""What the three processes of vLLM take beside weights and cache: 2.1 to 3.0 GB were measured."""
_CPU_USERS_SHARE = 0.25
"""Share of the memory that stays with the user's kernels when a default is chosen."""
_CPU_LARGEST = 2.0
"""Billions of parameters beyond which a CPU makes people wait."""


class Weighty(Protocol):
    """A model as far as its size goes: one of the catalogue, or what a hub says of one."""

    @property
    def name(self) -> str: ...  # noqa: D102 - the name says it
    @property
    def weight_bytes(self) -> int: ...  # noqa: D102 - the name says it


class Gpu(Protocol):
    """What has to be known of a GPU; see `nbcoder.engine.hardware`."""

    @property
    def memory_bytes(self) -> int: ...  # noqa: D102 - the name says it
    @property
    def free_bytes(self) -> int: ...  # noqa: D102 - the name says it


class Hardware(Protocol):
    """What has to be known of a machine; see `nbcoder.engine.hardware`."""

    @property
    def gpus(self) -> Sequence[Gpu]: ...  # noqa: D102 - the name says it
    @property
    def ram_bytes(self) -> int: ...  # noqa: D102 - the name says it
    @property
    def available_bytes(self) -> int: ...  # noqa: D102 - the name says it


@dataclass(frozen=True)
class Fit:
    """Whether a model fits into what is free now; ``missing_bytes`` is 0 if it does."""

    needed_bytes: int
    missing_bytes: int

    @property
    def ok(self) -> bool:
        """It fits."""
        return self.missing_bytes == 0


def default_model(hardware: Hardware) -> Model:
    """The model of the default family that suits the machine; the smallest if none does.

    On a GPU the largest that fits into what is free, for others hold a GPU's memory for long. On a CPU the
    largest that is quick enough, by the whole memory: what is free there changes by the minute, and the
    default shall not. Pass no GPUs where the engine cannot use those there are.
    """
    family = sorted((model for model in catalogue() if model.default), key=lambda model: model.weight_bytes)
    if hardware.gpus:
        suited = [model for model in family if _on_gpus(model, hardware.gpus, 1).ok]
    else:
        room = hardware.ram_bytes * (1 - _CPU_USERS_SHARE)
        quick = [model for model in family if model.parameters <= _CPU_LARGEST]
        suited = [model for model in quick if _needed_on_cpu(model) <= room]
    return suited[-1] if suited else family[0]


def fits(model: Weighty, hardware: Hardware) -> Fit:
    """Whether ``model`` fits now: on as many of the GPUs as it takes, or in the machine's memory."""
    if hardware.gpus:
        counts = [count for count in _GPU_COUNTS if count <= len(hardware.gpus)]
        return min(
            (_on_gpus(model, hardware.gpus, count) for count in counts), key=lambda fit: fit.missing_bytes
        )
    needed = _needed_on_cpu(model)
    return Fit(needed, max(needed - hardware.available_bytes, 0))


def require_fit(model: Weighty, hardware: Hardware) -> None:
    """Check that ``model`` fits now.

    Raises
    ------
    ModelTooLarge
        It does not; the message says how much is missing.
    """
    fit = fits(model, hardware)
    if not fit.ok:
        where = "of GPU memory" if hardware.gpus else "of memory"
        raise ModelTooLarge(
            f"{model.name} needs {size_text(fit.needed_bytes)} {where}, {size_text(fit.missing_bytes)} more "
            "than is free. Free some, or choose a smaller model: `nbcoder model list --fits`."
        )


def _on_gpus(model: Weighty, gpus: Sequence[Gpu], count: int) -> Fit:
    """On the ``count`` GPUs with most free memory; vLLM takes the same of each, so the fullest decides."""
    freest = sorted(gpus, key=lambda gpu: gpu.free_bytes, reverse=True)[:count]
    cache = max(_GPU_CACHE, min(gpu.memory_bytes for gpu in freest) * _GPU_CACHE_SHARE)
    needed = round(model.weight_bytes * _GPU_WEIGHTS + cache * count)
    return Fit(needed, max(needed - freest[-1].free_bytes * count, 0))


def _needed_on_cpu(model: Weighty) -> int:
    return round(model.weight_bytes + _CPU_CACHE + _CPU_PROCESSES)
