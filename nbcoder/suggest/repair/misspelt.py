"""Mistakes in the spelling of code that have one remedy: what cannot be read has no syntax tree to go by."""

from __future__ import annotations

import ast
import re

from nbcoder.models.python_source import as_python

__all__ = ["spelt_right"]

_MOST = 5
_OPENING = re.compile(r"[ \t]*(?:if|elif|else|for|while|def|class|with|try|except|finally|async)\b")
_PRINT = re.compile(r"(?P<indent>[ \t]*)print[ \t]+(?P<what>[^\s,>(].*)")
_CONDITION = re.compile(r"(?P<before>[ \t]*(?:if|elif|while)\b[^=<>!:'\"#]{1,200})=(?P<after>[^=].*)")


def spelt_right(code: str) -> str:
    """``code`` that can be read: with the colon of an ``if``, ``==`` in it, ``print`` with parentheses.

    As it is where that is not all that is wrong.
    """
    mended = code
    for _ in range(_MOST):
        try:
            ast.parse(as_python(mended))
        except SyntaxError as error:
            lines = mended.split("\n")
            at = (error.lineno or 0) - 1
            if not 0 <= at < len(lines) or (line := _line(lines[at], error.msg)) == lines[at]:
                return code
            mended = "\n".join([*lines[:at], line, *lines[at + 1 :]])
        except (ValueError, RecursionError, MemoryError):
            return code
        else:
            return mended
    return code


def _line(line: str, message: str) -> str:
    head, sign, words = line.partition("#")
    code = head.rstrip()
    comment = f"{head[len(code) :]}{sign}{words}"
    if "expected ':'" in message and _OPENING.match(code):
        return f"{code}:{comment}"
    if "Missing parentheses in call to 'print'" in message and not code.endswith(","):
        return _PRINT.sub(r"\g<indent>print(\g<what>)", code, count=1) + comment
    if "Maybe you meant '=='" in message and (found := _CONDITION.fullmatch(code)):
        return f"{found['before']}=={found['after']}{comment}"
    return line
