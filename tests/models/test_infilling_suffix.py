from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.models.repeated_suffix import cut_repeated_suffix

_CASES = {
    "the rest of the function": (
        "total += x\n    return total\n",
        "def f(a):\n    ",
        "\n    return total\n",
        "total += x",
    ),
    "the line the cursor stands before": (
        "y = 1\n    return x\n",
        "def f():\n    ",
        "return x\n",
        "y = 1\n    ",
    ),
    "several lines": ("x = 1\nprint(x)\nprint(y)\n", "import a\n", "print(x)\nprint(y)\n", "x = 1\n"),
    "all of it": ("return x", "def f():\n    ", "return x", ""),
    "the end of the line": ("a, b):\n    return a\n", "def f(", "):\n    return a\n", "a, b"),
    "a line that was cut short": ("x\n    retu", "def f():\n    y = ", "\n    return y", "x"),
    "with other blank lines": ("x = 1\n\ndef g():", "y = 2\n", "\n\n\ndef g():\n    pass", "x = 1"),
    "a bracket too many": ("x)", "print(", ")\n", "x"),
    "brackets too many": ("f(x)])", "print([", "])\n", "f(x)"),
}
_KEPT = {
    "a bracket of its own": ("f(x)", "print(", ")\n"),
    "a bracket in a string": ("')'", "print(", ")\n"),
    "the same line, indented otherwise": (
        "if x:\n        return 1\n    y",
        "def f():\n    ",
        "\n    return 1",
    ),
    "a like line, going on otherwise": ("x = 1\ny = 2\nz = 3", "", "\nx = 1\nprint(x)"),
    "no suffix": ("x = 1", "", ""),
    "a word that is also in the suffix": ("df.head()", "x = ", "\ndf"),
}


@pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)
def test_a_repeated_suffix_is_cut(case: tuple[str, str, str, str]) -> None:
    answer, before, after, expected = case
    assert cut_repeated_suffix(answer, before, after) == expected


@pytest.mark.parametrize("case", _KEPT.values(), ids=_KEPT)
def test_what_only_looks_like_the_suffix_is_kept(case: tuple[str, str, str]) -> None:
    answer, before, after = case
    assert cut_repeated_suffix(answer, before, after) == answer


_TEXTS = st.lists(
    st.sampled_from(["x = 1", "\n", "    ", "return x", ")", "(", "foo", "\t", "'"]), max_size=8
).map("".join)


@given(_TEXTS, _TEXTS, _TEXTS)
def test_any_texts_can_be_compared(answer: str, before: str, after: str) -> None:
    assert len(cut_repeated_suffix(answer, before, after)) <= len(answer) + len(before)


@given(
    st.sampled_from(["y = 2\n", "for i in a:\n    b(i)\n", ""]),
    st.sampled_from(["total = sum(a)\nprint(total)\n", "\nresult\n"]),
)
def test_an_answer_that_writes_the_whole_rest_is_cut_before_it(middle: str, after: str) -> None:
    assert (cut_repeated_suffix(middle + after, "a = [1]\n", after) + after).replace("\n\n", "\n") == (
        middle + after
    ).replace("\n\n", "\n")
