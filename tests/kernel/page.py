"""What a page says to the kernel, for tests that play one."""

from __future__ import annotations

from nbcoder import wire

__all__ = ["act", "cell", "done"]


def cell(cell_id: str, source: str) -> wire.CellMessage:
    """A code cell of the notebook as it is on the page."""
    return wire.CellMessage(id=cell_id, type="code", source=source)


def act(suggestion: str, action: wire.Action = "accept") -> wire.Act:
    """The user's decision."""
    return wire.Act(v=1, type="act", suggestion=suggestion, action=action)


def done(suggestion: str, *, ok: bool) -> wire.Done:
    """Whether what was decided was carried out."""
    return wire.Done(v=1, type="done", suggestion=suggestion, ok=ok)
