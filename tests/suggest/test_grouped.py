"""What is asked for each value of a column is more than one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.grouped import grouping
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_TABLES = {"orders": pd.DataFrame({"Customer": ["Ann"], "city": ["Bern"], "price": [1]})}


@pytest.mark.parametrize(
    ("request_", "column"),
    [
        ("How many orders did each customer place?", "Customer"),
        ("total price per city", "city"),
        ("What is the number of orders by city?", "city"),
        ("rate of returns by `city`", "city"),
        ("What is the mean price per city?", "city"),
        ("median of price for each city", "city"),
    ],
)
def test_the_column_is_read(request_: str, column: str) -> None:
    assert grouping(request_, _TABLES) == column


@pytest.mark.parametrize(
    "request_",
    [
        "What is the average number of orders per customer?",
        "What is the highest number of orders per customer?",
        "How much does each customer spend on average?",
        "How many orders were placed by customer 7?",
        "What is the total by customer Ann?",
        "How many cities are there in which every customer has ordered?",
        "What is the total price per month?",
        "Show sales sorted by city",
        "What is the price per city?",
        "How many orders contain every city?",
    ],
)
def test_where_one_number_may_be_meant_there_is_none(request_: str) -> None:
    assert not grouping(request_, _TABLES)


def test_one_number_for_all_of_them_is_sent_back(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    right = "sales.groupby('city').units.sum()"
    scripted_engine.script("sales.units.sum()", Reply((right,) * 3))
    assert tables.run("%%generate\nWhat is the total of units by city?").next_cell == right


@pytest.mark.parametrize(
    "answer", ["len(sales) / sales.city.nunique()", "sales.groupby('city').size().mean()"]
)
def test_an_average_of_all_of_them_is_one_number(
    tables: LiveKernel, scripted_engine: ScriptedEngine, answer: str
) -> None:
    scripted_engine.script(answer)
    assert tables.run("%%generate\nWhat is the average number of sales per city?").next_cell == answer
    assert len(scripted_engine.bodies) == 1


@given(st.text())
def test_any_words_are_borne(text: str) -> None:
    assert grouping(text, _TABLES) in {"", "Customer", "city", "price"}


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["how many ", "total by ", "mean of the x ", "per ", " "])
def test_long_requests_cost_no_time(piece: str) -> None:
    grouping(piece * 50_000, _TABLES)
