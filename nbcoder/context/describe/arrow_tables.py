"""Arrow: tables, batches and arrays. Values are read only of types whose conversion stays in Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbcoder.context.describe.columns import (
    Column,
    about_missing,
    about_range,
    about_values,
    label_of,
    size_of,
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

_MOST_ROWS_COUNTED = 50_000_000
"""Rows up to which counting missing values, a bit each, takes less than a millisecond."""
_NUMBERS = ("int", "uint", "float", "double")


def readers() -> Mapping[type, Reader]:
    """A reader for each Arrow type, if the user has loaded pyarrow."""
    known = {
        loaded("pyarrow", "Table"): Reader("table", _read_table),
        loaded("pyarrow", "RecordBatch"): Reader("table", _read_table),
        loaded("pyarrow", "ChunkedArray"): Reader("array", _read_array),
        loaded("pyarrow", "Array"): Reader("array", _read_array, for_subclasses=True),
    }
    known.pop(None, None)
    return known


def _read_table(value: Any, describer: Describer) -> Description:  # noqa: ANN401 - a pyarrow Table or RecordBatch
    schema = value.schema
    total = len(schema)
    head = f"pyarrow {name_of(type(value))}"
    if describer.depth:
        return table(head, size_of(value.num_rows, total))
    labels = tuple(
        label_of(schema.field(i).name, describer) for i in range(min(total, describer.limits.column_names))
    )
    each = describer.for_columns(min(total, describer.limits.columns))
    described = [
        _column(label, schema.field(i).name, value.column(i), each)
        for i, label in enumerate(labels[: describer.limits.columns])
    ]
    return table(head, size_of(value.num_rows, total), (described, labels, total))


def _read_array(value: Any, describer: Describer) -> Description:  # noqa: ANN401 - a pyarrow array
    if module_of(type(value)) != "pyarrow.lib":
        return Description("array", describer.clean(class_text(type(value))))
    column = _column("values", None, value, describer)
    head = f"pyarrow {name_of(type(value))}, {len(value)} values"
    return Description("array", ", ".join((head, column.dtype, *column.facts)))


@told_anyway
def _column(label: str, name: object, values: Any, describer: Describer) -> Column:  # noqa: ANN401 - a pyarrow array
    if module_of(type(values.type)) != "pyarrow.lib":
        return Column(label, describer.clean(class_text(type(values.type))))
    dtype = type_text(values.type, describer)
    if hides_column(name):
        return Column(label, dtype, (HIDDEN,))
    total = len(values)
    about = ""
    samples: tuple[str, ...] = ()
    if dtype in ("string", "large_string") or dtype.startswith(_NUMBERS):
        step = step_through(total, describer.limits.sample)
        sample = [values[i].as_py() for i in range(0, total, step)]
        if dtype.startswith(_NUMBERS):
            present = [value for value in sample if value is not None]
            if present:
                about = about_range(min(present), max(present), describer, about=step > 1)
        else:
            if hides_column(name, sample):
                return Column(label, dtype, (HIDDEN,))
            about, samples = about_values(sample, describer, whole=step == 1)
    missing = about_missing(values.null_count, total, total) if total <= _MOST_ROWS_COUNTED else ""
    return Column(label, dtype, tuple(fact for fact in (about, missing) if fact), samples)
