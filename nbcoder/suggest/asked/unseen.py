"""Code that does its work though nothing is seen of it: it sets options, or tidies what is tidy already."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbcoder.suggest.asked.printed import is_laid_out
from nbcoder.suggest.code.names import tree_of

if TYPE_CHECKING:
    from nbcoder.suggest.asked.wish import Wish

__all__ = ["acts_in_place", "is_all_that_is_asked", "prints_by_itself", "sets_options", "tidies"]

_OPTIONS = frozenset(
    re.findall(
        r"\w+",
        """
        basicConfig chdir filterwarnings manual_seed seed set_option set_palette set_printoptions set_style
        set_theme simplefilter use
        """,
    )
)
_HOLD_OPTIONS = frozenset({"options", "rcParams"})
_TIDYING = frozenset(
    re.findall(
        r"\w+",
        """
        astype clip convert_dtypes lstrip reset_index round rstrip sort sort_index sort_values strip
        to_datetime to_numeric
        """,
    )
)
"""What leaves a table as it was where that has been done already."""
_LOOKING = frozenset(
    re.findall(r"\w+", "drop_duplicates dropna ffill bfill fillna interpolate map query rename replace sub")
)
"""What leaves it as it was where it does not find what it looks for."""


_TELLING = frozenset({"help", "info", "pprint"})
_IPYTHONS = ("!", "%")
_OF_THE_SHELL = re.compile(
    r"\b(?:bash|command|conda|director(?:y|ies)|files?|folders?|how long|install|magic|measure|pip|shell"
    r"|terminal|version)\b",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\w+")


def is_all_that_is_asked(code: str, wish: Wish, request: str) -> bool:
    """Whether code that computes nothing is what was asked for: modules to import, a text to print."""
    body = tree_of(code).body
    if _OF_THE_SHELL.search(request) and code.lstrip().startswith(_IPYTHONS):
        return True
    if wish.imports:
        return any(isinstance(one, ast.Import | ast.ImportFrom) for one in body)
    return wish.may_print and any(_says(one, request.casefold()) for one in body)


def _says(statement: ast.stmt, request: str) -> bool:
    """Whether it prints a text of which every word stands in the request."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[ast.Constant(value=str(text))])):
            words = _WORDS.findall(text.casefold())
            return bool(words) and all(word in request for word in words)
    return False


def prints_by_itself(code: str) -> bool:
    """Whether the last line prints what no value shows as well: lines of a text, what a magic finds."""
    match tree_of(code).body:
        case [*_, ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[value]))]:
            return is_laid_out(value)
        case [*_, ast.Expr(value=ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)))]:
            return name in _TELLING
    return code.rstrip().rpartition("\n")[2].startswith(_IPYTHONS)


def sets_options(code: str) -> bool:
    """Whether it sets how libraries work, which is kept in none of the user's variables."""
    return any(_sets(node) for node in tree_of(code).body[-1:])


def tidies(code: str) -> bool:
    """Whether it does to a table or list what may have been done already, and looks for nothing in it."""
    called = {
        node.func.attr
        for node in ast.walk(tree_of(code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return (bool(called & _TIDYING) and not called & _LOOKING) or any(map(_limits, tree_of(code).body))


def _limits(statement: ast.stmt) -> bool:
    """Whether it assigns to what is above or below something, which nothing has to be."""
    match statement:
        case ast.Assign(
            targets=[ast.Subscript(slice=ast.Compare(ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]))]
        ):
            return True
    return False


def acts_in_place(code: str) -> bool:
    """Whether it assigns to something, or calls what works in place."""
    return any(_acts(statement) for statement in tree_of(code).body)


def _acts(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign() | ast.AugAssign():
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="sort"))):
            return True
        case ast.Expr(value=ast.Call(keywords=words)):
            return any(word.arg == "inplace" for word in words)
    return False


def _sets(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))):
            return name in _OPTIONS
        case ast.Assign(targets=[target, *_]):
            parts = (getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(target))
            return not _HOLD_OPTIONS.isdisjoint(parts)
    return False
