"""What is said of one object, and who says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbcoder.context.describe.describer import Describer

__all__ = ["Description", "Kind", "Reader"]

Kind = Literal["table", "array", "container", "value", "callable", "class", "module", "object"]


@dataclass(frozen=True)
class Description:
    """``head`` goes on the line of the name, ``lines`` go below it; both are fit to be shown.

    ``labels`` are the columns or keys as code would write them. ``samples`` holds a few texts under each
    label as they are, to be compared with a request and not to be shown.
    """

    kind: Kind
    head: str
    lines: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Reader:
    """Reads objects of one exact type; ``for_subclasses`` if it uses only slots that these cannot change."""

    kind: Kind
    read: Callable[[Any, Describer], Description]
    for_subclasses: bool = False
