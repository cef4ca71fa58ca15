"""A table that would be lost is kept."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.code.inplace import without_lost_tables


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("df = df.dropna(inplace=True)", "df = df.dropna()"),
        ("df = df.set_index('day', inplace=True)  # the days", "df = df.set_index('day')  # the days"),
        ("df = df.drop(inplace=True, columns=['a'])", "df = df.drop(columns=['a'])"),
        ("x = df.drop('ä',\n    inplace=True,\n    axis=1).sum()", "x = df.drop('ä',\n    axis=1).sum()"),
        (
            "def f(t):\n    return t.sort_values('a', inplace=True)",
            "def f(t):\n    return t.sort_values('a')",
        ),
        (
            "df.rename(columns={'a': 'b'}, inplace=True).dropna(inplace=True)",
            "df.rename(columns={'a': 'b'}).dropna(inplace=True)",
        ),
    ],
)
def test_what_a_method_gives_back_is_used_without_inplace(code: str, kept: str) -> None:
    assert without_lost_tables(code) == kept


@pytest.mark.parametrize(
    "code",
    [
        "df.dropna(inplace=True)",
        "df = df.dropna(inplace=False)",
        "df = df.dropna(inplace=really)",
        "relu = nn.ReLU(inplace=True)",
        "df = df.dropna(inplace=True",
    ],
)
def test_all_else_stays(code: str) -> None:
    assert without_lost_tables(code) == code


@given(st.lists(st.sampled_from(["'a'", "inplace=True", "axis=1", "*x", "**y"]), max_size=4, unique=True))
def test_what_can_be_read_can_be_read_afterwards(arguments: list[str]) -> None:
    code = f"df = df.drop({', '.join(arguments)})"
    try:
        ast.parse(code)
    except SyntaxError:
        return
    kept = without_lost_tables(code)
    ast.parse(kept)
    assert "inplace" not in kept
