"""Lets vLLM's scheduler wait without computing; run in vLLM's processes on CPUs.

While its worker computes, vLLM 0.32 asks without a pause whether the result is there. On a machine of few
cores that takes one of them from the worker, whose threads wait for each other after every layer.
"""

from __future__ import annotations

from vllm.distributed.device_communicators import (  # type: ignore[import-not-found,unused-ignore] # see above
    shm_broadcast,
)

_init = shm_broadcast.SpinCondition.__init__
# The only default is for how many seconds it asks before it waits for the worker's word.
assert _init.__defaults__ == (1,), "vLLM's waiting has changed"  # noqa: S101 - a locked version
_init.__defaults__ = (0,)
