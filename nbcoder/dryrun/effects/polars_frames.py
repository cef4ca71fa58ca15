"""Fingerprints of frames and series of polars.

What polars writes to in place, it copies before, while anything else uses that: here a copy that shares the
memory is kept. So whether a column of numbers lies where it lay, tells whether it was written to.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.effects.kinds import package

if TYPE_CHECKING:
    from nbcoder.dryrun.effects.fingerprint import Walk

__all__ = ["frame", "series"]

_MOST_COLUMNS: Final = 200
_ALL_ROWS: Final = 100_000
_ALL_BYTES: Final = 1 << 24
_SAMPLED_ROWS: Final = 50


def frame(value: Any, walk: Walk, depth: int) -> object | None:
    """That of a frame, by its columns; None for one of a user's class."""
    if package(type(value)) != "polars":
        return None
    columns = value.get_columns()[:_MOST_COLUMNS]
    return (value.shape, tuple(value.columns), [series(column, walk, depth) for column in columns])


def series(value: Any, _walk: Walk, _depth: int) -> object | None:
    """That of a series, which may be a column; None for one of a user's class."""
    return _Column(value) if package(type(value)) == "polars" else None


class _Column:
    """A series as it is now.

    Texts and the like have no memory that polars shows: they are compared, of many those at both ends and
    some from all over it. Objects are not, as that would ask them.
    """

    def __init__(self, values: Any) -> None:
        self._about = (values.name, str(values.dtype), len(values))
        self._values = values.clone()
        self._address: int | None = None
        if "numpy" not in sys.modules:  # polars would import it
            return
        try:
            numbers = self._values.to_numpy(allow_copy=False)
        except Exception:  # noqa: BLE001 - it says so in another way for each type
            return
        self._address = numbers.__array_interface__["data"][0]

    __hash__ = None  # type: ignore[assignment] # only ever compared

    def __eq__(self, later: object) -> bool:
        if not isinstance(later, _Column) or self._about != later._about:
            return False
        if self._address is not None and later._address is not None:
            return self._address == later._address
        return "Object" in self._about[1] or _are_alike(self._values, later._values)


def _are_alike(old: Any, new: Any) -> bool:
    """Whether two series of one length are equal."""
    size = len(old)
    if size <= _ALL_ROWS and max(old.estimated_size(), new.estimated_size()) <= _ALL_BYTES:
        return bool(old.equals(new))
    step = max(1, size // _SAMPLED_ROWS)
    is_alike = all(
        old[part].equals(new[part]) for part in (slice(_SAMPLED_ROWS), slice(-_SAMPLED_ROWS, None))
    )
    return is_alike and all(old[at : at + 1].equals(new[at : at + 1]) for at in range(0, size, step))
