"""Single values: numbers, text, times. Shown as code would write them, if they are short."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import pathlib
import uuid
from typing import TYPE_CHECKING, Any

from nbcoder.context.describe.description import Description, Reader
from nbcoder.context.statics import class_text, loaded, module_of, name_of

if TYPE_CHECKING:
    from nbcoder.context.describe.describer import Describer

__all__ = ["READERS", "is_usual_zone", "item_of", "show", "show_text"]

_MOST_BITS = 256
_SECRET_REACH = 300  # a secret that begins in the shown part is seen whole up to here
_USUAL_ZONES = frozenset({"datetime", "zoneinfo", "pytz", "dateutil"})


def show(value: Any, describer: Describer) -> str | None:  # noqa: ANN401 - dispatched by exact type
    """``value`` as an expression or, cut, as the beginning of one; None for what is no single value."""
    cls = type(value)
    if cls is str or cls is bytes or cls is bytearray:
        return show_text(value, describer)
    if value is None or cls is bool or cls is float or cls is complex:
        return repr(value)
    if cls is int:
        bits = value.bit_length()
        return repr(value) if bits <= _MOST_BITS else f"int of {bits} bits"
    if any(cls is known for known in _BY_STR):
        return _by_str(value, describer)
    return _show_foreign(value, describer)


def show_text(value: str | bytes | bytearray, describer: Describer) -> str:
    """The beginning of a text in quotes."""
    most = describer.limits.value_characters
    text = value[: most + _SECRET_REACH]
    cleaned = (
        describer.guard.data(text) if isinstance(text, str) else describer.guard.data(repr(bytes(text))[2:-1])
    )
    cut = cleaned[:most]
    more = "…" if len(cleaned) > most else ""
    prefix = "" if isinstance(text, str) else "b"
    return prefix + repr(cut + more)


def _by_str(value: Any, describer: Describer) -> str | None:  # noqa: ANN401 - one of the types in _BY_STR
    if type(value) in (dt.datetime, dt.time) and not is_usual_zone(value.tzinfo):
        value = value.replace(tzinfo=None)
    elif type(value) is fractions.Fraction and value.denominator.bit_length() > _MOST_BITS:
        return None
    return _text_of(value, describer)


def is_usual_zone(zone: object) -> bool:
    """Whether it is no time zone, or one that runs no code of the user's."""
    return zone is None or module_of(type(zone)).partition(".")[0] in _USUAL_ZONES


def _text_of(value: object, describer: Describer) -> str:
    text = describer.clean(str(value)[: describer.limits.value_characters + _SECRET_REACH])
    return text[: describer.limits.value_characters]


_BY_STR = frozenset(
    {
        dt.datetime,
        dt.date,
        dt.time,
        dt.timedelta,
        decimal.Decimal,
        fractions.Fraction,
        uuid.UUID,
        range,
        type(Ellipsis),
        pathlib.PosixPath,
        pathlib.WindowsPath,
        pathlib.PurePosixPath,
        pathlib.PureWindowsPath,
    }
)


def _show_foreign(value: Any, describer: Describer) -> str | None:  # noqa: ANN401 - checked by exact type
    cls = type(value)
    module = module_of(cls)
    if module == "numpy" and (generic := loaded("numpy", "generic")) and issubclass(cls, generic):
        return _show_numpy(value, describer)
    if module.partition(".")[0] == "pandas" and any(cls is known for known in _pandas_scalars()):
        has_strange_zone = name_of(cls) == "Timestamp" and not is_usual_zone(value.tzinfo)
        return None if has_strange_zone else _text_of(value, describer)
    return None


def _show_numpy(value: Any, describer: Describer) -> str | None:  # noqa: ANN401 - a numpy scalar
    if name_of(type(value)) in ("void", "object_"):
        return None
    if name_of(type(value)) in ("datetime64", "timedelta64"):
        return describer.clean(str(value))
    plain = value.item()
    return show(plain, describer) if module_of(type(plain)) == "builtins" else None


def item_of(value: Any) -> Any:  # noqa: ANN401 - a numpy scalar or array
    """As Python's own value, or list of them; times in nanoseconds too, which numpy gives as bare counts."""
    is_fine = value.dtype.name in ("datetime64[ns]", "timedelta64[ns]")
    return (value.astype(f"{value.dtype.kind}8[us]") if is_fine else value).tolist()


def _pandas_scalars() -> frozenset[type]:
    names = ("Timestamp", "Timedelta", "Period", "Interval")
    known = {cls for name in names if (cls := loaded("pandas", name)) is not None}
    return frozenset(known | {type(loaded("pandas", "NaT")), type(loaded("pandas", "NA"))})


def _read(value: object, describer: Describer) -> Description:
    cls = type(value)
    shown = show(value, describer)
    if shown is None or shown.startswith(name_of(cls) + " of "):
        return Description("value", shown or class_text(cls))
    return Description("value", f"{name_of(cls)} = {shown}")


def _read_text(value: str | bytes | bytearray, describer: Describer) -> Description:
    shown = show_text(value, describer)
    name = name_of(type(value))
    if len(value) <= describer.limits.value_characters:
        return Description("value", f"{name} = {shown}")
    unit = "characters" if name == "str" else "bytes"
    return Description("value", f"{name} of {len(value)} {unit}, {shown}")


_VALUE = Reader("value", _read)
_TEXT = Reader("value", _read_text)
READERS: dict[type, Reader] = dict.fromkeys(
    (type(None), bool, int, float, complex, *_BY_STR), _VALUE
) | dict.fromkeys((str, bytes, bytearray), _TEXT)
