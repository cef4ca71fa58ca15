"""Which names a cell takes from other cells and which it gives them, by its syntax tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nbcoder.models.python_source import as_python

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["defined", "names_given", "names_taken", "passing_names", "tree_of"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def tree_of(source: str) -> ast.Module:
    """The syntax tree; an empty one of what is no Python."""
    try:
        return ast.parse(as_python(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def names_given(source: str) -> set[str]:
    """The names that the cell binds, or whose objects it changes by an assignment to a part of them."""
    return {name for statement in tree_of(source).body for name in _given(statement)}


def names_taken(source: str) -> set[str]:
    """The names that the cell reads before it has bound them itself."""
    taken: set[str] = set()
    bound: set[str] = set()
    for statement in tree_of(source).body:
        taken |= _read(statement) - bound
        bound |= set(_bound(statement))
    return taken


def defined(source: str) -> set[str]:
    """The functions and classes that the cell defines."""
    return {node.name for node in tree_of(source).body if isinstance(node, _Definition)}


def passing_names(source: str) -> set[str]:
    """Names that the cell binds in passing: the variables of its loops and ``with`` blocks."""
    found: set[str] = set()
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.For | ast.AsyncFor):
            found |= set(_stored(node.target))
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            found |= set(_stored(node.optional_vars))
    return found


def _given(statement: ast.stmt) -> Iterator[str]:
    yield from _bound(statement)
    for node in _outer(statement):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            root = _root(node)
            if root:
                yield root


def _bound(statement: ast.stmt) -> Iterator[str]:
    for node in _outer(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]


def _outer(node: ast.AST) -> Iterator[ast.AST]:
    """The node and those in it that are of the cell's own scope."""
    yield node
    if isinstance(node, _Definition | ast.Lambda | _Comprehension):
        return
    for child in ast.iter_child_nodes(node):
        yield from _outer(child)


def _read(node: ast.AST) -> set[str]:
    """The names that are read in the node, without those that are of functions and comprehensions in it."""
    own: set[str] = set()
    if isinstance(node, _Function | ast.Lambda):
        own = _locals(node)
    elif isinstance(node, _Comprehension):
        own = {name for part in node.generators for name in _stored(part.target)}
    read = set()
    match node:
        case ast.Name(id=name, ctx=ast.Load() | ast.Del()):
            read = {name}
        case ast.AugAssign(target=ast.Name(id=name)):
            read = {name}
    for child in ast.iter_child_nodes(node):
        read |= _read(child)
    return read - own


def _locals(function: _Function | ast.Lambda) -> set[str]:
    arguments = function.args
    named = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    found = {argument.arg for argument in named if argument is not None}
    if isinstance(function, ast.Lambda):
        return found
    shared = {
        name
        for node in ast.walk(function)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    return (found | {name for statement in function.body for name in _bound(statement)}) - shared


def _stored(target: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
