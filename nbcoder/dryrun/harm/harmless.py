"""What a piece of code could do beyond the namespace, by its syntax tree: for where no wall would stop it.

Whatever is not known to be harmless counts: the lists name what is allowed, and nothing else is. Values can
act too, by being called or iterated; only plain data may come in from the namespace.
"""

from __future__ import annotations

import ast
import builtins
import sys
import types
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import package, type_name
from nbcoder.dryrun.harm.inert import is_inert
from nbcoder.dryrun.harm.known import MODULES, is_strange, known_attributes, names_of_others
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["possible_effects"]

_FORBIDDEN: Final = frozenset(
    {
        *("breakpoint", "compile", "copyright", "credits", "delattr", "eval", "exec", "exit"),
        *("getattr", "globals", "help", "input", "license", "locals", "open", "quit", "setattr", "vars"),
    }
)
_BUILTINS: Final = {name for name in dir(builtins) if not name.startswith("_")} - _FORBIDDEN
_FORBIDDEN_NODES: Final = (ast.AsyncFor, ast.AsyncWith, ast.Await, ast.With)
_CALLING_BY_NAME: Final = frozenset({"NamedAgg", "agg", "aggregate", "apply", "pipe", "transform"})
"""Methods that call what a text in their arguments names."""
_PIVOTING: Final = frozenset({"crosstab", "pivot_table"})
_MOST_PLAIN: Final = 3
"""So many arguments of those come before the function's."""
_FUNCTIONS: Final = frozenset({"aggfunc", "func"})
_KEYWORDS: Final = frozenset({"backend", "memory", "n_jobs", "qhull_options"})
"""Arguments that import what they name, keep files, or start processes."""
_SPECIAL: Final = frozenset(
    {
        *("__add__", "__bool__", "__call__", "__contains__", "__eq__", "__ge__", "__getitem__", "__gt__"),
        *("__hash__", "__init__", "__iter__", "__le__", "__len__", "__lt__", "__mul__", "__ne__"),
        *("__next__", "__repr__", "__setitem__", "__str__", "__sub__", "__truediv__"),
    }
)
"""Methods by which a class does not change how others take it, or what a pattern finds in them."""


