"""Which of the user's names a piece of code could reach: only these are looked at for changes in place."""

from __future__ import annotations

import ast
import functools
import re
import types
from collections import deque
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import attributes_of, bases, held_by, layout_of, module_name, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["assigned_attributes", "touched_names"]

_DYNAMIC: Final = frozenset({"eval", "exec", "get_ipython", "globals", "locals", "vars"})
"""What can reach names that are not written in the code."""
_IN_TEXT: Final = re.compile(r"@([^\W\d]\w*)")
"""How pandas' ``query`` and ``eval`` name variables."""
_WORD: Final = re.compile(r"[^\W\d]\w*")
_MOST_VALUES: Final = 500
_MOST_ITEMS: Final = 50
"""Of a list or dictionary, which may hold functions."""
_PLAIN: Final = frozenset(map(id, (int, float, str, bytes, bool, type(None))))
"""By their numbers: a type's own hash may be the user's code."""
_CACHED: Final = type(functools.cache(len))
_WRAPPED: Final = "__wrapped__"


def touched_names(code: str, namespace: Mapping[str, Any]) -> list[str]:
    """Names of ``namespace`` that ``code`` mentions, also by way of the user's functions and classes.

    ``code`` is plain Python, with magics already made calls. If it can reach any name, all are returned,
    those it mentions first. Code that is not Python reaches nothing.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    mentioned = dict.fromkeys(_mentioned(tree))
    if not _DYNAMIC.isdisjoint(mentioned):
        mentioned |= dict.fromkeys(_words(tree))
    names = dict.fromkeys(name for name in mentioned if name in namespace)
    waiting = deque(namespace[name] for name in names)
    seen: dict[int, object] = {}
    while waiting and len(seen) < _MOST_VALUES:
        value = waiting.popleft()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        with suppress(Exception):  # what is strange enough to fail here is not followed
            behind = (one for one in _values_behind(value) if id(type(one)) not in _PLAIN)
            waiting += islice(behind, max(0, _MOST_VALUES - len(waiting)))
        for name in _names_behind(value, namespace):
            mentioned[name] = None
            if name in namespace and name not in names:
                names[name] = None
                waiting.append(namespace[name])
    if not _DYNAMIC.isdisjoint(mentioned):
        names |= dict.fromkeys(namespace)
    return list(names)


def assigned_attributes(code: str) -> frozenset[str]:
    """Names of attributes that ``code`` sets or deletes, of whatever object."""
    try:
        nodes = ast.walk(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(
        node.attr for node in nodes if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
    )


def _mentioned(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "@" in node.value:
            yield from _IN_TEXT.findall(node.value)


def _words(tree: ast.AST) -> Iterator[str]:
    """What could be a name in texts that are run, as the body of a magic is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _WORD.findall(node.value)


def _names_behind(value: Any, namespace: Mapping[str, Any]) -> Iterator[str]:
    """Global names that are used when ``value`` is: a function, a class or an object of the user's."""
    kind = type(value)
    if kind is types.FunctionType:
        if value.__globals__ is namespace or dict.get(value.__globals__, "__name__") == "__main__":
            yield from _names_in(value.__code__)
    elif kind is types.GeneratorType:
        yield from _names_in(value.gi_code)
    elif kind is types.CoroutineType:
        yield from _names_in(value.cr_code)
    else:
        for base in _users_bases(value if kind is type else kind):
            if namespace.get(type_name(base)) is base:
                yield type_name(base)


def _values_behind(value: Any) -> Iterable[object]:
    """What is used when ``value`` is called, or asked for an attribute or an item, and may be a function."""
    kind = type(value)
    look = next((look for known, look in _LOOKS if known is kind), None)
    return _members(value, kind) if look is None else look(value)


def _of_function(value: types.FunctionType) -> Iterator[object]:
    """What a decorator has wrapped is in the variables that it encloses."""
    yield from map(_content, value.__closure__ or ())
    yield from chain(value.__defaults__ or (), (value.__kwdefaults__ or {}).values())


def _members(value: Any, kind: type) -> Iterator[object]:
    """Of an object of the user's all that it holds, and what is in its class."""
    found = list(_users_bases(value if kind is type else kind))
    for base in found:
        yield from attributes_of(base).values()
    if found and kind is not type:
        yield from (held for _, held in islice(held_by(value, layout_of(kind)), _MOST_ITEMS))


def _users_bases(kind: type) -> Iterator[type]:
    return (base for base in bases(kind) if module_name(base) == "__main__")


def _content(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # it is not filled yet
        return None


def _names_in(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            yield from _names_in(constant)


_LOOKS: Final[tuple[tuple[type, Callable[[Any], Iterable[object]]], ...]] = (
    (types.FunctionType, _of_function),
    (types.MethodType, lambda value: (value.__func__, value.__self__)),
    (types.BuiltinMethodType, lambda value: (value.__self__,)),
    (functools.partial, lambda value: (value.func, *value.args, *value.keywords.values())),
    (_CACHED, lambda value: (held for name, held in held_by(value, layout_of(_CACHED)) if name == _WRAPPED)),
    (classmethod, lambda value: (value.__func__,)),
    (staticmethod, lambda value: (value.__func__,)),
    (property, lambda value: (value.fget, value.fset, value.fdel)),
    (functools.cached_property, lambda value: (value.func,)),
    (dict, lambda value: tuple(islice(value.values(), _MOST_ITEMS))),
    (list, lambda value: value[:_MOST_ITEMS]),
    (tuple, lambda value: value[:_MOST_ITEMS]),
)
