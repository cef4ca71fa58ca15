"""Which values are not shown for the names they are held under."""

from __future__ import annotations

import collections
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from nbcoder.context import blocks
from nbcoder.context.secrets.secrecy import LONGEST_SECRET, is_likely, looks_random, secrecy_of
from nbcoder.context.statics import loaded, module_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nbcoder.context.secrets.secrecy import Secrecy

__all__ = ["HIDDEN", "elements_of", "hides", "hides_column", "secrecy_of_label", "secrets_in"]

HIDDEN = "not shown"
_MOST_ELEMENTS, _DEEPEST = 100, 3
_PAIR = 2
"""A user and a password."""
_TEXTS = frozenset(map(id, (str, bytes, bytearray)))
_NUMBERS = frozenset(map(id, (int, float)))
_GROUPS = frozenset(map(id, (list, tuple, set, frozenset)))
_TEXT_DTYPES = ("String", "string", "large_string")
_INDEXES = ("Index", "MultiIndex", "CategoricalIndex")


def secrecy_of_label(label: object) -> Secrecy:
    """Whether what stands under ``label``, a key or a column of one or more levels, is a secret."""
    if type(label) is str:
        return secrecy_of(label)
    parts = [secrecy_of(part) for part in _parts(label)]
    return "certain" if "certain" in parts else "likely" if "likely" in parts else "none"


def hides(name: object, value: object) -> bool:
    """Whether ``value``, held under ``name``, is a secret or a group of them."""
    secrecy = secrecy_of(name) if type(name) is str else "none"
    if secrecy == "none":
        return False
    if secrecy == "certain" and id(type(value)) in _NUMBERS:
        return True
    return bool(secrets_in(name, value))


def secrets_in(label: object, value: object) -> list[str]:
    """The texts in ``value`` that are secrets for the label that it is held under."""
    secrecy = secrecy_of_label(label)
    if secrecy == "none":
        return []
    texts = _texts_in(value)
    if secrecy == "certain":
        return texts
    name = " ".join(_parts(label))
    if "auth" in name.lower() and type(value) is tuple and len(texts) == len(value) == _PAIR:
        return texts[1:]
    random = [text for text in texts if is_likely(name, text)]
    # Of the words of a text, one has a digit in it now and then.
    are_words = 2 * len(random) < len(texts) and id(type(value)) not in _GROUPS
    return [] if are_words else random


def hides_column(name: object, sample: Iterable[object] = ()) -> bool:
    """Whether the values of a column of that name are secrets, of which ``sample`` are some."""
    secrecy = secrecy_of_label(name)
    named = " ".join(_parts(name))
    return secrecy == "certain" or (
        secrecy == "likely" and any(type(text) is str and is_likely(named, text) for text in sample)
    )


def _parts(label: object) -> list[str]:
    """The words of a label of one or more levels."""
    return [part for part in (label if type(label) is tuple else (label,)) if type(part) is str]


def _texts_in(value: object) -> list[str]:
    """The text that ``value`` is, or the first that it holds, each cut where no secret is that long."""
    return [_text(found) for found in islice(_texts(value, _DEEPEST), _MOST_ELEMENTS)]


def elements_of(value: object, most: int) -> list[Any]:
    """The first elements of a builtin group, an array or a series, read without any code of the user's."""
    try:
        return _elements_of(value, most)
    except Exception:  # noqa: BLE001 - a library may stumble over what is in its own arrays
        return []


def _elements_of(value: object, most: int) -> list[Any]:
    cls = type(value)
    if issubclass(cls, (list, tuple, set, frozenset, collections.deque)):
        base = next(
            kind for kind in (list, tuple, set, frozenset, collections.deque) if issubclass(cls, kind)
        )
        return list(islice(base.__iter__(value), most))  # type: ignore[arg-type]  # one of that base
    if cls is loaded("pandas", "Series"):
        return _elements_of_array(blocks.values_of(value), most) if blocks.has_blocks(value) else []
    if any(cls is loaded("pandas", name) for name in _INDEXES):
        return list(blocks.first_labels(value, most)) if blocks.has_known_labels(value) else []
    return _elements_of_array(value, most)


def _elements_of_array(values: Any, most: int) -> list[Any]:  # noqa: ANN401 - whatever may be an array
    """Those of an array of numpy, pandas, polars or Arrow that may hold texts; none of anything else."""
    cls = type(values)
    if cls is loaded("polars", "Series"):
        return values.head(most).to_list() if str(values.dtype) in _TEXT_DTYPES else []
    if module_of(cls) == "pyarrow.lib":
        is_array = hasattr(cls, "type") and str(values.type) in _TEXT_DTYPES
        return [values[at].as_py() for at in range(min(len(values), most))] if is_array else []
    if cls is loaded("numpy", "ndarray"):
        holds_texts = values.dtype.kind in "OUS" and not blocks.is_mapped(values)
        texts: list[Any] = values.flat[:most].tolist() if holds_texts else []
        return texts
    arrays = loaded("pandas.api.extensions", "ExtensionArray")
    if not (blocks.is_known(values) and isinstance(arrays, type) and issubclass(cls, arrays)):
        return []
    return list(values[:most])


def _texts(value: object, deepest: int) -> Iterator[str | bytes | bytearray]:
    if id(type(value)) in _TEXTS:
        yield value  # type: ignore[misc]  # narrowed by exact type
        return
    if not deepest:
        return
    held: Iterable[object]
    if issubclass(type(value), dict):
        items: list[tuple[object, object]] = list(islice(dict.items(value), _MOST_ELEMENTS))  # type: ignore[arg-type]  # a dict
        held = [element for _, element in items]
        if any(id(type(element)) in _TEXTS for element in held):  # else its keys are counted or numbered
            held = chain(held, (key for key, _ in items if type(key) is str and looks_random(key)))
    else:
        held = elements_of(value, _MOST_ELEMENTS)
    for element in held:
        yield from _texts(element, deepest - 1)


def _text(found: str | bytes | bytearray) -> str:
    cut = found[: LONGEST_SECRET + 1]
    return cut if isinstance(cut, str) else bytes(cut).decode("utf-8", "replace")
