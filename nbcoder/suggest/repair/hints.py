"""What a model needs to know to mend an error, computed from the live objects that were there.

Called in the throwaway copy of the kernel, right where the error was raised: looking at any object is
harmless there, even when that runs the object's own code.
"""

from __future__ import annotations

import builtins
import os
import re
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from nbcoder.suggest.code.near import near
from nbcoder.suggest.data.columns import column_names, row_labels
from nbcoder.suggest.repair.asserted import compared
from nbcoder.suggest.repair.chains import steps
from nbcoder.suggest.repair.conversions import dates_of_texts, missing_integers, numbers_of_texts, time_zones
from nbcoder.suggest.repair.imports import imports, missing_import, named_anew
from nbcoder.suggest.repair.mistaken import (
    ambiguous_truth,
    broken_numbers,
    kinds_of_values,
    local_before_bound,
    no_functions,
    not_called,
    numbers_there,
)
from nbcoder.suggest.repair.pandas_hints import (
    NOT_NUMERIC,
    dates_of_parts,
    frequencies,
    line_of_names,
    numbers_only,
    one_level,
    other_lengths,
    other_rows,
    positions,
    unnamed_index,
)
from nbcoder.suggest.repair.parameters import signatures
from nbcoder.suggest.repair.raised import frames, mentioned, user_frame, user_tree
from nbcoder.suggest.repair.reading import encodings, no_json, separators
from nbcoder.suggest.repair.renamed import instead, missing_attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["explain"]

_MOST_NAMES = 30
_MOST_ENTRIES, _DEEPEST = 5_000, 4


def explain(error: BaseException) -> str:
    """Hints for mending ``error``, one a line; '' when there is nothing to tell."""
    hints: list[str] = []
    for kind, tell in _TELLERS:
        if isinstance(error, kind):
            try:
                hints += [hint for hint in tell(error) if hint and hint not in hints]
            except Exception:  # noqa: BLE001, S112 - arbitrary objects are asked; no hint is better than none at all
                continue
    return "\n".join(hints[:6])


def _name_error(error: BaseException) -> Iterator[str]:
    name = getattr(error, "name", None) or _quoted(str(error))
    if not name or isinstance(error, UnboundLocalError):
        return
    if line := missing_import(name, user_tree(error)):
        yield f"{name} is not imported; write: {line}"
        return
    if named := named_anew(name):
        yield f"{name} is called {named} in Python 3"
        return
    frame = user_frame(error)
    known = [*frame.f_locals, *frame.f_globals, *dir(builtins)] if frame else dir(builtins)
    meant = near(name, known)
    columns = [one for _, value in mentioned(error) for one in column_names(value)]
    if type(error).__name__ == "UndefinedVariableError" and (column := near(name, columns)):
        yield f"there is no column {name}; did you mean {column}?"
        return
    yield f"there is no variable {name}" + (f"; did you mean {meant}?" if meant else "")
    owners = [
        f'{variable}["{name}"]'
        for variable, value in (_user_variables(frame) if frame else ())
        if name in column_names(value)
    ]
    if owners:
        yield f"{name} is a column: {', '.join(owners[:3])}"


def _attribute_error(error: BaseException) -> Iterator[str]:
    owner, name = missing_attribute(error) if isinstance(error, AttributeError) else (None, "")
    if not name:
        return
    if told := list(instead(owner, name)):
        yield from told
        return
    kind = owner.__name__ if isinstance(owner, ModuleType) else type(owner).__name__
    meant = near(name, [attribute for attribute in dir(owner) if not attribute.startswith("_")])
    if isinstance(owner, ModuleType) and (version := getattr(owner, "__version__", "")):
        yield f"{kind} {version} has no {name}" + (f"; did you mean {meant}?" if meant else "")
    elif meant:
        yield f"{kind} has no {name}; did you mean {meant}?"
    else:
        yield f"{kind} has no {name}"
    yield from _told_columns(owner, name)


def _key_error(error: BaseException) -> Iterator[str]:
    keys = [str(key) for key in error.args[:1]]
    asked = keys[0].removeprefix("Column not found: ") if keys else ""
    if missing := re.search(r"\['([^']+)'", asked):
        asked = missing.group(1)
    for _, frame in frames(error, innermost_first=True):
        owner = frame.f_locals.get("self")
        if column_names(owner) or _levels(owner):
            yield from _told_columns(owner, asked)
            return
    for name, value in mentioned(error):
        if isinstance(value, dict):
            yield f"the keys of {name} are {_listed(list(value))}"
        elif labels := row_labels(value):
            meant = near(asked, labels)
            yield f"the labels of {name} are {_listed(labels)}" + (
                f"; did you mean {meant!r}?" if meant else ""
            )
        else:
            yield from _told_columns(value, asked, name)


