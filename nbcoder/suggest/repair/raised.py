"""Where in the user's code an error was raised, and what the variables were there.

For use in the throwaway copy of the kernel, see `repair.hints`.
"""

from __future__ import annotations

import ast
import linecache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["frames", "mentioned", "user_frame", "user_frames", "user_statement", "user_tree"]


def frames(error: BaseException, *, innermost_first: bool = False) -> list[tuple[int, FrameType]]:
    """Line numbers and frames of the traceback."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append((trace.tb_lineno, trace.tb_frame))
        trace = trace.tb_next
    return found[::-1] if innermost_first else found


def user_frames(error: BaseException) -> list[tuple[int, FrameType]]:
    """The frames that run cells: their globals are the notebook's namespace."""
    return [
        (line, frame)
        for line, frame in frames(error)
        if "ipykernel" in frame.f_code.co_filename or "<ipython" in frame.f_code.co_filename
    ]


def user_frame(error: BaseException) -> FrameType | None:
    """The innermost frame that runs a cell."""
    found = user_frames(error)
    return found[-1][1] if found else None


def user_tree(error: BaseException) -> ast.Module:
    """The cell in which the error arose; an empty one where that is not known."""
    found = user_frames(error)
    return ast.parse("".join(linecache.getlines(found[-1][1].f_code.co_filename)) if found else "")


def user_statement(error: BaseException) -> ast.stmt | None:
    """The statement of the user's code in which the error arose."""
    found = user_frames(error)
    if not found:
        return None
    number, _ = found[-1]
    around = [
        node
        for node in ast.walk(user_tree(error))
        if isinstance(node, ast.stmt) and node.lineno <= number <= (node.end_lineno or node.lineno)
    ]
    return min(around, key=lambda node: (node.end_lineno or node.lineno) - node.lineno, default=None)


def mentioned(error: BaseException) -> list[tuple[str, object]]:
    """The variables named in the failing statement, with their values."""
    frame, statement = user_frame(error), user_statement(error)
    if frame is None or statement is None:
        return []
    values = {**frame.f_globals, **frame.f_locals}
    names = dict.fromkeys(node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
    return [
        (name, values[name]) for name in names if name in values and not isinstance(values[name], ModuleType)
    ]
