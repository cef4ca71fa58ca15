"""Columns of 1 and 0 are told from columns of True and False."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.flags import are_truths, as_numbers, asks_for_numbers

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_REQUEST = "make a column big that is 1 where units > 1 and 0 elsewhere"


@pytest.mark.parametrize(
    "request_",
    [
        _REQUEST,
        "Add big: 1 if units is above 1, 0 otherwise",
        "add a column with 0 for small sales and 1 for big ones",
        "Encode the answer as 0 and 1",
        "Erstelle eine neue Spalte big mit 1 wenn units > 1, sonst 0",
    ],
)
def test_numbers_are_asked_for(request_: str) -> None:
    assert asks_for_numbers(request_)


@pytest.mark.parametrize(
    "request_",
    [
        "Add a column that is True where units > 1",
        "Add a boolean column is_big, as 1 and 0 are too short",
        "Scale the values to lie between 0 and 1",
        "Show rows 0 and 1",
        "Show the 1 for which it is larger than 10",
    ],
)
def test_numbers_are_not_asked_for(request_: str) -> None:
    assert not asks_for_numbers(request_)


@pytest.mark.parametrize(
    ("answer", "finished"),
    [
        ("sales['big'] = sales['units'] > 1", "sales['big'] = (sales['units'] > 1).astype(int)"),
        (
            "sales['big'] = (sales['units'] > 1) & (sales['city'] == 'Bern')",
            "sales['big'] = ((sales['units'] > 1) & (sales['city'] == 'Bern')).astype(int)",
        ),
        ("sales['big'] = ~sales['units'].gt(1)", "sales['big'] = (~sales['units'].gt(1)).astype(int)"),
        (
            "sales = sales.assign(big=sales.units > 1)",
            "sales = sales.assign(big=(sales.units > 1).astype(int))",
        ),
        (
            "sales['big'] = sales['units'].apply(lambda n: True if n > 1 else False)",
            "sales['big'] = sales['units'].apply(lambda n: True if n > 1 else False).astype(int)",
        ),
    ],
)
def test_true_and_false_become_1_and_0_without_asking_again(
    tables: LiveKernel, scripted_engine: ScriptedEngine, answer: str, finished: str
) -> None:
    scripted_engine.script(answer)
    assert tables.run(f"%%generate\n{_REQUEST}").next_cell == finished
    assert len(scripted_engine.bodies) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "sales['big'] = (sales['units'] > 1).astype(int)",
        "sales['big'] = sales['units'].apply(lambda n: 1 if n > 1 else 0)",
        "sales['big'] = 0\nsales.loc[sales['units'] > 1, 'big'] = 1",
        "is_big = sales['units'] > 1\nsales['big'] = is_big * 1",
    ],
)
def test_what_is_1_and_0_stays_as_it_is(
    tables: LiveKernel, scripted_engine: ScriptedEngine, answer: str
) -> None:
    scripted_engine.script(answer)
    assert tables.run(f"%%generate\n{_REQUEST}").next_cell == answer
    assert len(scripted_engine.bodies) == 1


@given(st.text())
def test_any_words_and_any_code_are_borne(text: str) -> None:
    asks_for_numbers(text)
    assert not are_truths(as_numbers(text)) or are_truths(text)
