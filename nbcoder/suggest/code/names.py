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
    return _taken(tree_of(source).body, set())


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


def _taken(statements: list[ast.stmt], bound: set[str]) -> set[str]:
    """The names that these statements read where ``bound`` are bound already."""
    taken: set[str] = set()
    for statement in statements:
        taken |= _taken_by(statement, bound)
        bound = bound | set(_bound(statement))
    return taken


def _taken_by(node: ast.AST, bound: set[str]) -> set[str]:
    if isinstance(node, _Definition):
        return _read(node) - bound
    inner = bound | set(_bound_for_body(node))
    taken: set[str] = set()
    for _, value in ast.iter_fields(node):
        match value:
            case [ast.stmt(), *_]:
                taken |= _taken(value, inner)
            case [ast.ExceptHandler() | ast.match_case(), *_]:
                taken |= {name for part in value for name in _taken_by(part, bound)}
            case _:
                parts = value if isinstance(value, list) else [value]
                before = bound if isinstance(node, ast.For | ast.AsyncFor) else inner
                taken |= {
                    name for part in parts if isinstance(part, ast.AST) for name in _read(part) - before
                }
    return taken | (_read_by_itself(node) - bound)


def _bound_for_body(node: ast.AST) -> Iterator[str]:
    """The names that a compound statement, or a clause of one, binds before its body runs."""
    match node:
        case ast.For(target=target) | ast.AsyncFor(target=target):
            yield from _stored(target)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            yield from (name for item in items if item.optional_vars for name in _stored(item.optional_vars))
        case ast.ExceptHandler(name=str(name)):
            yield name
        case ast.match_case(pattern=pattern):
            yield from (name for part in ast.walk(pattern) for name in _captured(part))


def _captured(pattern: ast.AST) -> Iterator[str]:
    match pattern:
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name


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
            case ast.ExceptHandler(name=str(name)):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]
            case ast.pattern():
                yield from _captured(node)


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
    read = _read_by_itself(node)
    for child in ast.iter_child_nodes(node):
        read |= _read(child)
    return read - own


def _read_by_itself(node: ast.AST) -> set[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Load() | ast.Del()) | ast.AugAssign(target=ast.Name(id=name)):
            return {name}
    return set()


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
