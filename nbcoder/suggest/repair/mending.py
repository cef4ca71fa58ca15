"""Mends mistakes that have one remedy, by the syntax tree, without asking the model again.

What the remedy is, is found where the error was raised, in the throwaway copy of the kernel (`remedy`), or
shows in the code alone; it is applied to the code outside of it (`mended`).
"""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING

from nbcoder.models.python_source import as_python
from nbcoder.suggest.code.edits import Edit, inserted, replaced
from nbcoder.suggest.code.inplace import without_lost_tables, without_lost_values
from nbcoder.suggest.code.near import misspelt
from nbcoder.suggest.code.places import column_places, frequency_places
from nbcoder.suggest.data.columns import column_names, missing_column, row_labels
from nbcoder.suggest.repair.calls import CALLS, call_remedies, with_call
from nbcoder.suggest.repair.conditions import AMBIGUOUS, by_row, with_parentheses
from nbcoder.suggest.repair.imports import IMPORTS, import_remedies, missing_import, named_anew, with_import
from nbcoder.suggest.repair.misspelt import spelt_right
from nbcoder.suggest.repair.pandas_hints import (
    OTHER_LENGTH,
    OTHER_ROWS,
    aggregations_of_texts,
    renamed_frequency,
)
from nbcoder.suggest.repair.parameters import parameter_remedies, with_parameter, without_method
from nbcoder.suggest.repair.raised import frames, mentioned, user_frame, user_tree
from nbcoder.suggest.repair.renamed import as_function, called_here, missing_attribute, of_python
from nbcoder.suggest.repair.subscripts import SUBSCRIPTS, subscript_remedies, with_subscript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nbcoder.dryrun import Failure

__all__ = ["mended", "remedy"]

_NUMBERS_ONLY = "numeric_only=True"
_OF_NOTHING = "NoneType"
_PARTS = 3


def remedy(error: BaseException) -> tuple[str, ...]:
    """What to do about ``error``, for `mended`: a kind, what is written, what is meant; or nothing."""
    with suppress(Exception):  # arbitrary objects are asked; no remedy is better than none at all
        return next(_remedies(error), ())
    return ()


def mended(code: str, failure: Failure) -> str:
    """``code``, which failed, with the remedy applied where it failed; as it is where there is none."""
    if failure.name in ("SyntaxError", "IndentationError"):
        return spelt_right(code)
    try:
        failed = _statements(ast.parse(as_python(code)), failure.line)
    except (SyntaxError, ValueError, RecursionError):
        return code
    if len(failure.remedy) == _PARTS:
        return _applied(code, failed, *failure.remedy)
    if failure.name in ("AttributeError", "TypeError") and _OF_NOTHING in failure.value:
        return without_lost_values(without_lost_tables(code))
    if failure.name not in ("TypeError", "ValueError"):
        return code
    nodes = list(_expressions(code, failed))
    changed = with_parentheses(code, nodes)
    return by_row(code, nodes) if changed == code and AMBIGUOUS in failure.value else changed


def _applied(code: str, failed: ast.AST, kind: str, old: str, new: str) -> str:
    if kind == "import":
        return f"{new}\n{code}"
    if kind in IMPORTS:
        return with_import(code, failed, kind, old, new)
    nodes = list(_expressions(code, failed))
    if kind in SUBSCRIPTS:
        return with_subscript(code, nodes, kind, old)
    if kind in CALLS:
        return with_call(code, nodes, kind, old)
    return _CHANGES.get(kind, _as_it_is)(code, nodes, old, new)


def _as_it_is(code: str, *_: object) -> str:
    return code


def _remedies(error: BaseException) -> Iterator[tuple[str, ...]]:
    yield from subscript_remedies(error)
    yield from call_remedies(error)
    match error:
        case NameError(name=str(name)):
            yield from _of_name(error, name)
        case ImportError():
            yield from import_remedies(error)
        case AttributeError():
            yield from parameter_remedies(error)
            yield from _of_attribute(*missing_attribute(error))
        case ValueError() if OTHER_LENGTH in str(error):
            yield ("keys", "", "")
        case ValueError() if OTHER_ROWS in str(error):
            yield ("isin", "", "")
        case TypeError() | ValueError():
            yield from parameter_remedies(error)
            yield from (("numbers", name, _NUMBERS_ONLY) for name in aggregations_of_texts(error))
            if renamed := renamed_frequency(error):
                yield ("frequency", *renamed)
        case _:
            yield from _of_column(error)


def _of_name(error: BaseException, name: str) -> Iterator[tuple[str, ...]]:
    frame = user_frame(error)
    if line := missing_import(name, user_tree(error)):
        yield ("import", name, line)
    elif meant := named_anew(name):
        yield ("name", name, meant)
    elif frame is not None:
        yield from _renamed("name", name, [*frame.f_locals, *frame.f_globals])


def _of_column(error: BaseException) -> Iterator[tuple[str, ...]]:
    if not (asked := missing_column(error)):
        return
    owners = [frame.f_locals.get("self") for _, frame in frames(error, innermost_first=True)]
    for owner in (*owners, *(value for _, value in mentioned(error))):
        with suppress(Exception):  # half-made objects of pandas' own
            yield from _renamed("text", asked, column_names(owner))
    yield from _of_row(error, asked)


def _of_row(error: BaseException, asked: str) -> Iterator[tuple[str, ...]]:
    """A label of a row: only where there is a table with these columns, else the labels may be data."""
    frame = user_frame(error)
    known = {**frame.f_globals, **frame.f_locals}.values() if frame is not None else ()
    for labels in filter(None, (row_labels(value) for _, value in mentioned(error))):
        if any(column_names(value) == labels for value in list(known)):
            yield from _renamed("text", asked, labels)


