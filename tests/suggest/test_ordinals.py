"""Who asks for the third row gets the third."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.ordinals import asked_cell, is_elsewhere
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine


@pytest.mark.parametrize(
    ("words", "cell"),
    [
        ("Select the third cell down in the column units", ("third cell", 2)),
        ("What is in the 12th row?", ("12th row", 11)),
        ("Show the first row", ("", 0)),
        ("Show the third quarter", ("", 0)),
        ("Show the rows", ("", 0)),
    ],
)
def test_a_row_that_is_asked_for_by_its_number_is_read(words: str, cell: tuple[str, int]) -> None:
    assert asked_cell(words) == cell


@pytest.mark.parametrize("code", ["x.iloc[2]", "x.head(3)", "x.iloc[[2], 0]", "x.iloc[::3]"])
def test_code_with_that_number_may_take_it(code: str) -> None:
    assert not is_elsewhere(2, code)


@pytest.mark.parametrize("code", ["x.loc['Bern']", "x.iloc[1]", "x['2']", "x[True]", "x.iloc[("])
def test_code_without_it_does_not(code: str) -> None:
    assert is_elsewhere(2, code)


def test_another_row_is_not_offered(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    right = "sales.units.iloc[2]"
    scripted_engine.script("sales.set_index('city').loc['Basel', 'units']", Reply((right,) * 3))
    assert tables.run("%%generate\nWhat is in the third cell of the column units?").next_cell == right


@given(st.text())
def test_any_words_and_any_code_are_borne(words: str) -> None:
    is_elsewhere(asked_cell(words)[1], words)
