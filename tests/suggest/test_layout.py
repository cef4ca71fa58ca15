"""Requests that say how a table has to be laid out get it so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.layout import ANY_LAYOUT, Layout, Seen, misfits, probe, read_layout, read_seen
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_TABLES = {"sales": pd.DataFrame({"City": ["Bern"], "day": ["2024-01-31"]})}
_SEEN: Seen = {"kind": "DataFrame", "index": ["None"], "dtypes": ["int64", "object"], "columns": 3}


@pytest.mark.parametrize(
    ("words", "layout"),
    [
        ("Use City as the index.", Layout(index="City")),
        ("Set the 'day' column as index", Layout(index="day")),
        ("Show the sales, indexed by the city", Layout(index="City")),
        ("Make day the index", Layout(index="day")),
        ("Do not use City as the index", ANY_LAYOUT),
        ("Set the right dates as the index", Layout(has_index=True)),
        ("Use the numbers as an index into it", ANY_LAYOUT),
        ("How is it indexed?", ANY_LAYOUT),
        ("Mind the data type, it should be datetime64[ns].", Layout(dtype="datetime64")),
        ("Convert it from int64 to float64", Layout(dtype="float64")),
        ("Select the columns that are int64", ANY_LAYOUT),
        ("Create a one column DataFrame of them", Layout(columns=1)),
        ("Return a data frame with only two columns", Layout(columns=2)),
        ("Create a table with 3 columns and 2 rows", Layout(columns=3)),
        ("Show one column of the table", ANY_LAYOUT),
    ],
)
def test_the_layout_is_read(words: str, layout: Layout) -> None:
    assert read_layout(words, _TABLES) == layout


@pytest.mark.parametrize(
    ("layout", "told"),
    [
        (Layout(kind="list"), "big is a DataFrame, but a list is asked for."),
        (Layout(index="City"), "big does not have 'City' as its index: set_index('City') makes it so."),
        (
            Layout(dtype="datetime64"),
            "Nothing in big is of type datetime64, but int64, object: pd.to_datetime makes it so.",
        ),
        (Layout(has_index=True), "big has no column as its index: set_index() makes it so."),
        (Layout(dtype="float64"), "Nothing in big is of type float64, but int64, object."),
        (
            Layout(columns=1),
            "big has 3 columns, but 1 is asked for: axis=1 puts side by side, axis=0 below each other.",
        ),
    ],
)
def test_what_is_otherwise_is_told(layout: Layout, told: str) -> None:
    assert list(misfits({"big": layout}, {"big": _SEEN}, "big = pd.concat([a, b], axis=1)")) == [told]


def test_what_is_as_it_was_asked_for_is_not_told() -> None:
    wanted = Layout(kind="DataFrame", index="None", dtype="int64", columns=3)
    assert not list(misfits({"": wanted}, {"": _SEEN}, "x"))


@pytest.mark.parametrize(
    ("request_", "wrong", "right"),
    [
        (
            "Show the units of Bern. Use city as the index.",
            "sales.loc[sales.city == 'Bern', ['units']]",
            "sales.loc[sales.city == 'Bern', ['city', 'units']].set_index('city')",
        ),
        (
            "Show the units. Use city as the index.",
            "if True:\n    shown = sales.units\nshown",
            "sales.set_index('city').units",
        ),
        (
            "Convert the units of sales to float64. Modify sales in place.",
            "sales['units'] = sales.units + 1",
            "sales['units'] = sales.units.astype('float64')",
        ),
        (
            "Create a one column DataFrame with units and price and assign it to `tall`",
            "tall = pd.concat([sales.units, sales.price], axis=1)",
            "tall = pd.concat([sales.units, sales.price]).to_frame()",
        ),
    ],
)
def test_a_table_that_is_laid_out_otherwise_is_not_offered(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str, wrong: str, right: str
) -> None:
    scripted_engine.script(wrong, Reply((right,) * 3))
    assert tables.run(f"%%generate\n{request_}").next_cell == right


@pytest.mark.parametrize(
    ("request_", "dtype"),
    [
        ("Convert city to category", "category"),
        ("The dtype should be category", "category"),
        ("Show the products that belong to category A", ""),
        ("Count what was sold as category A", ""),
    ],
)
def test_a_category_is_a_type_only_where_something_is_converted(request_: str, dtype: str) -> None:
    assert read_layout(request_, _TABLES).dtype == dtype


@pytest.fixture
def showing_all(tables: LiveKernel) -> Iterator[LiveKernel]:
    """The same, with a notebook that shows the value of every line."""
    tables.run("get_ipython().ast_node_interactivity = 'all'")
    yield tables
    tables.run("get_ipython().ast_node_interactivity = 'last_expr'")


def test_of_several_values_that_are_shown_the_last_is_the_answer(
    showing_all: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("sales.head()\nsales[['city', 'units']]")
    assert showing_all.run("%%generate\nShow the units. Use city as the index.").next_cell == (
        "sales.head()\nsales[['city', 'units']].set_index('city')"
    )


@pytest.mark.parametrize("text", ["", "   city  units\n0  Bern  1", "[1]", "{'': "])
def test_what_is_shown_in_another_way_tells_nothing(text: str) -> None:
    assert not list(misfits({"": Layout(index="city")}, read_seen(text), "x"))


def test_values_of_any_kind_are_looked_at() -> None:
    names = ("a", "b", "c", "d", "")
    code = "import pandas as pd\na, b = [1], pd.Series([1.5])\nc = pd.DataFrame({'x': [1]})\nd = b.values\n3"
    space: dict[str, object] = {}
    before, _, looked = probe(code, names).rpartition("\n\n")
    exec(before, space)  # noqa: S102 - the code of this test
    seen = eval(looked, space)  # noqa: S307 - the same
    assert [seen[name]["kind"] for name in names] == ["list", "Series", "DataFrame", "ndarray", "int"]
    assert seen["c"] == {"kind": "DataFrame", "index": ["None"], "dtypes": ["int64"], "columns": 1}
    assert seen["b"]["dtypes"] == ["float64", "int64"]
    assert seen["d"]["dtypes"] == ["float64"]


def test_a_cell_that_shows_no_value_is_not_looked_into() -> None:
    assert not probe("a = 1", ("",))
    assert not probe("a = (", ("",))


@given(st.text())
def test_any_words_and_any_code_are_borne(words: str) -> None:
    read_layout(words, _TABLES)
    probe(words, ("",))


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["a", "as ", "make a ", "to the type "])
def test_long_requests_cost_no_time(piece: str) -> None:
    read_layout(piece * 50_000, _TABLES)
