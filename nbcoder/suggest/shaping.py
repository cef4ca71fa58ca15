"""Makes a cell show its result the way notebooks do, without asking the model again."""

from __future__ import annotations

import ast

__all__ = ["show_result"]


def show_result(code: str) -> str:
    """``code`` with a last ``print(value)`` as a bare ``value``, so that the notebook shows it in full.

    Small models print what they were asked for; a printed table is cut and cannot be used further. Only a
    single plain argument is taken out; formatted text stays printed.
    """
    try:
        body = ast.parse(code).body
    except SyntaxError:
        return code
    match body[-1:]:
        case [ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[argument], keywords=[])) as last]:
            if isinstance(argument, ast.Constant | ast.JoinedStr | ast.Starred | ast.BinOp):
                return code
            shown = ast.get_source_segment(code, argument) or ""
        case _:
            return code
    lines = code.splitlines(keepends=True)
    before = "".join(lines[: last.lineno - 1]) + lines[last.lineno - 1].encode()[: last.col_offset].decode()
    end = (last.end_lineno or last.lineno) - 1
    after = lines[end].encode()[last.end_col_offset :].decode() + "".join(lines[end + 1 :])
    return before + (f"({shown})" if "\n" in shown else shown) + after
