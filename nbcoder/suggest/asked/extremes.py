"""Which end a request asks for, the most or the least, and which one code takes.

Only what is plain counts: where both are spoken of, or taken, nothing is told.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbcoder.suggest.code.names import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST", "asked_extreme", "is_other_end"]

MOST = frozenset({"most", "highest", "largest", "biggest", "greatest", "maximum"})
_LEAST = frozenset({"least", "fewest", "lowest", "smallest", "minimum"})
_WORD = re.compile(
    rf"(?<!\bat )(?<!\bat the )\b(?P<word>{'|'.join(sorted(MOST | _LEAST))})\b(?!\s+of\b)", re.IGNORECASE
)
_TURNED = re.compile(
    r"\b(?:declin\w+|decreas\w+|deficits?|drop\w*|fall\w*|fell|loss(?:es)?|los[et]|negative|p-?values?|place[sd]?|position\w*"
    r"|priorit\w+|rank\w*|shr[aiu]nk\w*)\b",
    re.IGNORECASE,
)
"""Of these the largest may be the smallest number: the largest drop, the highest rank."""
_TAKES_MOST = frozenset({"argmax", "idxmax", "max", "mode", "nlargest"})
_TAKES_LEAST = frozenset({"argmin", "idxmin", "min", "nsmallest"})


def asked_extreme(words: str) -> str:
    """The word for it, as in ``lowest``; '' where there is none, or it is not plain."""
    found = [] if _TURNED.search(words) else [match["word"].casefold() for match in _WORD.finditer(words)]
    return found[0] if len({word in MOST for word in found}) == 1 else ""


def is_other_end(word: str, code: str) -> bool:
    """Whether ``code`` takes only the end that ``word``, as `asked_extreme` gives it, does not speak of."""
    return bool(word) and set(_taken(tree_of(code))) == {word not in MOST}


def _taken(tree: ast.Module) -> Iterator[bool]:
    """For each end that is taken, whether it is the upper one."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {name for call in calls if (name := _called(call))}
    if names & _TAKES_MOST:
        yield True
    if names & _TAKES_LEAST:
        yield False
    falling = {_is_falling(call) for call in calls if _called(call) in ("sort_values", "sorted")} or {
        _is_falling(call) for call in calls if _called(call) == "value_counts"
    }
    first = {end for node in ast.walk(tree) if (end := _is_first(node)) is not None}
    match [*falling], [*first]:
        case [bool() as is_falling], [is_first]:
            yield is_falling is is_first


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _is_falling(call: ast.Call) -> bool | None:
    """Whether it sorts the largest first; None where that is not plain."""
    is_counting = _called(call) == "value_counts"
    for keyword in call.keywords:
        match keyword:
            case ast.keyword(arg="ascending" | "reverse" as told, value=ast.Constant(value=bool() as is_so)):
                return is_so is (told == "reverse")
            case ast.keyword(arg=None | "ascending" | "reverse" | "key" | "sort"):
                return None
    return is_counting


def _is_first(node: ast.AST) -> bool | None:
    """Whether what is picked stands first; None where nothing is, or it stands neither first nor last."""
    match node:
        case (
            ast.Call(func=ast.Attribute(attr="head"))
            | ast.Subscript(slice=ast.Slice(lower=None, upper=ast.Constant(value=int())))
        ):
            return True
        case (
            ast.Call(func=ast.Attribute(attr="tail"))
            | ast.Subscript(slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)))
            | ast.Subscript(slice=ast.Slice(lower=ast.UnaryOp(op=ast.USub()), upper=None))
        ):
            return False
        case ast.Subscript(slice=ast.Constant(value=0)):
            return True
    return None
