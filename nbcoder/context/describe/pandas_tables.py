"""pandas: frames, series, indexes, groups. Only exact pandas types are read; a subclass may be anybody's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from nbcoder.context.describe.columns import (
    Column,
    about_missing,
    about_range,
    about_values,
    is_missing,
    label_of,
    size_of,
    step_through,
    table,
)
from nbcoder.context.describe.description import Description, Reader
from nbcoder.context.hiding import HIDDEN, hides_column
from nbcoder.context.statics import (
    class_text,
    instance_dict,
    loaded,
    module_dict,
    module_of,
    name_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbcoder.context.describe.describer import Describer

__all__ = ["readers"]

_MOST_BITS_COUNTED = 2_000_000
"""Values of an Arrow array up to which counting the missing ones is faster than choosing some of them."""
_INDEXES = (
    "Index", "RangeIndex", "MultiIndex", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "CategoricalIndex",
    "IntervalIndex",
)  # fmt: skip


def readers() -> Mapping[type, Reader]:
    """A reader for each pandas type, if the user has loaded pandas."""
    groups = "pandas.core.groupby.generic"
    known = {
        loaded("pandas", "DataFrame"): Reader("table", _read_frame),
        loaded("pandas", "Series"): Reader("table", _read_series),
        loaded("pandas", "Categorical"): Reader("array", _read_categorical),
        loaded(groups, "DataFrameGroupBy"): Reader("object", _read_groups),
        loaded(groups, "SeriesGroupBy"): Reader("object", _read_groups),
    }
    known |= {loaded("pandas", name): Reader("array", _read_index) for name in _INDEXES}
    known.pop(None, None)
    return known


def _read_frame(frame: Any, describer: Describer) -> Description:  # noqa: ANN401 - an exact pandas.DataFrame
    rows, columns = frame.shape
    if describer.depth:
        return table("DataFrame", size_of(rows, columns))
    names = frame.columns[: describer.limits.column_names]
    labels = tuple(label_of(name, describer) for name in _plain(names))
    start = frame.iloc[:, : describer.limits.columns]
    each = describer.for_columns(min(columns, describer.limits.columns))
    described = [
        _column(label, name, column, each)
        for label, (name, column) in zip(labels, start.items(), strict=False)
    ]
    lines = _index_lines(frame.index, describer)
    return table("DataFrame", size_of(rows, columns), (described, labels, columns), lines)


def _read_series(series: Any, describer: Describer) -> Description:  # noqa: ANN401 - an exact pandas.Series
    name = series.name
    column = _column("values", name, series, describer)
    named = "" if name is None else f" {label_of(name, describer)}"
    head = f"Series{named}, {len(series)} rows, " + ", ".join((column.dtype, *column.facts))
    return Description(
        "table", head, tuple(_index_lines(series.index, describer)), samples={"": column.samples}
    )


def _read_index(index: Any, describer: Describer) -> Description:  # noqa: ANN401 - an exact pandas index
    return Description(
        "array", f"{name_of(type(index))}, {len(index)} entries, {_about_index(index, describer)}"
    )


def _read_categorical(values: Any, describer: Describer) -> Description:  # noqa: ANN401 - a pandas.Categorical
    return Description("array", f"Categorical, {len(values)} values, {_levels(values.dtype, describer)}")


def _read_groups(groups: Any, describer: Describer) -> Description:  # noqa: ANN401 - a group object of pandas
    stored = instance_dict(groups)
    rows = stored.get("obj")
    keys = stored.get("keys")
    by = ", ".join(label_of(key, describer) for key in (keys if type(keys) is list else [keys]))
    kind = name_of(type(groups))
    if not any(type(rows) is loaded("pandas", name) for name in ("DataFrame", "Series")):
        return Description("object", kind)
    inner = describer.describe(rows)
    lines = (f"columns: {', '.join(inner.labels[: describer.limits.columns])}",) if inner.labels else ()
    return Description("object", f"{kind} by {by} of {inner.head}", lines, inner.labels, inner.samples)


def _index_lines(index: Any, describer: Describer) -> list[str]:  # noqa: ANN401 - whatever indexes a frame
    """Nothing for the plain count from 0; code must know of any other index."""
    kind = name_of(type(index))
    if module_of(type(index)).partition(".")[0] != "pandas":
        return [f"index: {describer.clean(class_text(type(index)))}"]
    if kind == "RangeIndex" and index.start == 0 and index.step == 1 and index.name is None:
        return []
    return [f"index: {_about_index(index, describer)}"]


def _about_index(index: Any, describer: Describer) -> str:  # noqa: ANN401 - an exact pandas index
    kind = name_of(type(index))
    if kind == "MultiIndex":
        return f"MultiIndex, {'; '.join(_about_levels(index, describer))}"
    names = [label_of(name, describer) for name in index.names if name is not None]
    named = f"named {', '.join(names)}, " if names else ""
    if kind == "RangeIndex":
        return f"{named}RangeIndex from {index.start} step {index.step}"
    ends = index[[0, -1]] if len(index) > 1 else index[:1]
    shown = " to ".join(_shown(ends[i : i + 1], describer) for i in range(len(ends)))
    hidden = any(hides_column(name, _plain(ends)) for name in index.names)
    dtype, _ = _dtype(index.dtype, describer)
    prefix = "" if kind == "Index" else f"{kind} "
    return f"{prefix}{named}{dtype}" + (f", {shown}" if shown and not hidden else "")


def _about_levels(index: Any, describer: Describer) -> Iterator[str]:  # noqa: ANN401 - a pandas.MultiIndex
    first = index[:1]
    for at, (name, level) in enumerate(zip(index.names, index.levels, strict=True)):
        named = "" if name is None else f" {label_of(name, describer)}"
        value = _plain(first.get_level_values(at))
        shown = f", first {describer.brief(value[0])}" if value and not hides_column(name, value) else ""
        yield f"level {at}{named}: {_dtype(level.dtype, describer)[0]}{shown}"


def _shown(part: Any, describer: Describer) -> str:  # noqa: ANN401 - a slice of a pandas index
    return ", ".join(describer.brief(value) for value in _plain(part))


def _plain(index: Any) -> Sequence[object]:  # noqa: ANN401 - a short pandas index
    values: list[object] = index.tolist()
    return values


def _dtype(dtype: Any, describer: Describer) -> tuple[str, str]:  # noqa: ANN401 - numpy's, pandas' or a user's dtype
    """The dtype's name and its kind: n(umbers), b(ool), t(imes), c(ategories), o(ther), or '' for unknown."""
    numpy_dtype = loaded("numpy", "dtype")
    if issubclass(type(dtype), numpy_dtype):
        kind = {"i": "n", "u": "n", "f": "n", "b": "b", "M": "t", "m": "t", "O": "o"}.get(dtype.kind, "")
        return str(dtype), kind
    if module_of(type(dtype)).partition(".")[0] != "pandas":
        return describer.clean(class_text(type(dtype))), ""
    name = name_of(type(dtype))
    if name == "CategoricalDtype":
        return "category", "c"
    if name in ("StringDtype", "ArrowDtype"):
        return describer.clean(str(dtype)), "o" if name == "StringDtype" or dtype.kind == "O" else "n"
    kind = {"BooleanDtype": "b", "DatetimeTZDtype": "t", "PeriodDtype": "t", "IntervalDtype": ""}.get(
        name, "n"
    )
    return describer.clean(str(dtype)), kind


