"""Lists, dicts and their kin: length, keys, what they hold. Read by the slots of the builtin types alone."""

from __future__ import annotations

import collections
import itertools
from typing import TYPE_CHECKING, Any

from nbcoder.context.describe.columns import label_of
from nbcoder.context.describe.description import Description, Reader
from nbcoder.context.secrets.hiding import HIDDEN, hides
from nbcoder.context.statics import bases_of, class_dict, class_text, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbcoder.context.describe.describer import Describer

__all__ = ["READERS"]

_LOOKED_AT = 20


def _read_list(value: list[object], describer: Describer) -> Description:
    return _sequence(value, list.__len__(value), list.__iter__(value), describer)


def _read_tuple(value: tuple[object, ...], describer: Describer) -> Description:
    names = next((found for cls in bases_of(type(value)) if (found := class_dict(cls).get("_fields"))), None)
    described = _sequence(value, tuple.__len__(value), tuple.__iter__(value), describer)
    if type(names) is not tuple or any(type(name) is not str for name in names):
        return described
    fields = ", ".join(names[: describer.limits.columns])
    return Description(
        "container", describer.clean(f"{class_text(type(value))} with fields {fields}"), labels=names
    )


def _read_set(value: set[object], describer: Describer) -> Description:
    return _sequence(value, set.__len__(value), set.__iter__(value), describer)


def _read_frozenset(value: frozenset[object], describer: Describer) -> Description:
    return _sequence(value, frozenset.__len__(value), frozenset.__iter__(value), describer)


def _read_deque(value: collections.deque[object], describer: Describer) -> Description:
    deque = collections.deque
    return _sequence(value, deque.__len__(value), deque.__iter__(value), describer)


def _sequence(value: object, length: int, elements: Iterable[object], describer: Describer) -> Description:
    kind = class_text(type(value))
    if not length:
        return Description("container", describer.clean(f"empty {kind}"))
    seen = list(itertools.islice(elements, _LOOKED_AT))
    types = ", ".join(list(dict.fromkeys(class_text(type(element)) for element in seen))[:4])
    head = describer.clean(f"{kind} of {length} {types}")
    if describer.depth:
        return Description("container", head)
    shown = ", ".join(describer.brief(element) for element in seen[: describer.limits.examples])
    more = ", …" if length > describer.limits.examples else ""
    return Description("container", f"{head}: {shown}{more}")


def _read_dict(value: dict[object, object], describer: Describer) -> Description:
    length = dict.__len__(value)
    kind = describer.clean(class_text(type(value)))
    if not length:
        return Description("container", f"empty {kind}")
    items = list(itertools.islice(dict.items(value), describer.limits.columns))
    labels = tuple(label_of(key, describer) for key, _ in items)
    keys = "key" if length == 1 else "keys"
    head = f"{kind} of {length} {keys}"
    if describer.depth:
        return Description(
            "container", f"{head}: {', '.join(labels[: describer.limits.examples])}", (), labels
        )
    if len({id(type(held)) for _, held in items}) == 1 and length > describer.limits.columns:
        key, held = items[0]
        example = f"{labels[0]}: {_held(key, held, describer)}"
        return Description("container", f"{head}, e.g. {example}", (_other_keys(labels, length),), labels)
    lines = tuple(
        f"{label}: {_held(key, held, describer)}" for label, (key, held) in zip(labels, items, strict=True)
    )
    if length > len(items):
        lines += (f"and {length - len(items)} more",)
    return Description("container", head, lines, labels)


def _held(key: object, held: object, describer: Describer) -> str:
    if hides(key, held):
        return f"{name_of(type(held))}, {HIDDEN}"
    return describer.brief(held)


def _other_keys(labels: tuple[str, ...], length: int) -> str:
    more = f" and {length - len(labels)} more" if length > len(labels) else ""
    return f"keys: {', '.join(labels)}{more}"


def _of(read: Any) -> Reader:  # noqa: ANN401 - each takes its own type
    return Reader("container", read, for_subclasses=True)


READERS: dict[type, Reader] = {
    list: _of(_read_list),
    tuple: _of(_read_tuple),
    set: _of(_read_set),
    frozenset: _of(_read_frozenset),
    collections.deque: _of(_read_deque),
    dict: _of(_read_dict),
}
