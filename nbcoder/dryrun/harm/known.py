"""The attributes that are known to do nothing but compute: those of data types and of modules for computing.

They are read off the classes and modules themselves, as they are loaded: what somebody has put there from
elsewhere is not known.
"""

from __future__ import annotations

import builtins
import collections
import datetime as dt
import decimal
import fractions
import random
import re
import sys
import types
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import attributes_of, bases, package

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MODULES", "is_strange", "known_attributes", "names_of_others"]

MODULES: Final = frozenset(
    {
        *("bisect", "calendar", "collections", "collections.abc", "copy", "datetime", "decimal", "fractions"),
        *("functools", "heapq", "itertools", "json", "math", "numbers", "numpy", "numpy.char", "numpy.fft"),
        *("numpy.linalg", "numpy.polynomial", "numpy.random", "numpy.strings", "operator", "pandas"),
        *("pandas.api", "pandas.api.types", "pandas.tseries", "pandas.tseries.offsets", "random", "re"),
        *("scipy", "scipy.cluster", "scipy.constants", "scipy.fft", "scipy.integrate", "scipy.interpolate"),
        *("scipy.linalg", "scipy.ndimage", "scipy.optimize", "scipy.signal", "scipy.spatial"),
        *("scipy.special", "scipy.stats", "sklearn", "sklearn.cluster", "sklearn.decomposition"),
        *("sklearn.ensemble", "sklearn.impute", "sklearn.linear_model", "sklearn.metrics"),
        *("sklearn.model_selection", "sklearn.naive_bayes", "sklearn.neighbors", "sklearn.preprocessing"),
        *("sklearn.svm", "sklearn.tree", "statistics", "string", "textwrap", "typing", "unicodedata"),
    }
)
"""Modules and packages for computing; what else is in the packages is not."""
_STARTS: Final = (
    *(
        "*",
        "_",
        "dump",
        "eval",
        "export",
        "fetch",
        "from_file",
        "fromfile",
        "fromregex",
        "genfromtxt",
        "load",
    ),
    *("memmap", "open", "query", "read_", "run", "save", "test", "to", "write"),
)
_STARTS_ALLOWED: Final = frozenset(
    {
        *("to_datetime", "to_dict", "to_frame", "to_list", "to_numeric", "to_numpy", "to_period"),
        *("to_records", "to_timedelta", "to_timestamp", "tobytes", "today", "tolist", "toordinal", "total"),
        *("total_seconds",),
    }
)
_DANGEROUS: Final = frozenset(
    {
        *(
            "DataSource",
            "ExcelFile",
            "ExcelWriter",
            "ForwardRef",
            "Formatter",
            "HDFStore",
            "attrgetter",
            "attrs",
        ),
        *(
            "ctypes",
            "evaluate_forward_ref",
            "get_type_hints",
            "main",
            "methodcaller",
            "option_context",
            "options",
            "register",
        ),
        *("reset_option", "set_option", "show_config", "show_versions", "singledispatch"),
        *("singledispatchmethod", "style"),
    }
)
"""They write, or they call what a string names, or they set what is called later."""
_OF_MODELS: Final = frozenset(
    {
        *("classes_", "cluster_centers_", "coef_", "components_", "explained_variance_ratio_"),
        *("feature_importances_", "fit", "fit_predict", "fit_transform", "inertia_", "intercept_"),
        *("labels_", "predict", "predict_proba", "pvalue", "score", "statistic"),
    }
)
_KINDS: Final[tuple[type, ...]] = (
    *(bool, bytes, bytearray, complex, dict, float, frozenset, int, list, range, set, slice, str, tuple),
    *(collections.Counter, collections.OrderedDict, collections.defaultdict, collections.deque),
    *(dt.date, dt.datetime, dt.time, dt.timedelta, dt.timezone),
    *(decimal.Decimal, fractions.Fraction, random.Random, re.Match, re.Pattern),
)
_LIBRARIES: Final = frozenset({"numpy", "pandas", "builtins"})
_KINDS_OF_NUMPY: Final = ("datetime64", "dtype", "float64", "int64", "ndarray", "timedelta64", "ufunc")
_KINDS_OF_PANDAS: Final = (
    *("Categorical", "CategoricalIndex", "DataFrame", "DatetimeIndex", "Index", "Interval", "IntervalIndex"),
    *("MultiIndex", "NaT", "Period", "PeriodIndex", "RangeIndex", "Series", "Timedelta", "TimedeltaIndex"),
    *("Timestamp", "api.typing.DataFrameGroupBy", "api.typing.Expanding", "api.typing.Resampler"),
    *("api.typing.Rolling", "api.typing.SeriesGroupBy", "Series.cat", "Series.dt", "Series.str"),
)
_ACCESSORS: Final = frozenset({"cat", "dt", "list", "sparse", "str", "struct"})


def is_strange(name: str) -> bool:
    """Whether something of that name is not harmless wherever it is found."""
    is_allowed = name in _STARTS_ALLOWED or not name.startswith(_STARTS)
    return not is_allowed or name in _DANGEROUS


def known_attributes() -> frozenset[str]:
    """Names that mean something harmless in all of the data types and modules for computing."""
    known: set[str] = set(_OF_MODELS)
    foreign: set[str] = set()
    for kind in _kinds():
        for base in bases(kind):
            for name, member in attributes_of(base).items():
                (known if _is_of_a_library(name, member) else foreign).add(name)
    for name in MODULES:
        module = sys.modules.get(name)
        if type(module) is types.ModuleType:
            held = {attribute: value for attribute, value in vars(module).items() if not _is_module(value)}
            known |= held.keys()
            foreign |= {attribute for attribute, value in held.items() if _is_of_a_cell(value)}
        known |= set(name.split(".")[1:])
    return frozenset(name for name in known - foreign if not is_strange(name))


def names_of_others() -> frozenset[str]:
    """Names by which modules are reached from each other, or that objects out of the known modules have."""
    names = {part for path in tuple(sys.modules) for part in path.split(".")}
    for name in MODULES:
        module = sys.modules.get(name)
        if type(module) is types.ModuleType:
            names |= {attribute for attribute, value in vars(module).items() if _is_module(value)}
            for value in tuple(vars(module).values()):
                names.update(dir(value) if isinstance(value, type) else ())
    for kind in (*vars(builtins).values(), *vars(types).values()):
        names.update(dir(kind) if isinstance(kind, type) else ())
    return frozenset(names)


def _kinds() -> Iterator[type]:
    yield from _KINDS
    for package_name, paths in (("numpy", _KINDS_OF_NUMPY), ("pandas", _KINDS_OF_PANDAS)):
        for path in paths:
            found: Any = sys.modules.get(package_name)
            for part in path.split("."):
                found = getattr(found, part, None)
            if found is not None:
                yield found if isinstance(found, type) else type(found)
    if (generator := sys.modules.get("numpy.random._generator")) is not None:
        yield generator.Generator


def _is_of_a_library(name: str, member: object) -> bool:
    """Whether a member of a class is its own, and nothing that the user has put there."""
    if type(member) is types.FunctionType:
        return str(member.__globals__.get("__name__")).partition(".")[0] in _OWNERS
    accessor = getattr(member, "_accessor", None) if package(type(member)) == "pandas" else None
    return accessor is None or name in _ACCESSORS


_OWNERS: Final = _LIBRARIES | {"collections", "_collections_abc", "decimal", "fractions", "numbers", "random"}


def _is_of_a_cell(value: object) -> bool:
    return type(value) is types.FunctionType and value.__globals__.get("__name__") == "__main__"


def _is_module(value: object) -> bool:
    return type(value) is types.ModuleType
