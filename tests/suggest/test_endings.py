"""An answer that stops one step short of the form that was asked for gets that step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.endings import with_ending
from nbcoder.suggest.asked.forms import Shown
from nbcoder.suggest.asked.wish import read_wish
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_BY_CITY = "sales.groupby('city')['units'].sum()"

_OF_DAYS = "sales['day'] = ['2024-01-31', '2024-02-01', '2024-02-02']\nsales.set_index('day', inplace=True)"


@pytest.mark.parametrize(
    ("request_", "answer", "finished"),
    [
        ("Which city sold the most?", _BY_CITY, f"{_BY_CITY}.idxmax()"),
        ("Which city sold the least?", _BY_CITY, f"{_BY_CITY}.idxmin()"),
        (
            "Which city sells more on average?",
            f"{_BY_CITY}.sort_values(ascending=False).head(1)",
            f"{_BY_CITY}.sort_values(ascending=False).head(1).index[0]",
        ),
        (
            "Which city had the largest sale?",
            "sales.nlargest(1, 'units')",
            "sales.nlargest(1, 'units')['city'].iloc[0]",
        ),
        (
            "Which city had the largest sale?",
            "sales[sales['units'].idxmax()]",
            "sales.loc[sales['units'].idxmax()]['city']",
        ),
        (
            "Which column of numbers has the smallest sum? Return that column's label.",
            "sales[['units']].sum()",
            "sales[['units']].sum().idxmin()",
        ),
        (
            "What is the difference in days between the two?",
            "pd.Timestamp('2024-01-31') - pd.Timestamp('2024-01-01')",
            "(pd.Timestamp('2024-01-31') - pd.Timestamp('2024-01-01')).days",
        ),
        ("Return a list of the units", "sales['units'] + 1", "(sales['units'] + 1).tolist()"),
        ("Return a list of the cities", "sales.city.unique()", "sales.city.unique().tolist()"),
        ("Return a DataFrame of the units", "sales['units']", "sales['units'].to_frame()"),
        ("Create a list of the units", "sales['units'].to_numpy()", "sales['units'].to_numpy().tolist()"),
        ("create a list of the cities", "sales.city", "sales.city.tolist()"),
        ("give me a sorted list of the cities", "list(sales.city)", "sorted(list(sales.city))"),
        ("Give me a list of the cities in alphabetical order", "sales.city", "sorted(sales.city)"),
        (
            "Create a DataFrame with two columns: the city and its units",
            _BY_CITY,
            f"{_BY_CITY}.reset_index()",
        ),
        (
            "Which city had the largest sale?",
            "sales[sales['units'] == sales['units'].max()]",
            "sales[sales['units'] == sales['units'].max()]['city'].iloc[0]",
        ),
        (
            "Show the units. Use city as the index.",
            "sales[['city', 'units']]",
            "sales[['city', 'units']].set_index('city')",
        ),
        (
            "Show the units. Use city as the index.",
            "sales[sales.units > 1]['units']",
            "sales[sales.units > 1].set_index('city')['units']",
        ),
        (
            "Show the units of Bern. Use city as the index.",
            "sales.loc[sales.city == 'Bern', 'units']",
            "sales.loc[sales.city == 'Bern'].set_index('city')['units']",
        ),
        (
            "Set the city as the index of sales. Modify sales in place.",
            "sales['units'] += 1",
            "sales['units'] += 1\nsales = sales.set_index('city')",
        ),
        (
            "Set the days as the index of sales, the type should be datetime64[ns].",
            _OF_DAYS,
            f"{_OF_DAYS}\nsales.index = pd.to_datetime(sales.index)",
        ),
        (
            "Create a DataFrame called volume with the units",
            "volume = sales['units']",
            "volume = sales['units'].to_frame()",
        ),
    ],
)
def test_the_end_that_lacks_is_put_there_without_asking_again(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str, answer: str, finished: str
) -> None:
    scripted_engine.script(answer)
    assert tables.run(f"%%generate\n{request_}").next_cell == finished
    assert len(scripted_engine.bodies) == 1


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("give me a sorted list of the cities", "sorted(sales.city.unique(), reverse=True)"),
        ("return a list of the cities sorted by length", "sorted(sales.city, key=len)"),
        ("Return a list of the cities", "sales.city.tolist()"),
        ("Give me a list of the most ordered cities", "sales.city.tolist()"),
        ("Create a dictionary of the units by city", f"{_BY_CITY}.to_dict()"),
    ],
)
def test_what_has_the_form_that_was_asked_for_is_left_alone(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str, answer: str
) -> None:
    scripted_engine.script(answer)
    assert tables.run(f"%%generate\n{request_}").next_cell == answer
    assert len(scripted_engine.bodies) == 1


def test_a_list_is_no_dictionary(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    right = f"{_BY_CITY}.to_dict()"
    scripted_engine.script("list(sales.city)", Reply((right,) * 3))
    assert tables.run("%%generate\nCreate a dictionary of the units by city").next_cell == right


def test_an_end_that_does_not_help_is_left_out(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    answer = "sales['units']"
    scripted_engine.respond_with(lambda body: Reply((answer,) * body.get("n", 1)))
    assert tables.run("%%generate\nWhich city sold the most?").next_cell == answer


@given(st.text(), st.text(), st.text())
def test_any_words_any_code_and_any_value_are_borne(words: str, code: str, text: str) -> None:
    with_ending(code, read_wish(words, ()), Shown(text, "Series"), "city")
