"""The budget is kept exactly, and the front of the text stays the same from request to request."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

from nbcoder.context import Situation
from nbcoder.context.collect import collect
from nbcoder.context.layout import lay_out
from nbcoder.context.values import Context
from nbcoder.notebook.cells import Cell, CellError, Notebook
from tests.context.telling import FRAME, cell, count, prompt, ran


def _cells(number: int) -> list[Cell]:
    return [
        cell(f"step_{i} = load({i})\nfor row in step_{i}:\n    print(row)", i, "row " * 5)
        for i in range(1, number + 1)
    ]


def _text_of_cells(number: int, budget: int) -> str:
    parts = prompt({f"v{number}": number}, _cells(number), budget=budget, request=f"request {number}").parts
    return parts[0].text


def test_a_cell_that_is_added_leaves_the_text_before_it_as_it_was() -> None:
    texts = [_text_of_cells(number, 100_000) for number in range(1, 30)]
    assert all(after.startswith(before) for before, after in pairwise(texts))


def test_when_cells_do_not_fit_the_front_still_stays_the_same_for_most_requests() -> None:
    texts = [_text_of_cells(number, 2_000) for number in range(60, 100)]
    kept = [after.startswith(before) for before, after in pairwise(texts)]
    assert all(count(text) <= 2_000 for text in texts)
    assert sum(kept) >= len(kept) * 3 // 4


def test_a_request_of_another_length_does_not_move_the_front() -> None:
    texts = {
        prompt({}, _cells(200), budget=4_000 - used, request="x").parts[0].text for used in (0, 7, 20, 35)
    }
    assert len(texts) == 1


def test_old_cells_are_shortened_then_left_out_and_it_is_said() -> None:
    part = prompt({}, _cells(100), budget=1_500).parts[0]
    assert part.text.startswith("# (")
    assert "# %% (older cells, shortened)\nstep_" in part.text
    assert part.text.endswith(
        "step_100 = load(100)\nfor row in step_100:\n    print(row)\n# Out: row row row row row"
    )
    assert "cells left out" in part.cut
    assert "cells shortened" in part.cut


def test_parts_come_in_the_order_in_which_they_change() -> None:
    cells = [cell("a = 1", 1), Cell("%%generate", id="ask"), cell("b = 2", 2)]
    frame = pd.DataFrame({"item_price": [1.0]})
    told = prompt(
        {"df": frame},
        cells,
        executed=ran(cell("lost = 1", 9), cells[0], cells[2]),
        current_cell="ask",
        request="price of an item",
        error=CellError("E", "v"),
    )
    names = ["cells", "cells below", "deleted cells", "variables", "error", "hints"]
    assert [part.name for part in told.parts] == names
    assert told.text == "\n\n".join(part.text for part in told.parts)


def test_tokens_are_exact() -> None:
    told = prompt({"a": 1}, _cells(3))
    assert told.tokens == count(told.text) - FRAME
    assert [part.tokens for part in told.parts] == [count(part.text) - FRAME for part in told.parts]


@pytest.mark.parametrize("budget", [0, 1, 5, 20, 60, 150, 400, 1_000, 3_000])
@pytest.mark.parametrize("characters_per_token", [0.5, 1, 3, 10])
def test_the_budget_is_kept_whatever_the_tokenizer(budget: int, characters_per_token: float) -> None:
    def tokens(text: str) -> int:
        return int(len(text) / characters_per_token) + FRAME

    cells = _cells(50)
    situation = Situation(
        {f"df_{i}": pd.DataFrame({f"col_{j}": ["text"] for j in range(20)}) for i in range(8)},
        Notebook(tuple(cells)),
        "",
        ran(*cells),
        "col_3 of df_3",
        CellError("E", "v", "line\n" * 100),
    )
    told = lay_out(collect(situation), budget, tokens)
    assert told.tokens <= budget
    assert told.tokens == (tokens(told.text) - FRAME if told.text else 0)


def test_the_tokenizer_is_asked_a_dozen_times_at_most() -> None:
    asked = []

    def tokens(text: str) -> int:
        asked.append(text)
        return len(text)

    lay_out(
        collect(Situation({f"v{i}": i for i in range(10_000)}, Notebook(tuple(_cells(300))))), 3_000, tokens
    )
    assert len(asked) <= 14


def test_nothing_known_is_nothing_said() -> None:
    told = lay_out(Context(), 1_000, count)
    assert (told.text, told.tokens, told.parts) == ("", 0, ())


def test_without_room_it_is_said_that_everything_is_cut() -> None:
    told = prompt({"a": 1}, _cells(3), budget=0)
    assert told.text == ""
    assert "everything" in told.parts[0].cut


def test_of_a_variable_that_is_too_long_the_head_is_kept() -> None:
    wide = pd.DataFrame({f"column_{i}": ["some text"] for i in range(30)})
    told = prompt({"wide": wide}, budget=300)
    assert "# wide: DataFrame, 1 rows x 30 columns" in told.text
    assert "#   …" in told.text


def test_columns_that_two_tables_share_are_told_once() -> None:
    data = {f"column_{i}": [f"some text {i}"] for i in range(4)}
    told = prompt({"a": pd.DataFrame(data), "b": pd.DataFrame(data | {"own": [1]})}, request="use b").text
    assert told.count("some text 2") == 1
    assert "#   as in b: 'column_0', 'column_1', 'column_2', 'column_3'" in told


def test_a_giant_cell_does_not_push_out_the_others() -> None:
    giant = cell("\n".join(f"x_{i} = {i}" for i in range(5_000)), 1)
    told = prompt({}, [giant, cell("last = 2", 2)], budget=1_000)
    assert told.text.endswith("# %%\nlast = 2")
    assert told.tokens <= 1_000


def test_laying_out_is_the_same_every_time() -> None:
    namespace = {name: {1} for name in ("a", "b", "c")}
    assert len({prompt(namespace, _cells(20)).text for _ in range(3)}) == 1
