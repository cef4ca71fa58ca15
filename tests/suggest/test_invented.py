"""Numbers in an answer that nobody told are noticed; those that only count, or were told, are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.invented import invented_numbers

_FACTORS = "(df['units'] * df['city'].map({'Bern': 0.8, 'Thun': 1.2})).sum()"


def test_numbers_given_to_values_out_of_nothing_are_noticed() -> None:
    (told,) = invented_numbers(_FACTORS, ["Which city sold the least in total?", "df = pd.read_csv('a.csv')"])
    assert told == "It makes up the numbers 0.8, 1.2. Compute them from the data that is there."


@pytest.mark.parametrize(
    "told",
    ["Weigh Bern by 0.8 and Thun by 1.2.", "weights = {'Bern': .8, 'Basel': 1.2}", "Bern 0.8\nThun 1.2"],
    ids=["in the request", "one of them in a cell", "in a text"],
)
def test_numbers_that_the_user_told_are_used(told: str) -> None:
    assert not list(invented_numbers(_FACTORS, [told]))


@pytest.mark.parametrize(
    "code",
    [
        "df['size'].map({'small': 0, 'medium': 1, 'large': 2})",
        "df['month'].map({'Jan': 1, 'Feb': 2})",
        "df['sex'].replace({'m': 1, 'f': 0})",
        "df.rename(columns={'a': 'b', 'c': 'd'})",
        "df.fillna({'a': 0, 'b': 'none'})",
        "df.fillna({'a': 7.5})",
        "df['x'].map({'yes': True, 'no': False})",
        "df.agg({'a': 'sum', **more})",
        "f(",
    ],
)
def test_what_only_counts_or_gives_no_numbers_is_let_be(code: str) -> None:
    assert not list(invented_numbers(code, []))


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_is_borne(code: str, told: list[str]) -> None:
    list(invented_numbers(code, told))


@given(
    st.dictionaries(
        st.text(min_size=1), st.floats(allow_nan=False, allow_infinity=False, min_value=0), min_size=2
    )
)
def test_what_was_told_is_never_made_up(table: dict[str, float]) -> None:
    told = [f"{number:f}" for number in table.values()]
    rounded = {key: float(number) for key, number in zip(table, told, strict=True)}
    if max(rounded.values()) < 1e15:
        assert not list(invented_numbers(f"x.map({rounded!r})", told))
