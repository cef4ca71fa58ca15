"""What a class and its instances hold, read without running any code of the class or of its metaclass."""

from __future__ import annotations

import functools
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Layout", "attributes_of", "bases", "held_by", "layout_of", "module_name", "package", "type_name"]

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


@dataclass(frozen=True)
class Layout:
    """Where instances of a class keep their attributes, and which of those are computed once."""

    dictionary: types.GetSetDescriptorType | None
    slots: tuple[tuple[str, types.MemberDescriptorType], ...]
    computed: frozenset[str]


def layout_of(kind: type) -> Layout:
    """The layout of the instances of ``kind``."""
    getter, slots, computed = None, [], []
    for base in bases(kind):
        for name, member in attributes_of(base).items():
            if name == "__dict__" and getter is None and type(member) is types.GetSetDescriptorType:
                getter = member
            elif type(member) is types.MemberDescriptorType and module_name(base) != "builtins":
                slots.append((name, member))
            elif type(member) is functools.cached_property:
                computed.append(name)
    return Layout(getter, tuple(slots), frozenset(computed))


def held_by(value: object, layout: Layout) -> Iterator[tuple[str, object]]:
    """The attributes that ``value`` itself holds, but for those computed once."""
    if layout.dictionary is not None:
        held = layout.dictionary.__get__(value)
        is_of_class = type(held) is types.MappingProxyType
        for name, attribute in tuple(held.items() if is_of_class else dict.items(held)):
            if name not in layout.computed:
                yield name, attribute
    for name, member in layout.slots:
        try:
            yield name, member.__get__(value)
        except AttributeError:
            continue
