"""Imports that are missing, misspelt, or of what has moved since.

For use in the throwaway copy of the kernel, see `repair.hints` and `repair.mending`;
`with_import` is for the code outside of it.
"""

from __future__ import annotations

import ast
import collections.abc
import importlib.util
import pkgutil
import re
import sys
from typing import TYPE_CHECKING

from nbcoder.models.python_source import as_python
from nbcoder.suggest.code.edits import Edit, replaced
from nbcoder.suggest.code.near import misspelt, near

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IMPORTS", "import_remedies", "imports", "missing_import", "named_anew", "with_import"]

IMPORTS = frozenset({"imported", "module"})
"""The kinds of remedies of `import_remedies`."""
_ALIASES = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "pl": "import polars as pl",
    "plt": "import matplotlib.pyplot as plt",
    "px": "import plotly.express as px",
    "sns": "import seaborn as sns",
}
_OF_PYTHON = frozenset(
    re.findall(
        r"\w+",
        """
        base64 bisect calendar collections copy csv datetime decimal fractions functools gc glob gzip hashlib
        heapq io itertools json logging math operator os pickle pprint random re shutil sqlite3 statistics
        string subprocess sys tempfile textwrap time timeit traceback typing uuid warnings zipfile
        """,
    )
)
_OF_MODULES = {
    "Counter": "collections",
    "OrderedDict": "collections",
    "Path": "pathlib",
    "datetime": "datetime",
    "deepcopy": "copy",
    "defaultdict": "collections",
    "namedtuple": "collections",
    "reduce": "functools",
    "timedelta": "datetime",
    "train_test_split": "sklearn.model_selection",
}
"""Names that are imported from one module, whoever writes them."""
_OF_PYTHON_2 = {"raw_input": "input", "unichr": "chr", "unicode": "str", "xrange": "range"}
_MOVED = {
    "IPython.core.display": "IPython.display",
    "pandas.tools.plotting": "pandas.plotting",
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.datasets.samples_generator": "sklearn.datasets",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.linear_model.logistic": "sklearn.linear_model",
}
"""Modules that are gone, and where what was in them is now."""
_ELSEWHERE = {
    "scipy.integrate.cumtrapz": "scipy.integrate.cumulative_trapezoid",
    "scipy.integrate.simps": "scipy.integrate.simpson",
    "sklearn.externals": "joblib, a package of its own,",
    "sklearn.metrics.plot_confusion_matrix": "sklearn.metrics.ConfusionMatrixDisplay.from_estimator",
    "sklearn.metrics.plot_roc_curve": "sklearn.metrics.RocCurveDisplay.from_estimator",
    "sklearn.preprocessing.Imputer": "sklearn.impute.SimpleImputer",
}
"""What has another name as well now, and may take other arguments."""
_ALIKE = 0.85
"""Among hundreds of modules, one is a little like any name."""


def missing_import(name: str, tree: ast.AST) -> str:
    """The line that imports what code calls ``name``, which is no variable there; '' if that is not sure."""
    asked = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    }
    if (line := _ALIASES.get(name, "")) and _is_installed(line.split()[1]):
        return line
    if asked and name in _OF_PYTHON and asked <= set(dir(importlib.import_module(name))):
        return f"import {name}"
    module = _OF_MODULES.get(name, "")
    return f"from {module} import {name}" if module and _is_installed(module) else ""


def named_anew(name: str) -> str:
    """What Python calls now what Python 2 had under this name; '' for any other."""
    return _OF_PYTHON_2.get(name, "")


def imports(error: BaseException) -> Iterator[str]:
    """What to import instead, in words for the model."""
    name, asked = _missing(error)
    path, (parent, _, last) = f"{name}.{asked}".strip("."), name.rpartition(".")
    meant = ""
    if moved := _moved(name, asked):
        yield f"{asked or f'what was in {name}'} is in {moved} now"
    elif path in _ELSEWHERE:
        yield f"{path} is {_ELSEWHERE[path]} now"
    elif asked:
        meant = near(asked, dir(sys.modules.get(name)))
        yield f"{name} has no {asked}" + (f"; did you mean {meant}?" if meant else "")
    elif parent in sys.modules:
        meant = near(last, _modules(parent))
        yield f"{parent} has no {last}" + (f"; did you mean {parent}.{meant}?" if meant else "")
    elif name:
        meant = near(name, _modules(), _ALIKE)
        yield f"the module {name} is not installed; " + (
            f"did you mean {meant}?" if meant else "do without it"
        )


