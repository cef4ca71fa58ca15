"""Values that are not yet what was asked for are told by how the notebook shows them."""

from __future__ import annotations

import pandas as pd
import pytest

from nbcoder.dryrun import Report
from nbcoder.suggest.demands import complaints
from nbcoder.suggest.wish import read_wish

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


@pytest.mark.parametrize("value", [_SALES, _SALES.groupby("city")["units"].sum(), [1, 2], 3, "<generator>"])
def test_what_is_there_does(value: object) -> None:
    assert not _complaints(value)
