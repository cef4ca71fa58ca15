"""Of several tables, "the data set" is the one that was just worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.context import Situation
from nbcoder.context.situation import Executed
from nbcoder.suggest.asked.at_hand import table_at_hand

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_FRAMES: dict[str, object] = {"df": pd.DataFrame({"a": [1]}), "sales": pd.DataFrame({"b": [1]}), "n": 1}
_LAST = "Show the last rows of the data set."


def _hints(request: str, *cells: str, namespace: dict[str, object] | None = None) -> list[str]:
    executed = [Executed(f"c{at}", source, at) for at, source in enumerate(cells)]
    return list(table_at_hand(request, Situation(namespace or _FRAMES, executed=executed)))


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (["df = load()", "sales = df[['a']]"], "sales"),
        (["sales = df[['a']]", "df.describe()"], "df"),
        (["sales = df[['a']]", "n = 1", "print(n)"], "sales"),
        (["df.head()", "df.merge(sales)"], ""),
        (["n = 1"], ""),
        ([], ""),
    ],
)
def test_it_is_the_one_that_the_last_cell_with_a_table_works_on(cells: list[str], name: str) -> None:
    told = [f"'the data set' means {name}, on which the cells just before work"] if name else []
    assert _hints(_LAST, *cells) == told


@pytest.mark.parametrize(
    "request_", ["Show the last rows of df.", "Show the last rows.", "Merge df with the data"]
)
def test_where_a_table_is_named_or_none_is_meant_nothing_is_told(request_: str) -> None:
    assert not _hints(request_, "sales = df[['a']]")


def test_what_is_meant_is_told_in_one_line() -> None:
    told = ["'the data set' means sales, on which the cells just before work"]
    assert _hints("Show the\ndata set", "sales.head()") == told


def test_where_there_is_one_nothing_is_told() -> None:
    assert not _hints(_LAST, "df.head()", namespace={"df": _FRAMES["df"]})


def test_the_model_is_told(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    tables.run("large = sales[sales.units > 1]")
    scripted_engine.script("large.tail()")
    assert tables.run(f"%%generate\n{_LAST}").next_cell == "large.tail()"
    asked = scripted_engine.bodies[0]["messages"][-2]["content"]
    assert "'the data set' means large" in asked


@given(st.text(), st.text())
def test_any_words_and_any_cell_are_borne(words: str, cell: str) -> None:
    _hints(words, cell)
