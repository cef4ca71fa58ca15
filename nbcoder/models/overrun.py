"""Cutting an infilled text where the model wrote on beyond its hole.

Small models often miss the end of a hole and write whole functions into the middle of one. What then follows
does not fit any more, which the syntax shows.
"""

from __future__ import annotations

from nbcoder.models.python_source import error_line

__all__ = ["cut_overrun"]


def cut_overrun(answer: str, before: str, after: str) -> str:
    """The longest beginning of ``answer`` with which ``before`` and ``after`` are whole Python.

    All of the answer, where that fits, or where no beginning of it does: in a cell that is not finished.
    Where ``after`` begins a line, whole lines are looked at.
    """
    if _fits(answer, before, after):
        return answer
    for at in range(len(answer) - 1, 0, -1):
        is_candidate = answer[at] == "\n" if after.startswith("\n") else not answer[at].isspace()
        if is_candidate and answer[:at].strip() and _fits(answer[:at], before, after):
            return answer[:at]
    return answer


def _fits(answer: str, before: str, after: str) -> bool:
    return error_line(before + answer + after) is None
