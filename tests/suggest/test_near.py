"""Slips of the pen are told from names that differ on purpose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.code.near import misspelt


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Units", "units"),
        ("unitPrice", "unit_price"),
        ("X_train", "x_train"),
        ("sale", "sales"),
        ("slaes", "sales"),
        ("saless", "sales"),
        ("sort_value", "sort_values"),
        ("temprature_max", "temperature_max"),
        ("Total Prize", "total_price"),
    ],
)
def test_a_slip_of_the_pen_is_understood(written: str, meant: str) -> None:
    assert misspelt(written, ["other", meant, "size"]) == meant


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("y_train", "X_train"),
        ("yTrain", "xTrain"),
        ("train_x", "train_y"),
        ("sales_2024", "sales_2023"),
        ("sales2", "sales"),
        ("temperature_min", "temperature_max"),
        ("men_total", "man_total"),
        ("height", "weight"),
        ("x_test", "x_text"),
        ("a", "b"),
        ("price", "prices_of"),
        ("", "a"),
    ],
)
def test_another_name_is_not(written: str, other: str) -> None:
    assert misspelt(written, [other]) == ""


def test_of_two_that_are_as_near_none_is_meant() -> None:
    assert misspelt("price", ["prices", "pricey"]) == ""
    assert misspelt("Price", ["price", "PRICE"]) == ""
    assert misspelt("Price", ["price", "prices"]) == "price"


@given(st.text(), st.lists(st.text()))
def test_only_a_known_name_is_meant(written: str, known: list[str]) -> None:
    assert misspelt(written, known) in ("", *known)
