"""The page matched with what really ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcoder.context import Executed, Situation
from nbcoder.context.collect import collect
from nbcoder.notebook.cells import Cell, CellError, Notebook, Output
from tests.context.telling import cell, ran, tell

if TYPE_CHECKING:
    from nbcoder.context.values import Context

FAILED = CellError("KeyError", "'x'", "line 1: d['x']\nKeyError: 'x'")


def _collect(*cells: Cell, executed: list[Executed], current: str = "") -> Context:
    return collect(Situation({}, Notebook(cells), current, executed))


def test_cells_that_ran_from_top_to_bottom_need_no_remark() -> None:
    cells = cell("a = 1", 1), cell("a", 2, "1")
    assert tell({}, cells) == "# %%\na = 1\n# %%\na\n# Out: 1"


def test_a_cell_that_did_not_run_is_marked() -> None:
    context = _collect(cell("a = 1", 1), Cell("b = 2", id="new"), executed=ran(cell("a = 1", 1)))
    assert [state.status for state in context.above] == ["ran", "not run"]
    assert "# %% (not run)\nb = 2" in tell({}, [Cell("b = 2", id="new")], executed=[])


def test_a_count_from_before_the_kernel_was_restarted_does_not_pass_for_a_run() -> None:
    context = _collect(cell("old = 1", 7), cell("a = 1", 1), executed=ran(cell("a = 1", 1)))
    assert context.above[0].status == "not run"


def test_a_cell_that_ran_before_we_listened_is_not_called_unrun() -> None:
    late = [Executed("c5", "b = 2", 5)]
    context = _collect(cell("a = 1", 1), cell("b = 2", 5), executed=late)
    assert [state.status for state in context.above] == ["unknown", "ran"]


def test_a_cell_that_was_edited_since_it_ran_is_marked_and_what_ran_is_told() -> None:
    run = cell("limit = 10", 1)
    edited = Cell("limit = 20", id="c1", execution_count=1)
    told = tell({}, [edited], executed=ran(run))
    assert "# %% (changed since it ran)\nlimit = 20" in told
    assert "limit = 10" in told.partition("deleted or changed since")[2]


def test_white_space_at_the_ends_is_no_change() -> None:
    context = _collect(Cell("a = 1\n", id="c1", execution_count=1), executed=ran(cell("a = 1", 1)))
    assert context.above[0].status == "ran"


def test_a_failing_cell_is_marked_with_its_error() -> None:
    told = tell({}, [cell("d['x']", 1, error=FAILED)])
    assert told == "# %% (failed)\nd['x']\n# KeyError: 'x'"


def test_a_cell_that_ran_again_after_those_below_it_is_marked() -> None:
    first, second = cell("a = 1", 1), cell("a += 1", 2)
    told = tell({}, [first, second], executed=ran(first, second, first))
    assert told.startswith("# %% (ran again after the cells below)\na = 1\n# %%\na += 1")


def test_what_was_deleted_from_the_page_but_ran_is_told_in_short() -> None:
    gone = cell("helper = make(\n    1,\n)\nprint(helper)", 1)
    told = tell({}, [cell("a = 1", 2)], executed=ran(gone, cell("a = 1", 2)))
    assert "deleted or changed since, shortened)\nhelper = make( ..." in told
    assert "print(helper)" not in told


def test_the_asking_cell_is_no_part_of_the_context_and_cells_below_it_only_if_they_ran() -> None:
    cells = cell("a = 1", 1), Cell("%%generate x", id="ask"), cell("z = 3\nz", 2), Cell("y = 4", id="later")
    told = tell({}, cells, executed=ran(cells[0], cells[2]), current_cell="ask")
    assert told == "# %%\na = 1\n\n# %% (cells below this place that have run, shortened)\nz = 3"


def test_cells_are_matched_by_their_text_where_the_frontend_has_no_ids() -> None:
    context = _collect(Cell("a = 1", execution_count=1), executed=[Executed("", "a = 1", 1)])
    assert context.above[0].status == "ran"


def test_a_cell_with_the_text_of_another_that_ran_did_not_run_by_that() -> None:
    cells = cell("a += 1", 1), Cell("a += 1", id="again")
    assert tell({}, cells, executed=ran(cells[0])) == "# %%\na += 1\n# %% (not run)\na += 1"


def test_without_a_page_what_ran_is_the_page() -> None:
    executed = [*ran(cell("a = 1", 1)), Executed("", "d['x']", 2, FAILED)]
    told = tell({}, notebook=None, executed=executed)
    assert told == "# %%\na = 1\n# %% (failed)\nd['x']\n# KeyError: 'x'"


def test_a_history_in_which_a_cell_ran_twice_is_told_as_it_was() -> None:
    twice = Notebook((cell("a = 1", 1), cell("a += 1", 2), cell("a = 1", 1)), source="history")
    told = tell({}, notebook=twice, executed=ran(*twice.cells))
    assert told == "# %%\na = 1\n# %%\na += 1\n# %%\na = 1"


def test_markdown_comes_as_comments() -> None:
    told = tell({}, [Cell("# Sales\n\nper *city*", type="markdown", id="m")])
    assert told == "# %% [markdown]\n# # Sales\n#\n# per *city*"


def test_outputs_are_short_comments() -> None:
    shown = Cell(
        "show()",
        id="c1",
        execution_count=1,
        outputs=(
            Output("stream", "\n".join(f"line {i}" for i in range(100))),
            Output("display", "", ("image/png",)),
        ),
    )
    assert tell({}, [shown]) == "# %%\nshow()\n" + "".join(f"# line {i}\n" for i in range(6)) + "# …"
    assert tell({}, [cell("1", 1, "a b\n1 2")]) == "# %%\n1\n# Out:\n# a b\n# 1 2"


def test_of_a_progress_bar_the_end_is_told() -> None:
    bar = Cell("go()", id="c1", execution_count=1, outputs=(Output("stream", "10%\r50%\r100%\r\ndone"),))
    assert tell({}, [bar]) == "# %%\ngo()\n# 100%\n# done"


def test_of_a_warning_the_file_of_its_cell_is_left_out() -> None:
    text = "/home/ada/ipykernel_71/308.py:7: FutureWarning: 'M' is deprecated\n  days.resample('M')"
    warned = Cell("go()", id="c1", execution_count=1, outputs=(Output("stream", text),))
    assert (
        tell({}, [warned]) == "# %%\ngo()\n# line 7: FutureWarning: 'M' is deprecated\n#   days.resample('M')"
    )


def test_an_image_is_named_and_not_sent() -> None:
    figure = Cell("plot()", id="c1", execution_count=1, outputs=(Output("display", "", ("image/png",)),))
    assert tell({}, [figure]) == "# %%\nplot()\n# [image/png]"


def test_the_error_of_the_request_comes_near_the_end() -> None:
    told = tell({"a": 1}, [cell("a = 1", 1)], error=FAILED)
    assert told.endswith("# The last error:\n# line 1: d['x']\n# KeyError: 'x'")
