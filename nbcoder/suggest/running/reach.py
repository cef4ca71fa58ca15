"""Which names of a piece of code lead to what acts outside of the kernel, looked up in the live namespace.

None of the user's code is run for it: modules, functions and objects are read by their exact types, names by
their places in dictionaries.
"""

from __future__ import annotations

import ast
import builtins
import functools
import sys
import sysconfig
import types
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import attributes_of, bases, module_name, package, type_name
from nbcoder.suggest.running.bytecode import named_in
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Reach"]

_OUTSIDE: Final = frozenset(
    {
        *("_ctypes", "_posixsubprocess", "_socket", "asyncpg", "azure", "boto3", "botocore", "cffi"),
        *("confluent_kafka", "ctypes", "cx_Oracle", "docker", "elasticsearch", "fabric", "ftplib", "git"),
        *("grpc", "imaplib", "importlib", "kafka", "kubernetes", "MySQLdb", "mysql", "oracledb", "paramiko"),
        *("pexpect", "pika", "poplib", "psycopg", "psycopg2", "pty", "ptyprocess", "pymongo", "pymssql"),
        *("pymysql", "pyodbc", "redis", "runpy", "shutil", "smtplib", "snowflake", "socket", "ssl"),
        *("subprocess", "telnetlib", "webbrowser", "websocket", "websockets", "zmq"),
    }
)
"""Packages that are there to act on what is outside of the process, or to run any code."""
_CONNECTED: Final = frozenset(
    {
        *("aiohttp.client.ClientSession", "httpx.AsyncClient", "httpx.Client"),
        *("ipykernel.ipkernel.IPythonKernel", "ipykernel.kernelbase.Kernel"),
        *("requests.sessions.Session", "urllib3.poolmanager.PoolManager"),
        *("IPython.core.interactiveshell.InteractiveShell", "ipykernel.zmqshell.ZMQInteractiveShell"),
    }
)
"""Classes of other packages whose objects do so."""
_ENDING: Final = frozenset({"_sitebuiltins.Quitter", "IPython.core.autocall.ExitAutocall"})
_HOLDING: Final = frozenset({"__main__", "builtins", "functools", "sqlalchemy"})
"""Where objects come from that are looked into: the user's, and those that hold another package's driver."""
_OS: Final = frozenset(
    {
        *("DirEntry", "PathLike", "access", "altsep", "chdir", "cpu_count", "curdir", "defpath", "devnull"),
        *("environ", "error", "extsep", "fsdecode", "fsencode", "fspath", "fwalk", "get_terminal_size"),
        *("getcwd", "getcwdb", "getenv", "getlogin", "getpid", "getppid", "getuid", "linesep", "listdir"),
        *("lstat", "name", "open", "pardir", "path", "pathsep", "process_cpu_count", "readlink", "scandir"),
        *("sched_getaffinity", "sep", "stat", "stat_result", "statvfs", "strerror", "terminal_size"),
        *("times", "umask", "uname", "urandom", "walk", "F_OK", "R_OK", "W_OK", "X_OK"),
    }
)
_SYS: Final = frozenset(vars(sys)) - {
    *("_getframe", "_current_frames", "addaudithook", "meta_path", "modules", "path_hooks", "setprofile"),
    "settrace",
}
_PARTLY: Final[dict[str, frozenset[str]]] = {
    "IPython.core.getipython": frozenset(),
    "nt": _OS,
    "os": _OS,
    "posix": _OS,
    "sys": _SYS,
}
"""Modules of which only these attributes are known to leave the outside alone."""
_DATA: Final = frozenset({"collections", "datetime", "decimal", "numpy", "pandas", "polars", "pyarrow"})
_DATA_TYPES: Final = (bool, bytes, complex, dict, float, frozenset, int, list, set, str, tuple)
_GROUPS: Final = (list, tuple, set, frozenset)
_MOST_VALUES: Final = 2_000
_MOST_ITEMS: Final = 50
_DEPTH: Final = 8


