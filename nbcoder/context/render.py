"""A context's pieces as text: percent cells and comments, which is how models have seen notebooks."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from nbcoder.context.secrets.guard import as_comment

if TYPE_CHECKING:
    from nbcoder.context.values import CellState, Variable

__all__ = ["cell_text", "short_text", "variable_head", "variable_text"]

_NOTES = {"not run": " (not run)", "changed": " (changed since it ran)", "failed": " (failed)"}
_DEFINITION = re.compile(
    r"(?:import|from|def|async def|class)\s"
    r"|@\w"
    r"|[A-Za-z_][\w.]*(?:\[[^\]\n]*\])?(?:\s*,\s*[A-Za-z_]\w*)*\s*(?::[^=\n]+)?(?:[-+*/%&|^]|//|\*\*|<<|>>)?=(?!=)"
)
_LONGEST_SHORT_LINE = 100


def cell_text(state: CellState) -> str:
    """The whole cell with what it showed."""
    if state.type != "code":
        return "# %% [markdown]\n" + as_comment(state.source)
    note = _NOTES.get(state.status, "") + (" (ran again after the cells below)" if state.out_of_order else "")
    lines = [f"# %%{note}", state.source]
    lines.append(as_comment("\n".join(filter(None, state.shown))))
    if state.error:
        lines.append(as_comment(state.error))
    return "\n".join(line for line in lines if line)


def short_text(state: CellState) -> str:
    """What a cell leaves behind: imports, definitions, assignments; of text its first line. May be ''."""
    if state.type != "code":
        return as_comment(state.source.strip().partition("\n")[0][:_LONGEST_SHORT_LINE])
    if state.status in ("not run", "failed"):
        return ""
    return shorten(state.source)


def shorten(source: str) -> str:
    """The first lines of the statements that bind names at the top level of ``source``."""
    lines = source.splitlines()
    kept = []
    for line, after in pairwise([*lines, ""]):
        if not _DEFINITION.match(line):
            continue
        goes_on = after[:1] in (" ", "\t", ")", "]", "}") and after.strip() != ""
        cut = line.rstrip()[:_LONGEST_SHORT_LINE]
        kept.append(f"{cut} ..." if goes_on or len(cut) < len(line.rstrip()) else cut)
    return "\n".join(kept)


def variable_head(variable: Variable) -> str:
    """A variable in one line."""
    return as_comment(f"{variable.name}: {variable.description.head}")


def variable_text(variable: Variable) -> str:
    """A variable with what is known of its inside."""
    below = (as_comment(line, "#   ") for line in variable.description.lines)
    return "\n".join((variable_head(variable), *below))
