"""pandas: frames, series, indexes, groups. Only exact pandas types are read; a subclass may be anybody's.

Columns are read from the arrays that a table is made of, see `nbcoder.context.blocks`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from nbcoder.context.blocks import (
    array_of,
    column_at,
    columns_index,
    first_labels,
    has_known_labels,
    index_of,
    is_known,
    is_mapped,
    levels_of,
    shape_of,
    values_of,
)
from nbcoder.context.describe.columns import (
    Column,
    about_missing,
    about_range,
    about_values,
    is_missing,
    label_of,
    size_of,
    step_over,
    table,
    told_anyway,
    type_text,
)
from nbcoder.context.describe.description import Description, Reader
from nbcoder.context.describe.scalars import is_usual_zone
from nbcoder.context.secrets.hiding import HIDDEN, elements_of, hides_column
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
_SHOWN_LEVELS = 8
_LIBRARIES = ("builtins", "numpy", "pandas", "pyarrow")
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
    names = columns_index(frame)
    if not has_known_labels(names):
        return Description("table", describer.clean(f"DataFrame with columns in {class_text(type(names))}"))
    rows, columns = shape_of(frame)
    size = size_of(rows, columns)
    if describer.depth:
        return table("DataFrame", size)
    limits = describer.limits
    named = first_labels(names, limits.column_names)
    labels = tuple(label_of(name, describer) for name in named)
    each = describer.for_columns(min(columns, limits.columns))
    described = [
        _column(labels[at], name, column_at(frame, at), each)
        for at, name in enumerate(named[: limits.columns])
    ]
    lines = _index_lines(index_of(frame), describer)
    return table("DataFrame", size, (described, labels, columns), lines)


def _read_series(series: Any, describer: Describer) -> Description:  # noqa: ANN401 - an exact pandas.Series
    name = series.name
    column = _column("values", name, values_of(series), describer)
    named = "" if name is None else f" {label_of(name, describer)}"
    head = f"Series{named}, {shape_of(series)[0]} rows, " + ", ".join((column.dtype, *column.facts))
    lines = tuple(_index_lines(index_of(series), describer))
    return Description("table", head, lines, samples={"": column.samples})


def _read_index(index: Any, describer: Describer) -> Description:  # noqa: ANN401 - an exact pandas index
    kind = name_of(type(index))
    if not has_known_labels(index):
        return Description("array", f"{kind} in an array of the user's")
    return Description("array", f"{kind}, {len(index)} entries, {_about_index(index, describer)}")


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
    if not has_known_labels(index):
        return [f"index: {describer.clean(class_text(type(index)))}"]
    if name_of(type(index)) == "RangeIndex" and index.start == 0 and index.step == 1 and index.name is None:
        return []
    return [f"index: {_about_index(index, describer)}"]


def _about_index(index: Any, describer: Describer) -> str:  # noqa: ANN401 - an exact pandas index
    kind = name_of(type(index))
    if kind == "MultiIndex":
        return f"MultiIndex, {'; '.join(_about_levels(index, describer))}"
    name, values = index.name, array_of(index)
    named = "" if name is None else f"named {label_of(name, describer)}, "
    if kind == "RangeIndex":
        return f"{named}RangeIndex from {index.start} step {index.step}"
    dtype, sort = _dtype(values, describer)
    ends = [*values[:1].tolist(), *(values[-1:].tolist() if len(values) > 1 else ())] if sort else []
    hidden = hides_column(name, ends)
    shown = "" if hidden else " to ".join(describer.brief(value) for value in ends)
    prefix = "" if kind == "Index" else f"{kind} "
    return f"{prefix}{named}{dtype}" + (f", {shown}" if shown else "")


def _about_levels(index: Any, describer: Describer) -> Iterator[str]:  # noqa: ANN401 - a pandas.MultiIndex
    first = first_labels(index, 1)
    for at, (name, (level, _)) in enumerate(zip(index.names, levels_of(index), strict=True)):
        named = "" if name is None else f" {label_of(name, describer)}"
        dtype, sort = _dtype(array_of(level), describer)
        value = [labels[at] for labels in first] if sort else []
        shown = f", first {describer.brief(value[0])}" if value and not hides_column(name, value) else ""
        yield f"level {at}{named}: {dtype}{shown}"


def _dtype(values: Any, describer: Describer) -> tuple[str, str]:  # noqa: ANN401 - any array
    """What the array holds, and the sort of that.

    The sort is ``n`` for numbers, ``b`` for truths, ``t`` for times, ``c`` for categories, ``o`` for texts
    and objects, ``-`` for what is not summed up, and '' for what is not to be read: it may be of a user's own
    class, or a file.
    """
    if type(values) is range:
        return "int64", "n"
    if not is_known(values):
        return describer.clean(class_text(type(values))), ""
    dtype = values.dtype
    if issubclass(type(dtype), loaded("numpy", "dtype")):
        sorts = {"i": "n", "u": "n", "f": "n", "b": "b", "M": "t", "m": "t", "O": "o"}
        return str(dtype), "" if is_mapped(values) else sorts.get(dtype.kind, "-")
    name = name_of(type(dtype))
    if name == "CategoricalDtype":
        return "category", "c"
    if (part := _strange_part(dtype, name)) is not None:
        return describer.clean(f"{name} of {class_text(type(part))}"), ""
    return type_text(dtype, describer), _sort_of(dtype, name)


def _strange_part(dtype: Any, name: str) -> object:  # noqa: ANN401 - a dtype of pandas
    """What in the dtype may be of a user's own class, and would be asked for its text; None if nothing."""
    if name == "DatetimeTZDtype":
        return None if is_usual_zone(dtype.tz) else dtype.tz
    if name == "IntervalDtype":
        return _strange_part(dtype.subtype, name_of(type(dtype.subtype)))
    part = {"ArrowDtype": "pyarrow_dtype", "PeriodDtype": "freq", "SparseDtype": "fill_value"}.get(name)
    held = getattr(dtype, part) if part else None
    return None if module_of(type(held)).partition(".")[0] in _LIBRARIES else held


