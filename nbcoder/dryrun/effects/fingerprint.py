"""Fingerprints of live objects: equal before and after the code unless it changed the object in place.

They are made in the copy only, and still call as little of the user's code as can be: types are taken by
``type()``, attributes from the instance's dictionary, content by the methods of the built-in types. They
go as deep as a budget allows; what lies beyond it is taken as unchanged. Of what is in the items of a list or
dictionary of more than a thousand, a sample is looked at, at both ends and from all over it; of lists,
dictionaries and sets among the first ten thousand items also how long they are.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import os
import sys
import types
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects import frames, handles, memories
from nbcoder.dryrun.effects.kinds import attributes_of, held_by, layout_of, module_name, package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nbcoder.dryrun.system.pages import Memory

__all__ = ["Fingerprints", "Walk"]

_ATOMS: Final = frozenset({int, float, complex, bool, str, bytes, type(None), type(...), range})
_LONG_TEXT: Final = 1_000
_ALL_ITEMS: Final = 1_000
"""Longer lists and dictionaries are looked at in full only by the identity of their items."""
_MOST_IDENTITIES: Final = 200_000
_SAMPLED_ITEMS: Final = 50
_SAMPLED_ENDS: Final = 10
_MOST_SIZES: Final = 10_000
_DEPTH: Final = 8
_AS_ONE: Final = (
    "matplotlib",
    "pandas",
    "numpy",
    "polars",
    "pyarrow",
    "re",
    "datetime",
    "decimal",
    "fractions",
    "IPython",
    "ipykernel",
)
"""Packages whose objects, other than data, do not change or are full of caches: they count as one."""
_OF_LOGGERS: Final = frozenset({"_cache", "stream"})
_INSTALLED: Final = (sys.prefix + os.sep, os.path.dirname(os.__file__) + os.sep)
_PLAIN: Final = 16
"""Bytes of a plain object in a Python with a global lock."""
_LIST_ITEMS_OFFSET: Final = object.__basicsize__ + ctypes.sizeof(ctypes.c_ssize_t)
_KNOWS_LISTS: Final = sys.implementation.name == "cpython" and object.__basicsize__ == _PLAIN


class Fingerprints:
    """Makes fingerprints, and remembers what has to stay alive to compare them later."""

    def __init__(self, memory: Memory, assigned: frozenset[str] = frozenset()) -> None:
        """``assigned`` are names of attributes that the code sets: looked at in modules of others too."""
        self.memory, self.assigned = memory, assigned
        self.keys: dict[int, frozenset[str]] = {}
        """For each object with attributes, those it had at first."""
        self.kept: list[object] = []

    def of(self, value: object, nodes: int) -> Walk:
        """Look at ``value`` and at most ``nodes`` objects in it."""
        walk = Walk(self, nodes)
        walk.value = walk.visit(value, 0)
        return walk


class Walk:
    """One look at an object and what is in it."""

    def __init__(self, prints: Fingerprints, nodes: int) -> None:
        self._prints = prints
        self._left = self._nodes = nodes
        self.value: object = None
        """The fingerprint."""
        self.seen: dict[int, int] = {}
        """The objects that were met, by their identities."""

    @property
    def used(self) -> int:
        """How many objects were looked at."""
        return self._nodes - self._left

    def visit(self, value: object, depth: int) -> object:
        """The fingerprint of ``value``: something that can be compared."""
        kind = type(value)
        if kind in _ATOMS:
            return _atom(value, kind)
        if id(value) in self.seen:
            return ("again", self.seen[id(value)])
        if self._left <= 0 or depth > _DEPTH:
            return "beyond"
        self._left -= 1
        self.seen[id(value)] = len(self.seen)
        return self._content(value, kind, depth + 1)

    def visit_again(self, value: object, depth: int) -> object:
        """The fingerprint of ``value`` now, whether it was met before or not."""
        return Walk(self._prints, self._nodes).visit(value, depth)

    def buffer(self, address: int, size: int) -> bytes:
        """The mark of a piece of memory."""
        return self._prints.memory.mark(address, size)

    def keep(self, value: object) -> int:
        """The identity of ``value``, which stays alive, so that nothing else can have it."""
        self._prints.kept.append(value)
        return id(value)

    def _content(self, value: Any, kind: type, depth: int) -> object:
        if (data := frames.content(value, kind, self, depth)) is not None:
            return data
        if (found := _look_at(kind)) is not None:
            base, look = found
            inner = look(self, value, depth)
            has_more = kind is not base and base is not type  # a class has said all of itself
            return (id(kind), inner, self._attributes(value, kind, depth) if has_more else None)
        if package(kind) in _AS_ONE:
            return self.keep(value)
        return (self.keep(value), self._attributes(value, kind, depth))

    def list_like(self, value: list[Any], depth: int) -> object:
        """A list, by its items or their addresses."""
        size = list.__len__(value)
        if size <= _ALL_ITEMS:
            return self._items(list.__iter__(value), depth)
        sample = self._sample(value, depth)
        if _KNOWS_LISTS:
            address = ctypes.c_void_p.from_address(id(value) + _LIST_ITEMS_OFFSET).value or 0
            return (size, address, self.buffer(address, size * ctypes.sizeof(ctypes.c_void_p)), sample)
        return (size, self.identities(list.__iter__(value)), sample)

    def tuple_like(self, value: tuple[Any, ...], depth: int) -> object:
        """A tuple: it cannot change, but what is in it can."""
        return self._items(itertools.islice(tuple.__iter__(value), _ALL_ITEMS), depth)

    def dict_like(self, value: dict[Any, Any], depth: int) -> object:
        """A dictionary, by its items or their identities."""
        size = dict.__len__(value)
        if size <= _ALL_ITEMS:
            pairs = list(dict.items(value))
            return (
                self._items((key for key, _ in pairs), depth),
                self._items((item for _, item in pairs), depth),
            )
        items = list(itertools.islice(dict.values(value), _MOST_IDENTITIES))
        return (size, self.identities(dict.keys(value)), self.identities(items), self._sample(items, depth))

    def set_like(self, value: set[Any], _depth: int) -> object:
        """A set, by the identities of its items."""
        return (
            set.__len__(value),
            frozenset(map(id, itertools.islice(set.__iter__(value), _MOST_IDENTITIES))),
        )

    def deque_like(self, value: deque[Any], depth: int) -> object:
        """A deque, by the identities of its items and a few of them."""
        sample = self._items(itertools.islice(deque.__iter__(value), _SAMPLED_ITEMS), depth)
        return (deque.__len__(value), self.identities(deque.__iter__(value)), sample)

    def identities(self, items: Iterable[object]) -> int:
        """One number for which objects ``items`` are, in order."""
        return hash(tuple(map(id, itertools.islice(items, _MOST_IDENTITIES))))

    def function(self, value: types.FunctionType, depth: int) -> object:
        """A function: its code, its defaults and the variables that it encloses."""
        cells = (_cell(cell) for cell in value.__closure__ or ())
        parts = (value.__defaults__, value.__kwdefaults__, value.__dict__, *cells)
        return (self.keep(value.__code__), self._items(parts, depth))

    def method(self, value: Any, depth: int) -> object:
        """A method that is bound to an object: that object."""
        bound = value.__self__
        return id(bound) if type(bound) is types.ModuleType else self.visit(bound, depth)

    def module(self, value: types.ModuleType, depth: int) -> object:
        """A module: of the user's all that is in it, of others what the user put into it."""
        held = object.__getattribute__(value, "__dict__")
        if _is_users_module(held):
            data = {name: member for name, member in held.items() if not _is_borrowed(member, held)}
            return self._named(data, id(value), depth)
        return frozenset(
            (name, self.keep(member))
            for name, member in tuple(held.items())
            if _is_of_user(member) or name in self._prints.assigned
        )

    def class_(self, value: type, depth: int) -> object:
        """A class: of the user's all that is in it, of others only which they are."""
        if module_name(value) != "__main__":
            return id(value)
        return self._named(attributes_of(value), id(value), depth)

    def generator(self, value: types.GeneratorType[Any, Any, Any], _depth: int) -> object:
        """A generator, by how far it has come."""
        frame = value.gi_frame
        return None if frame is None else frame.f_lasti

    def _items(self, items: Iterable[object], depth: int) -> list[object]:
        return [self.visit(item, depth) for item in items]

    def _sample(self, items: list[Any], depth: int) -> object:
        """Some of many items, and how long those are that have a length."""
        size = list.__len__(items)
        ends = (*range(_SAMPLED_ENDS), *range(size - _SAMPLED_ENDS, size))
        places = (*ends, *range(0, size, max(1, size // _SAMPLED_ITEMS)))
        sizes = hash(tuple(map(_size, itertools.islice(list.__iter__(items), _MOST_SIZES))))
        return sizes, self._items((list.__getitem__(items, at) for at in places), depth)

    def _attributes(self, value: object, kind: type, depth: int) -> object:
        held = dict(held_by(value, _layout(kind)))
        if package(kind) == "logging":  # where messages go, they go as ever
            held = {name: member for name, member in held.items() if name not in _OF_LOGGERS}
        return self._named(held, id(value), depth)

    def _named(self, attributes: dict[str, object], identity: int, depth: int) -> object:
        # A private attribute that was not there before is a cache.
        first = self._prints.keys.setdefault(identity, frozenset(attributes))
        return {
            name: self.visit(attribute, depth)
            for name, attribute in attributes.items()
            if name in first or not (name.startswith("_") or "cache" in name)
        }


_LOOKS: Final[tuple[tuple[type, Callable[[Walk, Any, int], object]], ...]] = (
    (list, Walk.list_like),
    *memories.LOOKS,  # an ordered dictionary is one of them
    (dict, Walk.dict_like),
    (tuple, Walk.tuple_like),
    (set, Walk.set_like),
    (frozenset, lambda _walk, value, _depth: id(value)),
    (deque, Walk.deque_like),
    (types.FunctionType, Walk.function),
    (types.MethodType, Walk.method),
    (types.BuiltinMethodType, Walk.method),
    (types.ModuleType, Walk.module),
    (type, Walk.class_),
    (types.GeneratorType, Walk.generator),
)


_layout: Final = functools.lru_cache(maxsize=1_000)(layout_of)


@functools.lru_cache(maxsize=1_000)
def _look_at(kind: type) -> tuple[type, Callable[[Walk, Any, int], object]] | None:
    """How objects of that class are looked at, and the class which that is for."""
    found = next(((base, look) for base, look in _LOOKS if issubclass(kind, base)), None)
    return found or handles.look_of(kind)


def _atom(value: Any, kind: type) -> object:
    if kind in {str, bytes} and len(value) > _LONG_TEXT:
        return (kind, id(value), len(value))
    return (kind, value if value == value else "nan")  # noqa: PLR0124 - so does one know it


def _size(item: object) -> int:
    kind = type(item)
    return len(item) if kind is list or kind is dict or kind is set else 0  # type: ignore[arg-type]  # one of these


def _is_users_module(held: dict[str, Any]) -> bool:
    """Whether it was made in the kernel, or its file is not among the installed ones."""
    file = held.get("__file__")
    if type(file) is not str:
        return held.get("__spec__") is None
    return not file.startswith(_INSTALLED) and "site-packages" not in file


def _is_borrowed(member: Any, held: dict[str, Any]) -> bool:
    """Whether a module has that from another one."""
    if type(member) is types.FunctionType or type(member) is type:
        return bool(member.__module__ != held.get("__name__"))
    return type(member) in {types.ModuleType, types.BuiltinFunctionType}


def _is_of_user(member: Any) -> bool:
    if type(member) is types.FunctionType:
        return bool(member.__module__ == "__main__")
    return type(member) is type and module_name(member) == "__main__"


def _cell(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return None
