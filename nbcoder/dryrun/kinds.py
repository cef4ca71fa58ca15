"""What a class says of itself, read without running any code of its or of its metaclass."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["attributes_of", "bases", "module_name", "package", "type_name"]

_MODULE: Final = type.__dict__["__module__"]
_NAME: Final = type.__dict__["__name__"]
_MRO: Final = type.__dict__["__mro__"]
_DICT: Final = type.__dict__["__dict__"]


def module_name(kind: type) -> str:
    """Name of the module that ``kind`` says it comes from; '' if it says something else."""
    try:
        name = _MODULE.__get__(kind)
    except AttributeError:
        return ""
    return name if type(name) is str else ""


def package(kind: type) -> str:
    """The outermost package of that module."""
    return module_name(kind).partition(".")[0]


def type_name(kind: type) -> str:
    """Its name."""
    return str(_NAME.__get__(kind))


def bases(kind: type) -> tuple[type, ...]:
    """The class itself and all that it inherits from."""
    mro: tuple[type, ...] = _MRO.__get__(kind)
    return mro


def attributes_of(kind: type) -> dict[str, Any]:
    """What is defined in the class itself."""
    return dict(_DICT.__get__(kind))
