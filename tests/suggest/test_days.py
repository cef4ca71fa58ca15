"""A request that names days gets code that has something to do with them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.days import day_holes, has_effect, named_days, unused_days
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine
    from tests.scripted_engine.script import Body


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
    assert unused_days("orders[orders.day > '2024-03-03']", request) == ()
    assert unused_days("orders.tail()  # after March 3 2024", request) == ("2024-03-03",)


@pytest.mark.parametrize(
    ("above", "does"),
    [
        ("import os\n\n", "# the last ones\norders.tail()"),
        ('def last(orders):\n    """The last ones."""\n\n    ', "return orders.tail()"),
    ],
)
def test_what_filters_by_a_day_belongs_before_what_is_done(above: str, does: str) -> None:
    hole, *others = day_holes(above + does, ["2024-03-03"])
    indent = above.rpartition("\n")[2]
    assert hole.filled("x = 1") == f"{above}# Filter by 2024-03-03\n{indent}x = 1\n{indent}{does}"
    assert [other.before.removeprefix(hole.before) for other in others] == (["orders = "] if indent else [])


def test_what_is_filled_in_has_an_effect_where_the_rest_takes_it() -> None:
    (hole,) = day_holes("late = orders.tail()\nlate", ["2024-03-03"])
    assert has_effect(hole.filled("orders = orders[orders.day > '2024-03-03']"), ["2024-03-03"])
    assert not has_effect(hole.filled("late = orders[orders.day > '2024-03-03']"), ["2024-03-03"])
    assert not has_effect(hole.filled("# later"), ["2024-03-03"])
    assert not has_effect("late = orders.tail()", ["2024-03-03"])


def test_a_cell_that_does_nothing_has_no_place_for_it() -> None:
    assert list(day_holes("import os", ["2024-03-03"])) == []


def _leaves_them_out(body: Body) -> Reply:
    """A model that does not think of the days until its own comment says so."""
    begun = body["messages"][-1]["content"]
    if begun.endswith("# Filter by 2024-03-03"):
        return Reply(f"{begun}\ndays = [day for day in days if day > '2024-03-03']")
    return Reply("```python\ndays[:2]\n```")


def test_an_answer_without_the_days_is_filtered_by_them(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("days = ['2024-03-01', '2024-03-04', '2024-03-05']")
    scripted_engine.respond_with(_leaves_them_out)
    answer = kernel.run("%%generate\nShow the first two of the days after March 3, 2024").next_cell
    assert answer == (
        "days_copy = days.copy()\n# Filter by 2024-03-03\n"
        "days_copy = [day for day in days_copy if day > '2024-03-03']\ndays_copy[:2]"
    )
