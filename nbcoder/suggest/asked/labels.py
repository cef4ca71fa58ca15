"""What the things are called that a question with ``which`` asks for: cities, persons, columns."""

from __future__ import annotations

import ast
from itertools import islice
from typing import TYPE_CHECKING, Any

from nbcoder.context.blocks import array_of, column_at, index_of, shape_of
from nbcoder.suggest.asked.forms import PERSON
from nbcoder.suggest.data.tables import is_frame, is_table, kind_of, labels_of, text_index, texts_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["is_unheard_of", "label_of"]

_COLUMN = "column"
_MOST_COLUMNS = 200
_MOST_ROWS = 100_000
"""To read the texts of more takes longer than they are worth."""


def label_of(namespace: Mapping[str, object], noun: str) -> str:
    """The column or index of texts of that name in one of the user's tables, as in ``city``; '' if none.

    A person is told by the name, a column by its label: for that it is the noun itself.
    """
    sought = {noun, noun.removesuffix("s")} | ({"name"} if noun == PERSON else set())
    tables = [value for value in namespace.values() if is_table(value)]
    if noun == _COLUMN:
        frames = [table for table in tables if is_frame(table)]
        return noun if frames and all(_has_text_labels(frame) for frame in frames) else ""
    labels = (label for table in tables for label in _text_labels(table))
    return next((label for label in labels if label.casefold() in sought), "")


def is_unheard_of(shown: str, namespace: Mapping[str, object], label: str) -> bool:
    """Whether a text, as a notebook shows it, is none of those under ``label`` in the user's tables.

    What is no text, and what cannot be told in little time, is none.
    """
    try:
        text = ast.literal_eval(shown) if shown[:1] in ("'", '"') else None
    except (SyntaxError, ValueError):
        return False
    tables = [value for value in namespace.values() if is_table(value)]
    if type(text) is not str or any(shape_of(table)[0] > _MOST_ROWS for table in tables):
        return False
    names = frozenset[str]().union(*(_names(table, label) for table in tables))
    return bool(names) and text not in names


def _names(table: Any, label: str) -> frozenset[str]:  # noqa: ANN401 - a pandas object
    """The texts in the column or index of that label; the labels of the columns themselves."""
    columns = tuple(_labels(table)) if is_frame(table) else ()
    if label == _COLUMN:
        return frozenset(one for _, one in columns)
    found = [column_at(table, at) for at, one in columns if one == label]
    index = index_of(table)
    if text_index(index) and index.name == label:
        found.append(array_of(index))
    return frozenset(text for values in found if kind_of(values) == "O" for text in texts_in(values))


def _text_labels(table: Any) -> Iterator[str]:  # noqa: ANN401 - a pandas object
    """Names of columns of texts, and of such an index."""
    if is_frame(table):
        yield from (label for at, label in _labels(table) if kind_of(column_at(table, at)) == "O")
    index = index_of(table)
    if text_index(index) and type(index.name) is str:
        yield index.name


def _has_text_labels(frame: Any) -> bool:  # noqa: ANN401 - a pandas.DataFrame
    """Whether each of its columns has a text for a label."""
    return sum(1 for _ in _labels(frame)) == min(shape_of(frame)[1], _MOST_COLUMNS) > 0


def _labels(frame: Any) -> Iterator[tuple[int, str]]:  # noqa: ANN401 - a pandas.DataFrame
    return islice(labels_of(frame), _MOST_COLUMNS)