def _levels(dtype: Any, describer: Describer) -> str:  # noqa: ANN401 - a pandas.CategoricalDtype
    levels = dtype.categories
    order = "ordered " if dtype.ordered else ""
    shown = _shown(levels[:8], describer)
    more = ", …" if len(levels) > 8 else ""  # noqa: PLR2004 - as many as are shown
    return f"{len(levels)} {order}levels: {shown}{more}"


def _column(label: str, name: object, column: Any, describer: Describer) -> Column:  # noqa: ANN401 - an exact pandas.Series
    dtype, kind = _dtype(column.dtype, describer)
    if not kind or hides_column(name):
        return Column(label, dtype, (HIDDEN,) if kind else ())
    samples: tuple[str, ...] = ()
    if kind == "o":
        sample = _plain(_spread(column.array, describer.limits.sample))
        if hides_column(name, sample):
            return Column(label, dtype, (HIDDEN,))
        about, missing, samples = _objects(column.array, sample, describer)
    elif kind == "c":
        about, missing = _levels(column.dtype, describer), _missing(column.array, describer)
    else:
        about, missing = _numbers(column, kind, describer)
    return Column(label, dtype, tuple(fact for fact in (about, missing) if fact), samples)


def _objects(
    values: Any,  # noqa: ANN401 - a pandas array
    sample: Sequence[object],
    describer: Describer,
) -> tuple[str, str, tuple[str, ...]]:
    """Examples, missing values, texts seen. Objects may be anybody's: they are told by their types alone."""
    about, samples = about_values(sample, describer, whole=len(sample) == len(values))
    if values.dtype != "object":
        return about, _missing(values, describer), samples
    missing = sum(is_missing(value) for value in sample)
    return about, about_missing(missing, len(sample), len(values)), samples


def _missing(values: Any, describer: Describer) -> str:  # noqa: ANN401 - a pandas array
    counts_bits = name_of(type(values)).startswith("Arrow") and len(values) <= _MOST_BITS_COUNTED
    part = values if counts_bits else _spread(values, describer.limits.elements)
    return about_missing(int(part.isna().sum()), len(part), len(values))


def _numbers(column: Any, kind: str, describer: Describer) -> tuple[str, str]:  # noqa: ANN401 - a pandas.Series
    """Range and missing values; by numpy where the column is a plain array, which is ten times faster."""
    step = step_through(len(column), describer.limits.elements)
    part = column if step == 1 else column.iloc[::step]
    if not len(part):
        return "", ""
    numpy = module_dict(sys.modules["numpy"])
    if issubclass(type(column.dtype), numpy["dtype"]):
        values = part.to_numpy()
        missing = int(numpy["count_nonzero"](values != values)) if values.dtype.kind in "fmM" else 0  # noqa: PLR0124 - NaN and NaT differ from themselves
        low, high = numpy["fmin"].reduce(values), numpy["fmax"].reduce(values)
    else:
        missing = int(part.isna().sum())
        low, high = part.min(), part.max()
    about = "" if kind == "b" else about_range(low, high, describer, about=step > 1)
    return about, about_missing(missing, len(part), len(column))


def _spread(values: Any, most: int) -> Any:  # noqa: ANN401 - a pandas array
    """The array, or at most ``most`` of its values from all over it."""
    step = step_through(len(values), most)
    return values if step == 1 else values[::step]
