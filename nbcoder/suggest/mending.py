"""Mends mistakes that have one remedy, by the syntax tree, without asking the model again.

What the remedy is, is found where the error was raised, in the throwaway copy of the kernel (`remedy`), or
shows in the code alone; it is applied to the code outside of it (`mended`).
"""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from nbcoder.suggest.columns import column_names
from nbcoder.suggest.edits import Edit, inserted, replaced
from nbcoder.suggest.near import misspelt
from nbcoder.suggest.pandas_hints import OTHER_LENGTH, OTHER_ROWS, aggregations_of_texts, renamed_frequency
from nbcoder.suggest.places import column_places, frequency_places
from nbcoder.suggest.raised import frames, mentioned, user_frame
from nbcoder.suggest.renamed import as_function, called_here, missing_attribute
from nbcoder.suggest.subscripts import SUBSCRIPTS, subscript_remedies, with_subscript

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.dryrun import Failure

__all__ = ["ALIASES", "mended", "remedy"]

ALIASES = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "datetime": "from datetime import datetime",
}
_NUMBERS_ONLY = "numeric_only=True"


def remedy(error: BaseException) -> tuple[str, ...]:
    """What to do about ``error``, for `mended`: a kind, what is written, what is meant; or nothing."""
    with suppress(Exception):  # arbitrary objects are asked; no remedy is better than none at all
        return next(_remedies(error), ())
    return ()


def mended(code: str, failure: Failure) -> str:
    """``code``, which failed, with the remedy applied where it failed; as it is where there is none."""
    try:
        failed = _statements(ast.parse(code), failure.line)
    except (SyntaxError, ValueError, RecursionError):
        return code
    if failure.remedy:
        return _applied(code, failed, failure.remedy)
    return _with_parentheses(code, failed) if failure.name in ("TypeError", "ValueError") else code


def _applied(code: str, failed: ast.AST, remedy: tuple[str, ...]) -> str:
    match remedy:
        case ("import", _, line):
            return f"{line}\n{code}"
        case ("numbers", name, _):
            return _with_numbers_only(code, failed, name)
        case ("keys" | "isin" as kind, _, _):
            return (_with_own_keys if kind == "keys" else _looked_up)(code, failed)
        case ("function", name, function):
            return _around(code, failed, name, function)
        case (kind, old, new):
            return _changed_in(code, failed, kind, old, new)
    return code


def _changed_in(code: str, failed: ast.AST, kind: str, old: str, new: str) -> str:
    if kind in SUBSCRIPTS:
        return with_subscript(code, _expressions(code, failed), kind, old)
    return _renamed_in(code, failed, kind, old, new)


def _remedies(error: BaseException) -> Iterator[tuple[str, ...]]:
    yield from subscript_remedies(error)
    match error:
        case NameError(name=str(name)) if name in ALIASES:
            yield ("import", name, ALIASES[name])
        case NameError(name=str(name)) if (frame := user_frame(error)) is not None:
            yield from _renamed("name", name, [*frame.f_locals, *frame.f_globals])
        case AttributeError():
            yield from _of_attribute(*missing_attribute(error))
        case KeyError(args=(str(name),)):
            listed = re.search(r"\['([^']+)'", name)
            asked = listed[1] if listed else name.removeprefix("Column not found: ")
            owners = [frame.f_locals.get("self") for _, frame in frames(error, innermost_first=True)]
            for owner in (*owners, *(value for _, value in mentioned(error))):
                with suppress(Exception):  # half-made objects of pandas' own
                    yield from _renamed("text", asked, column_names(owner))
        case ValueError() if OTHER_LENGTH in str(error):
            yield ("keys", "", "")
        case ValueError() if OTHER_ROWS in str(error):
            yield ("isin", "", "")
        case TypeError() | ValueError():
            yield from (("numbers", name, _NUMBERS_ONLY) for name in aggregations_of_texts(error))
            if renamed := renamed_frequency(error):
                yield ("frequency", *renamed)


def _of_attribute(owner: object, name: str) -> Iterator[tuple[str, ...]]:
    if meant := called_here(owner, name):
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


