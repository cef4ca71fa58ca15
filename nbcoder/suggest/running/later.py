"""Whether code does more in the kernel than its dry run has seen: later on, or where it is no copy."""

from __future__ import annotations

import ast
import types
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["puts_off"]

_MODULES: Final = frozenset({"_thread", "asyncio", "atexit", "concurrent", "sched", "signal", "threading"})
_METHODS: Final = frozenset(
    {
        *("add_done_callback", "call_at", "call_later", "call_soon", "create_task", "ensure_future"),
        *("finalize", "getpid", "getppid", "register", "set_custom_exc", "Timer"),
    }
)


def puts_off(tree: ast.AST, namespace: Mapping[str, object]) -> bool:
    """Whether something in ``tree`` may run later: threads, timers, hooks, what another function became.

    Code that asks for its process can tell the copy from the kernel.
    """
    return any(_is_later(node, namespace) for node in ast.walk(tree))


def _is_later(node: ast.AST, namespace: Mapping[str, object]) -> bool:
    match node:
        case ast.Import(names=names):
            return any(one.name.partition(".")[0] in _MODULES for one in names)
        case ast.ImportFrom(module=str(module), names=names):
            return module.partition(".")[0] in _MODULES or any(one.name in _METHODS for one in names)
        case ast.Attribute(attr=name, value=owner):
            return name in _METHODS or (isinstance(node.ctx, ast.Store) and _is_shared(owner, namespace))
        case ast.Name(id=name):
            value = namespace.get(name)
            is_module = type(value) is types.ModuleType
            return is_module and str(vars(value).get("__name__")).partition(".")[0] in _MODULES
        case ast.FunctionDef(name="__del__") | ast.AsyncFunctionDef():
            return True
    return False


def _is_shared(owner: ast.expr, namespace: Mapping[str, object]) -> bool:
    """Whether it is a module or a class, or in one: what is bound there, others call."""
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    value = namespace.get(owner.id) if isinstance(owner, ast.Name) else None
    return type(value) is types.ModuleType or type(value) is type
