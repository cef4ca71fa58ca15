"""Gives a cell the form that was asked for, by its syntax tree, without asking the model again.

Small models often have the right idea in the wrong form: they print the value instead of showing it, work on
the user's own table, or repeat cells that ran already. Every change here keeps what the cell computes.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from nbcoder.models.python_source import as_python
from nbcoder.suggest.asked.printed import is_print, show_result, show_results
from nbcoder.suggest.code.edits import Edit, replaced
from nbcoder.suggest.code.inplace import without_lost_tables
from nbcoder.suggest.code.names import names_taken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from nbcoder.suggest.asked.wish import Wish

__all__ = [
    "is_repeat",
    "on_copies",
    "on_own_arguments",
    "shape",
    "shows_value",
    "statements",
    "with_returns",
    "without_repeats",
    "without_statements",
    "without_told_error",
]

_SAME_KIND = frozenset(
    re.findall(
        r"\w+",
        """
        add_prefix add_suffix apply applymap assign astype bfill clip drop drop_duplicates dropna ffill fillna
        interpolate map mask reindex rename rename_axis replace reset_index round set_axis set_index shift
        sort_index sort_values where
        """,
    )
)
"""Methods that give a changed copy of the table they are called on, and leave it as it was."""
_TOLD_ERROR = re.compile(r"(?:\n+#\s*(?:\w+\.)*\w*(?:Error|Exception):[^\n]*)+\s*\Z")


def shape(code: str, wish: Wish, known: Collection[str]) -> str:
    """``code`` in the form that ``wish`` asks for; ``known`` are the names of the user's variables.

    A cell that is mended keeps its own form: what it prints or leaves alone, its author meant.
    """
    code = without_lost_tables(code)
    if wish.function is not None or wish.is_open:
        return code
    code = show_result(code)
    if len(wish.targets) == 1:
        code = _bind_result(code, wish.targets[0], known)
    elif wish.changes and not (wish.targets or wish.is_undecided):
        code = _keep_change(code, known)
    if wish.wants_value:
        code = _show_last(code if wish.may_print else show_results(code))
    return without_lost_tables(code)


def shows_value(code: str) -> bool:
    """Whether the cell ends in a value for the notebook to show, and prints nothing."""
    body = _body(code)
    prints = any(is_print(node) for one in body for node in ast.walk(one))
    return bool(body) and isinstance(body[-1], ast.Expr) and not prints


def on_copies(code: str, names: Iterable[str], copying: Mapping[str, str]) -> str:
    """``code`` working on copies of the variables ``names``, so that they stay as they are.

    Each gets a name of its own; where it is only bound anew, as by a loop, no copy is made. ``copying`` says
    how each is copied, such as ``.copy()``; what cannot change needs nothing.
    """
    tree = _tree(code)
    if tree is None:
        return code
    taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    fresh = {name: _fresh(f"{name}_copy", taken) for name in names}
    edits = [
        Edit(node, fresh[node.id])
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in fresh
    ]
    if any(fresh.keys() & _hidden_names(node) for node in ast.walk(tree)):
        return code
    read_first = names_taken(code)
    copies = [f"{new} = {old}{copying.get(old, '')}\n" for old, new in fresh.items() if old in read_first]
    return "".join(copies) + replaced(code, edits)


def without_repeats(code: str, ran: Collection[str]) -> str:
    """``code`` without what stands at its beginning and ran before: what is among ``ran``, see `statements`.

    Imports stay. When nothing else would be left, the code is left alone: it was meant.
    """
    keyed = _keyed(code)
    repeated: list[ast.stmt] = []
    for statement, key in keyed:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        if key not in ran or isinstance(statement, ast.Expr):
            break
        repeated.append(statement)
    return _without(code, keyed, repeated)


def without_statements(code: str, others: Collection[str], names: Collection[str] = ()) -> str:
    """``code`` without what is among ``others``, see `statements`, or defines one of ``names``.

    Imports stay, and so does what is all.
    """
    keyed = _keyed(code)
    repeated = [
        one
        for one, key in keyed
        if (key in others and not isinstance(one, ast.Import | ast.ImportFrom))
        or (isinstance(one, ast.FunctionDef | ast.ClassDef) and one.name in names)
    ]
    return _without(code, keyed, repeated)


def _without(code: str, keyed: Sequence[tuple[ast.stmt, str]], repeated: Sequence[ast.stmt]) -> str:
    rest = [
        one
        for one, _ in keyed
        if one not in repeated and not isinstance(one, ast.Import | ast.ImportFrom | ast.Pass)
    ]
    if not repeated or not rest:
        return code
    lines = code.splitlines(keepends=True)
    for statement in reversed(repeated):
        del lines[statement.lineno - 1 : statement.end_lineno]
    shortened = "".join(lines).strip("\n")
    return shortened if len(_keyed(shortened)) == len(keyed) - len(repeated) else code


def without_told_error(code: str) -> str:
    """``code`` without an error at its end, which stands below failed cells where the notebook is told."""
    return _TOLD_ERROR.sub("", code)


def is_repeat(code: str, ran: Collection[str]) -> bool:
    """Whether all of it is among ``ran``, see `statements`."""
    keyed = _keyed(code)
    return bool(keyed) and all(key in ran for _, key in keyed)


def with_returns(code: str, function: str, change: Callable[[str], str]) -> str:
    """``code`` whose ``function`` returns at its end what ``change`` makes of what it returned there.

    What it returns before may be of another kind, such as an empty table without columns.
    """
    returns = [node.value for one in _functions(code, function) for node in _returns(one) if node.value]
    last = max(returns, key=lambda value: value.lineno, default=None)
    return code if last is None else replaced(code, [Edit(last, change(_operand(code, last)))])


def on_own_arguments(code: str, function: str, names: Collection[str]) -> str:
    """``code`` whose ``function`` works on copies of its arguments ``names``."""
    lines = code.split("\n")
    for one in reversed(_functions(code, function)):
        first = next((node for node in one.body if not _is_text(node)), one.body[-1])
        taken = [argument.arg for argument in one.args.args if argument.arg in names]
        if first.lineno > one.lineno:
            space = " " * first.col_offset
            lines[first.lineno - 1 : first.lineno - 1] = [f"{space}{name} = {name}.copy()" for name in taken]
    return "\n".join(lines)


def _functions(code: str, name: str) -> list[ast.FunctionDef]:
    return [node for node in _body(code) if isinstance(node, ast.FunctionDef) and node.name == name]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _returns(function: ast.FunctionDef) -> Iterator[ast.Return]:
    """The function's own, not those of functions in it."""
    inner = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            yield node
        elif not isinstance(node, inner):
            waiting += ast.iter_child_nodes(node)


