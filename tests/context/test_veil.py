"""What is hidden in a cell comes back where the cell is written again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.context.secrets.guard import Guard
from nbcoder.context.secrets.veil import veiled


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("api_key = 'swordfish'\nopen(api_key)", "api_key = '<api_key>'\nopen(api_key)"),
        ("api_key = 'a'; b = '<api_key>'", "api_key = '<api_key 2>'; b = '<api_key>'"),
        (
            "a = f(password='one two')\nb = f(password='three')",
            "a = f(password='<password>')\nb = f(password='<password 2>')",
        ),
        ("password = 'x'\nf(password='x')", "password = '<password>'\nf(password='<password>')"),
        ("password = 12345678", "password = <password>"),
        ("%pip install x\npassword = 'x y'", "%pip install x\npassword = '<password>'"),
        ("x < y > z", "x < y > z"),
        ("", ""),
    ],
)
def test_what_is_hidden_has_a_name_of_its_own_and_comes_back(source: str, shown: str) -> None:
    veil = veiled(source, Guard())
    assert veil.shown == shown
    assert veil.lifted(shown) == source


def test_it_comes_back_into_a_cell_that_is_written_otherwise() -> None:
    veil = veiled("password = 'one two'\nconect(password)", Guard())
    assert veil.lifted('connect(password="<password>")') == 'connect(password="one two")'


def test_a_placeholder_stays_where_the_text_would_break_the_cell() -> None:
    veil = veiled("password = 'say \"a\"'", Guard())
    assert veil.lifted('password = "<password>"') == 'password = "<password>"'
    assert veil.left_in('password = "<password>"') == ("<password>",)
    assert not veil.left_in("password = load()")


def test_what_is_hidden_in_the_cell_is_hidden_elsewhere() -> None:
    guard = veiled("open(password='swordfish')", Guard()).guard
    assert guard.data("KeyError: swordfish") == "KeyError: <password>"
    assert guard.code("log('swordfish')") == "log('<password>')"


@given(
    st.lists(
        st.sampled_from(["password = ", "'", '"', "\n", "<password>", "key", "abc1def", "(", "sk-", "a" * 20])
    ).map("".join)
)
def test_any_cell_comes_back_or_nothing_is_put_back(source: str) -> None:
    veil = veiled(source, Guard())
    assert not veil.hidden or veil.lifted(veil.shown) in (source, veil.shown)