def _with_numbers_only(code: str, failed: ast.AST, name: str) -> str:
    for node in _expressions(code, failed):
        match node:
            case ast.Call(func=ast.Attribute(attr=attr), args=[], keywords=[]) if attr == name:
                return inserted(code, node, _NUMBERS_ONLY, back=1)
    return code


def _with_own_keys(code: str, failed: ast.AST) -> str:
    """``part[rows].groupby(part[rows].key)`` for ``part[rows].groupby(part.key)``."""
    for node in _expressions(code, failed):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Subscript(value=ast.Name(id=name)) as owner, attr="groupby"),
                args=[key, *_],
            ):
                named = (one for one in ast.walk(key) if isinstance(one, ast.Name) and one.id == name)
                return replaced(code, [Edit(one, _source(code, owner)) for one in named])
    return code


def _looked_up(code: str, failed: ast.AST) -> str:
    """``a.isin(b[rows].key)`` for ``a == b[rows].key``."""
    for node in _expressions(code, failed):
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


def _around(code: str, failed: ast.AST, name: str, function: str) -> str:
    """``function(x)`` for ``x.name()`` and ``x.name``."""
    called: set[ast.expr] = set()
    for node in _expressions(code, failed):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=attr) as method) if attr == name:
                if not node.args and not node.keywords:
                    return replaced(code, [Edit(node, f"{function}({_source(code, owner)})")])
                called.add(method)
            case ast.Attribute(value=owner, attr=attr) if attr == name and node not in called:
                return replaced(code, [Edit(node, f"{function}({_source(code, owner)})")])
    return code


def _renamed_in(code: str, failed: ast.AST, kind: str, old: str, new: str) -> str:
    """``code`` with the name, attribute, column or frequency ``old`` of what failed as ``new``."""
    nodes = list(_expressions(code, failed))
    if kind == "attribute":
        size = len(old.encode())
        for node in sorted(
            nodes, key=lambda one: (one.end_lineno or 0, one.end_col_offset or 0), reverse=True
        ):
            if isinstance(node, ast.Attribute) and node.attr == old:
                code = inserted(code, node, new, back=size, instead=size)
        return code
    if kind == "name":
        named = (node for node in nodes if isinstance(node, ast.Name) and node.id == old)
        return replaced(code, [Edit(node, new) for node in named])
    places = {"text": column_places, "frequency": frequency_places}.get(kind)
    told = dict.fromkeys(places(nodes) if places else ())
    edits = [Edit(node, _quoted(_source(code, node), old, new)) for node in told if node.value == old]
    return replaced(code, edits)


def _quoted(written: str, old: str, new: str) -> str:
    """``new`` as a text in the quotes that ``old`` is written in."""
    text = written.replace(old, new)
    with suppress(SyntaxError, ValueError):
        if ast.literal_eval(text) == new:
            return text
    return repr(new)


def _with_parentheses(code: str, failed: ast.AST) -> str:
    """``(a > 1) & (b < 2)`` for ``a > 1 & b < 2``, which Python reads as ``a > (1 & b) < 2``."""
    for node in _expressions(code, failed):
        if isinstance(node, ast.Compare) and len(node.ops) > 1 and (parts := _parts(code, node)):
            return replaced(code, [Edit(node, parts)])
    return code


def _parts(code: str, node: ast.Compare) -> str:
    """The comparison as its parts in parentheses; '' if it is not of that kind."""
    left, text = node.left, ""
    for operator, right in zip(node.ops, node.comparators, strict=True):
        end, joint = right, ""
        if right is not node.comparators[-1]:
            if not isinstance(right, ast.BinOp) or not isinstance(right.op, ast.BitAnd | ast.BitOr):
                return ""
            if isinstance(right.left, ast.BinOp) and isinstance(right.left.op, ast.BitAnd | ast.BitOr):
                return ""
            end, joint = right.left, " & " if isinstance(right.op, ast.BitAnd) else " | "
        sign = ast.unparse(ast.Compare(ast.Name("a"), [operator], [ast.Name("b")]))[1:-1]
        text += f"({_source(code, left)}{sign}{_source(code, end)}){joint}"
        left = right.right if isinstance(right, ast.BinOp) and joint else right
    return text


def _source(code: str, node: ast.expr) -> str:
    return ast.get_source_segment(code, node) or ""
