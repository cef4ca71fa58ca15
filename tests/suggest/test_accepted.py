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