def _of_attribute(owner: object, name: str) -> Iterator[tuple[str, ...]]:
    if plain := of_python(owner, name):
        yield ("python", name, plain)
    elif meant := called_here(owner, name):
        yield ("attribute", name, meant)
    elif function := as_function(owner, name):
        yield ("function", name, function)
    elif name:
        yield from _renamed("attribute", name, [one for one in dir(owner) if not one.startswith("_")])


def _renamed(kind: str, name: str, known: list[str]) -> Iterator[tuple[str, ...]]:
    meant = misspelt(name, known)
    if meant and meant != name:
        yield (kind, name, meant)


def _statements(tree: ast.Module, line: int | None) -> ast.Module:
    """Those of the cell's statements that the line is in."""
    there = [one for one in tree.body if line and one.lineno <= line <= (one.end_lineno or line)]
    return ast.Module(there, [])


def _expressions(code: str, failed: ast.AST) -> Iterator[ast.expr]:
    """Those that stand where the tree says: not so those in an f-string, before Python 3.12."""
    for node in ast.walk(failed):
        if isinstance(node, ast.expr):
            with suppress(SyntaxError):
                written = ast.parse(f"({_source(code, node)})", mode="eval").body
                if ast.dump(written) == ast.dump(ast.parse(f"({ast.unparse(node)})", mode="eval").body):
                    yield node


def _with_numbers_only(code: str, nodes: Sequence[ast.expr], name: str, _: str) -> str:
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=attr), args=[], keywords=[]) if attr == name:
                return inserted(code, node, _NUMBERS_ONLY, back=1)
    return code


def _with_own_keys(code: str, nodes: Sequence[ast.expr], *_: str) -> str:
    """``part[rows].groupby(part[rows].key)`` for ``part[rows].groupby(part.key)``."""
    for node in nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Subscript(value=ast.Name(id=name)) as owner, attr="groupby"),
                args=[key, *_],
            ):
                named = (one for one in ast.walk(key) if isinstance(one, ast.Name) and one.id == name)
                return replaced(code, [Edit(one, _source(code, owner)) for one in named])
    return code


def _looked_up(code: str, nodes: Sequence[ast.expr], *_: str) -> str:
    """``a.isin(b[rows].key)`` for ``a == b[rows].key``."""
    for node in nodes:
        match node:
            case ast.Compare(left=left, ops=[(ast.Eq() | ast.NotEq()) as operator], comparators=[right]):
                rows = (one.slice for one in ast.walk(right) if isinstance(one, ast.Subscript))
                if any(isinstance(one, ast.Compare) for within in rows for one in ast.walk(within)):
                    sign = "~" if isinstance(operator, ast.NotEq) else ""
                    owner = _source(code, left)
                    owner = (
                        owner if isinstance(left, ast.Subscript | ast.Attribute | ast.Name) else f"({owner})"
                    )
                    return replaced(code, [Edit(node, f"{sign}{owner}.isin({_source(code, right)})")])
    return code


def _around(code: str, nodes: Sequence[ast.expr], name: str, function: str) -> str:
    """``function(x)`` for ``x.name()`` and ``x.name``."""
    called: set[ast.expr] = set()
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=attr) as method) if attr == name:
                if not node.args and not node.keywords:
                    return replaced(code, [Edit(node, f"{function}({_source(code, owner)})")])
                called.add(method)
            case ast.Attribute(value=owner, attr=attr) if attr == name and node not in called:
                return replaced(code, [Edit(node, f"{function}({_source(code, owner)})")])
    return code


def _with_attribute(code: str, nodes: Sequence[ast.expr], old: str, new: str) -> str:
    size = len(old.encode())
    for node in sorted(nodes, key=lambda one: (one.end_lineno or 0, one.end_col_offset or 0), reverse=True):
        if isinstance(node, ast.Attribute) and node.attr == old:
            code = inserted(code, node, new, back=size, instead=size)
    return code


def _with_name(code: str, nodes: Sequence[ast.expr], old: str, new: str) -> str:
    named = (node for node in nodes if isinstance(node, ast.Name) and node.id == old)
    return replaced(code, [Edit(node, new) for node in named])


def _of_python(code: str, nodes: Sequence[ast.expr], old: str, new: str) -> str:
    """``int`` for ``np.int``."""
    edits = []
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=name) if name == old:
                edits.append(Edit(node, new))
    return replaced(code, edits)


def _with_text(code: str, places: Iterable[ast.Constant], old: str, new: str) -> str:
    told = dict.fromkeys(places)
    edits = [Edit(node, _quoted(_source(code, node), old, new)) for node in told if node.value == old]
    return replaced(code, edits)


def _quoted(written: str, old: str, new: str) -> str:
    """``new`` as a text in the quotes that ``old`` is written in."""
    text = written.replace(old, new)
    with suppress(SyntaxError, ValueError):
        if ast.literal_eval(text) == new:
            return text
    return repr(new)


def _source(code: str, node: ast.expr) -> str:
    return ast.get_source_segment(code, node) or ""


_CHANGES: Mapping[str, Callable[[str, Sequence[ast.expr], str, str], str]] = {
    "attribute": _with_attribute,
    "filling": without_method,
    "frequency": lambda code, nodes, old, new: _with_text(code, frequency_places(nodes), old, new),
    "function": _around,
    "isin": _looked_up,
    "keys": _with_own_keys,
    "name": _with_name,
    "numbers": _with_numbers_only,
    "parameter": with_parameter,
    "python": _of_python,
    "text": lambda code, nodes, old, new: _with_text(code, column_places(nodes), old, new),
}
"""By the kind of a remedy: what changes the code, given what is written and what is meant."""
