"""The figures of a run as text: Markdown tables, which read well in a terminal too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbcoder.bench.score import Comparison, Row, Summary

__all__ = ["report"]

_MOST_LEFT_OUT = 20


def report(summary: Summary) -> str:
    """Tables of ``summary``: who solved how much, what went wrong, what one mode adds to another."""
    parts = [
        _rows(summary.rows),
        _faults(summary.rows),
        _comparisons(summary.comparisons),
        _left_out(summary),
    ]
    return "\n\n".join(part for part in parts if part)


def _rows(rows: Sequence[Row]) -> str:
    repairs = any(row.kind == "repair" for row in rows)
    head = ["data", "model", "mode", "n", "solved", "95 %", "p50 s", "p90 s", "tokens in", "out"]
    lines = [[*head, "1 try", "2 tries", "3 tries", "damaged"] if repairs else head]
    for row in rows:
        cells = [
            row.data,
            row.model,
            row.mode,
            str(row.items),
            _percent(row.solved),
            f"{_percent(row.low)} to {_percent(row.high)}",
            f"{row.seconds_median:.1f}",
            f"{row.seconds_p90:.1f}",
            f"{row.prompt_tokens:.0f}",
            f"{row.completion_tokens:.0f}",
        ]
        if repairs:
            # Nobody needed the later tries: the shares stay what they were.
            by_try = [*row.solved_by_try, *[row.solved] * 3][:3] if row.kind == "repair" else []
            shown = [_percent(share) for share in by_try] or [""] * 3
            cells += [*shown, str(row.damaged) if row.kind == "repair" else ""]
        lines.append(cells)
    return _table(lines) if rows else "Nothing was answered."


def _faults(rows: Sequence[Row]) -> str:
    kinds = sorted({verdict for row in rows for verdict in row.verdicts})
    lines = [["data", "model", "mode", *kinds]]
    lines += [
        [row.data, row.model, row.mode, *(str(row.verdicts.get(kind, "")) for kind in kinds)] for row in rows
    ]
    return _table(lines) if rows else ""


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    lines = [["data", "model", "mode", "against", "gained", "lost", "difference", "95 %", "p"]]
    lines += [
        [
            one.data,
            one.model,
            one.mode,
            one.against,
            str(one.gained),
            str(one.lost),
            f"{100 * one.difference:+.1f}",
            f"{100 * one.low:+.1f} to {100 * one.high:+.1f}",
            f"{one.p:.2g}",
        ]
        for one in comparisons
    ]
    return _table(lines) if comparisons else ""


def _left_out(summary: Summary) -> str:
    if not summary.left_out:
        return ""
    lines = [f"- {item}: {_one_line(why)}" for item, why in summary.left_out.items()][:_MOST_LEFT_OUT]
    more = len(summary.left_out) - len(lines)
    tail = [f"- and {more} more, named in the JSON result"] if more else []
    return "\n".join(
        [f"Left out, as the reference itself fails here ({len(summary.left_out)}):", *lines, *tail]
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:160]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _table(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rows = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    return "\n".join([rows[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rows[1:]])
