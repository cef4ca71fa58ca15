"""A column that a request names is one that its answer uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.spoken_columns import spoken_columns, unused_columns
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_TABLES = {"army": pd.DataFrame({"deaths": [1], "Size": [2]}), "n": 1}


@pytest.mark.parametrize(
    ("request_", "columns"),
    [
        ("Select the third cell in the column named deaths", ("deaths",)),
        ("Show the 'size' column", ("Size",)),
        ("Show the column `deaths` of it", ("deaths",)),
        ("Show the deaths", ()),
        ("Show the columns of it", ()),
        ("Add a column called ratio", ()),
    ],
)
def test_columns_of_the_tables_that_are_called_so_are_found(request_: str, columns: tuple[str, ...]) -> None:
    assert spoken_columns(request_, _TABLES) == columns


def test_code_that_names_the_column_in_any_way_uses_it() -> None:
    assert not list(unused_columns("army.deaths", ["deaths"]))
    assert not list(unused_columns("army['Size']", ["size"]))
    assert not list(unused_columns("army.iloc[:3, 1:]", ["size"]))
    assert list(unused_columns("army.iloc[:3, 1]", ["size"]))


def test_an_answer_about_another_column_is_not_offered(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    right = "sales['units'].iloc[1]"
    scripted_engine.script("sales.iloc[1, 2]", Reply((right,) * 3))
    assert tables.run("%%generate\nWhat is in the second cell of the column units?").next_cell == right


@given(st.text(), st.text())
def test_any_words_and_any_code_are_borne(words: str, code: str) -> None:
    list(unused_columns(code, spoken_columns(words, _TABLES)))


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["a", "column ", "columns called "])
def test_long_requests_cost_no_time(piece: str) -> None:
    spoken_columns(piece * 50_000, _TABLES)
