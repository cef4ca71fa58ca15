from __future__ import annotations

import re
import time

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nbcoder.models.answers import parse_answer, partial
from nbcoder.notebook.cells import Cell
from nbcoder.notebook.percent import write
from tests.models.pieces_of_code import CODE, PYTHON, dressed, fenced


@given(st.data(), CODE)
def test_fenced_code_comes_back_exactly_whatever_is_around_it(data: st.DataObject, code: str) -> None:
    assert parse_answer(data.draw(dressed(code))) == (Cell(code),)


@given(CODE)
def test_bare_code_comes_back_exactly(code: str) -> None:
    assert "\n\n".join(cell.source for cell in parse_answer(code)) == code


@given(
    # A comment that ends in such a token cannot be told from one that the model stopped after.
    CODE.filter(lambda code: not code.endswith((">", "]"))),
    st.sampled_from(["", "<|im_end|>", "</s>", "<｜end▁of▁sentence｜>", "\n<|endoftext|>"]),
)
def test_code_in_a_fence_that_was_never_closed_comes_back(code: str, leftover: str) -> None:
    assert parse_answer(f"```python\n{code}{leftover}") == (Cell(code),)


@given(st.lists(PYTHON, min_size=1, max_size=4), st.data())
def test_several_blocks_are_cells_in_their_order(codes: list[str], data: st.DataObject) -> None:
    text = "\n\nThen this:\n\n".join(data.draw(fenced(code)) for code in codes)
    assert parse_answer(text) == tuple(Cell(code) for code in codes)


@given(st.lists(PYTHON, min_size=1, max_size=3))
def test_cells_in_percent_format_come_back(codes: list[str]) -> None:
    cells = [cell for code in codes for cell in (Cell("# A title\n\nand text", "markdown"), Cell(code))]
    text = write(cells)
    assert parse_answer(text) == tuple(cells)
    assert parse_answer(f"Here it is:\n```python\n{text}\n```\n") == tuple(cells)


@given(CODE, st.sampled_from(["", "Here is the code:\n\n", "<think>\nhm\n</think>\n"]))
@example('print("""\n```\n\\\\\n""")', "")
@settings(max_examples=40)
def test_what_is_shown_of_a_stream_only_grows_and_ends_as_the_code(code: str, before: str) -> None:
    text = f"{before}```python\n{code}\n```\nIt prints the mean."
    shown = ""
    for end in range(len(text) + 1):
        now = partial(text[:end])
        assert now.startswith(shown)
        assert code.startswith(now)
        shown = now
    assert shown == code


_FRAGMENTS = st.lists(
    st.one_of(
        st.text(max_size=10),
        st.sampled_from(
            [
                "```",
                "```python\n",
                "\n```\n",
                "~~~",
                '"""',
                "'",
                "# %%\n",
                "<think>",
                "</think>",
                "<|im_end|>",
                "\n",
                "x = 1\n",
                "    y\n",
                "def f(:\n",
                ">>> x\n",
                "%%generate a\n",
                "%time\n",
                "(",
                "\\",
                "\r",
                "\x00",
                "\ud800",
            ]
        ),
    ),
    max_size=25,
)


@given(_FRAGMENTS.map("".join))
@example("```\n" * 50)
@example("```\n%%generate a\n")
def test_no_text_makes_the_parser_fail(text: str) -> None:
    for cell in parse_answer(text):
        assert cell.source.strip()
        assert not cell.source.startswith("%%generate")
    assert isinstance(partial(text), str)


_WORDS = st.sampled_from(
    [
        "here",
        "is",
        "the",
        "code",
        "that",
        "you",
        "asked",
        "for",
        "it",
        "prints",
        "mean",
        "and",
        "don't",
        "(really)",
        "a",
        "3",
        "pandas",
        "each",
        "with",
    ]
)
_SENTENCES = st.builds(
    lambda words, end: " ".join(words).capitalize() + end,
    st.lists(_WORDS, min_size=2, max_size=9),
    st.sampled_from([".", ":", "!", "?", "…"]),
)


@given(st.lists(_SENTENCES, min_size=1, max_size=6), st.sampled_from(["\n", "\n\n", " "]))
def test_prose_alone_gives_no_cells(sentences: list[str], between: str) -> None:
    assert parse_answer(between.join(sentences)) == ()


@given(
    # Without fences around it, code that holds fences or headers cannot be told from text that does.
    PYTHON.filter(lambda code: not re.search(r"^\s*(```|~~~|# %%)|<[\w|/]|\[/", code, re.MULTILINE)),
    st.lists(_SENTENCES, min_size=1, max_size=3),
)
def test_code_without_fences_is_found_between_paragraphs_of_prose(code: str, sentences: list[str]) -> None:
    prose = "\n\n".join(sentences)
    found = "\n\n".join(cell.source for cell in parse_answer(f"{prose}\n\n{code}\n\n{prose}"))
    for sentence in sentences:
        assert sentence not in found
    assert set(code.split("\n")) >= set(found.replace("\n\n", "\n").split("\n"))


def test_long_answers_of_every_kind_are_read_in_good_time() -> None:
    started = time.process_time()
    for text in (
        "It's a long (story) about `x`.\n" * 3000,
        "```\n'''\n" * 3000,
        "```python\nx = '''\n" * 1000,
        "<think></think>" * 3000,
        "<|im_end|>" * 9000,
        "x = 1\n\nThis is prose.\n\n" * 2000,
        "```python\n" + "x = (1 +\n" * 5000,
        "# %%\nx = 1\n" * 3000,
    ):
        parse_answer(text)
        partial(text)
    assert time.process_time() - started < 8
