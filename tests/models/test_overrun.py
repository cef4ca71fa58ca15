from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.models.overrun import cut_overrun
from nbcoder.models.python_source import error_line

_LOOP = "def f(a):\n    total = 0\n    for x in a:"
_CASES = {
    "another function": (
        "\n        total += x\n    return total\n\n\ndef g(",
        _LOOP,
        "\n    return total\n",
        "\n        total += x\n    return total\n\n",
    ),
    "a word that was cut off": (
        "\n        total += x\n        pri(",
        _LOOP,
        "\n    return total\n",
        "\n        total += x",
    ),
    "in the middle of a line": (
        "x > 1 for x in a):\n        return (",
        "def f(a):\n    if any(",
        "):\n        return 1\n",
        "x > 1 for x in a",
    ),
    "with magics around": ("\n    x = 1\n    y = (", "%matplotlib inline\nif a:", "\n!ls", "\n    x = 1"),
}
_KEPT = {
    "what fits": ("x + 1", "y = ", "\n"),
    "what is in the way of nothing": ("x + 1", "y = ", "\nif z"),
    "what fits nowhere": ("= x(", "y = ", ""),
    "nothing": ("", "y = ", "\n"),
}


@pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)
def test_what_goes_beyond_the_hole_is_cut(case: tuple[str, str, str, str]) -> None:
    answer, before, after, expected = case
    assert cut_overrun(answer, before, after) == expected


@pytest.mark.parametrize("case", _KEPT.values(), ids=_KEPT)
def test_it_is_kept_whole(case: tuple[str, str, str]) -> None:
    answer, before, after = case
    assert cut_overrun(answer, before, after) == answer


_TEXTS = st.lists(
    st.sampled_from(["x = 1", "\n", "    ", "return x", ")", "(", "foo", "def f():", "'"]), max_size=8
).map("".join)


@given(_TEXTS, _TEXTS, _TEXTS)
def test_a_beginning_is_kept_that_fits_or_all(answer: str, before: str, after: str) -> None:
    kept = cut_overrun(answer, before, after)
    assert answer.startswith(kept)
    assert kept == answer or error_line(before + kept + after) is None
