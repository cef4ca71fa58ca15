"""Objects that note in `TOUCHED` whenever a line of their code runs."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["TOUCHED", "Shy", "ShyArray", "hostile", "new", "trap"]

TOUCHED: list[str] = []


def trap(name: str) -> Any:
    def method(*_: object, **__: object) -> Any:
        TOUCHED.append(name)
        raise RuntimeError(name)

    return method


_DUNDERS = [
    f"__{name}__"
    for name in (
        *(
            "getattr",
            "getattribute",
            "setattr",
            "delattr",
            "dir",
            "repr",
            "str",
            "format",
            "bytes",
            "bool",
            "len",
        ),
        *(
            "iter",
            "next",
            "contains",
            "getitem",
            "length_hint",
            "eq",
            "ne",
            "lt",
            "hash",
            "int",
            "float",
            "index",
        ),
        *("call", "get", "enter", "exit", "sizeof", "reduce", "reduce_ex", "fspath", "instancecheck"),
        *("array", "array_ufunc", "array_interface", "arrow_c_stream", "dataframe"),
    )
]


class _HostileMeta(type):
    """A class whose class bursts, too."""


for _name in ("getattribute", "repr", "instancecheck", "subclasscheck", "len", "iter", "eq", "hash"):
    setattr(_HostileMeta, f"__{_name}__", trap(f"meta {_name}"))


def hostile(*bases: type, **more: Any) -> type:
    body = {name: trap(name) for name in _DUNDERS} | {
        name: property(trap(name))
        for name in (
            "__class__",
            "__dict__",
            "shape",
            "dtype",
            "columns",
            "dtypes",
            "name",
            "__version__",
            "_fields",
        )
    }
    return _HostileMeta("Hostile", bases, body | more)


def new(cls: type) -> object:
    base = next(base for base in type.__dict__["__mro__"].__get__(cls)[1:] if base is not object)
    return base.__new__(cls)


class Shy:
    """Bears being put into a table or an array; once that is done, `TOUCHED` is emptied, and it is a trap."""

    def __getattribute__(self, name: str) -> Any:
        TOUCHED.append(name)
        return object.__getattribute__(self, name)

    def __eq__(self, other: object) -> bool:
        TOUCHED.append("__eq__")
        return self is other

    def __hash__(self) -> int:
        TOUCHED.append("__hash__")
        return 1

    def __repr__(self) -> str:
        TOUCHED.append("__repr__")
        return "Shy()"


class ShyArray(np.ndarray):
    """An array whose own words are traps."""

    shape = property(trap("shape"))
    dtype = property(trap("dtype"))
    __len__ = __getitem__ = __repr__ = __iter__ = tolist = trap("array")
