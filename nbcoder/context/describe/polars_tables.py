"""polars: eager frames and series. A lazy frame is named, never collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbcoder.context.describe.columns import (
    Column,
    about_missing,
    about_range,
    about_values,
    label_of,
    size_of,
    step_over,
    step_through,
    table,
    told_anyway,
    type_text,
)
from nbcoder.context.describe.description import Description, Reader
from nbcoder.context.secrets.hiding import HIDDEN, hides_column
from nbcoder.context.statics import class_text, loaded, module_of, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbcoder.context.describe.describer import Describer

__all__ = ["readers"]


def readers() -> Mapping[type, Reader]:
    """A reader for each polars type, if the user has loaded polars."""
    known = {
        loaded("polars", "DataFrame"): Reader("table", _read_frame),
        loaded("polars", "Series"): Reader("table", _read_series),
        loaded("polars", "LazyFrame"): Reader("table", _read_lazy),
    }
    known.pop(None, None)
    return known


def _read_frame(frame: Any, describer: Describer) -> Description:  # noqa: ANN401 - an exact polars.DataFrame
    rows, columns = frame.shape
    if describer.depth:
        return table("polars DataFrame", size_of(rows, columns))
    names = frame.columns[: describer.limits.column_names]
    labels = tuple(label_of(name, describer) for name in names)
    each = describer.for_columns(min(columns, describer.limits.columns))
    described = [
        _column(label, frame.to_series(i), each) for i, label in enumerate(labels[: describer.limits.columns])
    ]
    return table("polars DataFrame", size_of(rows, columns), (described, labels, columns))


def _read_series(series: Any, describer: Describer) -> Description:  # noqa: ANN401 - an exact polars.Series
    column = _column("values", series, describer)
    head = f"polars Series {label_of(series.name, describer)}, {len(series)} rows"
    return Description("table", ", ".join((head, column.dtype, *column.facts)), samples={"": column.samples})


def _read_lazy(_: object, __: Describer) -> Description:
    return Description("table", "polars LazyFrame, not collected")


@told_anyway
def _column(label: str, series: Any, describer: Describer) -> Column:  # noqa: ANN401 - an exact polars.Series
    dtype = series.dtype
    if module_of(type(dtype)).partition(".")[0] != "polars":
        return Column(label, describer.clean(class_text(type(dtype))))
    is_enum = name_of(type(dtype)) == "Enum"  # its own text has all of its levels
    name = f"Enum of {len(dtype.categories)} levels" if is_enum else type_text(dtype, describer)
    if hides_column(series.name):
        return Column(label, name, (HIDDEN,))
    total = len(series)
    missing = about_missing(series.null_count(), total, total)
    about = ""
    samples: tuple[str, ...] = ()
    if dtype.is_numeric() or dtype.is_temporal():
        about = _range(series, describer)
    elif is_enum or name in ("String", "Categorical") or name.startswith("Categorical("):
        step = step_through(total, describer.limits.sample)
        sample = series.gather_every(step).to_list()
        if hides_column(series.name, sample):
            return Column(label, name, (HIDDEN,))
        about, samples = about_values(sample, describer, whole=step == 1)
    return Column(label, name, tuple(fact for fact in (about, missing) if fact), samples)


def _range(series: Any, describer: Describer) -> str:  # noqa: ANN401 - a polars.Series of numbers or times
    step = step_over(len(series), describer.limits.elements)
    part = series if step == 1 else series.gather_every(step)
    low, high = part.min(), part.max()
    return "" if low is None else about_range(low, high, describer, about=step > 1)
