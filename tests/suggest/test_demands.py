"""Whether an answer is what was asked for is told by what it shows and binds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from nbcoder.dryrun import Report
from nbcoder.suggest.asked.demands import complaints
from nbcoder.suggest.asked.wish import read_wish
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_SALES = pd.DataFrame({"city": ["Oslo", "Bern"], "units": [1, 2]})


def _complaints(value: object) -> str:
    shown = {"output_type": "execute_result", "data": {"text/plain": repr(value)}}
    wish = read_wish("What is the total of units for each city?", {"sales": _SALES})
    return " ".join(complaints(Report("ok", outputs=(shown,)), wish))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (_SALES.groupby("city"), "nothing is computed"),
        (_SALES.groupby("city")["units"], "nothing is computed"),
        (_SALES["units"].rolling(2), "nothing is computed"),
        (_SALES["units"].sum, "as in sum()"),
        (map(str, [1]), "make it a list"),
        (_SALES.groupby(["city", "units"]).mean(), "without columns"),
        ((one for one in [1]), "make it a list"),
    ],
)
def test_a_value_that_is_not_computed_yet_does_not_do(value: object, told: str) -> None:
    assert told in _complaints(value)


def _told(request: str, code: str, *outputs: dict[str, object]) -> str:
    return " ".join(complaints(Report("ok", outputs=outputs), read_wish(request, {"sales": _SALES}), code))


def _shown(text: str) -> dict[str, object]:
    return {"output_type": "execute_result", "data": {"text/plain": text}}


@pytest.mark.parametrize(
    ("code", "is_doubted"),
    [
        ("sales[sales.city == 'bern']", True),
        ("sales[sales.units == 3]", True),
        ("sales[sales.city.isin(['bern'])]", True),
        ("sales[sales.city.str.contains('bern')]", True),
        ("sales[sales['date'] > '2024-01-01']", True),
        ("sales.query('city == name')", True),
        ("sales.merge(other)", True),
        ("sales[sales.duplicated()]", False),
        ("sales[sales.city.isna()]", False),
        ("sales[sales.units > 100]", False),
        ("sales[sales.duplicated() == True]", False),
        ("[x for x in sales.units if x < 0]", False),
    ],
)
@pytest.mark.parametrize("empty", ["Empty DataFrame\nColumns: []", "[]"])
def test_nothing_is_doubted_where_a_value_was_looked_for(code: str, is_doubted: bool, empty: str) -> None:
    assert ("result is empty" in _told("Show the rows", code, _shown(empty))) is is_doubted


def test_a_number_that_is_none_is_always_doubted() -> None:
    assert "result is empty" in _told("What is the mean?", "sales.units.mean()", _shown("nan"))


def test_what_is_drawn_answers_a_question() -> None:
    drawn: dict[str, object] = {"output_type": "display_data", "data": {"image/png": ""}}
    assert not _told("Is price linear in size?", "plot()", drawn)
    assert not _told("Is price linear in size?", "plot()", _shown("<Axes: >"), drawn)
    assert "True or False" in _told("Is price linear in size?", "plot()", _shown("<Axes: >"))


@pytest.mark.parametrize("value", [_SALES, _SALES.groupby("city")["units"].sum(), [1, 2], "<generator>"])
def test_what_is_there_does(value: object) -> None:
    assert not _complaints(value)


def test_yes_or_no_is_answered_by_true_or_false(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    right = "bool(sales.duplicated().any())"
    scripted_engine.script("sales.duplicated().sum()", Reply((right,) * 3))
    assert tables.run("%%generate\nAre there any duplicate rows?").next_cell == right


def test_the_question_which_city_is_answered_by_a_city(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    right = "sales.groupby('city').units.sum().idxmax()"
    scripted_engine.script("sales.groupby('city').units.sum().max()", Reply((right,) * 3))
    assert tables.run("%%generate\nWhich city sold the most?").next_cell == right


def test_a_variable_gets_the_type_that_was_asked_for(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    right = "units = sales[['units']]"
    scripted_engine.script("units = sales['units'].sum()", Reply((right,) * 3))
    assert tables.run("%%generate\nCreate a DataFrame called units with the units").next_cell == right