def _sort_of(dtype: Any, name: str) -> str:  # noqa: ANN401 - a dtype of pandas with nothing strange in it
    if name == "ArrowDtype":
        if dtype.pyarrow_dtype.num_fields:
            return "-"
        return "o" if dtype.kind in "OU" else "n"
    if name == "SparseDtype" and dtype.subtype.kind == "O":
        return "-"
    sorts = {"StringDtype": "o", "BooleanDtype": "b", "DatetimeTZDtype": "t", "PeriodDtype": "t"}
    return sorts.get(name, "-" if name == "IntervalDtype" else "n")


def _levels(dtype: Any, describer: Describer) -> str:  # noqa: ANN401 - a pandas.CategoricalDtype
    levels = dtype.categories
    order = "ordered " if dtype.ordered else ""
    if not has_known_labels(levels) or not _dtype(array_of(levels), describer)[1]:
        return f"{order}levels in an array of the user's"
    shown = ", ".join(describer.brief(value) for value in first_labels(levels, _SHOWN_LEVELS))
    more = ", …" if len(levels) > _SHOWN_LEVELS else ""
    return f"{len(levels)} {order}levels: {shown}{more}"


@told_anyway
def _column(label: str, name: object, values: Any, describer: Describer) -> Column:  # noqa: ANN401 - any array
    dtype, sort = _dtype(values, describer)
    if sort in ("", "-") or hides_column(name):
        return Column(label, dtype, (HIDDEN,) if sort and hides_column(name) else ())
    samples: tuple[str, ...] = ()
    if sort == "o":
        sample = _spread(values, describer.limits.sample).tolist()
        if hides_column(name, sample):
            return Column(label, dtype, (HIDDEN,))
        about, missing, samples = _objects(values, sample, describer)
    elif sort == "c":
        if hides_column(name, elements_of(values.dtype.categories, describer.limits.sample)):
            return Column(label, dtype, (HIDDEN,))
        about, missing = _levels(values.dtype, describer), _missing(values, describer)
    else:
        about, missing = _numbers(values, sort, describer)
    return Column(label, dtype, tuple(fact for fact in (about, missing) if fact), samples)


def _objects(
    values: Any,  # noqa: ANN401 - an array of numpy or pandas
    sample: Sequence[object],
    describer: Describer,
) -> tuple[str, str, tuple[str, ...]]:
    """Examples, missing values, texts seen. Objects may be anybody's: they are told by their types alone."""
    about, samples = about_values(sample, describer, whole=len(sample) == len(values))
    if type(values) is not loaded("numpy", "ndarray"):
        return about, _missing(values, describer), samples
    missing = sum(is_missing(value) for value in sample)
    return about, about_missing(missing, len(sample), len(values)), samples


def _missing(values: Any, describer: Describer) -> str:  # noqa: ANN401 - a pandas array
    counts_bits = name_of(type(values)).startswith("Arrow") and len(values) <= _MOST_BITS_COUNTED
    part = values if counts_bits else _spread(values, describer.limits.elements)
    return about_missing(int(part.isna().sum()), len(part), len(values))


def _numbers(values: Any, sort: str, describer: Describer) -> tuple[str, str]:  # noqa: ANN401 - an array
    """Range and missing values; by numpy where it can tell them, which is ten times faster."""
    part = _spread(values, describer.limits.elements)
    if not len(part):
        return "", ""
    numpy = module_dict(sys.modules["numpy"])
    if issubclass(type(values.dtype), numpy["dtype"]):
        plain = numpy["ascontiguousarray"](part)  # what is gone through three times, once from all over
        missing = int(numpy["count_nonzero"](plain != plain)) if plain.dtype.kind in "fmM" else 0  # noqa: PLR0124 - NaN and NaT differ from themselves
        low, high = numpy["fmin"].reduce(plain), numpy["fmax"].reduce(plain)
    else:
        missing = int(part.isna().sum())
        low, high = (part._reduce(end, skipna=True) for end in ("min", "max"))  # noqa: SLF001 - what a Series calls
    about = "" if sort == "b" else about_range(low, high, describer, about=len(part) < len(values))
    return about, about_missing(missing, len(part), len(values))


def _spread(values: Any, most: int) -> Any:  # noqa: ANN401 - an array
    """The array, or where it has more than ``most`` values, some from all over it."""
    step = step_over(len(values), most)
    return values if step == 1 else values[::step]
