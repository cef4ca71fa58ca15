"""Tests as a cell of a notebook: they have to check something, they have to run, and each check once."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nbcoder.suggest.code.names import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CHECKS_NOTHING", "each_once", "missing", "with_calls"]

CHECKS_NOTHING = "It checks nothing. Use assert statements."
_CHECKING = ("assert", "raises", "fail")


def with_calls(code: str) -> str:
    """``code`` with calls of the test functions that nothing calls: there is no pytest here to find them."""
    calls = [f"{node.name}()" for node in _uncalled(code) if not _needs(node)]
    return "\n".join([code.rstrip(), "", *calls]) if calls else code


def each_once(code: str) -> str:
    """``code`` without assert statements that only check again what was checked right above them."""
    lines = code.split("\n")
    repeated = (node for node in _repeated(tree_of(code)) if _is_alone(node, lines))
    gone = {number for node in repeated for number in range(node.lineno, (node.end_lineno or 0) + 1)}
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in gone)


def _is_alone(node: ast.Assert, lines: list[str]) -> bool:
    """Whether nothing else stands on its lines; syntax trees count bytes."""
    before = lines[node.lineno - 1].encode()[: node.col_offset]
    after = lines[(node.end_lineno or node.lineno) - 1].encode()[node.end_col_offset :]
    return not before.strip() and after.strip()[:1] in (b"", b"#")


def _repeated(tree: ast.Module) -> Iterator[ast.Assert]:
    for node in ast.walk(tree):
        seen: set[str] = set()
        body = getattr(node, "body", None)
        # The body of a lambda is no list.
        for statement in body if isinstance(body, list) else ():
            if not isinstance(statement, ast.Assert):
                seen.clear()
                continue
            check = ast.dump(statement.test)
            if check in seen:
                yield statement
            seen.add(check)


def missing(code: str) -> tuple[str, ...]:
    """What keeps ``code`` from testing anything, in words for the model."""
    tree = tree_of(code)
    found = []
    if not any(_checks(node) for node in ast.walk(tree)):
        found.append(CHECKS_NOTHING)
    found += [
        f"Nothing calls {node.name}, which needs arguments. Write it without." for node in _uncalled(code)
    ]
    return tuple(found)


def _uncalled(code: str) -> Iterator[ast.FunctionDef]:
    tree = tree_of(code)
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test") and node.name not in read:
            yield node


def _needs(function: ast.FunctionDef) -> bool:
    """Whether it cannot be called without arguments."""
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return positional > 0 or any(default is None for default in arguments.kw_defaults)


def _checks(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert | ast.Raise):
        return True
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name.startswith(_CHECKING)
    return False
