"""Data of the user's that code makes anew instead of using what is there."""

from __future__ import annotations

import ast
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING

from nbcoder.context.statics import is_among, module_of, name_of
from nbcoder.suggest.code.names import names_taken, tree_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

__all__ = ["made_up", "read_anew"]

_LIBRARIES = frozenset({"pandas", "polars", "numpy", "pyarrow", "geopandas", "xarray"})
_TABLES = frozenset({"DataFrame", "GeoDataFrame", "Series", "Table", "ndarray", "Dataset", "DataArray"})
_GROUPS = (list, dict, tuple, set)
_NO_DATA = (ModuleType, FunctionType, BuiltinFunctionType, type)
_READING = ("read", "load", "fetch", "open", "connect", "download", "query", "execute")


def made_up(code: str, names: Collection[str], namespace: Mapping[str, object]) -> tuple[str, ...]:
    """Those of ``names`` that the code binds to data of its own invention."""
    return tuple(name for name, is_read in _anew(code, names, namespace) if not is_read)


def read_anew(code: str, names: Collection[str], namespace: Mapping[str, object]) -> tuple[str, ...]:
    """Those of ``names`` that the code reads from a file once more."""
    return tuple(name for name, is_read in _anew(code, names, namespace) if is_read)


def _anew(code: str, names: Collection[str], namespace: Mapping[str, object]) -> Iterator[tuple[str, bool]]:
    """Each of ``names`` that gets new data before anything of the user's is used; whether that is read."""
    data = {name for name, value in namespace.items() if not issubclass(type(value), _NO_DATA)}
    body = tree_of(code).body
    for at, statement in enumerate(body):
        before = body[: at + 1]
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) if name in names:
                pass
            case _:
                continue
        if names_taken(ast.unparse(ast.Module(before, []))) & data:
            return
        is_read = _reads(before)
        if _is_table(namespace.get(name)) or (
            is_among(type(namespace.get(name)), _GROUPS) and (is_read or _has_values(before))
        ):
            yield name, is_read


def _is_table(value: object) -> bool:
    kind = type(value)
    return module_of(kind).partition(".")[0] in _LIBRARIES and name_of(kind) in _TABLES


def _reads(statements: Sequence[ast.stmt]) -> bool:
    """Whether something comes from outside, such as a file."""
    calls = [node.func for one in statements for node in ast.walk(one) if isinstance(node, ast.Call)]
    return any(ast.unparse(call).rpartition(".")[2].startswith(_READING) for call in calls)


def _has_values(statements: Sequence[ast.stmt]) -> bool:
    """Whether a list or the like is written out; an empty one is only begun."""
    return any(
        isinstance(node, ast.List | ast.Dict | ast.Tuple | ast.Set)
        and any(isinstance(part, ast.Constant) for part in ast.iter_child_nodes(node))
        for one in statements
        for node in ast.walk(one)
    )
