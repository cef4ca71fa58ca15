"""Numbers written as texts are read as what they say, or not at all."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.data.numerals import are_numbers, as_numbers, hold_numbers


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["$1", "$1,234.50"], [1, 1234.5]),
        (["3,50", "12,5", "1.234,00"], [3.5, 12.5, 1234]),
        (["1,234", "12,345,678"], [1234, 12345678]),
        (["1.5", "12"], [1.5, 12]),
        (["(5)", "7"], [-5, 7]),
        (["($1,000)", "$20"], [-1000, 20]),
        (["-5", "+5", "$-5", "-$5"], [-5, 5, -5, -5]),
        (["12 kg", "5 kg"], [12, 5]),
        (["5 mile", "10 mile"], [5, 10]),
        (["45%", "7 %"], [45, 7]),
        (["CHF 5", "CHF 1'200.50"], [5, 1200.5]),
        (["1 234,5 €", "5 €"], [1234.5, 5]),
        (["1e3", "2.5E-1"], [1000, 0.25]),
        ([" 5", "10 "], [5, 10]),
        (["0.5", ".25"], [0.5, 0.25]),
    ],
)
def test_numbers_are_read(texts: list[str], numbers: list[float]) -> None:
    column = pd.Series(texts)
    assert eval(as_numbers("column", texts), {"column": column}).tolist() == numbers  # noqa: S307 - our own code


@pytest.mark.parametrize(
    "texts",
    [
        ["1.2.2024", "12.10.2024"],
        ["192.168.1.1", "10.0.0.10"],
        ["192.168.100.200", "100.200.100.200"],
        ["2024-01-02", "2024-1-10"],
        ["12:30", "9:15"],
        ["5k", "3M"],
        ["$5", "€10"],
        ["5 kg", "300 g"],
        ["<5", "10"],
        ["\u22125", "10"],
        ["5-", "10"],
        ["(5", "10"],
        ["(-5)", "10"],
        ["3,50", "1,234.5"],
        ["n/a", "10"],
        ["007", "12"],
        ["079 123 45 67", "1"],
        ["A12", "B7"],
        ["1,23,456", "1"],
        ["-", ""],
        [],
    ],
)
def test_what_may_be_something_else_is_not(texts: list[str]) -> None:
    assert not as_numbers("column", texts)
    assert not are_numbers(texts)
    assert not hold_numbers(texts)


@pytest.mark.parametrize(
    ("texts", "are", "hold"),
    [
        (["9", "10"], True, True),
        (["$9", "$5"], False, True),
        (["3001", "4051"], False, False),
        (["5 kg", "12 kg"], False, False),
    ],
)
def test_codes_and_measures_are_no_plain_numbers(texts: list[str], are: bool, hold: bool) -> None:
    assert (are_numbers(texts), hold_numbers(texts)) == (are, hold)


@given(st.lists(st.text("0123456789.,-+()$€% kge'", max_size=8), max_size=4))
def test_what_is_offered_can_be_run(texts: list[str]) -> None:
    if code := as_numbers("column", texts):
        assert eval(code, {"column": pd.Series(texts)}).notna().all()  # noqa: S307 - our own code
