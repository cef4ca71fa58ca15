from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.models.control import neutralise, restore
from nbcoder.models.families import Family, families, family

_ALL = list(families().values())
_SPACE = "\u200b"


@st.composite
def _family_and_text(draw: st.DrawFn) -> tuple[Family, str]:
    of = draw(st.sampled_from(_ALL))
    piece = st.one_of(
        st.sampled_from(of.control),
        st.sampled_from(of.control).map(lambda token: token[0] + _SPACE + token[1:]),
        st.sampled_from(of.control).map(lambda token: token[: len(token) // 2]),
        st.text(max_size=5),
        st.sampled_from(["<", "[", "|", ">", _SPACE, _SPACE * 2, "x = 1\n", "<" + _SPACE, "#"]),
    )
    return of, "".join(draw(st.lists(piece, max_size=12)))


@given(_family_and_text())
def test_no_control_text_is_left_and_the_users_text_comes_back_exactly(case: tuple[Family, str]) -> None:
    of, text = case
    safe = neutralise(text, of)
    assert not any(token in safe for token in of.control)
    assert restore(safe, of) == text


@pytest.mark.parametrize("of", _ALL, ids=lambda of: of.name)
def test_a_cell_without_control_texts_is_sent_as_it_is(of: Family) -> None:
    cell = (
        "import pandas as pd\n\ndf[df.a < 3].query('b > 1')  # größe 数据\nx = [[1], [2]]\nprint(f'<{x}>')\n"
    )
    assert neutralise(cell, of) == cell
    assert restore(cell, of) == cell


def test_what_the_model_copies_comes_back_and_what_it_writes_itself_stays() -> None:
    qwen = family("qwen-coder-instruct")
    sent = neutralise("end = '<|im_end|>'", qwen)
    assert sent == f"end = '<{_SPACE}|im_end|>'"
    assert restore(f"{sent}\nother = '{_SPACE}'", qwen) == f"end = '<|im_end|>'\nother = '{_SPACE}'"


def test_every_special_token_that_a_family_stops_at_is_made_harmless_too() -> None:
    for of in _ALL:
        assert set(of.stop_tokens) <= set(of.control), of.name
