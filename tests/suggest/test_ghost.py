"""What ghost text asks for, and what of an answer it shows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.engine.requests import ChatRequest, TextRequest
from nbcoder.models.families import families, family
from nbcoder.suggest.ghost import GHOST_PRIORITY, Cursor, Ghost, Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

_QWEN = family("qwen-coder-instruct")
_CELLS = ("import pandas as pd", "sales = pd.read_csv('sales.csv')")


def _ghost(before: str, after: str = "", **more: object) -> Ghost:
    reach = more.pop("reach", Reach())
    return Ghost(_QWEN, Cursor(before, after, **more), reach)  # type: ignore[arg-type] # of Cursor


def _ids(text: str) -> Sequence[int]:
    """A tokenizer to which each text is one token."""
    return (len(text),)


def _prompt(ghost: Ghost) -> str:
    request = ghost.request(_ids)
    assert isinstance(request, TextRequest)
    assert isinstance(request.prompt, str)
    return request.prompt


def test_the_cells_above_come_first_and_the_cursor_last() -> None:
    prompt = _prompt(_ghost("by_city = sales.gr", "\nby_city", cells=_CELLS))
    assert prompt == (
        "<|fim_prefix|># %%\nimport pandas as pd\n\n# %%\nsales = pd.read_csv('sales.csv')\n\n"
        "# %%\nby_city = sales.gr<|fim_suffix|>\nby_city<|fim_middle|>"
    )


def test_cells_with_a_magic_on_top_are_left_out() -> None:
    assert "sum of" not in _ghost("x", cells=("%%generate\nsum of it", "%%bash\nls")).before


def test_cells_in_another_language_are_parted_as_it_comments() -> None:
    assert _ghost("let x", cells=("let y = 1",), language="JavaScript").before.startswith("// %%\n")


def test_secrets_stay_in_the_notebook() -> None:
    ghost = _ghost("use(", cells=('password = "hunter2hunter2"',))
    assert "hunter2" not in ghost.before


@pytest.mark.parametrize("name", sorted(families()))
def test_every_family_is_asked_before_everybody_else_for_little(name: str) -> None:
    request = Ghost(family(name), Cursor("total = su", "\nprint(total)"), Reach()).request(_ids)
    assert isinstance(request, TextRequest | ChatRequest)
    assert request.priority == GHOST_PRIORITY < 0
    assert request.sampling.max_tokens <= 64
    assert request.sampling.temperature == 0


def test_within_a_line_only_the_rest_of_that_line_is_wished_for() -> None:
    ghost = _ghost("print(", ")\ny = 2")
    assert ghost.request(_ids).sampling.stop == ("\n",)
    assert ghost.shown("x, y\nz") == ("x, y", True)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("m(x)", ("m(x)", False)),
        ("m(x)\n", ("m(x)", False)),
        ("m(x)\na\nb\nc\nd", ("m(x)\na\nb\nc", True)),
        ("m(x)\n\nsecond paragraph", ("m(x)", True)),
        ("m(x)\n# %%\nnext cell", ("m(x)", True)),
        ("\n    return x\n", ("\n    return x", False)),
        ("", ("", False)),
        (" \n", ("", False)),
    ],
)
def test_a_few_lines_are_shown(answer: str, shown: tuple[str, bool]) -> None:
    assert _ghost("total = su").shown(answer) == shown


def test_what_repeats_the_text_after_the_cursor_is_cut() -> None:
    ghost = _ghost("total = ", "\nprint(total)\n")
    assert ghost.shown("sum(x)\nprint(total)\n")[0] == "sum(x)"


@pytest.mark.parametrize(("answer", "shown"), [(" sum(x)", "sum(x)"), ("sum(x)", "sum(x)"), ("", "")])
def test_a_space_before_the_cursor_is_written_by_the_model_and_not_twice(answer: str, shown: str) -> None:
    ghost = _ghost("total = ")
    assert ghost.before.endswith("total =")
    assert ghost.shown(answer)[0] == shown


def test_indentation_before_the_cursor_is_kept() -> None:
    assert _ghost("if x:\n    ").before.endswith("if x:\n    ")


@given(st.text(st.sampled_from("ab \n#%"), max_size=60), st.text(st.sampled_from("ab \n#%()"), max_size=60))
def test_what_is_shown_is_part_of_the_answer(before: str, answer: str) -> None:
    shown, _ = _ghost(before).shown(answer)
    assert shown in answer
    assert shown.count("\n") <= len(answer)


@given(st.text(max_size=400), st.text(max_size=400), st.integers(1, 100))
def test_no_more_is_told_than_is_within_reach(before: str, after: str, most: int) -> None:
    ghost = _ghost(before, after, cells=(before,), reach=Reach(most, most))
    assert len(ghost.before) <= most
    assert len(ghost.after) <= most


@given(st.integers(0, 4000))
def test_while_the_user_types_the_front_of_the_prompt_changes_seldom(written: int) -> None:
    """Each change makes the engine read all of it again."""
    text = "".join(f"value_{number} = {number}\n" for number in range(400))
    befores = [_ghost(text[:end], reach=Reach(1000, 100)).before for end in range(written, written + 200)]
    breaks = [not longer.startswith(shorter.rstrip()) for shorter, longer in pairwise(befores)]
    assert sum(breaks) <= 1


def test_a_long_cell_is_told_from_a_line_on() -> None:
    text = "first = 1\n" * 100
    ghost = _ghost(text, reach=Reach(500, 100))
    assert ghost.before.startswith("first = 1\n")
    assert text.startswith(ghost.before)
