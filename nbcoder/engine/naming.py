"""Under which name the engine serves a model."""

from __future__ import annotations

from pathlib import Path

__all__ = ["served_name"]


def served_name(model: str) -> str:
    """The name under which the engine serves ``model``, a value of that setting; '' for any."""
    if model == "auto":
        return ""
    from nbcoder.models.catalogue import find  # noqa: PLC0415 - reads a file, which most calls do not need

    known = find(model)
    path = Path(model).expanduser()
    return known.name if known else path.resolve().name if path.exists() else model
