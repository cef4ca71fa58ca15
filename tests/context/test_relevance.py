"""Which variables are told, and what the request's words may refer to."""

from __future__ import annotations

import pandas as pd
import pytest

from nbcoder.context import Limits, Situation
from nbcoder.context.collect import collect
from nbcoder.context.relevance import Wish
from nbcoder.notebook.cells import Notebook
from tests.context.telling import cell, prompt, ran, tell


def _order(namespace: dict[str, object], request: str = "", *sources: str) -> list[str]:
    cells = tuple(cell(source, number) for number, source in enumerate(sources, start=1))
    situation = Situation(namespace, Notebook(cells), "", ran(*cells), request)
    return [variable.name for variable in collect(situation).variables]


def test_a_variable_that_the_request_names_comes_first() -> None:
    assert _order({"alpha": 1, "df": pd.DataFrame(), "beta": 2}, "print alpha twice")[0] == "alpha"


def test_a_variable_whose_words_are_in_the_request_comes_before_others() -> None:
    namespace: dict[str, object] = {"sales_per_city": 1, "other": 2, "thing": 3}
    assert _order(namespace, "the sales per cities, please")[0] == "sales_per_city"


def test_a_frame_with_a_column_that_the_request_names_comes_before_other_frames() -> None:
    namespace: dict[str, object] = {name: pd.DataFrame({f"{name}_x": [1]}) for name in ("a", "b", "c")}
    namespace["b"] = pd.DataFrame({"item_price": [1.0]})
    assert _order(namespace, "mean of the item prices")[0] == "b"


def test_what_the_last_cells_use_comes_before_what_no_cell_uses() -> None:
    namespace: dict[str, object] = {f"v{i}": i for i in range(9)}
    assert _order(namespace, "", "v3 + 1", "v5 * 2")[:2] == ["v5", "v3"]


def test_data_comes_before_numbers() -> None:
    assert _order({"n": 1, "df": pd.DataFrame(), "f": len})[0] == "df"


def test_what_the_user_wrote_comes_before_what_was_imported() -> None:
    def mine() -> None: ...

    mine.__module__ = "__main__"
    assert _order({"mine": mine, "read_csv": pd.read_csv, "n": 1}) == ["mine", "n", "read_csv"]


def test_among_ten_thousand_the_one_that_is_named_is_found() -> None:
    namespace: dict[str, object] = {f"value_{i}": i for i in range(10_000)}
    assert _order(namespace, "double value_4321")[0] == "value_4321"


def test_variables_that_are_not_looked_into_are_listed_with_their_types() -> None:
    situation = Situation({f"v{i}": i for i in range(10)})
    context = collect(situation, Limits(described=3, listed=5))
    assert len(context.variables) == 3
    assert context.others == tuple((f"v{i}", "int") for i in range(6, 1, -1))
    assert context.untold == 2


def test_names_of_the_shell_and_modules_are_no_variables() -> None:
    namespace: dict[str, object] = {
        "_": 1,
        "_3": 2,
        "__name__": "__main__",
        "_ih": [],
        "_i2": "",
        "pd": pd,
    }
    told = tell(namespace | {"_helper": len})
    assert told == f"# Variables in memory:\n# Modules: pd = pandas {pd.__version__}\n# _helper: function len"


def test_a_column_that_the_request_only_paraphrases_is_hinted_at() -> None:
    frame = pd.DataFrame({"item_price": [1.0], "quantity": [2]})
    told = tell({"chipo": frame}, request="What is the highest price of an item?")
    assert told.endswith("# The request may mean:\n#   chipo['item_price']")


def test_a_value_that_the_request_names_is_hinted_at() -> None:
    frame = pd.DataFrame({"item_name": ["Canned Soda", "Izze"]})
    told = tell({"chipo": frame}, request="How often was a canned soda ordered?")
    assert "#   chipo['item_name'] has the value 'Canned Soda'" in told


def test_no_hint_is_given_where_the_request_is_exact_or_says_nothing() -> None:
    frame = pd.DataFrame({"item_price": [1.0], "count": [2]})
    assert "may mean" not in tell({"chipo": frame}, request="mean of item_price")
    assert "may mean" not in tell({"chipo": frame}, request="count the rows")


@pytest.mark.parametrize(
    ("request_text", "label", "speaks"),
    [
        ("total sales per city", "city", True),
        ("total sales per city", "Sales", True),
        ("total sales per city", "salesCity", True),
        ("average of the categories", "category", True),
        ("total sales per city", "capacity", False),
        ("how many rows", "row", False),
        ("", "", False),
    ],
)
def test_a_request_speaks_of_a_name_if_it_has_all_its_words(
    request_text: str, label: str, speaks: bool
) -> None:
    assert Wish(request_text).speaks_of(label) is speaks


def test_the_most_relevant_is_told_last_next_to_the_request() -> None:
    told = prompt({"alpha": 1, "beta": 2, "gamma": 3}, request="use beta").text
    assert told.endswith("# beta: int = 2")