class Reach:
    """What can be reached from ``namespace``; each value is looked at once, and not all of a large heap."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._seen: set[int] = set()

    def of_code(self, tree: ast.AST) -> Iterator[str]:
        """What the names in ``tree`` lead to, in words."""
        imported = dict(_imported(tree))
        for path in dict.fromkeys(imported.values()):
            yield from self._from_modules(path, _DEPTH)
        for path in _paths(tree):
            yield from self._resolve(path, imported, self._namespace, _DEPTH)

    def is_known(self, called: ast.expr) -> bool:
        """Whether ``called`` belongs to live data or a loaded module, so that its name alone says nothing."""
        root: ast.expr = called
        while isinstance(root, ast.Attribute | ast.Call | ast.Subscript):
            root = root.func if isinstance(root, ast.Call) else root.value
        if isinstance(root, ast.Constant):
            return True
        if not isinstance(root, ast.Name):
            return False
        value = self._namespace.get(root.id, sys.modules.get(root.id))
        return type(value) is types.ModuleType or _is_data(value)

    def _resolve(
        self,
        path: tuple[str, ...],
        imported: Mapping[str, tuple[str, ...]],
        names: Mapping[str, Any],
        depth: int,
    ) -> Iterator[str]:
        first, *rest = path
        if first in imported:
            yield from self._from_modules((*imported[first], *rest), depth)
        elif first in names:
            yield from self._along(names[first], rest, depth)
        elif first in _PARTLY or first in _OUTSIDE:
            yield from self._from_modules(path, depth)
        else:
            yield from self._along(vars(builtins).get(first), rest, depth)

    def _from_modules(self, path: tuple[str, ...], depth: int) -> Iterator[str]:
        first, *rest = path
        if first in _OUTSIDE:
            yield Text("use %1", ".".join(path))
        elif rest and type(module := sys.modules.get(first)) is types.ModuleType:
            yield from self._along(module, rest, depth)

    def _along(self, value: object, attributes: Iterable[str], depth: int) -> Iterator[str]:
        rest = list(attributes)
        while type(value) is types.ModuleType:
            name = str(vars(value).get("__name__"))
            if name.partition(".")[0] in _OUTSIDE or (name in _PARTLY and not rest):
                yield Text("use %1", name)
                return
            if not rest:
                return
            if name in _PARTLY and rest[0] not in _PARTLY[name]:
                yield Text("call %1", f"{name}.{rest[0]}")
                return
            value = vars(value).get(rest.pop(0), None)
        yield from self._behind(value, depth)

    def _behind(self, value: object, depth: int) -> Iterator[str]:
        if depth <= 0 or id(value) in self._seen or len(self._seen) >= _MOST_VALUES or _is_plain(value):
            return
        self._seen.add(id(value))
        kind = type(value)
        if kind is types.ModuleType:
            yield from self._along(value, (), depth)
        elif kind is types.FunctionType:
            yield from self._function(value, depth)  # type: ignore[arg-type] # it is one
        elif kind is types.BuiltinFunctionType:
            yield from self._builtin(value, depth)  # type: ignore[arg-type] # it is one
        elif kind is types.MethodType:
            for part in (value.__func__, value.__self__):  # type: ignore[attr-defined] # it is one
                yield from self._behind(part, depth)
        elif issubclass(kind, type):
            yield from self._class(value, depth)  # type: ignore[arg-type] # it is one
        else:
            yield from self._instance(value, kind, depth)

    def _function(self, function: types.FunctionType, depth: int) -> Iterator[str]:
        module = str(function.__globals__.get("__name__"))
        if acts := _acts(module, function.__name__):
            yield acts
        elif _is_users(function.__code__):
            imported, paths = named_in(function.__code__)
            for path in dict.fromkeys(imported.values()):
                yield from self._from_modules(path, depth - 1)
            for path in paths:
                yield from self._resolve(path, imported, function.__globals__, depth - 1)
        wrapped = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
        for value in (*wrapped, *(function.__defaults__ or ())):
            yield from self._behind(value, depth - 1)

    def _builtin(self, function: types.BuiltinFunctionType, depth: int) -> Iterator[str]:
        owner = function.__self__
        if type(owner) is types.ModuleType or owner is None:
            if acts := _acts(str(vars(owner).get("__name__")) if owner else "", function.__name__):
                yield acts
        else:
            yield from self._behind(owner, depth - 1)

    def _class(self, kind: type, depth: int) -> Iterator[str]:
        if package(kind) in _OUTSIDE:
            yield Text("use %1", f"{module_name(kind)}.{type_name(kind)}")
            return
        for base in bases(kind):
            if package(base) == "__main__" or _is_of_a_user(base):
                for member in list(attributes_of(base).values())[:_MOST_ITEMS]:
                    yield from self._behind(_function_of(member), depth - 1)

    def _instance(self, value: object, kind: type, depth: int) -> Iterator[str]:
        for base in bases(kind):
            name = f"{module_name(base)}.{type_name(base)}"
            if name in _ENDING:
                yield Text("end the kernel")
                return
            if package(base) in _OUTSIDE or name in _CONNECTED:
                yield Text("use %1", name)
                return
        yield from self._class(kind, depth)
        if package(kind) in _HOLDING or _is_of_a_user(kind):
            for part in _parts(value, kind):
                yield from self._behind(part, depth - 2)


def _acts(module: str, name: str) -> str:
    if module.partition(".")[0] in _OUTSIDE:
        return Text("use %1", f"{module}.{name}")
    return Text("call %1", f"{module}.{name}") if name not in _PARTLY.get(module, {name}) else ""


def _parts(value: Any, kind: type) -> list[object]:  # noqa: ANN401 - any object
    """What an object holds: the items of a container, else what is in its attributes."""
    if kind is dict:
        return list(value.values())[:_MOST_ITEMS]
    if any(kind is group for group in _GROUPS):
        return list(value)[:_MOST_ITEMS]
    if kind is functools.partial:
        return [value.func, *value.args[:_MOST_ITEMS], *list(value.keywords.values())[:_MOST_ITEMS]]
    for base in bases(kind):
        getter = attributes_of(base).get("__dict__")
        if type(getter) is types.GetSetDescriptorType:
            held = getter.__get__(value)
            return list(held.values())[:_MOST_ITEMS] if type(held) is dict else []
    return []


def _function_of(member: Any) -> object:  # noqa: ANN401 - any object
    """The function in what a class holds, if there is one."""
    kind = type(member)
    if kind is property:
        return member.fget
    return member.__func__ if kind is classmethod or kind is staticmethod else member


def _is_plain(value: object) -> bool:
    return value is None or package(type(value)) in _DATA


def _is_data(value: object) -> bool:
    return any(type(value) is kind for kind in _DATA_TYPES) or package(type(value)) in _DATA


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # of a name that is not bound yet
        return False


@functools.cache
def _library_folders() -> tuple[str, ...]:
    folders = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return (*sorted(filter(None, folders)), "<frozen")


def _is_users(code: types.CodeType) -> bool:
    return not code.co_filename.startswith(_library_folders())


def _is_of_a_user(kind: type) -> bool:
    """Whether a class comes from a module of the user's: a file beside the notebook."""
    module = sys.modules.get(module_name(kind))
    file = vars(module).get("__file__") if type(module) is types.ModuleType else None
    return isinstance(file, str) and not file.startswith(_library_folders())


def _imported(tree: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each name that an import binds, with the dotted path to what it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                path = tuple(alias.name.split("."))
                yield alias.asname or path[0], path if alias.asname else path[:1]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, (*(node.module or "").split("."), alias.name)


def _paths(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Every dotted name that is read, as long as it is: ``os.path.join`` and not its beginnings too."""
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if id(node) in inner or not isinstance(node, ast.Attribute | ast.Name):
            continue
        path: list[str] = []
        part: ast.expr = node
        while isinstance(part, ast.Attribute):
            path.append(part.attr)
            part = part.value
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield (part.id, *reversed(path))
