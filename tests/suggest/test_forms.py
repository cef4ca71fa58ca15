"""Requests that say what kind of value they want get that kind."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.forms import ANY_FORM, Form, Shown, read_form, read_kinds, wrong_form
from nbcoder.suggest.asked.labels import label_of

_TABLE = Shown("   a\n0  1", "DataFrame")


@pytest.mark.parametrize(
    "request_",
    [
        "Is there any missing value in the table?",
        "Are all dates in 2024?",
        "It seems that it ends at 99. Is it true?",
        "Does sales have duplicates?",
    ],
)
def test_a_question_for_yes_or_no_wants_true_or_false(request_: str) -> None:
    form = read_form(request_)
    assert form == Form(is_truth=True)
    assert not wrong_form(form, Shown("np.True_"), is_label=False)
    assert wrong_form(form, Shown("0"), is_label=False) == (
        "It gives 0, but the question is answered by True or False."
    )
    assert "It gives DataFrame" in wrong_form(form, _TABLE, is_label=False)


@pytest.mark.parametrize(
    "request_",
    [
        "How many are there?",
        "Do you know which city is the largest?",
        "Is the mean or the median larger?",
        "Is the price known for each city?",
        "Show what is missing",
        "What is it?",
        "Does price depend on size?",
        "Are price and size correlated?",
    ],
)
def test_other_questions_do_not(request_: str) -> None:
    assert not read_form(request_).is_truth


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        ("Return a DataFrame.", "DataFrame"),
        ("Give me a list of the five largest", "list"),
        ("Show the cities as a dictionary", "dict"),
        ("Return a data frame with two columns", "DataFrame"),
        ("Show the mean per city for every column", "DataFrame"),
        ("Show the mean of each column", ""),
        ("Summarize the DataFrame", ""),
        ("Find the largest number in a list", ""),
        ("Collect the cities in a list", "list"),
        ("List all cities", ""),
    ],
)
def test_the_kind_of_value_is_read(request_: str, kind: str) -> None:
    assert read_form(request_).kind == kind


@pytest.mark.parametrize(
    ("request_", "each"),
    [
        ("Find the average windspeed in January for each location.", "location"),
        ("Show how many customers there are in every city", "city"),
        ("Show how many customers there are at each of the stations", "of the stations"),
        ("Show the mean of each column", ""),
        ("How many customers who bought in each month are there?", ""),
    ],
)
def test_what_is_asked_for_each_is_more_than_one_number(request_: str, each: str) -> None:
    form = read_form(request_)
    told = wrong_form(form, Shown("np.float64(14.8)"), is_label=False)
    assert told == (
        f"It gives the number np.float64(14.8), but one for each {each} is asked for." if each else ""
    )
    assert not wrong_form(form, _TABLE, is_label=False)


def test_another_kind_of_value_is_refused() -> None:
    form = Form(kind="list")
    assert wrong_form(form, Shown("0    1\nName: a, dtype: int64", "Series"), is_label=False) == (
        "It gives a Series, but a list is asked for."
    )
    assert not wrong_form(form, Shown("[1, 2]"), is_label=False)
    assert not wrong_form(form, Shown("<an object of some kind>"), is_label=False)


def test_the_name_of_a_group_is_no_number() -> None:
    form = read_form("Which city sells most on average?")
    assert form.noun == "city"
    told = wrong_form(form, Shown("np.float64(12.5)"), is_label=True)
    assert told == "It gives the number np.float64(12.5), but the question is which city it is."
    assert not wrong_form(form, Shown("'Bern'"), is_label=True)
    assert not wrong_form(form, Shown("12.5"), is_label=False)


def test_one_group_is_no_table() -> None:
    column = Shown("Bern    1\nName: a, dtype: int64", "Series")
    told = wrong_form(read_form("Which city sells most on average?"), column, is_label=True)
    assert told == "It gives a Series, but the question is which city it is: idxmax() of a Series tells."
    told = wrong_form(read_form("Which city sells least?"), column, is_label=True)
    assert told == "It gives a Series, but the question is which city it is: idxmin() of a Series tells."
    assert not wrong_form(read_form("Which cities sell most?"), column, is_label=True)
    assert not wrong_form(read_form("Which city sells most in each year?"), column, is_label=True)


def test_a_time_in_days_is_a_number() -> None:
    form = read_form("What is the difference in days between the first and the last?")
    told = wrong_form(form, Shown("Timedelta('3 days')"), is_label=False)
    assert told == "It gives Timedelta('3 days'), but the number of days is asked for, which is its .days."
    assert not wrong_form(form, Shown("3"), is_label=False)


@pytest.mark.parametrize(
    ("request_", "counted"),
    [
        ("How many months are in the data?", "months"),
        ("How many different cities are there?", "cities"),
        ("How many cities are there on average?", ""),
        ("How many hours does it take?", ""),
        ("How many kilometers is it?", ""),
        ("How many times as large is it?", ""),
        ("How many standard deviations is it away?", ""),
        ("How many of them are new?", ""),
        ("How much is it?", ""),
    ],
)
def test_there_is_a_whole_number_of_what_is_counted(request_: str, counted: str) -> None:
    form = read_form(request_)
    assert form.counted == counted
    told = wrong_form(form, Shown("np.float64(408.7)"), is_label=False)
    expected = f"It gives np.float64(408.7), but a number of {counted} is a whole number."
    assert told == (expected if counted else "")
    assert not any(wrong_form(form, Shown(text), is_label=False) for text in ("408", "408.0", "a", "1.2.3"))


def test_a_verb_is_not_what_is_asked_for() -> None:
    assert not read_form("What are the five cheapest?").noun
    assert read_form("What city is the cheapest?").noun == "city"


def test_labels_are_columns_and_indices_of_texts() -> None:
    sales = pd.DataFrame({"City": ["Bern"], "year": [2024]})
    assert label_of({"sales": sales}, "city") == "City"
    assert label_of({"sales": sales}, "citys") == "City"
    assert label_of({"sales": sales.groupby("City").year.sum()}, "city") == "City"
    assert not label_of({"sales": sales, "city": "Bern"}, "year")


def test_the_type_of_a_variable_is_read() -> None:
    wanted = read_kinds("Create a DataFrame called volume, and a list named `days`.")
    assert wanted == {"volume": "DataFrame", "days": "list"}


@given(st.text())
def test_any_words_and_any_result_are_borne(words: str) -> None:
    assert not wrong_form(ANY_FORM, Shown(words), is_label=True)
    wrong_form(read_form(words), Shown(words), is_label=True)
    read_kinds(words)
