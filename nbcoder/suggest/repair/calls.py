"""Slips in how a method is called, each with one remedy: see `repair.mending`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nbcoder.suggest.code.edits import Edit, replaced
from nbcoder.suggest.data.columns import column_names
from nbcoder.suggest.repair.mistaken import called_in
from nbcoder.suggest.repair.raised import frames, mentioned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["CALLS", "call_remedies", "with_call"]

CALLS = frozenset({"dropped", "table", "title", "uncalled"})
"""The kinds of remedies of this module."""
_NO_TABLE = ("Expected 2D array, got 1D array", "Expected a 2-dimensional container")
_LEARNING = frozenset(
    {"fit", "fit_predict", "fit_resample", "fit_transform", "predict", "predict_proba", "score", "transform"}
)


def call_remedies(error: BaseException) -> Iterator[tuple[str, str, str]]:
    """What to do about ``error``, as `repair.mending.remedy` tells it."""
    match error:
        case KeyError() if "not found in axis" in str(error) and _are_columns(error):
            yield ("dropped", "", "")
        case TypeError() if "'Text' object is not callable" in str(error):
            yield ("title", "", "")
        case TypeError() if "object is not callable" in str(error):
            yield from (("uncalled", source, "") for source, value in called_in(error) if not callable(value))
        case ValueError() if str(error).startswith(_NO_TABLE):
            yield ("table", "", "")


def with_call(code: str, nodes: Iterable[ast.expr], kind: str, source: str) -> str:
    """``code`` with the first call mended that has a slip of that kind."""
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            change = {"dropped": _dropping, "table": _of_table, "title": _titled, "uncalled": _uncalled}[kind]
            if edits := change(code, node, source):
                return replaced(code, edits)
    return code


def _are_columns(error: BaseException) -> bool:
    """Whether what was to be dropped from the rows are columns."""
    named = [one for _, one in mentioned(error)]
    owners = [frame.f_locals.get("self") for _, frame in frames(error)]
    return any(repr(column) in str(error) for one in (*named, *owners) for column in column_names(one))


def _dropping(code: str, node: ast.Call, _: str) -> Sequence[Edit]:
    """``df.drop(columns='a')`` for ``df.drop('a')`` and ``df.drop('a', axis=0)``."""
    match node:
        case ast.Call(func=ast.Attribute(attr="drop"), args=[first], keywords=words):
            given = {word.arg: word.value for word in words}
            if isinstance(axis := given.get("axis"), ast.Constant):
                return [Edit(axis, "1")] if axis.value in (0, "index") else []
            return (
                []
                if given.keys() & {"columns", "index"}
                else [Edit(first, f"columns={_source(code, first)}")]
            )
    return []


def _of_table(code: str, node: ast.Call, _: str) -> Sequence[Edit]:
    """``model.fit(df[['a']], y)`` for ``model.fit(df['a'], y)`` and ``model.fit(df.a, y)``."""
    match node:
        case ast.Call(func=ast.Attribute(attr=method), args=[x, *_]) if method in _LEARNING:
            match x:
                case ast.Subscript(slice=ast.Constant(value=str()) as column):
                    return [Edit(column, f"[{_source(code, column)}]")]
                case ast.Attribute(value=ast.Name(id=table), attr=column):
                    return [Edit(x, f"{table}[[{column!r}]]")]
    return []


def _titled(code: str, node: ast.Call, _: str) -> Sequence[Edit]:
    """``ax.set_title('x')`` for ``ax.title('x')``."""
    match node.func:
        case ast.Attribute(value=axes, attr="title"):
            return [Edit(node.func, f"{_source(code, axes)}.set_title")]
    return []


def _uncalled(code: str, node: ast.Call, source: str) -> Sequence[Edit]:
    """``df.shape`` for ``df.shape()``."""
    is_meant = ast.unparse(node.func) == source and not node.args and not node.keywords
    return [Edit(node, _source(code, node.func))] if is_meant else []


def _source(code: str, node: ast.expr) -> str:
    return ast.get_source_segment(code, node) or ""
