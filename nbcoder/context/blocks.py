"""The arrays that tables of pandas are made of, taken out of them without a line of the user's code.

Whatever pandas itself gives out of a table, a column or a part of it, comes with a deep copy of what the user
has put into its ``attrs``: that runs the code of the objects in it, and may take seconds. And arrays, indexes
and their names may be of anybody's classes. So arrays are taken from where a table keeps them, and only those
of numpy and of pandas are looked into. The tables and indexes here are of the exact types of pandas.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nbcoder.context.statics import instance_dict, loaded, module_of, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "array_of",
    "column_at",
    "columns_index",
    "first_labels",
    "has_blocks",
    "has_known_labels",
    "index_of",
    "is_known",
    "is_mapped",
    "levels_of",
    "plain",
    "shape_of",
    "values_of",
]

_PACKAGES = ("numpy", "pandas")
_MOST_VIEWS = 16


def has_blocks(table: Any) -> bool:  # noqa: ANN401 - a table of pandas
    """Whether it is made as the functions here take it; one that was never filled is not."""
    manager = instance_dict(table).get("_mgr")
    return is_known(manager) and hasattr(manager, "blocks")


def plain(table: object) -> Any:  # noqa: ANN401 - a table of pandas or None
    """The same data as a table of pandas' own, for one of a class that builds on these; else None."""
    for name in ("DataFrame", "Series"):
        base = loaded("pandas", name)
        if base is not None and type(table) is not base and issubclass(type(table), base):
            kept = instance_dict(table)
            made = object.__new__(base)
            vars(made).update(_mgr=kept.get("_mgr"), _name=kept.get("_name"))
            return made if has_blocks(made) else None
    return None


def index_of(table: Any) -> Any:  # noqa: ANN401 - an index of pandas or a user's
    """What names the rows of a frame or series."""
    return table._mgr.axes[-1]  # noqa: SLF001 - what tables give by themselves comes with ``attrs``


def columns_index(frame: Any) -> Any:  # noqa: ANN401 - the same
    """What names the columns of a frame."""
    return frame._mgr.axes[0]  # noqa: SLF001 - the same


def column_at(frame: Any, at: int) -> Any:  # noqa: ANN401 - an array of numpy, pandas or a user
    """The array of the column at that place, of a frame whose columns have known labels."""
    manager = frame._mgr  # noqa: SLF001 - the same
    if not has_known_labels(index_of(frame)):  # to find the place, pandas would ask it for its length
        plain = loaded("pandas", "RangeIndex")(shape_of(frame)[0])
        manager = type(manager)(manager.blocks, [columns_index(frame), plain], verify_integrity=False)
    values = _as_numpys(manager.blocks[manager.blknos[at]].values)
    is_of_several = is_known(values) and values.ndim > 1
    return values[manager.blklocs[at]] if is_of_several else values


def values_of(series: Any) -> Any:  # noqa: ANN401 - the same
    """The array of a series."""
    return _as_numpys(series._mgr.blocks[0].values)  # noqa: SLF001 - the same


def array_of(index: Any) -> Any:  # noqa: ANN401 - the same, or a range
    """The array of an index of one level."""
    is_range = name_of(type(index)) == "RangeIndex"
    return index._range if is_range else _as_numpys(index._data)  # noqa: SLF001 - pandas would cache it there


def levels_of(index: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - a ``MultiIndex``
    """The levels of a ``MultiIndex``, each with the places in it, row by row; -1 for what is missing.

    To take a part of it, pandas would ask its names for their hashes.
    """
    return list(zip(index._levels, index._codes, strict=True))  # noqa: SLF001 - the same


def is_known(values: Any) -> bool:  # noqa: ANN401 - any array
    """Whether its class is one of numpy, of pandas or of Python, which run no code of the user's."""
    return type(values) is range or module_of(type(values)).partition(".")[0] in _PACKAGES


def is_mapped(values: Any) -> bool:  # noqa: ANN401 - the same
    """Whether it lies in a file mapped to memory: that may be slow, and ends the kernel if it was cut."""
    array, mapping = loaded("numpy", "ndarray"), loaded("mmap", "mmap")
    for _ in range(_MOST_VIEWS):
        if type(values) is memoryview:
            values = values.obj
        elif issubclass(type(values), array):
            values = array.base.__get__(values)
        else:
            return mapping is not None and issubclass(type(values), mapping)
    return True


def has_known_labels(index: Any) -> bool:  # noqa: ANN401 - whatever names rows or columns
    """Whether the index and the arrays in it are of such classes."""
    if not is_known(index):
        return False
    if name_of(type(index)) == "MultiIndex":
        return all(has_known_labels(level) for level, _ in levels_of(index))
    return is_known(array_of(index))


def first_labels(index: Any, most: int) -> Sequence[Any]:  # noqa: ANN401 - the same
    """The first of its labels, of an index whose labels are known."""
    if name_of(type(index)) != "MultiIndex":
        part = array_of(index)[:most]
        labels: list[Any] = list(part) if type(part) is range else part.tolist()
        return labels
    parts = [[_label(level, place) for place in codes[:most].tolist()] for level, codes in levels_of(index)]
    return list(zip(*parts, strict=True))


def shape_of(table: Any) -> tuple[int, int]:  # noqa: ANN401 - a frame or series
    """How many rows and columns it has; a series has one."""
    manager = table._mgr  # noqa: SLF001 - the same
    columns = sum(len(block.mgr_locs) for block in manager.blocks) if len(manager.axes) > 1 else 1
    if has_known_labels(index_of(table)):
        return len(index_of(table)), columns
    arrays = map(_as_numpys, (block.values for block in manager.blocks))
    return next((int(values.shape[-1]) for values in arrays if is_known(values)), 0), columns


def _label(level: Any, place: int) -> object:  # noqa: ANN401 - an index
    return math.nan if place < 0 else next(iter(array_of(level)[place : place + 1]))


def _as_numpys(values: Any) -> Any:  # noqa: ANN401 - any array
    """An array of a subclass of numpy's, whose code would run to take something out of it, as numpy's own."""
    array = loaded("numpy", "ndarray")
    is_of_subclass = issubclass(type(values), array) and type(values) is not array
    return array.view(values, array) if is_of_subclass else values
