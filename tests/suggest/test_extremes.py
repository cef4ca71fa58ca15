"""Who asks for the least does not get the most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.extremes import asked_extreme, is_other_end
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine


@pytest.mark.parametrize(
    ("words", "extreme"),
    [
        ("What are the 5 ages with least occurrence?", "least"),
        ("Which city sold the most?", "most"),
        ("Which of the highest towers is the highest?", "highest"),
        ("Sort it from the most to the least", ""),
        ("The city with the lowest maximum", ""),
        ("Show those with at least 5 and at most 9 units", ""),
        ("Most of the cities sell nothing: which?", ""),
        ("How many are there?", ""),
        ("On which day was the largest drop in units?", ""),
        ("Who has the highest rank?", ""),
    ],
)
def test_the_end_that_is_asked_for_is_read(words: str, extreme: str) -> None:
    assert asked_extreme(words) == extreme


_MOST = (
    "sales.units.max()",
    "sales.groupby('city').units.sum().idxmax()",
    "sales.nlargest(3, 'units')",
    "sales.city.value_counts().head(5).index",
    "sales.city.value_counts().index[0]",
    "c = sales.sort_values(['units'], ascending=False)\nc.iloc[:5]",
    "sales.sort_values('units').tail(5)",
    "sales.sort_values('units').iloc[-1]",
    "sorted(units, reverse=True)[0]",
    "sorted(units)[-3:]",
    "sales.city.mode()",
)
_LEAST = (
    "min(units)",
    "sales.nsmallest(3, 'units')",
    "sales.city.value_counts().tail(5)",
    "sales.city.value_counts(ascending=True).head(5)",
    "sales.city.value_counts().sort_values().head(5)",
    "sales.sort_values('units').head()",
)
_NEITHER = (
    "sales.units.sum()",
    "sales.head()",
    "sales.sort_values('units')",
    "sales.sort_values('units', ascending=up).head()",
    "sales.sort_values('units', **how).head()",
    "sales.city.value_counts(sort=False).head()",
    "sales.units.max() - sales.units.min()",
    "sales.sort_values('units').iloc[2]",
    "sales.sort_values(",
)


@pytest.mark.parametrize("code", _MOST)
def test_the_upper_end_is_not_the_least(code: str) -> None:
    assert is_other_end("least", code)
    assert not is_other_end("highest", code)


@pytest.mark.parametrize("code", _LEAST)
def test_the_lower_end_is_not_the_most(code: str) -> None:
    assert is_other_end("most", code)
    assert not is_other_end("lowest", code)


@pytest.mark.parametrize("code", _NEITHER)
def test_where_it_is_not_plain_nothing_is_told(code: str) -> None:
    assert not is_other_end("most", code)
    assert not is_other_end("least", code)


def test_where_nothing_is_asked_nothing_is_told() -> None:
    assert not is_other_end("", "max(units)")


def test_an_answer_from_the_other_end_is_not_offered(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    right = "sales.city.value_counts().tail(1)"
    scripted_engine.script("sales.city.value_counts().head(1)", Reply((right,) * 3))
    assert tables.run("%%generate\nWhat is the city with the fewest rows?").next_cell == right


@given(st.text())
def test_any_words_and_any_code_are_borne(words: str) -> None:
    is_other_end(asked_extreme(words), words)
