"""Whether a text is Python as IPython takes it: with magics, shell commands and questions."""

from __future__ import annotations

import ast
import re
import warnings

__all__ = ["as_python", "begins_code", "ends_inside_string", "error_line", "is_code", "without_words_around"]

_MAGIC_LINE = re.compile(
    r"""^(?P<indent>[ \t]*)(?:
        [%!?] \S .*                       # %magic, !command, ?question
      | [\w.%]+ \?{1,2} [ \t]*            # question?
      | [\w., \t]+ = [ \t]* [!%] \S .*    # files = !ls
    )$""",
    re.VERBOSE,
)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)[^\n]*(?:\n|\Z)")
_PYTHON_CELL_MAGICS = {"time", "timeit", "capture", "prun", "python", "python3", "py"}
_INCOMPLETE = (
    "was never closed",
    "unterminated triple-quoted",
    "expected an indented block",
    "unexpected EOF",
    "expected 'except' or 'finally' block",
)
_CONSTANTS = {"True", "False", "None"}


def is_code(text: str, *, among_prose: bool = False) -> bool:
    """Whether ``text`` is whole code that does something, and not words that happen to be valid Python.

    ``among_prose``, a lone name is a word as well.
    """
    if magic := _CELL_MAGIC.match(text):
        rest = text[magic.end() :]
        return bool(rest.strip()) if magic[1] not in _PYTHON_CELL_MAGICS else is_code(rest)
    tree = _tree(text)
    return isinstance(tree, ast.Module) and not all(
        _is_words(statement) or (among_prose and _is_name(statement)) for statement in tree.body
    )


def error_line(text: str) -> int | None:
    """The line, from 1, that keeps ``text`` from being whole code; None when it is."""
    tree = _tree(text)
    return None if isinstance(tree, ast.Module) else tree


def as_python(text: str) -> str:
    """``text`` with IPython's own lines read as ``pass``, line for line; still broken where it is broken."""
    lines = text.split("\n")
    _tree_of(lines)
    return "\n".join(lines)


def ends_inside_string(text: str) -> bool:
    """Whether ``text`` breaks off inside a triple-quoted string."""
    try:
        _parse(as_python(text))
    except SyntaxError as error:
        return "unterminated triple-quoted" in (error.msg or "")
    except (ValueError, RecursionError, MemoryError):
        return False
    return False


def begins_code(line: str) -> bool:
    """Whether a line, which is not indented, can be the first of some code."""
    if not line or line[0].isspace():
        return False
    if line.startswith(("@", "#")):
        return True
    try:
        tree = _parse(_MAGIC_LINE.sub("pass", line))
    except SyntaxError as error:
        return any(reason in (error.msg or "") for reason in _INCOMPLETE)
    except (ValueError, RecursionError, MemoryError):
        return False
    return not all(_is_words(statement) for statement in tree.body)


def without_words_around(text: str) -> str:
    """Code without statements above and below it that are words (``Sure``, ``Here it is``) and do nothing.

    A single word at the end stays: it may be the value to show.
    """
    tree = _tree(text)
    if not isinstance(tree, ast.Module):
        return text
    body, lines = tree.body, text.split("\n")
    while (
        len(body) > 1 and _is_words(body[-1]) and not _is_name(body[-1]) and _on_own_line(body[-2], body[-1])
    ):
        del lines[body.pop().lineno - 1 :]
    while len(body) > 1 and _is_words(body[0]) and _on_own_line(body[0], body[1]):
        until = body.pop(0).end_lineno or 0
        lines[:until] = [""] * until
    return "\n".join(lines).strip("\n")


def _on_own_line(first: ast.stmt, second: ast.stmt) -> bool:
    return (first.end_lineno or first.lineno) < second.lineno


def _tree(text: str) -> ast.Module | int:
    """The syntax tree, IPython's own lines read as ``pass``; else the line of the first error."""
    return _tree_of(text.split("\n"))


def _tree_of(lines: list[str]) -> ast.Module | int:
    """As `_tree`; ``lines`` are changed in place."""
    while True:
        try:
            return _parse("\n".join(lines))
        except SyntaxError as error:
            at = min(max(error.lineno or 1, 1), len(lines))
        except (ValueError, RecursionError, MemoryError):
            return 1
        magic = _MAGIC_LINE.match(lines[at - 1])
        if not magic:
            return at
        lines[at - 1] = magic["indent"] + "pass"


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        return ast.parse(text)


def _is_words(statement: ast.stmt) -> bool:
    """Whether a statement reads as prose: ``Sure``, ``Hello, world``, ``Note: this``, ``- item``."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), value=None, annotation=annotation):
            return name.istitle() and _names(annotation) is not None
        case ast.Expr(value=ast.UnaryOp(op=ast.USub(), operand=operand)):
            return _names(operand) is not None
        case ast.Expr(
            value=ast.Constant(value=last)
            | ast.Compare(comparators=[*_, ast.Constant(value=last)])
            | ast.BoolOp(values=[*_, ast.Constant(value=last)])
        ) if last is Ellipsis:
            return True
        case ast.Expr(value=value) if names := _names(value):
            return str(Ellipsis) in names or (names[0].istitle() and names[0] not in _CONSTANTS)
    return False


def _is_name(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name)


def _names(node: ast.expr) -> list[str] | None:
    """The words of an expression of nothing but words (``this is it``); None for any other."""
    match node:
        case ast.Name(id=name):
            return [name]
        case ast.Constant(value=value) if value is None or value is ... or isinstance(value, bool):
            return [str(node.value)]
        case ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
            pass
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in ops
        ):
            parts = [left, *others]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            parts = [operand]
        case _:
            return None
    words: list[str] = []
    for part in parts:
        more = _names(part)
        if more is None:
            return None
        words += more
    return words
