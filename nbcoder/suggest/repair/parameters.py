"""Parameters that a function does not have: misspelt ones, and what they are called now.

For use in the throwaway copy of the kernel, see `repair.hints` and `repair.mending`;
`with_parameter` is for the code outside of it.
"""

from __future__ import annotations

import ast
import inspect
import re
from typing import TYPE_CHECKING

from nbcoder.suggest.code.edits import Edit, replaced
from nbcoder.suggest.code.near import misspelt, near
from nbcoder.suggest.repair.again import evaluated, shortened
from nbcoder.suggest.repair.raised import user_frame, user_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["parameter_remedies", "signatures", "with_parameter", "without_method"]

_WRONG = re.compile(r"unexpected keyword argument '(\w+)'|has no property '(\w+)'|no property '?(\w+)'?")
_RENAMED = {
    "affinity": ("metric",),
    "base_estimator": ("estimator",),
    "colour": ("color",),
    "column": ("columns", "by"),
    "columns": ("by",),
    "line_terminator": ("lineterminator",),
    "normed": ("density",),
    "sparse": ("sparse_output",),
}
"""What other versions call a parameter, or beginners: with the same values."""
_INSTEAD = {
    "axis": "this one takes no axis: turn the table around before it, .T",
    "error_bad_lines": "on_bad_lines='skip' for error_bad_lines=False",
    "datetime_is_numeric": "leave datetime_is_numeric out: it is always so now",
    "infer_datetime_format": "leave infer_datetime_format out: it is always so now",
    "normalize": "leave normalize out, and put a StandardScaler before the model",
    "squared": "for squared=False there is root_mean_squared_error",
    "squeeze": ".squeeze('columns') behind it for squeeze=True",
    "warn_bad_lines": "on_bad_lines='warn' for warn_bad_lines=True",
}
"""What to write for parameters that are gone."""
_FILLING = {"backfill": "bfill", "bfill": "bfill", "ffill": "ffill", "pad": "ffill"}
_LONGEST = 400


def signatures(error: BaseException) -> Iterator[str]:
    """The parameters that what was called has, and the one that was meant."""
    keyword = _keyword(error)
    wrong_count = re.search(r"missing \d+ required|takes .* positional argument", str(error))
    if not keyword and not wrong_count:
        return
    for source, function in _called(error, keyword):
        signature = inspect.signature(function)
        if keyword in _INSTEAD:
            yield _INSTEAD[keyword]
        elif keyword and (meant := near(keyword, list(signature.parameters))):
            yield f"{source} has no parameter {keyword}; did you mean {meant}?"
        yield f"the signature is {source.split('.')[-1]}{shortened(str(signature), _LONGEST)}"
        return


def parameter_remedies(error: BaseException) -> Iterator[tuple[str, str, str]]:
    """What to do about ``error``, as `repair.mending.remedy` tells it."""
    keyword = _keyword(error)
    if not keyword:
        return
    if keyword == "method" and "fillna()" in str(error):
        yield ("filling", "", "")
    for _, function in _called(error, keyword):
        known = list(inspect.signature(function).parameters)
        called = [one for one in _RENAMED.get(keyword, ()) if one in known]
        if meant := (called[0] if called else misspelt(keyword, known)):
            yield ("parameter", keyword, meant)
    if keyword == "colour":  # matplotlib passes on what it does not know
        yield ("parameter", keyword, "color")


def with_parameter(code: str, nodes: Iterable[ast.expr], old: str, new: str) -> str:
    """``code`` with the parameter ``new`` instead of ``old`` where that is given and ``new`` is not."""
    edits = []
    for node in nodes:
        given = {word.arg: word for word in node.keywords} if isinstance(node, ast.Call) else {}
        if old in given and new not in given:
            word = given[old]
            end = word.col_offset + len(old.encode())
            name = ast.Constant(
                None,
                lineno=word.lineno,
                col_offset=word.col_offset,
                end_lineno=word.lineno,
                end_col_offset=end,
            )
            edits.append(Edit(name, new))
    return replaced(code, edits)


def without_method(code: str, nodes: Iterable[ast.expr], *_: str) -> str:
    """``df.ffill()`` for ``df.fillna(method='ffill')``."""
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="fillna"), args=[], keywords=words):
                methods = [word.value for word in words if word.arg == "method"]
                names = [one.value for one in methods if isinstance(one, ast.Constant)]
                if names and names[0] in _FILLING:
                    segments = (ast.get_source_segment(code, word) for word in words if word.arg != "method")
                    rest = ", ".join(filter(None, segments))
                    below = ast.get_source_segment(code, owner)
                    return replaced(code, [Edit(node, f"{below}.{_FILLING[names[0]]}({rest})")])
    return code


def _keyword(error: BaseException) -> str:
    """The one that was given and is not known; '' if the error is about something else."""
    found = _WRONG.search(str(error))
    return next(filter(None, found.groups()), "") if found else ""


def _called(error: BaseException, keyword: str) -> Iterator[tuple[str, Callable[..., object]]]:
    """What the failing statement calls with that keyword, or with the wrong number of arguments."""
    frame, statement = user_frame(error), user_statement(error)
    if frame is None or statement is None:
        return
    wanted = re.match(r"([\w.<>]+)\(\)", str(error))
    for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
        source = ast.unparse(call.func)
        if keyword and keyword not in {word.arg for word in call.keywords}:
            continue
        if not keyword and wanted and not _is_named(source, wanted[1]):
            continue
        function = evaluated(call.func, {**frame.f_globals, **frame.f_locals})
        if callable(function):
            yield source, function


def _is_named(source: str, told: str) -> bool:
    """Whether the message is about what is called there: a class is called where its ``__init__`` is told."""
    names = told.split(".")
    return source.endswith((names[-1], names[0] if names[-1] == "__init__" else names[-1]))
