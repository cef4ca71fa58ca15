"""What can be seen to be wrong with code before it is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Problem", "check"]


@dataclass(frozen=True)
class Problem:
    """One finding; ``line`` counts from 1 in the code that was checked."""

    kind: Literal["syntax", "name"]
    text: str
    line: int


def check(code: str, known: Collection[str]) -> tuple[Problem, ...]:
    """Syntax errors, and names that neither the code nor ``known`` defines.

    Lines in IPython's own syntax (magics, shell commands) are passed over.
    """
    import ast  # noqa: PLC0415 - needed only when there is an answer

    from pyflakes.checker import Checker  # noqa: PLC0415 - 20 ms, needed only when there is an answer
    from pyflakes.messages import UndefinedName  # noqa: PLC0415

    from nbcoder.models.python_source import as_python  # noqa: PLC0415

    try:
        tree = ast.parse(as_python(code))
    except SyntaxError as error:
        return (Problem("syntax", f"SyntaxError: {error.msg}", error.lineno or 1),)
    found = Checker(tree, builtins={*known, "get_ipython", "display", "In", "Out", "_", "__"}).messages
    return tuple(
        Problem("name", f"there is no variable {message.message_args[0]}", message.lineno)
        for message in found
        if isinstance(message, UndefinedName)
    )
