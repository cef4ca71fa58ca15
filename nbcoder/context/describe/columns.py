"""What is said of one column, whichever library keeps it."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbcoder.context.describe.description import Description
from nbcoder.context.describe.scalars import item_of, show
from nbcoder.context.statics import class_text, module_of, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nbcoder.context.describe.describer import Describer

__all__ = [
    "Column",
    "about_missing",
    "about_range",
    "about_values",
    "is_missing",
    "label_of",
    "size_of",
    "step_over",
    "step_through",
    "table",
    "told_anyway",
    "type_text",
]

_MIDNIGHT = " 00:00:00"
_SHOWN_IF_FEW = 6
_OFTEN = 4  # times that each text of a sample recurs on average, for its texts to be about all there are
_APART_COSTS = 4
_USUAL_PERIODS = 2 * 3 * 5 * 7 * 11
_MAY_BE_MISSING = ("float", "datetime64", "timedelta64")
_LONGEST_TYPE = 200
_KINDS_OF_TEXT = (
    ("dates", re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T]\d.*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")),
    ("numbers", re.compile(r"\s*[-+]?[$€£]?\s*[-+]?(?:\d[\d,']*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*%?\s*")),
)


@dataclass(frozen=True)
class Column:
    """One column: its name as code would write it, its type, and what else is worth a word."""

    label: str
    dtype: str
    facts: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()

    def line(self) -> str:
        """The column in one line."""
        return f"{self.label}: " + ", ".join((self.dtype, *self.facts))


def told_anyway(read: Callable[..., Column]) -> Callable[..., Column]:
    """``read``, for which a column whose values cannot be read does not spoil what is told of the others."""

    @functools.wraps(read)
    def column(label: str, *given: Any) -> Column:  # noqa: ANN401 - whatever each library's columns are read from
        try:
            return read(label, *given)
        except Exception:  # noqa: BLE001 - a library may stumble over what is in its own arrays
            return Column(label, "not looked into")

    return column


def label_of(name: object, describer: Describer) -> str:
    """A column's name as an expression; one that only its own code could tell is named by its type."""
    if type(name) is tuple:
        inner = ", ".join(label_of(part, describer) for part in name[:8])
        return f"({inner})"
    return show(name, describer) or f"<{describer.clean(class_text(type(name)))}>"


def type_text(dtype: object, describer: Describer) -> str:
    """A library's own type of a column as text; of one that has hundreds of fields, the beginning."""
    text = str(dtype)
    return describer.clean(text if len(text) <= _LONGEST_TYPE else f"{text[:_LONGEST_TYPE]}…")


def about_values(
    values: Sequence[object], describer: Describer, *, whole: bool
) -> tuple[str, tuple[str, ...]]:
    """Examples of what a column of text or objects holds, and all texts that were seen.

    ``values`` are a sample, or with ``whole`` all of them; missing ones are skipped.
    """
    present = [value for value in values if not is_missing(value)]
    if not present:
        return "", ()
    if any(type(value) is not str for value in present):
        return _about_objects(present, describer), ()
    texts = [text for text in dict.fromkeys(present) if type(text) is str]
    kind = next((f"{name} as text, " for name, form in _KINDS_OF_TEXT if _all_match(form, texts)), "")
    repeats = len(texts) < len(present) if whole else len(texts) * _OFTEN < len(present)
    few = repeats and len(texts) <= _SHOWN_IF_FEW
    shown = _listed(texts[: _SHOWN_IF_FEW if few else describer.limits.examples], describer)
    if few:
        return f"{kind}{'' if whole else 'about '}{len(texts)} distinct: {shown}", tuple(texts)
    distinct = f"{len(texts)} distinct, " if whole and repeats else ""
    return f"{kind}{distinct}e.g. {shown}", tuple(texts)


def about_range(low: object, high: object, describer: Describer, *, about: bool) -> str:
    """From the least to the greatest value; '' where none is present."""
    if is_missing(low):
        return ""
    start, end = _number(low, describer), _number(high, describer)
    if start.endswith(_MIDNIGHT) and end.endswith(_MIDNIGHT):
        start, end = start.removesuffix(_MIDNIGHT), end.removesuffix(_MIDNIGHT)
    return f"{'about ' if about else ''}{start} to {end}"


def about_missing(missing: int, seen: int, total: int) -> str:
    """How many values are missing, of ``seen`` that were looked at out of ``total``; '' for none."""
    if not missing:
        return ""
    if missing == seen == total:
        return "all missing"
    if seen >= total:
        return f"{missing} missing"
    return f"about {max(missing / seen, 0.001):.1%} missing"


def step_through(total: int, most: int) -> int:
    """How many values to go on at a time, to see at most ``most`` from all over a column.

    Data repeats in weeks, months, pairs: a step that divides none of these sees every part of them.
    """
    step = -(-total // most) if total > most else 1
    while step > 1 and math.gcd(step, _USUAL_PERIODS) > 1:
        step += 1
    return step


def step_over(total: int, most: int) -> int:
    """The same for numbers: all of them, or fewer from all over, each of which costs a line of memory."""
    return 1 if total <= most else step_through(total, max(most // _APART_COSTS, 1))


def size_of(rows: int, columns: int) -> str:
    """The size of a table."""
    return f"{rows} rows x {columns} columns"


def _about_objects(values: Sequence[object], describer: Describer) -> str:
    kinds = list({id(kind): kind for kind in map(type, values)}.values())[:3]
    names = ", ".join(class_text(kind) for kind in kinds)
    return f"of {describer.clean(names)}, e.g. {_listed(values[: describer.limits.examples], describer)}"


def _listed(values: Iterable[object], describer: Describer) -> str:
    return ", ".join(describer.brief(value) for value in values)


def _number(value: object, describer: Describer) -> str:
    if module_of(type(value)) == "numpy":
        value = item_of(value)
    if type(value) is float:
        return f"{value:.6g}"
    return show(value, describer) or "?"


def _all_match(form: re.Pattern[str], texts: Sequence[str]) -> bool:
    return all(len(text) < 40 and form.fullmatch(text) for text in texts)  # noqa: PLR2004 - longer is prose


def is_missing(value: Any) -> bool:  # noqa: ANN401 - compared only where it is a float
    """Whether ``value`` stands for nothing; objects of strangers are not asked."""
    cls = type(value)
    if cls is str:
        return False
    if value is None:
        return True
    if cls is float or (module_of(cls) == "numpy" and name_of(cls).startswith(_MAY_BE_MISSING)):
        return bool(value != value)  # noqa: PLR0124 - only NaN and NaT differ from themselves
    return name_of(cls) in ("NaTType", "NAType") and module_of(cls).startswith("pandas.")


def table(
    kind: str,
    size: str,
    columns: tuple[Sequence[Column], Sequence[str], int] = ((), (), 0),
    lines: Sequence[str] = (),
) -> Description:
    """A table: its size, the columns that were looked into, the names of the others, how many there are."""
    described, labels, total = columns
    others = labels[len(described) :]
    below = [column.line() for column in described]
    if others:
        unnamed = total - len(labels)
        more = f" and {unnamed} more" if unnamed else ""
        below.append(f"other columns: {', '.join(others)}{more}")
    samples = {column.label: column.samples for column in described if column.samples}
    return Description("table", f"{kind}, {size}", (*below, *lines), tuple(labels), samples)
