"""Reading objects without running a line of their code.

An object's own view of itself (``__class__``, attributes, ``__len__``, ``__repr__``) may compute, block or
lie. Its type cannot: everything here goes through ``type()`` and the slots that ``type`` itself defines.
Classes are told apart by their identity: to look one up in a set may run code of its metaclass.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from types import FunctionType, GetSetDescriptorType, MappingProxyType, MemberDescriptorType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "bases_of",
    "class_dict",
    "class_text",
    "function_name",
    "instance_dict",
    "is_users",
    "loaded",
    "module_dict",
    "module_of",
    "name_of",
    "slots_of",
    "version_of",
]

_get_mro = type.__dict__["__mro__"].__get__
_get_name = type.__dict__["__name__"].__get__
_get_module = type.__dict__["__module__"].__get__
_get_dict = type.__dict__["__dict__"].__get__
_get_module_dict = vars(ModuleType)["__dict__"].__get__

_NOTEBOOK = ("__main__", "__mp_main__")
_NO_NAMES: Mapping[str, Any] = MappingProxyType({})
_DOC_OF_PLAIN_DICT = "dictionary for instance variables"


def bases_of(cls: type) -> tuple[type, ...]:
    """The class and its bases, in the order in which Python looks."""
    mro: tuple[type, ...] = _get_mro(cls)
    return mro


def class_dict(cls: type) -> Mapping[str, Any]:
    """What the class itself defines, without asking its metaclass."""
    names: Mapping[str, Any] = _get_dict(cls)
    return names


def is_among(cls: type, kinds: Iterable[type]) -> bool:
    """Whether it is one of those; a set would ask the class's own class for its hash."""
    return any(cls is kind for kind in kinds)


def name_of(cls: type) -> str:
    """The name of the class; a name that is no plain string is not looked at."""
    name = _get_name(cls)
    return name if type(name) is str else "object"


def function_name(function: FunctionType) -> str:
    """The name of the function, as plain text if it is of a kind of string with code of its own."""
    return str.__str__(function.__name__)


def module_of(cls: type) -> str:
    """The dotted name of the module that says it defined the class."""
    try:
        module = _get_module(cls)
    except AttributeError:  # a class may be without
        return ""
    return module if type(module) is str else ""


def is_users(value: object) -> bool:
    """Whether a function or class was defined in the notebook itself."""
    if type(value) is FunctionType:
        module: object = value.__module__  # decorators put there what they find
        return type(module) is str and module in _NOTEBOOK
    return issubclass(type(value), type) and module_of(value) in _NOTEBOOK  # type: ignore[arg-type]  # a class


def class_text(cls: type) -> str:
    """The class as a person would write it: bare if it is the user's or builtin, else with its package."""
    module, name = module_of(cls), name_of(cls)
    package = module.partition(".")[0]
    if package in ("", "builtins", *_NOTEBOOK):
        return name
    return f"{name} ({package})"


def instance_dict(value: object) -> Mapping[str, Any]:
    """The attributes stored on ``value`` itself; empty where only its own code could tell."""
    for cls in bases_of(type(value)):
        found = class_dict(cls).get("__dict__")
        if found is None:
            continue
        is_plain = type(found) is MemberDescriptorType or (
            type(found) is GetSetDescriptorType and _is_pythons(found)
        )
        if not is_plain:
            return _NO_NAMES
        attributes = found.__get__(value)
        return attributes if type(attributes) is dict else _NO_NAMES
    return _NO_NAMES


def slots_of(value: object) -> list[tuple[str, object]]:
    """The attributes that a class of the notebook keeps in slots, with their names."""
    found: list[tuple[str, object]] = []
    for cls in bases_of(type(value)):
        if module_of(cls) not in _NOTEBOOK:
            continue
        for name, slot in class_dict(cls).items():
            if type(name) is str and type(slot) is MemberDescriptorType:
                with suppress(AttributeError):  # it was given nothing yet
                    found.append((name, slot.__get__(value)))
    return found


def _is_pythons(descriptor: GetSetDescriptorType) -> bool:
    """Whether Python made it for a class statement; proxies written in C bring their own, which looks on."""
    doc = descriptor.__doc__
    return type(doc) is str and doc.startswith(_DOC_OF_PLAIN_DICT)


def module_dict(module: object) -> Mapping[str, Any]:
    """The names of a module that is loaded; empty for what only poses as one or loads itself when asked."""
    if type(module) is not ModuleType:
        return _NO_NAMES
    names: dict[str, Any] = _get_module_dict(module)
    return names


def loaded(module: str, name: str) -> Any:  # noqa: ANN401 - whatever that module holds
    """``module.name`` if the user's session has loaded it already, else None. Nothing is imported."""
    return module_dict(sys.modules.get(module)).get(name)


def version_of(module: str) -> str:
    """The version that a loaded top-level module states, or ''."""
    version = loaded(module, "__version__")
    return str.__str__(version) if issubclass(type(version), str) else ""  # torch's is a kind of str
