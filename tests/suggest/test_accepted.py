"""Right answers, as different people write them, are accepted at once and left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_OTHERS = "nums = [3, 1, 3]\nstock = {'tea': 2}\ntext = 'to be or not to be'"


def _assert_accepted(kernel: LiveKernel, engine: ScriptedEngine, request: str, answer: str) -> None:
    engine.script(answer)
    done = kernel.run(f"%%generate\n{request}")
    assert done.next_cell == answer, done.error
    assert len(engine.bodies) == 1


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("Change to the folder above", "os.chdir('..')"),
        ("Set the environment variable MODE to test", "os.environ['MODE'] = 'test'"),
    ],
)
def test_what_changes_the_process_changes_something(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str, answer: str
) -> None:
    tables.run("import os")
    _assert_accepted(tables, scripted_engine, request_, answer)


@pytest.mark.parametrize(
    "request_",
    [
        "Write a function called `double` that doubles a number",
        "write a function `double(number)` which doubles a number",
        "Define the function double(number), it doubles a number.",
        "function to double a number",
        "create python function that doubles a number",
        "Schreibe eine Funktion `double`, die eine Zahl verdoppelt",
    ],
)
def test_a_function_may_be_asked_for_in_any_words(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str
) -> None:
    _assert_accepted(tables, scripted_engine, request_, "def double(number):\n    return 2 * number")


def test_a_function_that_is_there_need_not_be_defined_to_be_called(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    tables.run("def total(table):\n    return table.units.sum()")
    _assert_accepted(tables, scripted_engine, "Call the function `total` on sales", "total(sales)")


def test_the_first_plot_does_not_count_as_a_change_of_pyplot(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    pytest.importorskip("matplotlib")
    tables.run("import matplotlib.pyplot as plt")
    answer = "plt.hist(sales['units'])\nplt.show()"
    _assert_accepted(tables, scripted_engine, "Draw a histogram of units", answer)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("create a column `double` = units * 2", "sales['double'] = sales['units'] * 2"),
        ("Make a boolean column is_big", "sales['is_big'] = sales['units'] > 1"),
        ("Make city the index", "sales.set_index('city', inplace=True)"),
        ("Füge eine Spalte double hinzu", "sales['double'] = sales['units'] * 2"),
        ("Entferne die Zeilen von Basel", "sales = sales[sales['city'] != 'Basel']"),
        ("get rid of the price", "sales = sales.drop(columns='price')"),
        ("make units a float", "sales['units'] = sales['units'].astype(float)"),
        ("split price into two columns", "sales[['sign', 'sum']] = sales['price'].str.extract(r'(.)(.)')"),
    ],
)
def test_what_is_made_of_a_table_stays_in_it(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str, answer: str
) -> None:
    _assert_accepted(tables, scripted_engine, request_, answer)


@pytest.mark.parametrize(
    ("request_", "kept", "seen"),
    [
        ("uppercase the cities", "sales['city'] = sales['city'].str.upper()", "sales['city'].str.upper()"),
        ("increase units by 2", "sales['units'] += 2", "sales['units'] + 2"),
        (
            "bin the units into few and many",
            "sales['bin'] = pd.cut(sales['units'], 2, labels=['few', 'many'])",
            "pd.cut(sales['units'], 2, labels=['few', 'many'])",
        ),
        ("lag units by one row", "sales['lag'] = sales['units'].shift(1)", "sales['units'].shift(1)"),
        ("convert sales to a list", "rows = sales.values.tolist()", "sales.values.tolist()"),
        (
            "Remove the rows of Basel and then count them",
            "sales = sales[sales['city'] != 'Basel']\nlen(sales)",
            "len(sales[sales['city'] != 'Basel'])",
        ),
    ],
)
def test_where_the_words_leave_it_open_a_change_may_be_kept_or_only_seen(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str, kept: str, seen: str
) -> None:
    _assert_accepted(tables, scripted_engine, request_, kept)
    scripted_engine.reset()
    _assert_accepted(tables, scripted_engine, request_, seen)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("remove duplicates from nums", "list(set(nums))"),
        ("swap keys and values of stock", "{v: k for k, v in stock.items()}"),
        ("Remove the word 'or' from text", "' '.join(w for w in text.split() if w != 'or')"),
    ],
)
def test_another_list_or_text_may_be_shown_instead_of_a_change(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str, answer: str
) -> None:
    tables.run(_OTHERS)
    _assert_accepted(tables, scripted_engine, request_, answer)


def test_a_list_that_is_to_be_sorted_in_place_is_changed(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    tables.run(_OTHERS)
    scripted_engine.script("sorted(nums)", Reply(("nums.sort()",) * 3))
    assert tables.run("%%generate\nsort nums in place, don't add anything").next_cell == "nums.sort()"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("reset the index", "sales = sales.reset_index(drop=True)"),
        ("convert units to int", "sales['units'] = sales['units'].astype(int)"),
        ("Sort sales by units in place", "sales.sort_values('units', inplace=True)"),
        ("strip the whitespace in the column city", "sales['city'] = sales['city'].str.strip()"),
        ("set pandas to show all columns", "pd.set_option('display.max_columns', None)"),
        ("Set pandas to show all columns", "pd.options.display.max_columns = None"),
        ("set a random seed of 7", "import random\nrandom.seed(7)"),
        ("set negative units to 0", "sales[sales['units'] < 0] = 0"),
        ("make sure that no row is there twice", "sales = sales.drop_duplicates()"),
    ],
)
def test_what_is_tidy_already_may_stay_as_it_is(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str, answer: str
) -> None:
    _assert_accepted(tables, scripted_engine, request_, answer)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("what are the types of the columns", "sales.info()"),
        ("Show the cities, one per line", "print('\\n'.join(sales['city']))"),
        ("show sales without the index", "print(sales.to_string(index=False))"),
        ("list the files in this folder", "!ls"),
        ("sales as json", "print(sales.to_json(indent=2))"),
        ("which version of Python is it", "!python --version"),
        ("check if a number is even", "def is_even(number):\n    return number % 2 == 0"),
        ("print hello world", "print('Hello, world!')"),
        ("import json and math", "import json\nimport math"),
        ("export the sales of Bern to bern.csv", "sales[sales['city'] == 'Bern'].to_csv('bern.csv')"),
        ("sort by units and write that to sorted.csv", "sales.sort_values('units').to_csv('sorted.csv')"),
    ],
)
def test_what_is_printed_written_or_imported_need_not_be_a_value(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str, answer: str
) -> None:
    _assert_accepted(tables, scripted_engine, request_, answer)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("use city as index and show the units of Basel", "sales.set_index('city').loc['Basel', 'units']"),
        ("Do you see any city with more than 2 units?", "sales[sales['units'] > 2]"),
        ("Which city has more than 2 units?", "sales.loc[sales['units'] > 2, 'city']"),
        (
            "Which city sells best on average and how much?",
            "sales.groupby('city').units.mean().nlargest(1)",
        ),
    ],
)
def test_no_more_is_demanded_of_a_value_than_the_words_say(
    tables: LiveKernel, scripted_engine: ScriptedEngine, request_: str, answer: str
) -> None:
    _assert_accepted(tables, scripted_engine, request_, answer)


def test_a_made_up_saying_is_no_answer_to_a_wish_to_print(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("print('The sum is 7')", Reply(("sales.units.sum()",) * 3))
    assert tables.run("%%generate\nprint the sum of units").next_cell == "sales.units.sum()"


def test_what_is_seen_of_a_question_that_is_answered_by_a_column_is_that_column(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("sales['double'] = sales['units'] * 2")
    cell = tables.run("%%generate\ncompute twice the units of each sale").next_cell
    copied = "sales_copy = sales.copy()\nsales_copy['double'] = sales_copy['units'] * 2\nsales_copy['double']"
    assert cell == copied
    assert len(scripted_engine.bodies) == 1


def test_values_that_are_printed_one_by_one_are_shown_together(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("print('Sum:', sales.units.sum())\nprint(f'Most: {sales.units.max()}')")
    cell = tables.run("%%generate\ngive me the sum and the largest of units").next_cell
    assert cell == "sales.units.sum(), sales.units.max()"


def test_a_module_is_not_bound_to_what_its_function_gives(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    tables.run("import numpy as np\nv = np.array([1, -1])")
    _assert_accepted(tables, scripted_engine, "replace what is negative in v by 0", "np.where(v < 0, 0, v)")


def test_a_name_is_not_bound_to_what_a_method_in_place_gives(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("sales.dropna(inplace=True)")
    cell = tables.run("%%generate\ndrop rows with missing values and save it as clean_sales").next_cell
    assert cell == "clean_sales = sales.dropna()"


@pytest.mark.parametrize("answer", ["zip(sales.city, sales.units)", "iter([1])", "map(str, sales.units)"])
def test_what_can_only_be_gone_through_is_not_shown(
    tables: LiveKernel, scripted_engine: ScriptedEngine, answer: str
) -> None:
    right = f"list({answer})"
    scripted_engine.script(answer, Reply((right,) * 3))
    assert tables.run("%%generate\nshow the pairs of cities and units").next_cell == right


@pytest.mark.parametrize(
    ("live", "request_", "answer"),
    [
        (
            "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()",
            "Draw a histogram of units on ax",
            "ax.hist(sales['units'])",
        ),
        (
            "import matplotlib.pyplot as plt\nfig, axes = plt.subplots(2, 2)",
            "Draw a histogram of units on the first of axes",
            "axes[0, 0].hist(sales['units'])",
        ),
        ("rows = iter([1, 2, 3])", "What is the next item of rows?", "next(rows)"),
    ],
    ids=["axes", "a grid of axes", "an iterator"],
)
def test_what_is_there_to_be_worked_with_may_change(
    tables: LiveKernel, scripted_engine: ScriptedEngine, live: str, request_: str, answer: str
) -> None:
    pytest.importorskip("matplotlib")
    assert tables.run(live).ok
    _assert_accepted(tables, scripted_engine, request_, answer)
