"""What other languages, libraries and versions call a method, and what stands for it here.

For use in the throwaway copy of the kernel, see `repair.hints` and `repair.mending`.
"""

from __future__ import annotations

import re
import sys
from numbers import Number
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["as_function", "called_here", "instead", "missing_attribute", "of_python"]

_ITEMS = {"iteritems": "items", "itervalues": "values", "iterkeys": "keys"}
_MEAN = {"average": "mean", "avg": "mean"}
_OF_AXES = ("xlabel", "xlim", "xscale", "xticks", "ylabel", "ylim", "yscale", "yticks")
_RENAMED = {
    "str": {"toUpperCase": "upper", "toLowerCase": "lower", "trim": "strip"},
    "list": {
        "push": "append",
        "push_back": "append",
        "add": "append",
        "addAll": "extend",
        "indexOf": "index",
    },
    "set": {"append": "add", "push": "add"},
    "dict": _ITEMS,
    "Series": _ITEMS | _MEAN,
    "DataFrame": _ITEMS | _MEAN | {"applymap": "map", "as_matrix": "to_numpy"},
    "SeriesGroupBy": _MEAN,
    "DataFrameGroupBy": _MEAN,
    "ndarray": _MEAN,
    "Axes": {name: f"set_{name}" for name in _OF_AXES},
    "matplotlib.pyplot": {f"set_{name}": name for name in (*_OF_AXES, "title")},
    "numpy": {
        "NaN": "nan",
        "NAN": "nan",
        "Inf": "inf",
        "Infinity": "inf",
        "product": "prod",
        "cumproduct": "cumprod",
        "in1d": "isin",
        "row_stack": "vstack",
        "alltrue": "all",
        "sometrue": "any",
        "trapz": "trapezoid",
        "round_": "round",
        "float_": "float64",
        "complex_": "complex128",
        "unicode_": "str_",
        "string_": "bytes_",
    },
}
"""By the type of the owner, or its name where it is a module: the same with the same arguments."""

_OF_PYTHON = {name: name for name in ("bool", "complex", "float", "int", "object", "str")}
_OF_PYTHON |= {"long": "int", "unicode": "str"}
"""What NumPy had under these names was Python's own; ``np.int64`` is another type."""

_INSTEAD = {
    ("DataFrame", "append"): "pd.concat([a, b])",
    ("Series", "append"): "pd.concat([a, b])",
    ("DataFrame", "sort"): ".sort_values(by=...) or .sort_index()",
    ("Series", "sort"): ".sort_values() or .sort_index()",
    ("DataFrame", "ix"): ".loc or .iloc",
    ("DataFrame", "lookup"): ".to_numpy() with row and column positions",
    ("Series", "get_value"): ".at",
    ("Series", "join"): "', '.join(series) for one text, .str.join(...) to put something between letters",
    ("Series", "len"): "len(series) for the rows, .str.len() for the length of each text",
    ("DataFrameGroupBy", "tshift"): ".shift",
    ("DatetimeIndex", "week"): ".isocalendar().week",
    ("DatetimeIndex", "weekofyear"): ".isocalendar().week",
    ("DatetimeProperties", "week"): ".isocalendar().week",
    ("ndarray", "append"): "np.append(array, values)",
    ("ndarray", "unique"): "np.unique(array)",
    ("ndarray", "median"): "np.median(array)",
    ("tuple", "sort"): "sorted(values)",
    ("pandas", "Float64Index"): "pd.Index(values, dtype='float64')",
    ("pandas", "Int64Index"): "pd.Index(values, dtype='int64')",
    ("pandas", "datetime"): "from datetime import datetime",
    ("pandas", "np"): "import numpy as np",
    ("DatetimeProperties", "weekofyear"): ".isocalendar().week",
    ("DatetimeProperties", "weekday_name"): ".day_name()",
    ("Timestamp", "weekday_name"): ".day_name()",
    ("Timedelta", "hours"): ".total_seconds() / 3600",
    ("Timedelta", "minutes"): ".total_seconds() / 60",
    ("str", "append"): "text + other",
    ("str", "decode"): "nothing: a text is decoded already",
    ("str", "replaceAll"): ".replace(old, new), or re.sub(pattern, new, text) for a pattern",
    ("str", "contains"): "part in text",
    ("str", "reverse"): "text[::-1]",
    ("tuple", "append"): "values + (value,)",
    ("dict", "has_key"): "key in d",
    ("dict", "add"): "d[key] = value",
    ("dict", "append"): "d[key] = value",
    ("list", "contains"): "value in values",
    ("list", "unique"): "set(values)",
    ("list", "mean"): "statistics.mean(values)",
    ("list", "median"): "statistics.median(values)",
    ("list", "std"): "statistics.stdev(values)",
    ("list", "join"): "', '.join(values)",
    ("list", "head"): "values[:5]",
    ("list", "map"): "[f(one) for one in values]",
    ("list", "filter"): "[one for one in values if ...]",
}
"""The same done in another way."""

