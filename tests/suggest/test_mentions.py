"""Values of the user's data that a request names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from nbcoder.dryrun import Effects, Report
from nbcoder.suggest.asked.examples import read_examples
from nbcoder.suggest.asked.glossary import terms
from nbcoder.suggest.asked.labels import is_unheard_of, label_of
from nbcoder.suggest.asked.mentions import Mention, find_mentions, phrases
from nbcoder.suggest.asked.wish import Signature
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_REQUEST = "Units sold in Basel"


class _Copy:
    """Stands for the copy of the kernel."""

    def __init__(self, found: str = "") -> None:
        self.asked: list[str] = []
        self._found = found

    def run(self, code: str, *_: object) -> Report:
        self.asked.append(code)
        shown: dict[str, Any] = {"output_type": "execute_result", "data": {"text/plain": self._found}}
        return Report(status="ok", outputs=(shown,), effects=Effects())


def test_a_request_names_what_it_quotes_or_writes_in_capitals() -> None:
    assert phrases("units sold in New York to 'retail' customers") == ("retail", "New York", "New", "York")
    assert phrases("the mean of all rows") == ()


@pytest.mark.parametrize("dtype", ["object", "str", "category"])
def test_a_value_of_a_small_table_is_found_without_a_copy_of_the_kernel(dtype: str) -> None:
    copy = _Copy()
    sales = pd.DataFrame({"city": pd.Series(["Bern", None, "Basel"], dtype=dtype), "units": [1, 2, 3]})
    found = find_mentions(_REQUEST, {"sales": sales, "x": 1}, copy)
    assert found == (Mention("Basel", "sales['city']"),)
    assert copy.asked == []


def test_a_large_table_is_looked_through_in_a_copy_of_the_kernel() -> None:
    copy = _Copy("[('Basel', \"sales['city']\")]")
    sales = pd.DataFrame({"city": ["Basel"] * 50_001})
    assert find_mentions("Units sold in Basel", {"sales": sales}, copy) == (
        Mention("Basel", "sales['city']"),
    )
    assert len(copy.asked) == 1


_FUNCTION = """Write `def f(sales: pd.DataFrame)` that gives the units sold in "Basel", not the Total.
Example input:
sales:
| city  | units |
|-------|-------|
| Basel | 1     |
| Bern  | 2     |
Example output:
| units |
|-------|
| 1     |
Example explanation: Bern is not Basel.
"""


def test_a_value_in_the_example_of_a_function_is_found_but_not_what_only_its_explanation_names() -> None:
    examples = read_examples(_FUNCTION, Signature("f", ("sales",)))
    assert find_mentions(_FUNCTION, {}, _Copy(), examples) == (Mention("Basel", "sales['city']"),)


def test_a_function_has_to_use_what_the_request_names(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    right = "def f(sales):\n    return sales.loc[sales.city == 'Basel', ['units']]"
    scripted_engine.script("def f(sales):\n    return sales[['units']].head(1)", Reply((right,) * 3))
    assert tables.run(f"%%generate\n{_FUNCTION}").next_cell == right


def test_objects_of_the_users_are_not_asked_for_anything() -> None:
    asked = []

    class Trap:
        def __hash__(self) -> int:
            asked.append("its hash")
            return 0

        def __eq__(self, other: object) -> bool:
            asked.append("whether it is the same")
            return False

    table = pd.DataFrame({"things": pd.Series([Trap(), "Basel"], dtype=object)})
    asked.clear()
    assert find_mentions("Basel", {"table": table}, _Copy()) == (Mention("Basel", "table['things']"),)
    assert asked == []


def test_a_table_of_very_many_columns_costs_no_time() -> None:
    wide = pd.DataFrame([range(1_000_000)], columns=[f"c{number}" for number in range(1_000_000)])
    start = time.thread_time()
    assert not list(terms("Go from c999998 to c999999", {"wide": wide}))
    assert not label_of({"wide": wide}, "c999999")
    assert find_mentions("Basel", {"wide": wide}, _Copy("[]")) == ()
    assert time.thread_time() - start < 0.1


@pytest.mark.parametrize(
    ("noun", "columns", "label"),
    [
        ("person", ["class", "name"], "name"),
        ("person", ["class", "grade"], ""),
        ("column", ["class", "name"], "column"),
        ("column", [0, 1], ""),
        ("column", ["class", 1], ""),
    ],
)
def test_a_person_is_told_by_the_name_and_a_column_by_its_label(
    noun: str, columns: list[object], label: str
) -> None:
    assert label_of({"pupils": pd.DataFrame([["4a", "Ada"]], columns=columns)}, noun) == label


@pytest.mark.parametrize(
    ("shown", "label", "is_unheard"),
    [
        ("'Bern'", "city", False),
        ("'b'", "city", True),
        ("'day'", "day", True),
        ("'Mon'", "day", False),
        ("'units'", "column", False),
        ("'Bern'", "column", True),
        ("7", "city", False),
        ("'Bern", "city", False),
        ("'Bern'", "nowhere", False),
    ],
)
def test_a_name_that_no_table_has_is_unheard_of(shown: str, label: str, is_unheard: bool) -> None:
    sales = pd.DataFrame({"city": ["Bern", "Thun"], "units": [1, 2]}, index=["a", "b"])
    of_day = pd.Series([1], index=pd.Index(["Mon"], name="day"))
    assert is_unheard_of(shown, {"sales": sales, "of_day": of_day}, label) == is_unheard


def test_a_type_that_only_calls_itself_a_table_is_none() -> None:
    asked = []

    class DataFrame:
        def __len__(self) -> int:
            asked.append("its length")
            return 1

    assert find_mentions("Basel", {"df": DataFrame()}, _Copy()) == ()
    assert asked == []
