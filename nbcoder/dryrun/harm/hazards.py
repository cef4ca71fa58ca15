"""What a fork cannot take along: pools of native threads, and what lives on a graphics card.

Polars works with a pool of threads, and there are none in a fork: whatever asks for them waits for ever.
A card's context belongs to the process that opened it. Code that touches neither is none the worse.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import bases, package
from nbcoder.dryrun.effects.touched import touched_names
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nbcoder.dryrun.report import Failure

__all__ = ["Hazard", "card_is_open", "hazard_of", "is_about_card", "polars_is_running"]

_POLARS_THREAD: Final = re.compile(r"polars-\d+|tokio-rt-worker")
_CARD_PACKAGES: Final = frozenset(
    {
        *("cuda", "cudf", "cuml", "cupy", "jax", "jaxlib", "numba", "onnxruntime", "pycuda", "rmm"),
        *("tensorflow", "torch", "xgboost"),
    }
)
_OF_CARD: Final = re.compile(r"CUDA|cudaError|HIP error|hipError")
_CARD_DEVICES: Final = ("/dev/nvidia", "/dev/kfd")
_DEPTH: Final = 3
_MOST_ITEMS: Final = 200
_GROUPS: Final = (list, tuple, set, frozenset)


@dataclass(frozen=True)
class Hazard:
    """Why code cannot run in a fork; ``can_move`` if its values can be moved to a fresh process instead."""

    why: str
    can_move: bool


def hazard_of(code: str, namespace: Mapping[str, Any], transform: Callable[[str], str]) -> Hazard | None:
    """What in this process, now, keeps ``code`` from running in a fork; None for most code.

    ``transform`` makes magics calls; it is used only if something dangerous is there.
    """
    is_polars, is_card = polars_is_running(), card_is_open()
    if not (is_polars or is_card):
        return None
    used = _packages_used(transform(code), namespace)
    if is_card and (names := used.keys() & _CARD_PACKAGES):
        name = min(names)
        return Hazard(
            Text("%1 uses %2, and what is on a graphics card cannot be copied", used[name], name), False
        )
    if is_polars and "polars" in used:
        return Hazard(Text("the threads of polars are not in a copy"), True)
    return None


def polars_is_running() -> bool:
    """Whether the thread pool of polars is there, which a fork would wait for in vain."""
    return "polars" in sys.modules and any(map(_POLARS_THREAD.fullmatch, _thread_names()))


def _thread_names() -> Iterator[str]:
    with suppress(OSError):
        for task in os.listdir("/proc/self/task"):
            with suppress(OSError), open(f"/proc/self/task/{task}/comm", encoding="utf-8") as comm:
                yield comm.read().strip()


def card_is_open() -> bool:
    """Whether this process works with a graphics card, by a package that is known to."""
    if _CARD_PACKAGES.isdisjoint(sys.modules):
        return False
    if getattr(getattr(sys.modules.get("torch"), "cuda", None), "_initialized", False) is True:
        return True
    with suppress(OSError):
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                if os.readlink(f"/proc/self/fd/{name}").startswith(_CARD_DEVICES):
                    return True
    return False


def is_about_card(failure: Failure) -> bool:
    """Whether an error speaks of a graphics card: so fails what holds its tensors deep inside."""
    return _OF_CARD.search(f"{failure.name}: {failure.value}") is not None


def _packages_used(code: str, namespace: Mapping[str, Any]) -> dict[str, str]:
    """The packages whose objects ``code`` can reach, each with a name that leads there."""
    used: dict[str, str] = {}
    for name in touched_names(code, namespace):
        for found in _packages_in(namespace[name], _DEPTH):
            used.setdefault(found, name)
    for found in re.findall(r"^\s*(?:import|from)\s+(\w+)", code, re.MULTILINE):
        used.setdefault(found, "the code")
    return used


def _packages_in(value: Any, depth: int) -> Iterator[str]:
    kind = type(value)
    if kind is type(sys):
        yield str(getattr(value, "__name__", "")).partition(".")[0]
        return
    for base in bases(value if issubclass(kind, type) else kind):
        yield package(base)
    if depth:
        for item in _items_of(value, kind):
            yield from _packages_in(item, depth - 1)


def _items_of(value: Any, kind: type) -> list[Any]:
    if kind is dict:
        return list(value.values())[:_MOST_ITEMS]
    if any(kind is group for group in _GROUPS):
        return list(value)[:_MOST_ITEMS]
    if package(kind) == "__main__":
        with suppress(Exception):
            return list(object.__getattribute__(value, "__dict__").values())[:_MOST_ITEMS]
    return []
