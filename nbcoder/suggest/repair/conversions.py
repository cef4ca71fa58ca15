"""Hints to values that cannot be made numbers or dates, or not be compared, see `repair.hints`."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from nbcoder.context.secrets.hiding import hides_column
from nbcoder.suggest.data.columns import columns_in, texts_of
from nbcoder.suggest.data.numerals import as_numbers
from nbcoder.suggest.repair.raised import mentioned, user_frame, user_statement

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["dates_of_texts", "missing_integers", "numbers_of_texts", "time_zones"]

_NO_NUMBERS = re.compile(
    r"could not convert|not supported between|Unable to parse|invalid literal|numeric|with string dtype"
    r"|string multiply|operation '\w{1,20}' not supported for dtype 'str'|Cannot perform reduction"
)
_DAY_FIRST = re.compile(r"\s*(\d{1,2})([/.-])(\d{1,2})\2\d{2,4}\b")
_MONTHS, _DAYS = 12, 31
_ZONES = re.compile(
    r"tz-naive|tz-aware|offset-naive"
    r"|Invalid comparison between dtype=datetime64\[[^\]]{1,40}\] and (?:Timestamp|datetime)"
)


def numbers_of_texts(error: BaseException) -> Iterator[str]:
    """Numbers that are texts: what they look like, and what keeps them from being numbers."""
    if not _NO_NUMBERS.search(str(error)):
        return
    for place, column in _columns(error):
        texts = texts_of(column)
        if hides_column(getattr(column, "name", ""), texts):
            yield f"{place} holds texts"
        elif texts and (numbers := as_numbers(place, texts)):
            yield f"{place} holds texts such as {texts[0]!r} and {texts[-1]!r}, not numbers"
            yield f"make them numbers first: {numbers}"
        elif texts:
            yield f"{place} holds texts such as {texts[0]!r}"


def missing_integers(error: BaseException) -> Iterator[str]:
    """Missing values in what is to become whole numbers."""
    if "non-finite" not in str(error) and "NaN to integer" not in str(error):
        return
    for place, column in _columns(error):
        if missing := int(column.isna().sum()):
            yield (
                f"{place} has {missing} missing values, which no int can be: .astype('Int64') keeps them, "
                ".dropna() or .fillna(...) before it does without"
            )


def dates_of_texts(error: BaseException) -> Iterator[str]:
    """How dates that are texts are written."""
    if "doesn't match format" not in str(error) and "does not match format" not in str(error):
        return
    for place, column in _columns(error):
        texts = [str(value) for value in column.dropna() if isinstance(value, str)]
        if not texts or hides_column(getattr(column, "name", ""), texts[:1]):
            continue
        if _has_day_first(texts):
            day = max(texts, key=_first)
            yield f"in {place} the day stands first, as in {day!r}: write dayfirst=True, no format"
        else:
            yield f"{place} holds dates such as {texts[0]!r} and {texts[-1]!r}"


def _has_day_first(texts: list[str]) -> bool:
    """Whether all of them can be read so, and not all in the other way."""
    parts = [(int(found[1]), int(found[3])) for text in texts if (found := _DAY_FIRST.match(text))]
    is_so = len(parts) == len(texts) and all(1 <= a <= _DAYS and 1 <= b <= _MONTHS for a, b in parts)
    return is_so and any(a > _MONTHS for a, _ in parts)


def _first(text: str) -> int:
    found = _DAY_FIRST.match(text)
    return int(found[1]) if found else 0


def time_zones(error: BaseException) -> Iterator[str]:
    """Times with a time zone beside those without one."""
    if not _ZONES.search(str(error)):
        return
    told = [f"{place} has {_zone(column)}" for place, column in _columns(error) if _is_time(column)]
    told += [f"{name} has {_zone(value)}" for name, value in mentioned(error) if _is_time(value)]
    if told:
        yield "; ".join(dict.fromkeys(told))
    yield (
        "make both alike: .dt.tz_localize('UTC') gives a column a time zone, .dt.tz_localize(None) takes it "
        "away; for one time, the same without .dt, and for a datetime .replace(tzinfo=...)"
    )


def _is_time(value: Any) -> bool:  # noqa: ANN401 - any object
    return isinstance(value, dt.datetime) or getattr(getattr(value, "dtype", None), "kind", "") == "M"


def _zone(value: Any) -> str:  # noqa: ANN401 - a time, or a column of some
    zone = value.tzinfo if isinstance(value, dt.datetime) else getattr(value.dtype, "tz", None)
    return f"the time zone {zone}" if zone is not None else "no time zone"


def _columns(error: BaseException) -> list[tuple[str, Any]]:
    """The columns that the failing statement names."""
    frame, statement = user_frame(error), user_statement(error)
    if frame is None or statement is None:
        return []
    return list(columns_in(statement, {**frame.f_globals, **frame.f_locals}))
