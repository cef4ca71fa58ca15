"""Everything else: the class, and the names of what an object stores on itself.

Of an object of a library the model knows the attributes; only those are named that end in an underscore,
which by custom are there once a model has been fitted.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from nbcoder.context.blocks import plain
from nbcoder.context.describe.callables import members_of
from nbcoder.context.describe.description import Description, Reader
from nbcoder.context.describe.scalars import show
from nbcoder.context.secrets.hiding import HIDDEN, hides
from nbcoder.context.statics import class_text, instance_dict, is_users, loaded, name_of, slots_of

if TYPE_CHECKING:
    from nbcoder.context.describe.describer import Describer

__all__ = ["READER"]

_MOST_ATTRIBUTES, _MOST_STORED = 20, 500


def _read(value: object, describer: Describer) -> Description:
    cls = type(value)
    shown = show(value, describer)
    if shown is not None:
        return Description("value", f"{name_of(cls)} = {shown}")
    head = class_text(cls) + _kinship(cls)
    if (table := plain(value)) is not None:
        described = describer.describe(table)
        size = described.head.partition(", ")[2]
        return replace(described, head=f"{describer.clean(head)}, {size}" if size else describer.clean(head))
    if describer.depth:
        return Description("object", describer.clean(head))
    attributes = {name: held for name, held in _stored(value) if type(name) is str and name[:1] != "_"}
    stored = list(attributes)
    lines: tuple[str, ...] = ()
    if is_users(cls):
        held = [_attribute(name, attributes[name], describer) for name in stored[:_MOST_ATTRIBUTES]]
        lines += (f"attributes: {', '.join(held)}",) if held else ()
        members = members_of(cls, describer)
        lines += (describer.clean(f"methods: {', '.join(members)}"),) if members else ()
    elif learned := [name for name in stored if name.endswith("_")]:
        lines = (describer.clean(f"attributes: {', '.join(learned[:_MOST_ATTRIBUTES])}"),)
    return Description("object", describer.clean(head), lines)


def _stored(value: object) -> list[tuple[object, object]]:
    """What is stored on it, in its dict and in the slots of a class of the user's, with the names."""
    return [*islice(instance_dict(value).items(), _MOST_STORED), *slots_of(value)]


def _attribute(name: str, held: object, describer: Describer) -> str:
    if hides(name, held):
        return f"{describer.clean(name)}: {HIDDEN}"
    return f"{describer.clean(name)}: {describer.brief(held)}"


def _kinship(cls: type) -> str:
    """That it is a kind of frame, for a class that only builds on one: its code is not ours to run."""
    for module in ("pandas", "polars"):
        for name in ("DataFrame", "Series"):
            base = loaded(module, name)
            if base is not None and cls is not base and issubclass(cls, base):
                return f", a kind of {module} {name_of(base)}"
    return ""


READER = Reader("object", _read)