_LENGTH = {"len": "len", "length": "len", "size": "len"}
_OF_ELEMENTS = _LENGTH | {name: name for name in ("all", "any", "max", "min", "sorted", "sum")}
_FUNCTIONS: dict[type, dict[str, str]] = {
    list: _OF_ELEMENTS,
    tuple: _OF_ELEMENTS,
    set: _OF_ELEMENTS,
    frozenset: _OF_ELEMENTS,
    dict: _LENGTH,
    str: _LENGTH,
}
_LIBRARIES = frozenset({"builtins", "matplotlib", "numpy", "pandas"})
_AMBIGUOUS = frozenset({"cat", "join", "len"})
"""What `.str` does for each value is not what is expected of a series under these names."""
_WANTED = {
    "str": "texts; .astype(str) makes texts of it",
    "dt": "dates; pd.to_datetime(...) makes dates of it",
    "cat": "categories; .astype('category') makes them",
}
_SAMPLED = 1_000


def missing_attribute(error: AttributeError) -> tuple[Any, str]:
    """The owner, and the name that it does not have, which is '' where the error does not say.

    NumPy tells those that it took away in words only.
    """
    removed = re.match(r"(?:module 'numpy' has no attribute '|`np\.)(\w+)", str(error))
    if error.name is None and removed is not None:
        return sys.modules.get("numpy"), removed[1]
    if error.obj is None and "'NoneType'" not in str(error):
        return None, ""
    return error.obj, error.name or ""


def called_here(owner: object, name: str) -> str:
    """What ``owner`` has under another name and with the same arguments; '' if there is nothing like it."""
    kind = _kind(owner)
    meant = _RENAMED.get(kind, {}).get(name, "")
    if not meant and kind == "Series" and name not in _AMBIGUOUS:
        accessor = _accessor(owner)
        meant = f"{accessor}.{name}" if accessor and hasattr(getattr(owner, accessor), name) else ""
    return meant if meant and hasattr(owner, meant.partition(".")[0]) else ""


def of_python(owner: object, name: str) -> str:
    """The type of Python's own for which the module ``owner`` once had another name; '' if there is none."""
    return _OF_PYTHON.get(name, "") if _kind(owner) == "numpy" else ""


def as_function(owner: object, name: str) -> str:
    """The function of Python's own that does what the method ``name`` of ``owner`` would; '' if none does."""
    return _FUNCTIONS.get(type(owner), {}).get(name, "")


def instead(owner: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - whatever has no such attribute
    """What to write for ``owner.name``, which there is not, in words for the model."""
    kind = _kind(owner)
    if plain := of_python(owner, name):
        yield f"numpy has no {name}; write {plain}, which it stood for"
    elif meant := called_here(owner, name):
        yield f"{kind} has no {name}; write .{meant} instead"
    elif function := as_function(owner, name):
        yield f"{kind} has no {name}; write {function}(...) around it"
    elif other := _INSTEAD.get((kind, name)):
        yield f"{kind}.{name} does not exist; use {other}"
    elif owner is None:
        yield "it is None: what it comes from gives nothing, as methods do that work in place"
    elif isinstance(owner, Number):
        yield f"it is a single number, {type(owner).__name__}, not a table"
    elif isinstance(owner, list) and owner and hasattr(owner[0], name):
        yield f"its elements have it: [one.{name}(...) for one in values]"
    else:
        yield from _of_array(owner, kind, name)


def _of_array(owner: Any, kind: str, name: str) -> Iterator[str]:  # noqa: ANN401 - the same
    """The same of tables, their columns and arrays, as far as these are such."""
    if kind == "Series" and name in _WANTED:
        yield f"it holds {owner.dtype}, no {_WANTED[name]}"
    elif kind == "ndarray" and owner.dtype == object and owner.size and hasattr(owner.flat[0], name):
        yield f"it is an array of shape {owner.shape}; each of its elements has {name}: choose one first"
    elif kind == "DataFrame" and name not in _WANTED and hasattr(owner.iloc[:, 0], name):
        yield f"DataFrame has no {name}, but each of its columns has: choose one first"
    elif kind == "Series" and hasattr(owner.to_frame(), name):
        yield f"Series has no {name}; write .to_frame() before it"


def _kind(owner: object) -> str:
    """The name of the module or of its type; '' for those of libraries that are not known here."""
    if isinstance(owner, ModuleType):
        return owner.__name__
    kind = type(owner)
    return kind.__name__ if kind.__module__.split(".")[0] in _LIBRARIES else ""


def _accessor(series: Any) -> str:  # noqa: ANN401 - a pandas series
    """Under which the methods of the values of a pandas series are; '' where they are of several kinds."""
    if getattr(series.dtype, "kind", "") in ("M", "m"):
        return "dt"
    values = series.dropna().head(_SAMPLED)
    return "str" if len(values) and all(isinstance(value, str) for value in values) else ""
