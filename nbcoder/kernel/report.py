"""What ``%nbcoder`` prints, and what is said of a dry run beside its result."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from nbcoder._version import __version__
from nbcoder.settings import setting_helps
from nbcoder.texts import Text

if TYPE_CHECKING:
    from nbcoder.dryrun import Report
    from nbcoder.settings import Settings

__all__ = ["restore_report", "status_report", "walls_note"]

_WEAKER_WALLS = {
    "landlock": Text(
        "This system allows no overlay: it was tried where only a scratch folder can be written."
    ),
    "audit": Text("This system allows no overlay: it was tried where nothing can be written."),
    "none": Text("This system has no walls: it was tried because by its text it only computes."),
}


def status_report(settings: Settings) -> str:
    """The engine's state and every setting with its meaning."""
    from nbcoder.engine import describe  # noqa: PLC0415 - looks at processes; not needed to load the magics

    helps = setting_helps()
    lines = [f"nbcoder {__version__}", f"engine: {describe(settings)}", "", "settings (%config NBCoder):"]
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        shown = "…" if field.name == "engine_key" and value else repr(value)
        lines.append(f"  {field.name} = {shown:<10} {helps[field.name]}")
    return "\n".join([*lines, "", "%nbcoder help lists the magics and their options."])


def walls_note(report: Report | None) -> str:
    """One line if a candidate was tried behind weaker walls than the best; else ''."""
    if report is None or report.status == "unavailable":
        return ""
    return _WEAKER_WALLS.get(report.tier, "")


def restore_report(restored: list[str], left: list[str]) -> str:
    """What is as it was before the failed cell again, and what is not."""
    nothing = "nothing could be put back." if left else "nothing had to be put back."
    lines = [f"put back: {', '.join(restored)}" if restored else nothing]
    if left:
        lines.append(f"as the failed cell left it: {', '.join(left)}")
    return "\n".join(lines)
