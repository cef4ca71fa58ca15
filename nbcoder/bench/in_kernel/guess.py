"""Finds the answer of a cell whose value was printed, assigned or written down, and is not its result."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.bench.in_kernel.compare import Value
    from nbcoder.bench.in_kernel.execute import Namespace

__all__ = ["answer_in_source", "guess_result"]

_SHOWING = frozenset({"print", "display"})


def answer_in_source(source: str, expected: Value) -> bool:
    """Whether the expected value stands in the code as a word."""
    if expected is None:
        return False
    try:
        text = str(expected)
    except Exception:  # noqa: BLE001 - a value may be unable to show itself
        return False
    return bool(re.search(rf"\b{re.escape(text)}\b", source))


def guess_result(source: str, namespace: Namespace, expected: Value) -> Value:
    """What the cell printed, else what it assigned last; None when it did neither.

    Evaluates expressions of ``source`` in ``namespace`` again and raises what they raise. Several values are
    put into a container like ``expected``.
    """
    tree = ast.parse(source)
    shown = [node for statement in tree.body for node in _shown(statement)] or _assigned(tree)
    values = [eval(compile(ast.Expression(node), "<guess>", "eval"), namespace) for node in shown]  # noqa: S307 - the candidate's own expressions
    if len(values) < 2:  # noqa: PLR2004 - one value needs no container
        return values[0] if values else None
    if isinstance(expected, list):
        return values
    if isinstance(expected, tuple):
        return tuple(values)
    if isinstance(expected, dict):
        padded = [None] * (len(expected) - len(values)) + values
        return dict(zip(expected, padded[-len(expected) :], strict=False))
    return values[-1]


def _shown(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expressions whose values a top-level ``print`` shows."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _SHOWING:
        for argument in call.args:
            yield from _values_in(argument)


def _values_in(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions in the slots of an f-string, or the expression itself; constants say nothing."""
    if isinstance(node, ast.expr) and not isinstance(node, ast.Constant | ast.FormattedValue | ast.JoinedStr):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _values_in(child)


def _assigned(tree: ast.Module) -> list[ast.expr]:
    for statement in reversed(tree.body):
        if isinstance(statement, ast.Assign):
            target: ast.expr = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
            target = statement.target
        else:
            continue
        if isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        return [ast.parse(ast.unparse(target), mode="eval").body]
    return []
