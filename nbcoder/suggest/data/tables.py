"""Reading tables of pandas in the kernel itself without running a line of the user's code.

Only exact types of pandas are read, from the arrays that they are made of, see `nbcoder.context.blocks`.
Labels may be anybody's objects, so columns are taken by their places: to find one by its label, pandas would
ask all of them for their hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbcoder.context import blocks
from nbcoder.context.statics import loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_frame", "is_table", "kind_of", "labels_of", "text_index", "texts_in"]

_MOST_COLUMNS = 2_000
_OF_TEXTS = ("CategoricalDtype", "StringDtype")


def is_table(value: object) -> bool:
    """Whether it is a table or a column of pandas that can be read."""
    return is_frame(value) or (type(value) is loaded("pandas", "Series") and blocks.has_blocks(value))


def is_frame(value: object) -> bool:
    """Whether it is a table of pandas that can be read."""
    return type(value) is loaded("pandas", "DataFrame") and blocks.has_blocks(value)


def labels_of(frame: Any) -> Iterator[tuple[int, str]]:  # noqa: ANN401 - an exact pandas.DataFrame
    """Places and names of the columns that are named by plain texts; of very many only the first."""
    names = blocks.columns_index(frame)
    if text_index(names):
        labels = blocks.first_labels(names, _MOST_COLUMNS)
        yield from ((at, label) for at, label in enumerate(labels) if type(label) is str)


def text_index(index: Any) -> bool:  # noqa: ANN401 - whatever names the rows or columns of a table
    """Whether it is an index of pandas of one level that may hold texts."""
    return type(index) is loaded("pandas", "Index") and kind_of(blocks.array_of(index)) == "O"


def kind_of(values: Any) -> str:  # noqa: ANN401 - any array
    """The letter that numpy has for what it holds, ``O`` for texts and categories; '' for any other."""
    if not blocks.is_known(values):
        return ""
    cls = type(values.dtype)
    if issubclass(cls, loaded("numpy", "dtype")):
        return str(values.dtype.kind)
    return "O" if any(cls is loaded("pandas", name) for name in _OF_TEXTS) else ""


def texts_in(values: Any) -> frozenset[str]:  # noqa: ANN401 - an array of numpy or pandas
    """The texts among the values of a column."""
    # To find what is unique, pandas would ask the user's own objects for their hashes.
    is_of_objects = type(values) is loaded("numpy", "ndarray")
    return frozenset(value for value in (values if is_of_objects else values.unique()) if type(value) is str)