def possible_effects(code: str, namespace: Mapping[str, Any]) -> list[str]:
    """What ``code``, which is plain Python, might do to anything but the namespace; empty if nothing."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return []
    except (RecursionError, MemoryError):
        return [Text("do what cannot be read")]
    check = _Check(tree, namespace)
    return [what for node in ast.walk(tree) if (what := check.effect(node))]


class _Check:
    def __init__(self, tree: ast.AST, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        defined, bound = set(_defined(tree)), set(_bound(tree))
        self._functions = (defined | _BUILTINS) - bound
        known = known_attributes()
        own = set(_own_attributes(tree)) | set(_columns(tree, namespace))
        self._attributes = known | {name for name in own - names_of_others() if not is_strange(name)}
        self._data: dict[str, bool] = {}

    def effect(self, node: ast.AST) -> str:
        """What this node alone might do, in words; '' for nothing."""
        if isinstance(node, _FORBIDDEN_NODES):
            return Text("enter something that has to be left")
        if isinstance(node, ast.Call):
            return self._of_call(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            strange = next((name for name in _imported(node) if not self._is_harmless_import(name)), "")
            return Text("import %1", strange) if strange else ""
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return self._of_definition(node)
        used = self._used(node)
        return Text("use %1", used) if used else ""

    def _of_definition(self, node: ast.FunctionDef | ast.ClassDef) -> str:
        for decorator in node.decorator_list:
            if not self._is_callable(decorator):
                return Text("call %1", ast.unparse(decorator))
        is_odd = node.name.startswith("__") and node.name not in _SPECIAL
        if isinstance(node, ast.ClassDef):
            is_odd |= bool(node.keywords) or any(getattr(base, "id", "") == "type" for base in node.bases)
        return Text("use %1", node.name) if is_odd else ""

    def _used(self, node: ast.AST) -> str:
        """The name that a node reads, if it is not known to be harmless."""
        used = ""
        match node:
            case ast.Attribute(attr=name):
                is_loose = name in _CALLING_BY_NAME | _PIVOTING and id(node) not in self._called
                used = f".{name}" if is_loose or name not in self._attributes else ""
            case ast.MatchClass(cls=kind, patterns=[_, *_]) if getattr(kind, "id", "") not in _BUILTINS:
                used = ast.unparse(kind)
            case ast.MatchClass(kwd_attrs=names):
                used = next((f".{name}" for name in names if name not in self._attributes), "")
            case ast.Name(id=name, ctx=ast.Store()) if name.startswith("__"):
                used = name
            case ast.Name(id=name, ctx=ast.Load()):
                used = "" if self._is_harmless_name(name) else name
            case ast.Constant(value=str(text)) if text.isidentifier() and _names_a_method(text):
                used = f".{text}"
        return used

    def _of_call(self, call: ast.Call) -> str:
        makes_a_class = getattr(call.func, "id", "") == "type" and len(call.args) != 1
        if makes_a_class or not self._is_callable(call.func):
            return Text("call %1", ast.unparse(call.func))
        for keyword in call.keywords:
            is_none = isinstance(keyword.value, ast.Constant) and keyword.value.value in (None, 1)
            if keyword.arg is None or (keyword.arg in _KEYWORDS and not is_none):
                return Text("use %1", keyword.arg or "**")
        if all(map(self._is_function, _called_by_name(call))):
            return ""
        return Text("call %1", ast.unparse(call.func))

    def _is_callable(self, called: ast.expr) -> bool:
        """Whether it is known what is called: a method or a function, and not what data holds."""
        if isinstance(called, ast.Call):  # a decorator with arguments
            return isinstance(called.func, ast.Attribute)
        is_function = isinstance(called, ast.Name) and called.id in self._functions
        return is_function or isinstance(called, ast.Attribute | ast.Lambda)

    def _is_function(self, node: ast.expr) -> bool:
        """Whether an argument is a function, or a text as it stands, and not one that is put together."""
        match node:
            case ast.Constant() | ast.Lambda() | ast.Attribute():
                return True
            case ast.Name(id=name):
                return name in self._functions
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
                return all(map(self._is_function, parts))
            case _:
                return False

    def _is_harmless_import(self, path: str) -> bool:
        module, _, name = path.rpartition(".")
        if path in MODULES:
            return True
        if module not in MODULES or is_strange(name):
            return False
        return module not in sys.modules or name in self._attributes

    def _is_harmless_name(self, name: str) -> bool:
        if name not in self._namespace:
            is_own = not name.startswith("__") and not hasattr(builtins, name)
            return is_own or name in _BUILTINS or name == "__name__"
        value = self._namespace[name]
        if type(value) is types.ModuleType:
            return vars(value).get("__name__") in MODULES
        if name not in self._data:
            self._data[name] = is_inert(value)
        return self._data[name]


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Dotted names of all that an import binds."""
    start = f"{'.' * node.level}{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
    return [f"{start}{alias.name}" for alias in node.names]


def _called_by_name(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments that a method of pandas calls, or calls what they name."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in _CALLING_BY_NAME:
        yield from call.args[: None if name == "NamedAgg" else 1]
        if name in ("agg", "aggregate"):
            yield from (keyword.value for keyword in call.keywords)
    elif name in _PIVOTING:
        yield from call.args[_MOST_PLAIN:]
        yield from (argument for argument in call.args if isinstance(argument, ast.Starred))
    yield from (keyword.value for keyword in call.keywords if keyword.arg in _FUNCTIONS)


def _names_a_method(text: str) -> bool:
    """Whether a text is the name of something that pandas could be told by it to call, and had better not."""
    return is_strange(text) and any(text in dir(kind) for kind in _called_kinds())


def _called_kinds() -> Iterator[type]:
    pandas = sys.modules.get("pandas")
    for name in ("DataFrame", "Series"):
        if isinstance(kind := getattr(pandas, name, None), type):
            yield kind


def _defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


def _bound(tree: ast.AST) -> Iterator[str]:
    """Names that get a value other than a function or class of their own."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case (
                ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name))
            ):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name


def _own_attributes(tree: ast.AST) -> Iterator[str]:
    """Attributes that the code makes itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.ClassDef):
            yield from _defined(node)
            yield from (name for part in node.body for name in _bound(part))


def _columns(tree: ast.AST, namespace: Mapping[str, Any]) -> Iterator[str]:
    """Columns of the tables that the code names: they are attributes too."""
    for name in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}:
        value = namespace.get(name)
        if package(type(value)) == "pandas" and type_name(type(value)) == "DataFrame" and is_inert(value):
            yield from (str(column) for column in value.columns)  # type: ignore[union-attr] # it is a table
