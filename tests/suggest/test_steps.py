"""A statement that fails, mended by one of its steps written anew, where the model only gives it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.code.steps import step_holes
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine
    from tests.scripted_engine.script import Body

_CHAIN = "sizes = [3, 1]\nword = str(sizes).partition(', ').upper()\nword"


def test_the_last_step_comes_first_and_the_whole_expression_last() -> None:
    assert [hole.line for hole in step_holes(_CHAIN, 2)] == [
        ".upper()",
        ".partition(', ')",
        "str(sizes).partition(', ').upper()",
    ]


def test_of_a_loop_only_what_begins_it_is_looked_at() -> None:
    source = "for öl in fässer['groß'].values():\n    print(öl.liter())"
    assert [hole.line for hole in step_holes(source, 1)] == [
        ".values()",
        "['groß']",
        "fässer['groß'].values()",
    ]


def test_what_stands_in_an_f_string_is_no_step() -> None:
    assert [hole.line for hole in step_holes("f'{a.b()}'.upper()", 1)] == [".upper()", "f'{a.b()}'.upper()"]


def test_where_nothing_is_known_to_fail_there_are_no_holes() -> None:
    assert list(step_holes(_CHAIN, None)) == list(step_holes(_CHAIN, 9)) == list(step_holes("x = (", 1)) == []


@given(
    st.lists(
        st.sampled_from([*_CHAIN.splitlines(), "", "if x[0]:", "    y.z(\n        1)", "%time a.b()", "ü[1]"])
    ),
    st.integers(0, 9),
)
def test_a_hole_filled_with_its_step_is_the_cell_again(lines: list[str], number: int) -> None:
    source = "\n".join(lines)
    assert all(hole.filled(hole.line) == source for hole in step_holes(source, number))


def _copies_or_fills(body: Body) -> Reply:
    """A model that gives the cell back as it is, and knows the step that belongs there."""
    asked = body["messages"][-1]["content"]
    is_hole = asked.endswith("word = str(sizes)")
    return Reply(f"{asked}.replace('1', 'one')" if is_hole else _CHAIN)


def test_the_step_that_makes_it_fail_is_filled_in_anew(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("area = 7")
    kernel.run(_CHAIN)
    scripted_engine.respond_with(_copies_or_fills)
    assert kernel.run("%fix").next_cell == _CHAIN.replace("partition(', ')", "replace('1', 'one')")
    sent = kernel.run("%nbcoder sent").printed
    assert "3 times this cell, each without one of its parts" in sent
    assert "area = 7" in sent.partition("without one of its parts")[2]
    assert "──── the parts ────\n.upper()\n.partition(', ')" in sent


def test_without_dry_runs_nothing_tells_which_step_it_was(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("%config NBCoder.dry_run = 'off'")
    kernel.run(_CHAIN)
    scripted_engine.respond_with(_copies_or_fills)
    kernel.run("%fix")
    kernel.run("%config NBCoder.dry_run = 'on'")
    assert "without one of its parts" not in kernel.run("%nbcoder sent").printed
