"""What the model is told of the words in a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.glossary import terms

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture(scope="module")
def live() -> Mapping[str, object]:
    """A table of orders by day: what names an order comes more than once."""
    orders = pd.DataFrame(
        {"order_id": [1, 1, 2], "item": ["a", "b", "a"], "units": [1, 2, 3], "price": [1.0, 2.0, 3.0]},
        index=pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"]),
    )
    return {"orders": orders, "size": 3}


@pytest.mark.parametrize(
    ("request_text", "hint"),
    [
        ("Select rows 3 to 7", "iloc"),
        ("Delete the first, third, nineth and 11th columns", "these columns are .columns[[0, 2, 8, 10]]"),
        ("Show the second and fifth rows", "these rows are .iloc[[1, 4]]"),
        ("Compare all the rows and columns", ""),
        ("Set the first 3 rows to 0", "iloc[:3]"),
        ("Show the statistics of units", "describe()"),
        ("Percentage of each item", "value_counts(normalize=True)"),
        ("Percent change of the price", "pct_change()"),
        ("Show each item's percentage of total sales", "divided by the sum"),
        ("Share of revenue by item", "divided by the sum"),
        ("Summarize the table", "describe()"),
        ("Summarize total units", ""),
        ("Summarize units by item", ""),
        ("Mean delay in min", ""),
        ("Mean delay of trips over 5 min", ""),
        ("How many days had more than 2 units?", ""),
        ("How many days are between the first and the last order?", ".days"),
        ("Mean per item for every column", "no column picked"),
        ("Sort the items from the most to the least expensive", "ascending=False"),
        ("What are the least common items?", "at its end"),
        ("What is the difference in days between the first and the last?", ".days"),
        ("Mean price without hierarchical index", "unstack()"),
        ("Mean and max across all items for each day", "axis=1"),
        ("Min, max and mean of the prices", "agg(['mean', 'min', 'max'])"),
        ("The mean of the prices", ""),
        ("Slice the table from 'item' until the 'price' column", "orders.loc[:, 'item':'price']"),
        ("Go from house to price", ""),
        ("What is the frequency of the data?", "pd.infer_freq(orders.index)"),
        ("How many orders were made?", "orders['order_id'].nunique()"),
        ("How many units were sold?", ""),
    ],
)
def test_words_are_told_in_the_terms_of_pandas(
    live: Mapping[str, object], request_text: str, hint: str
) -> None:
    told = "\n".join(terms(request_text, live))
    assert hint in told if hint else not told


@pytest.mark.parametrize(
    "request_text", ["Percent change of the price", "Percentage of total sales", "Share of revenue by item"]
)
def test_a_share_of_an_amount_is_no_share_of_rows(live: Mapping[str, object], request_text: str) -> None:
    assert "value_counts" not in "\n".join(terms(request_text, live))


def test_nothing_is_told_where_no_table_is_live() -> None:
    assert not list(terms("Show the statistics of rows 3 to 7", {"size": 3}))


def test_a_key_that_names_each_row_once_is_no_news() -> None:
    people = pd.DataFrame({"person_id": [1, 2]})
    assert not list(terms("How many persons are there?", {"people": people}))


@given(st.text(max_size=200))
def test_no_request_is_too_odd(text: str) -> None:
    hints = list(terms(text, {"t": pd.DataFrame({text: [1, 1]}), "s": pd.Series([1], name=text)}))
    assert all(isinstance(hint, str) for hint in hints)
