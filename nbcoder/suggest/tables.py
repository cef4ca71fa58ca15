"""Reading tables of pandas in the kernel itself without running a line of the user's code.

Only exact types of pandas are read. Labels may be anybody's objects, so columns are taken by their places:
to find one by its label, pandas would ask all of them for their hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbcoder.context.statics import loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_frame", "is_table", "kind_of", "labels_of", "text_index"]

_MOST_COLUMNS = 2_000
_OF_TEXTS = ("CategoricalDtype", "StringDtype")


def is_table(value: object) -> bool:
    """Whether it is a table or a column of pandas."""
    return is_frame(value) or type(value) is loaded("pandas", "Series")


def is_frame(value: object) -> bool:
    """Whether it is a table of pandas."""
    return type(value) is loaded("pandas", "DataFrame")


def labels_of(frame: Any) -> Iterator[tuple[int, str]]:  # noqa: ANN401 - an exact pandas.DataFrame
    """Places and names of the columns that are named by plain texts; of very many only the first."""
    if text_index(frame.columns):
        labels = frame.columns[:_MOST_COLUMNS].array
        yield from ((at, label) for at, label in enumerate(labels) if type(label) is str)


def text_index(index: Any) -> bool:  # noqa: ANN401 - whatever names the rows or columns of a table
    """Whether it is an index of pandas of one level that may hold texts."""
    return type(index) is loaded("pandas", "Index") and kind_of(index.dtype) == "O"


def kind_of(dtype: Any) -> str:  # noqa: ANN401 - numpy's, pandas' or a user's dtype
    """The letter that numpy has for it, ``O`` for texts and categories of pandas; '' for any other."""
    cls = type(dtype)
    if issubclass(cls, loaded("numpy", "dtype")):
        return str(dtype.kind)
    return "O" if any(cls is loaded("pandas", name) for name in _OF_TEXTS) else ""