def import_remedies(error: BaseException) -> Iterator[tuple[str, str, str]]:
    """What to do about ``error``, as `repair.mending.remedy` tells it."""
    name, asked = _missing(error)
    parent, _, last = name.rpartition(".")
    if moved := _moved(name, asked):
        yield ("module", name, moved)
    elif asked and (meant := misspelt(asked, [one for one in dir(sys.modules.get(name)) if one[0] != "_"])):
        yield ("imported", asked, meant)
    elif not asked and (meant := misspelt(last, _modules(parent))):
        yield ("module", name, f"{parent}.{meant}".strip("."))


def with_import(code: str, tree: ast.AST, kind: str, old: str, new: str) -> str:
    """``code`` that imports the module ``new`` for ``old``, or the name ``new`` from the same module."""
    edits = [edit for node in ast.walk(tree) for edit in _edits(code, node, kind, old, new)]
    if kind == "imported" and any(edit.text == new for edit in edits):
        named = (one for one in ast.walk(ast.parse(as_python(code))) if isinstance(one, ast.Name))
        uses = (one for one in named if one.id == old and ast.get_source_segment(code, one) == old)
        edits += [Edit(one, new) for one in uses]
    return replaced(code, edits)


def _edits(code: str, node: ast.AST, kind: str, old: str, new: str) -> Iterator[Edit]:
    match node:
        case ast.Import(names=names) if kind == "module":
            # Without another name, the code below says ``old``.
            yield from (
                _of_alias(one, f"{new} as {one.asname}") for one in names if one.name == old and one.asname
            )
        case ast.ImportFrom(names=names, level=0) if kind == "imported":
            named = (one for one in names if one.name == old)
            yield from (_of_alias(one, f"{new} as {one.asname}" if one.asname else new) for one in named)
        case ast.ImportFrom(module=module, level=0) if kind == "module" and module == old:
            written = ast.get_source_segment(code, node) or ""
            yield Edit(node, re.sub(r"\Afrom(\s{1,99})" + re.escape(old), rf"from\g<1>{new}", written))


def _of_alias(alias: ast.alias, text: str) -> Edit:
    place = ast.Constant(None)
    return Edit(ast.copy_location(place, alias), text)


def _missing(error: BaseException) -> tuple[str, str]:
    """The module, and what is not in it; the second is '' where the module itself is not there."""
    name = str(getattr(error, "name", None) or "")
    asked = re.match(r"cannot import name '(\w+)'", str(error))
    if isinstance(error, ModuleNotFoundError) or asked is None:
        return (name, "") if isinstance(error, ModuleNotFoundError) else ("", "")
    return name, asked[1]


def _moved(name: str, asked: str) -> str:
    """The module in which it is now; '' where it has not moved as it was."""
    if name == "collections" and asked in collections.abc.__all__:
        return "collections.abc"
    moved = _MOVED.get(name, "")
    return moved if moved and _is_installed(moved) else ""


def _modules(parent: str = "") -> list[str]:
    """Those that are installed, or are in the package ``parent``."""
    if parent:
        path = getattr(sys.modules.get(parent), "__path__", None)
        return [one.name for one in pkgutil.iter_modules(path) if one.name[0] != "_"] if path else []
    installed = [one.name for one in pkgutil.iter_modules() if one.name[0] != "_"]
    return [*installed, *(one for one in sys.stdlib_module_names if one[0] != "_")]


def _is_installed(module: str) -> bool:
    """Whether its package is: to look for what is inside would import that, which may take seconds."""
    try:
        return importlib.util.find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False
