"""The way from an object's exact type to what can be said of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nbcoder.context.describe import (
    arrays,
    arrow_tables,
    callables,
    containers,
    instances,
    pandas_tables,
    polars_tables,
    scalars,
)
from nbcoder.context.describe.description import Description, Kind
from nbcoder.context.secrets.guard import Guard
from nbcoder.context.situation import Limits
from nbcoder.context.statics import bases_of, class_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbcoder.context.describe.description import Reader

__all__ = ["Describer"]

_WIDE = 15
_FEWEST_SAMPLED = 50
_ALWAYS: Mapping[type, Reader] = scalars.READERS | containers.READERS | callables.READERS


def _readers_now() -> Mapping[int, Reader]:
    """A reader for each type, by its identity; those of libraries only as far as the user has loaded them."""
    readers = dict(_ALWAYS)
    for library in (arrays, pandas_tables, polars_tables, arrow_tables):
        readers |= library.readers()
    return {id(cls): reader for cls, reader in readers.items()}


@dataclass(frozen=True)
class Describer:
    """Describes objects for one context; runs none of their code, never raises, never waits."""

    guard: Guard = field(default_factory=Guard)
    limits: Limits = field(default_factory=Limits)
    depth: int = 0
    """How many containers this is inside of."""
    _readers: Mapping[int, Reader] = field(default_factory=_readers_now, repr=False)

    def describe(self, value: object) -> Description:
        """What can be said of ``value``."""
        cls = type(value)
        try:
            return self._reader(cls).read(value, self)
        except Exception:  # noqa: BLE001 - a library may stumble over an odd value; its type can still be told
            return Description(self.kind_of(cls), self.clean(class_text(cls)))

    def for_columns(self, count: int) -> Describer:
        """The same, for one of ``count`` columns that share what may be looked at of a table."""
        limits = self.limits
        each = replace(
            limits,
            elements=max(limits.elements // max(count, 1), limits.sample),
            sample=max(min(limits.sample, limits.sample * _WIDE // max(count, 1)), _FEWEST_SAMPLED),
        )
        return replace(self, limits=each)

    @functools.cached_property
    def in_haste(self) -> Describer:
        """The same, looking at names and sizes alone."""
        return replace(self, limits=replace(self.limits, columns=0))

    def kind_of(self, cls: type) -> Kind:
        """What sort of thing the objects of that class are."""
        return self._reader(cls).kind

    def brief(self, value: object) -> str:
        """``value`` in a few words, for the inside of a container."""
        shown = scalars.show(value, self)
        if shown is not None:
            return shown
        if self.depth:
            return self.clean(class_text(type(value)))
        return replace(self, depth=self.depth + 1).describe(value).head

    def clean(self, text: str) -> str:
        """``text`` as one line without secrets."""
        return self.guard.data(" ".join(text.splitlines()) if "\n" in text or "\r" in text else text)

    def _reader(self, cls: type) -> Reader:
        for base in bases_of(cls):
            reader = self._readers.get(id(base))
            if reader is not None and (base is cls or reader.for_subclasses):
                return reader
        return instances.READER