def _operand(code: str, node: ast.expr) -> str:
    """The expression, in parentheses where a subscript behind it would take only its end."""
    text = ast.get_source_segment(code, node) or ""
    return text if isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.Subscript) else f"({text})"


def statements(sources: Iterable[str]) -> frozenset[str]:
    """The statements of some cells: by their syntax trees, those with lines of IPython's by their text."""
    return frozenset(key for source in sources for _, key in _keyed(source))


def _keyed(code: str) -> list[tuple[ast.stmt, str]]:
    """Each statement with what tells it from others; IPython's own lines are read as ``pass``."""
    plain = as_python(code)
    written, read = code.split("\n"), plain.split("\n")
    keyed = []
    for statement in _body(plain):
        lines = slice(statement.lineno - 1, statement.end_lineno)
        is_plain = written[lines] == read[lines]
        keyed.append((statement, ast.dump(statement) if is_plain else "\n".join(written[lines]).strip()))
    return keyed


def _bind_result(code: str, name: str, known: Collection[str]) -> str:
    """``name = value`` for a last bare or newly named ``value``, unless the cell binds that name already."""
    body = _body(code)
    if not body or name in set(_bound(body)):
        return code
    last = body[-1]
    if isinstance(last, ast.Expr) and not (isinstance(last.value, ast.Call) and is_print(last.value)):
        return replaced(code, [Edit(last, f"{name} = {_source(code, last.value)}")])
    match last:
        case ast.Assign(targets=[ast.Name(id=other)]) if other not in known:
            return f"{code.rstrip()}\n{name} = {other}"
    return code


def _keep_change(code: str, known: Collection[str]) -> str:
    """``df = df.drop(…)`` for a last ``df.drop(…)`` whose result would be lost."""
    body = _body(code)
    if not body or not isinstance(body[-1], ast.Expr):
        return code
    value = owner = body[-1].value
    while isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute):
        method, below = owner.func.attr, owner.func.value
        if any(word.arg == "inplace" for word in owner.keywords):
            return code
        if isinstance(below, ast.Attribute) and below.attr in ("dt", "str"):
            owner = below.value
        elif method in _SAME_KIND:
            owner = below
        else:
            return code
    if owner is value or _root(owner) not in known or not isinstance(owner, ast.Name | ast.Subscript):
        return code
    return replaced(code, [Edit(body[-1], f"{_source(code, owner)} = {_source(code, value)}")])


def _show_last(code: str) -> str:
    """The name that a last assignment binds, as the value of the cell."""
    body = _body(code)
    if not body:
        return code
    match body[-1]:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return f"{code.rstrip()}\n{name}"
        case ast.Assign(targets=[ast.Tuple(elts=parts)]) if all(isinstance(part, ast.Name) for part in parts):
            names = ", ".join(part.id for part in parts if isinstance(part, ast.Name))
            return f"{code.rstrip()}\n{names}"
        case ast.Assign(targets=[ast.Subscript() as part]) | ast.AugAssign(target=ast.Subscript() as part):
            return f"{code.rstrip()}\n{_source(code, part)}"
    values = _last_values(body)
    if len(values) > 1:
        shown = ", ".join(_source(code, value.value) for value in values)
        return replaced(code, [Edit(values[0], shown), *(Edit(value, "") for value in values[1:])]).rstrip()
    return code


def _last_values(body: Sequence[ast.stmt]) -> list[ast.Expr]:
    """The bare names and parts at the end of a cell, of which a notebook shows only the last."""
    values: list[ast.Expr] = []
    for statement in reversed(body):
        if not (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Attribute | ast.Subscript | ast.Name)
        ):
            break
        values.insert(0, statement)
    return values


def _bound(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield statement.name
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
                yield _root(node)


def _hidden_names(node: ast.AST) -> set[str]:
    """Names that stand elsewhere than in expressions: parameters, ``global``, imports, handlers."""
    match node:
        case ast.arg(arg=name):
            return {name}
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return set(names)
        case ast.alias(name=name, asname=asname):
            return {asname or name}
        case ast.ExceptHandler(name=str(name)):
            return {name}
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
            return {name}
    return set()


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _fresh(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _tree(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _body(code: str) -> list[ast.stmt]:
    tree = _tree(code)
    return tree.body if tree else []


def _source(code: str, node: ast.expr) -> str:
    text = ast.get_source_segment(code, node) or ""
    return f"({text})" if "\n" in text and text[:1] not in "([{" else text
