"""Requests for a change are told from those in which its verbs are nouns."""

from __future__ import annotations

import pytest

from nbcoder.suggest.asked.changing import acts_on_values, asks_for_change


@pytest.mark.parametrize(
    "request_",
    [
        "Which store sold the most?",
        "Which city and store sold the most?",
        "Show total sales by region, store and product",
        "Compute sales by region and store for 2024",
        "Group by region and store sorted by units",
        "Store with the highest sales",
        "Compare store 5 to store 6",
        "Count the correct answers of each student",
        "Correct answers by student",
        "How many correct answers are there?",
        "What is the fill rate?",
        "Fill rate per store",
        "Average fill rate by store and shift",
        "Show units per shift",
        "Percent change of price",
        "Change in price over time",
        "How did prices change each year?",
        "What was the biggest drop in price?",
        "Show the set of cities",
        "Show the last update of each row",
        "What is left if we drop all rows without a price?",
        "How would the mean change if you removed the largest?",
        "Make a column chart of sales",
        "Create a table with a column of cities",
        "Create a bar chart of the column price",
    ],
)
def test_a_noun_asks_for_no_change(request_: str) -> None:
    assert not asks_for_change(request_)


@pytest.mark.parametrize(
    "request_",
    [
        "Drop the column x of sales",
        "drop `price` from sales",
        "Fill missing values with 0",
        "Fill in the gaps",
        "In sales, fill gaps with 0",
        "For each city fill the gaps",
        "Set index to city",
        "Set 5 rows to zero",
        "Which rows are duplicated? Drop them",
        "Find missing values and fill them with the mean",
        "Show the rows and drop duplicates",
        "Can you fix the dates",
        "Please clean sales",
        "Clean up the data",
        "Correct the spelling",
        "Change 'a' to 'b'",
        "Change the type of price to float",
        "Store price as float",
        "Shift column x by one",
        "1. Drop column a",
        "- drop column a",
        "Let's set x to 5",
        "I want to drop rows without a price",
        "Remove what is there twice",
        "Create a column month from the date",
        "make a column that is 1 where x > 3",
        "Create two columns year and month",
        "Make `city` the index",
        "Make price a float",
        "Ersetze fehlende Werte durch 0",
    ],
)
def test_a_verb_asks_for_a_change(request_: str) -> None:
    assert asks_for_change(request_)


@pytest.mark.parametrize(
    "request_",
    [
        "uppercase the city names",
        "Give everyone in IT a raise of 5 percent",
        "one hot encode the product",
        "please round price to 2 digits",
        "split date into year and month columns",
        "use city as the index",
    ],
)
def test_what_is_done_to_values_may_be_kept_or_only_seen(request_: str) -> None:
    assert acts_on_values(request_)
    assert not asks_for_change(request_)


@pytest.mark.parametrize(
    "request_",
    [
        "Increase in price per year",
        "Label with the most rows",
        "Show the map of cities",
        "How many marks did Ann get?",
        "Number of rows",
        "Raise per employee",
        "lower quartile of price",
        "Give me a list of all cities",
        "Show the units. Use city as the index.",
    ],
)
def test_where_that_is_a_noun_nothing_is_done(request_: str) -> None:
    assert not acts_on_values(request_)
