"""Which of the user's names a piece of code could reach: only these are looked at for changes in place."""

from __future__ import annotations

import ast
import re
import types
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.kinds import attributes_of, module_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["touched_names"]

_DYNAMIC: Final = frozenset({"eval", "exec", "get_ipython", "globals", "locals", "vars"})
"""What can reach names that are not written in the code."""
_IN_TEXT: Final = re.compile(r"@([^\W\d]\w*)")
"""How pandas' ``query`` and ``eval`` name variables."""
_MOST_FUNCTIONS: Final = 300


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
    names = dict.fromkeys(name for name in mentioned if name in namespace)
    waiting = [namespace[name] for name in names]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_FUNCTIONS:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        for name in _names_behind(value, namespace):
            mentioned[name] = None
            if name in namespace and name not in names:
                names[name] = None
                waiting.append(namespace[name])
    if not _DYNAMIC.isdisjoint(mentioned):
        names |= dict.fromkeys(namespace)
    return list(names)


def _mentioned(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "@" in node.value:
            yield from _IN_TEXT.findall(node.value)


def _names_behind(value: object, namespace: Mapping[str, Any]) -> Iterator[str]:
    """Global names that are used when ``value`` is: a function, a class or an object of the user's."""
    if type(value) is types.FunctionType:
        if value.__globals__ is namespace:
            yield from _names_in(value.__code__)
        return
    kind = value if type(value) is type else type(value)
    if module_name(kind) == "__main__":
        for member in attributes_of(kind).values():
            is_bound = type(member) is classmethod or type(member) is staticmethod
            function = member.__func__ if is_bound else member
            function = member.fget if type(member) is property else function
            if type(function) is types.FunctionType:
                yield from _names_in(function.__code__)


def _names_in(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            yield from _names_in(constant)
