"""Hints on chains of methods: at which step a value became what it is, see `repair.hints`."""

from __future__ import annotations

import ast
import linecache
from contextlib import suppress
from numbers import Number
from typing import TYPE_CHECKING, Any

from nbcoder.suggest.repair.again import at_most, evaluated, shortened
from nbcoder.suggest.repair.raised import user_frames, user_statement
from nbcoder.suggest.repair.renamed import missing_attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["steps"]

_LONGEST, _LONGEST_STEP = 200, 40
_FEWEST = 2
_BELOW = "_nbcoder_value"
_GROUPING = frozenset({"groupby", "resample", "rolling"})


def steps(error: BaseException) -> Iterator[str]:
    """What each step of a chain gives, where it ends in a number and more is asked of that."""
    owner, name = missing_attribute(error) if isinstance(error, AttributeError) else (None, "")
    statement, frames = user_statement(error), user_frames(error)
    if statement is None or not frames or not isinstance(owner, Number):
        return
    line, frame = frames[-1]
    chain = _owner(statement, name)
    if isinstance(chain, ast.Name):
        source = "".join(linecache.getlines(frame.f_code.co_filename))
        chain = _assigned(ast.parse(source), chain.id, frame.f_code.co_firstlineno, line)
    if chain is None or len(links := list(_links(chain))[::-1]) < _FEWEST:
        return
    names = {**frame.f_globals, **frame.f_locals}
    with at_most():
        told = [f"{_text(link)} gives {_kind(value)}" for link, value in _followed(links, names)]
        inner = _for_each_group(links, names)
    yield f"in {shortened(ast.unparse(chain), _LONGEST)}: {', '.join(told)}"
    if inner:
        yield f"for one number a group write {inner}"


def _owner(statement: ast.stmt, name: str) -> ast.expr | None:
    """What is asked for the attribute."""
    found = (
        node.value for node in ast.walk(statement) if isinstance(node, ast.Attribute) and node.attr == name
    )
    return next(found, None)


def _assigned(tree: ast.Module, name: str, first: int, line: int) -> ast.expr | None:
    """What the variable was last bound to, in the lines from ``first`` to before ``line``."""
    found = None
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                if first <= node.lineno < line and (found is None or node.lineno > found.lineno):
                    found = value
    return found


def _links(chain: ast.expr) -> Iterator[ast.expr]:
    """The steps, the last first, and what they begin with."""
    while True:
        match chain:
            case ast.Call(func=ast.Attribute(value=below)) | ast.Subscript(value=below):
                yield chain
                chain = below
            case _:
                yield chain
                return


def _followed(links: list[ast.expr], names: dict[str, Any]) -> Iterator[tuple[ast.expr, object]]:
    """Each step but the beginning, with what it gives."""
    value = evaluated(links[0], names)
    for link in links[1:]:
        value = evaluated(_upon(link), {**names, _BELOW: value})
        yield link, value


def _for_each_group(links: list[ast.expr], names: dict[str, Any]) -> str:
    """What gives a number for each group where one of ``links`` gives it for all of them; '' without such."""
    for inner in filter(None, map(_inside, links)):
        with suppress(Exception):  # the user's code, changed by us
            if not isinstance(evaluated(inner, names), Number):
                return ast.unparse(inner)
    return ""


def _inside(link: ast.expr) -> ast.expr | None:
    """``groupby(…).apply(lambda x: y.mean())`` for ``groupby(…).apply(lambda x: y).mean()``."""
    match link:
        case ast.Call(
            func=ast.Attribute(
                value=ast.Call(func=ast.Attribute(value=groups, attr="apply"), args=[ast.Lambda() as each]),
                attr=name,
            ),
            args=[],
        ) if any(map(_is_grouping, _links(groups))):
            body = ast.Call(ast.Attribute(each.body, name), [], link.keywords)
            return ast.Call(ast.Attribute(groups, "apply"), [ast.Lambda(each.args, body)], [])
    return None


def _is_grouping(link: ast.expr) -> bool:
    match link:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _GROUPING
    return False


def _upon(link: ast.expr) -> ast.expr:
    """The step alone, upon a value that is there."""
    below = ast.Name(_BELOW)
    match link:
        case ast.Call(func=ast.Attribute(attr=name), args=args, keywords=keywords):
            return ast.Call(ast.Attribute(below, name), args, keywords)
        case ast.Subscript(slice=key):
            return ast.Subscript(below, key)
    return link


def _text(link: ast.expr) -> str:
    whole = ast.unparse(_upon(link)).removeprefix(_BELOW)
    if len(whole) <= _LONGEST_STEP or not isinstance(link, ast.Call):
        return shortened(whole, _LONGEST_STEP)
    return f"{whole.partition('(')[0]}(…)"


def _kind(value: object) -> str:
    if isinstance(value, Number):
        return "a single number"
    shape = getattr(value, "shape", None)
    kind = type(value).__name__
    return f"{kind} of {shape[0]} rows" if isinstance(shape, tuple) and shape else kind
