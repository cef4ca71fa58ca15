"""How the memory of this machine is shared out between weights, cache and everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcoder.errors import EngineStartFailed

if TYPE_CHECKING:
    from nbcoder.engine.hardware import Gpu, Hardware
    from nbcoder.engine.recipe import EngineKind
    from nbcoder.engine.shape import ModelShape

__all__ = ["Room", "make_room"]

_GIB = 1 << 30
_LEAST_CONTEXT = 4096
"""Tokens below which a notebook cannot be described to a model."""

_CPU_CONTEXT = 16384
"""Tokens above which a CPU takes minutes before the first token of the answer."""
_CPU_PROGRAM = int(2.5 * _GIB)
"""What vLLM's processes take beside weights and cache (measured: 2.0 GiB with 0.5B, 2.3 GiB with 1.5B)."""
_CPU_CACHE_SHARE = 4
"""The cache takes one part in this many of what is free beside weights and program."""
_CPU_MOST_CACHE = 4 * _GIB

_GPU_COUNTS = (1, 2, 4, 8)
_GPU_PROGRAM = 3 * _GIB
"""CUDA, graphs and activations on each GPU."""
_GPU_CONTEXT = 65536
"""Tokens; what a longer context takes of the cache is better given to other requests."""
_GPU_SHARE = 0.90
"""The part of a GPU's memory that vLLM may take; what others use there is taken off."""


@dataclass(frozen=True)
class Room:
    """The engine's share: ``cache_bytes`` of key-value cache (0: what vLLM finds), the longest ``context``
    in tokens, and the part of the memory of each of ``gpus``, by their places in `Hardware.gpus`.
    """

    context: int
    cache_bytes: int = 0
    gpus: tuple[int, ...] = ()
    gpu_share: float = 0.0


def make_room(shape: ModelShape, hardware: Hardware, kind: EngineKind) -> Room:
    """Share out what is free now.

    Raises
    ------
    EngineStartFailed
        There is too little; the message says how much is missing.
    """
    return _on_gpus(shape, hardware.gpus) if kind == "cuda" else _on_cpu(shape, hardware.available_bytes)


def _on_cpu(shape: ModelShape, available: int) -> Room:
    least = min(shape.context, _LEAST_CONTEXT) * shape.kv_bytes
    free = available - shape.weight_bytes - _CPU_PROGRAM
    if free < least:
        raise _too_little(shape.weight_bytes + _CPU_PROGRAM + least, available, "memory")
    cache = max(least, min(free // _CPU_CACHE_SHARE, _CPU_MOST_CACHE))
    return Room(context=min(shape.context, _CPU_CONTEXT, cache // shape.kv_bytes), cache_bytes=cache)


def _on_gpus(shape: ModelShape, gpus: tuple[Gpu, ...]) -> Room:
    if not gpus:
        raise EngineStartFailed(
            "vLLM is installed for a GPU, but none is seen. Check that `nvidia-smi` lists it."
        )
    least = min(shape.context, _LEAST_CONTEXT) * shape.kv_bytes
    freest = sorted(range(len(gpus)), key=lambda place: gpus[place].free_bytes, reverse=True)
    for count in _GPU_COUNTS:
        if count > len(gpus) or shape.heads % count:
            break
        chosen = [gpus[place] for place in freest[:count]]
        # vLLM takes the same part of each, so the fullest of them decides.
        share = min(_GPU_SHARE, *(gpu.free_bytes / gpu.memory_bytes for gpu in chosen))
        usable = int(min(gpu.memory_bytes for gpu in chosen) * share) * count
        fixed = shape.weight_bytes + _GPU_PROGRAM * count
        if usable >= fixed + least:
            tokens = (usable - fixed) // shape.kv_bytes
            context = min(shape.context, _GPU_CONTEXT, max(_LEAST_CONTEXT, tokens * 3 // 4))
            return Room(context=context, gpus=tuple(sorted(freest[:count])), gpu_share=share)
    raise _too_little(fixed + least, usable, "GPU memory")


def _too_little(needed: int, free: int, what: str) -> EngineStartFailed:
    return EngineStartFailed(
        f"not enough {what}: the model needs {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free, "
        f"{(needed - free) / 1e9:.1f} GB are missing. Close other programs, or choose a smaller model."
    )
