from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbcoder.kernel.colours import pieces


def test_each_stretch_of_code_has_its_colour() -> None:
    assert pieces("def f():\n    return 1  # one") == [
        ["keyword", "def"],
        ["", " "],
        ["name", "f"],
        ["", "():\n    "],
        ["keyword", "return"],
        ["", " "],
        ["number", "1"],
        ["", "  "],
        ["comment", "# one"],
    ]


def test_words_have_none() -> None:
    assert pieces("for in if", is_code=False) == [["", "for in if"]]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])) | st.text("\n\r\t 'f\"#{}\\"))
def test_no_text_is_lost_or_changed(source: str) -> None:
    assert "".join(text for _, text in pieces(source)) == source
