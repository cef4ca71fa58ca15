"""What a piece of code could do beyond the namespace, by its syntax tree: for where no wall would stop it.

Whatever is not known to be harmless counts: the lists name what is allowed, and nothing else is.
"""

from __future__ import annotations

import ast
import builtins
import types
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.kinds import package
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["possible_effects"]

_MODULES: Final = frozenset(
    {
        *("bisect", "calendar", "collections", "copy", "datetime", "decimal", "fractions", "functools"),
        *("heapq", "itertools", "json", "math", "numbers", "numpy", "operator", "pandas", "random", "re"),
        *("scipy", "sklearn", "statistics", "statsmodels", "string", "textwrap", "typing", "unicodedata"),
    }
)
_VALUES: Final = frozenset({"builtins", "collections", "datetime", "decimal", "fractions", "numpy", "pandas"})
"""Packages whose objects do nothing but compute."""
_FORBIDDEN: Final = frozenset(
    {
        *("__import__", "breakpoint", "compile", "copyright", "credits", "delattr", "eval", "exec", "exit"),
        *("getattr", "globals", "help", "input", "license", "locals", "open", "quit", "setattr", "vars"),
    }
)
_BUILTINS: Final = frozenset(dir(builtins)) - _FORBIDDEN
_CONVERSIONS: Final = frozenset(
    {
        *("to_datetime", "to_dict", "to_frame", "to_list", "to_numeric", "to_numpy", "to_period"),
        *("to_records", "to_timedelta", "to_timestamp", "tolist"),
    }
)
_STARTS: Final = (
    *("*", "_", "dump", "eval", "fetch", "from_file", "load", "memmap", "query", "read_", "save", "to"),
    "write",
)
_STARTS_ALLOWED: Final = frozenset({"total", "total_seconds", "tobytes", "today", "toordinal"}) | _CONVERSIONS
_DOORS: Final = frozenset(
    {
        "builtins",
        "codecs",
        "ctypes",
        "importlib",
        "io",
        "os",
        "pathlib",
        "pickle",
        "shutil",
        "subprocess",
        "sys",
    }
)
"""Modules that can be reached through the allowed ones, as in ``pd.io.common.os``."""
_FORBIDDEN_NODES: Final = (ast.AsyncFor, ast.AsyncWith, ast.Await, ast.With)


def possible_effects(code: str, namespace: Mapping[str, Any]) -> list[str]:
    """What ``code``, which is plain Python, might do to anything but the namespace; empty if nothing."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = [_effect(node, namespace) for node in ast.walk(tree)]
    return [what for what in found if what]


def _effect(node: ast.AST, namespace: Mapping[str, Any]) -> str:
    if isinstance(node, _FORBIDDEN_NODES):
        return Text("enter something that has to be left")
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        strange = next((name for name in _imported(node) if not _is_harmless_import(name)), "")
        return Text("import %1", strange) if strange else ""
    if isinstance(node, ast.Attribute):
        return Text("use %1", f".{node.attr}") if _is_strange(node.attr) else ""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        return "" if _is_harmless_name(node.id, namespace) else Text("use %1", node.id)
    return ""


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Dotted names of all that an import binds."""
    start = f"{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
    return [f"{start}{alias.name}" for alias in node.names]


def _is_harmless_import(name: str) -> bool:
    module, *rest = name.split(".")
    return module in _MODULES and not any(map(_is_strange, rest))


def _is_strange(attribute: str) -> bool:
    is_allowed = attribute in _STARTS_ALLOWED or not attribute.startswith(_STARTS)
    return attribute in _DOORS or not is_allowed


def _is_harmless_name(name: str, namespace: Mapping[str, Any]) -> bool:
    if name not in namespace:
        return name in _BUILTINS or not hasattr(builtins, name)
    value = namespace[name]
    if type(value) is types.ModuleType:
        return _package_of(value) in _MODULES
    return package(type(value)) in _VALUES and not callable(value)


def _package_of(module: types.ModuleType) -> str:
    name = module.__dict__.get("__name__")
    return name.partition(".")[0] if isinstance(name, str) else ""
