"""The end that an expression lacks to be of the form that is asked for, as ``.days``, ``.idxmax()``.

Small models stop one step short of it, and do so again when they are told. Whether it is what was missing, a
dry run of the cell shows.
"""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

from nbcoder.suggest.asked.extremes import MOST
from nbcoder.suggest.asked.flags import as_numbers
from nbcoder.suggest.code.edits import Edit, place, replaced
from nbcoder.suggest.code.names import tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nbcoder.suggest.asked.forms import Form, Shown
    from nbcoder.suggest.asked.layout import Layout
    from nbcoder.suggest.asked.wish import Wish

__all__ = ["endings", "with_ending", "with_layout"]

_TIMEDELTAS = ("Timedelta(", "datetime.timedelta(")
_PICKS = frozenset({"head", "nlargest", "nsmallest", "tail"})
_OF_SERIES = {"DataFrame": ".to_frame()", "list": ".tolist()"}


def endings(
    wish: Wish, shown: Shown, label: str, layouts: Iterable[tuple[str, Layout]]
) -> Iterator[Callable[[str], str]]:
    """The changes that may bring a cell to what was asked for, each to be tried by itself.

    ``shown`` and ``label`` are as `with_ending` has them; ``layouts`` are those demanded, by the variable's
    name as `with_layout` has it.
    """
    if wish.as_numbers:
        yield as_numbers
    yield partial(with_ending, wish=wish, shown=shown, label=label)
    if wish.form.kind == "DataFrame" and shown.table == "Series":
        yield _with_its_index
    for name, layout in layouts:
        yield partial(with_layout, layout=layout, name=name)


def with_ending(code: str, wish: Wish, shown: Shown, label: str) -> str:
    """``code`` with the end that its last value, or what it binds, may lack; as it is where none is known.

    ``shown`` is the value; ``label`` names the column of what a question with ``which`` is about, '' if none.
    """
    body = tree_of(code).body
    edits = [
        _extended(code, bound[-1], _OF_SERIES[kind])
        for name, kind in wish.kinds.items()
        if kind in _OF_SERIES and (bound := [value for one in body for value in _bound(one, name)])
    ]
    is_list = shown.kind in ("list", "array", "Series")
    match body:
        case [*_, ast.Expr(value=last)] if wish.form.is_sorted and is_list and "sort" not in code:
            edits.append(Edit(last, f"sorted({_text(code, last)})"))
        case [*_, ast.Expr(value=last)] if end := _ending(wish.form, shown, last, label):
            edits.append(_extended(code, last, end))
    return replaced(code, edits)


def with_layout(code: str, layout: Layout, name: str) -> str:
    """``code`` with what the variable ``name``, '' for its last value, may lack to be laid out so."""
    index = layout.index
    if name and layout.dtype.startswith("datetime") and (index or layout.has_index):
        return f"{code.rstrip()}\n{name}.index = pd.to_datetime({name}.index)"
    if name and index:
        return f"{code.rstrip()}\n{name} = {name}.set_index({index!r})"
    match tree_of(code).body:
        case [*_, ast.Expr(value=ast.Subscript() as last)] if index and (rows := _rows_of_column(code, last)):
            return replaced(code, [Edit(last, f"{rows}.set_index({index!r})[{_column(code, last)}]")])
        case [*_, ast.Expr(value=last)] if index:
            return replaced(code, [_extended(code, last, f".set_index({index!r})")])
    return code


def _with_its_index(code: str) -> str:
    """``code`` whose last value, a column, is a table that has the names of its rows as another column."""
    match tree_of(code).body:
        case [*_, ast.Expr(value=last)]:
            return replaced(code, [_extended(code, last, ".reset_index()")])
    return code


def _rows_of_column(code: str, value: ast.Subscript) -> str:
    """``df[rows]`` of ``df[rows]['a']`` and of ``df.loc[rows, 'a']``; '' of anything else."""
    match value:
        case ast.Subscript(value=owner, slice=ast.Constant(value=str())):
            return _text(code, owner)
        case ast.Subscript(
            value=ast.Attribute(attr="loc") as owner, slice=ast.Tuple(elts=[rows, ast.Constant(value=str())])
        ):
            return f"{_text(code, owner)}[{_text(code, rows)}]"
    return ""


def _column(code: str, value: ast.Subscript) -> str:
    return _text(code, value.slice.elts[-1] if isinstance(value.slice, ast.Tuple) else value.slice)


def _ending(form: Form, shown: Shown, last: ast.expr, label: str) -> str:
    if form.in_days and shown.text.startswith(_TIMEDELTAS):
        return ".days"
    if form.kind == "list" and shown.kind == "array":
        return ".tolist()"
    if shown.table == "Series" and form.kind in _OF_SERIES:
        return _OF_SERIES[form.kind]
    return _picking(form, shown, last, label) if form.is_one and label and shown.table else ""


def _picking(form: Form, shown: Shown, last: ast.expr, label: str) -> str:
    """What gives one label of a table."""
    if _is_row(last) and shown.table == "Series":
        return f"[{label!r}]"
    if _is_of_one(last):
        return ".index[0]" if shown.table == "Series" else f"[{label!r}].iloc[0]"
    if form.extreme and shown.table == "Series":
        return ".idxmax()" if form.extreme in MOST else ".idxmin()"
    return ""


def _bound(statement: ast.stmt, name: str) -> Iterator[ast.expr]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
            yield value


def _is_row(value: ast.expr) -> bool:
    """Whether it is the row of the largest or smallest of something."""
    match value:
        case ast.Subscript(
            value=ast.Attribute(attr="loc"), slice=ast.Call(func=ast.Attribute(attr="idxmax" | "idxmin"))
        ):
            return True
    return False


def _is_of_one(value: ast.expr) -> bool:
    """Whether it picks one row of a table."""
    match value:
        case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=1), *_]):
            return name in _PICKS
        case ast.Subscript(
            slice=ast.Compare(
                left=left,
                ops=[ast.Eq()],
                comparators=[ast.Call(func=ast.Attribute(value=of, attr="max" | "min"), args=[])],
            )
        ):
            return ast.dump(left) == ast.dump(of)
    return False


def _text(code: str, node: ast.expr) -> str:
    return ast.get_source_segment(code, node) or ""


def _extended(code: str, value: ast.expr, end: str) -> Edit:
    start, stop = place(code, value)
    text = code.encode()[start:stop].decode()
    is_one = isinstance(value, ast.Call | ast.Attribute | ast.Subscript | ast.Name)
    return Edit(value, f"{text}{end}" if is_one else f"({text}){end}")
