"""A request that names days gets code that has something to do with them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.days import named_days, unused_days

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine


@pytest.mark.parametrize(
    ("request_", "days"),
    [
        ("the rate between `2013-10-01` and `2013-10-3`", ("2013-10-01", "2013-10-03")),
        ("the first week begins on January 2 1961", ("1961-01-02",)),
        ("sold before Sept. 3rd, 2024, or on the 4th of May 2025", ("2024-09-03", "2025-05-04")),
        ("treat January 1961 as January", ()),
        ("read sales_2024-01-31.csv and logs/2024-01-31", ()),
        ("count the logins\n\nExample:\n- On 2016-03-02, there were two.", ()),
        ("count the logins\n```\n| 2016-03-02 |\n```", ()),
    ],
)
def test_days_are_read_from_the_words_of_a_request(request_: str, days: tuple[str, ...]) -> None:
    assert named_days(request_) == days


@given(
    st.dates(date(1000, 1, 1), date(2999, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%B %d, %Y", "%d %b %Y"]),
    st.text("ab c.,", max_size=9),
)
def test_a_day_is_read_however_it_is_written(day: date, written: str, words: str) -> None:
    assert named_days(f"{words} {day.strftime(written)} {words}") == (day.isoformat(),)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    named_days(text)


def test_code_with_the_year_of_a_day_is_about_it() -> None:
    request = "the orders after March 3 2024"
    assert list(unused_days("orders[orders.day > '2024-03-03']", request)) == []
    assert list(unused_days("orders.tail()  # after March 3 2024", request)) == [
        "It does not use 2024-03-03, which the request speaks of."
    ]


def test_an_answer_without_the_days_goes_back_to_the_model(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("days = ['2024-03-01', '2024-03-05']")
    right = "[day for day in days if day > '2024-03-03']"
    scripted_engine.script("```python\ndays[1:]\n```", f"```python\n{right}\n```")
    assert kernel.run("%%generate\nShow the days after March 3, 2024").next_cell == right