def _value_or_type_error(error: BaseException) -> Iterator[str]:
    """Most of these come from a dtype that is not what the code takes it for."""
    if re.search(r"unexpected keyword|positional argument", str(error)):
        return
    for name, value in mentioned(error):
        columns = column_names(value)
        dtypes = getattr(value, "dtypes", None)
        if columns and dtypes is not None:
            listed = ", ".join(f"{column!r}: {dtype}" for column, dtype in list(dtypes.items())[:_MOST_NAMES])
            yield f"the dtypes of {name} are {listed}"
            if NOT_NUMERIC.search(str(error)):
                numeric = [str(c) for c, d in dtypes.items() if getattr(d, "kind", "O") in "iufcb"]
                yield f"the numeric columns of {name} are {_listed(numeric)}"
        elif hasattr(value, "dtype") and hasattr(value, "shape"):
            yield f"{name} is {type(value).__name__} of shape {value.shape} and dtype {value.dtype}"


def _file_error(error: BaseException) -> Iterator[str]:
    asked = Path(str(getattr(error, "filename", "") or ""))
    files = sorted(_files_here())
    if files:
        meant = near(asked.name, [Path(file).name for file in files])
        chosen = next((file for file in files if meant and Path(file).name == meant), None)
        yield f"did you mean {chosen!r}?" if chosen else f"the files here are {_listed(files[:20])}"


def _files_here() -> Iterator[str]:
    """Files in the working folder and a little below, the nearest first.

    The time for it is the dry run's own: a folder that holds a whole disk must not use it up.
    """
    folders, left = [("", 0)], _MOST_ENTRIES
    for folder, depth in folders:
        if not left:
            return
        try:
            with os.scandir(folder or ".") as listed:
                entries = list(islice(listed, left))
        except OSError:
            continue
        left -= len(entries)
        for entry in entries:
            path = os.path.join(folder, entry.name)  # noqa: PTH118 - a Path for each entry would take longer
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders += [(path, depth + 1)] if depth < _DEEPEST else []
            elif ".ipynb" not in entry.name:
                yield path


def _index_error(error: BaseException) -> Iterator[str]:
    for name, value in mentioned(error):
        if hasattr(value, "shape"):
            yield f"the shape of {name} is {value.shape}"
        elif isinstance(value, (list, tuple, str, dict)):
            yield f"{name} has {len(value)} elements"


_TELLERS: tuple[tuple[type[BaseException], Callable[[BaseException], Iterator[str]]], ...] = (
    (AssertionError, compared),
    (UnboundLocalError, local_before_bound),
    (NameError, _name_error),
    (AttributeError, _attribute_error),
    (AttributeError, steps),
    (KeyError, separators),
    (KeyError, _key_error),
    (KeyError, positions),
    (KeyError, unnamed_index),
    (TypeError, signatures),
    (AttributeError, signatures),
    (TypeError, broken_numbers),
    (TypeError, not_called),
    (TypeError, no_functions),
    (ImportError, imports),
    (FileNotFoundError, _file_error),
    (IndexError, _index_error),
    (TypeError, positions),
    (ValueError, ambiguous_truth),
    (ValueError, dates_of_parts),
    (ValueError, frequencies),
    (ValueError, line_of_names),
    (ValueError, other_lengths),
    (ValueError, other_rows),
    (ValueError, numbers_only),
    (TypeError, numbers_only),
    (TypeError, one_level),
    (ValueError, numbers_of_texts),
    (TypeError, numbers_of_texts),
    (ValueError, missing_integers),
    (ValueError, dates_of_texts),
    (TypeError, time_zones),
    (ValueError, encodings),
    (ValueError, no_json),
    (TypeError, no_json),
    (ValueError, _value_or_type_error),
    (TypeError, _value_or_type_error),
    (TypeError, kinds_of_values),
    (ArithmeticError, numbers_there),
    (IndexError, numbers_there),
    (RecursionError, numbers_there),
)


def _told_columns(owner: object, asked: str, name: str = "") -> Iterator[str]:
    columns, levels = column_names(owner), _levels(owner)
    whose = f" of {name}" if name else ""
    if columns:
        meant = near(asked, columns)
        if meant and meant != asked:
            yield f"there is no column {asked!r}{whose}; did you mean {meant!r}?"
        yield f"the columns{whose} are {_listed(columns)}"
    if asked in levels:
        yield f"{asked!r} is in the index, not a column; use reset_index() first"
    elif levels and not columns:
        yield f"the index levels{whose} are {_listed(levels)}"


def _levels(value: object) -> list[str]:
    names = getattr(getattr(value, "index", None), "names", None)
    if type(value).__module__.split(".")[0] != "pandas" or names is None:
        return []
    return [str(name) for name in names if name is not None]


def _user_variables(frame: FrameType) -> Iterator[tuple[str, object]]:
    for name, value in list(frame.f_globals.items()):
        if not name.startswith("_"):
            yield name, value


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_MOST_NAMES])
    return shown + (f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else "")


def _quoted(text: str) -> str:
    found = re.search(r"'([^']+)'", text)
    return found.group(1) if found else ""
