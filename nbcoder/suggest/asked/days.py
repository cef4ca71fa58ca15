"""Days that a request names: what answers it, has something to do with them.

A small model that has left them out leaves them out again, also when it is told. Below a comment that says to
filter by them, put into its code as a hole to be filled in, it writes what is missing.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbcoder.suggest.asked.examples import before_examples
from nbcoder.suggest.code.lines import Hole
from nbcoder.suggest.code.names import names_given, names_taken, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["day_holes", "has_effect", "named_days", "unused_days"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_YEAR = r"(?P<year>[12]\d{3})"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(rf"(?<![\w./-]){form}(?![\w/-]|\.\w)", re.IGNORECASE)
    for form in (
        rf"{_YEAR}-(?P<month>[01]?\d)-{_DAY}",
        rf"{_MONTH} {_DAY},? {_YEAR}",
        rf"{_DAY} (?:of )?{_MONTH},? {_YEAR}",
    )
)


def named_days(request: str) -> tuple[str, ...]:
    """The days in the words of ``request``, as in 2024-01-31; those in its examples are none."""
    words = before_examples(request)
    found = sorted((match.start(), _plain(match)) for form in _FORMS for match in form.finditer(words))
    return tuple(dict.fromkeys(day for _, day in found))


def unused_days(code: str, request: str) -> tuple[str, ...]:
    """Those that the request names and whose year the code has nowhere; what comments say is not used."""
    plain = ast.unparse(tree_of(code))
    return tuple(day for day in named_days(request) if day[:4] not in plain)


def day_holes(code: str, days: Sequence[str]) -> Iterator[Hole]:
    """Where code that leaves out ``days`` may filter by them: as its function begins, or the cell itself.

    Of a function, also each of its parameters by itself.
    """
    body, parameters = _body(tree_of(code))
    if not days or not body:
        return
    lines, at = code.split("\n"), body[0].lineno - 1
    indent = lines[at][: body[0].col_offset]
    while at and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    before = "\n".join([*lines[:at], f"{indent}{_mark(days)}", indent])
    after = "\n".join(["", *lines[at:]])
    yield Hole(before, after, "")
    yield from (Hole(f"{before}{name} = ", after, "") for name in parameters)


def has_effect(code: str, days: Sequence[str]) -> bool:
    """Whether what stands below the comment binds what the rest takes."""
    marked = next((at for at, line in enumerate(code.split("\n"), 1) if line.strip() == _mark(days)), None)
    match [one for one in _body(tree_of(code))[0] if marked and one.lineno > marked]:
        case [filled, *rest] if marked and filled.lineno == marked + 1:
            return bool(names_given(ast.unparse(filled)) & names_taken("\n".join(map(ast.unparse, rest))))
    return False


def _mark(days: Sequence[str]) -> str:
    return f"# Filter by {' and '.join(days)}"


def _body(tree: ast.Module) -> tuple[list[ast.stmt], list[str]]:
    """What the last function does, without its docstring, and its parameters; else what the cell does."""
    match [one for one in tree.body if not isinstance(one, ast.Import | ast.ImportFrom)]:
        case [*_, ast.FunctionDef(body=[ast.Expr(value=ast.Constant()), *does] | does, args=given)]:
            return does, [one.arg for one in given.args]
        case does:
            return does, []


def _plain(match: re.Match[str]) -> str:
    month = match["month"]
    number = int(month) if month.isdigit() else _MONTHS.index(month.casefold()) + 1
    return f"{match['year']}-{number:02}-{int(match['day']):02}"
