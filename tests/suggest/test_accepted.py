"""Right answers, as different people write them, are accepted at once and left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine


def _assert_accepted(kernel: LiveKernel, engine: ScriptedEngine, request: str, answer: str) -> None:
    engine.script(answer)
    done = kernel.run(f"%%generate\n{request}")
    assert done.next_cell == answer, done.error
    assert len(engine.bodies) == 1


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


def test_a_name_is_not_bound_to_what_a_method_in_place_gives(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("sales.dropna(inplace=True)")
    cell = tables.run("%%generate\ndrop rows with missing values and save it as clean_sales").next_cell
    assert cell == "clean_sales = sales.dropna()"
