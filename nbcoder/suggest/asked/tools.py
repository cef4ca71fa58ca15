"""Variables that are there to be worked with: what use changes in them is no data of the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nbcoder.context.statics import bases_of, class_dict, module_of, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["tools"]

_PACKAGES: Final = frozenset(
    {"_csv", "_io", "ipywidgets", "logging", "matplotlib", "mpl_toolkits", "sqlite3"}
)


def tools(namespace: Mapping[str, object]) -> frozenset[str]:
    """Names of axes and figures, widgets, open files, connections, loggers and iterators."""
    known: dict[int, bool] = {}
    found = set()
    for name, value in tuple(namespace.items()):
        kind = type(value)
        if (is_tool := known.get(id(kind))) is None:
            is_tool = known[id(kind)] = _is_of_tools(kind)
        if is_tool or _is_grid_of_axes(value, kind):
            found.add(name)
    return frozenset(found)


def _is_of_tools(kind: type) -> bool:
    return any(
        module_of(base).partition(".")[0] in _PACKAGES or "__next__" in class_dict(base)
        for base in bases_of(kind)
    )


def _is_grid_of_axes(value: object, kind: type) -> bool:
    if (module_of(kind), name_of(kind)) != ("numpy", "ndarray"):
        return False
    array: Any = value
    if not array.dtype.hasobject or array.dtype.names is not None or not array.size:
        return False
    return _is_of_tools(type(array.item(0)))
