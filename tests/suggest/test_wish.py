from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.wish import read_wish

_KNOWN = ["cars", "sales"]


@pytest.mark.parametrize(
    ("request_", "targets"),
    [
        ("Read the file and assign it to a variable called orders.", ("orders",)),
        ("Store the result in `top_ten`", ("top_ten",)),
        ("Save it as clean_sales.", ("clean_sales",)),
        ("Split it into two frames called train and test", ("train", "test")),
        ("Add a column called ratio to cars", ()),
        ("Save the table to a csv file", ()),
        ("Which cities are named in the table?", ()),
        ("Show the unnamed rows", ()),
        ("Combine the frames into one dataFrame df that holds all of them", ("df",)),
        ("Create three Series: Variable s1 with 1 to 3", ("s1",)),
        ("Create a series of numbers", ()),
        ("Add them to the dataframe sales", ()),
        ("Convert the dataframe cars to a list", ()),
        ("Return the first 3 rows of the DataFrame `cars`.", ()),
        ("Select just two columns from the dataframe 'cars'.", ()),
        ("Build the dataframe 'cars' from the two lists", ("cars",)),
        ("Take the mean of **speed** and save it as *best*", ("best",)),
    ],
)
def test_names_to_be_bound_are_read(request_: str, targets: tuple[str, ...]) -> None:
    assert read_wish(request_, _KNOWN).targets == targets


@pytest.mark.parametrize(
    "request_",
    ["How many cars are there?", "Show the first rows", "Sort sales by price", "The names of all columns."],
)
def test_a_question_protects_the_variables(request_: str) -> None:
    wish = read_wish(request_, _KNOWN)
    assert wish.wants_value
    assert wish.is_protected("sales")


@pytest.mark.parametrize(
    "request_",
    [
        "Drop the column x of sales",
        "Fill the gaps in sales",
        "Set the index of sales. Modify in-place.",
        "The order of sales is wrong. Make the first row the oldest.",
    ],
)
def test_a_change_may_change(request_: str) -> None:
    wish = read_wish(request_, _KNOWN)
    assert wish.changes
    assert not wish.is_protected("sales")
    assert wish.mentioned == ("sales",)


def test_binding_a_new_name_leaves_the_others_alone() -> None:
    wish = read_wish("Select the rows above 10 and save them as big", _KNOWN)
    assert wish.is_protected("sales")
    assert not wish.is_protected("big")


def test_a_signature_is_read_with_its_parameters() -> None:
    wish = read_wish("Write `def f(cars: dict[str, int], n: int = 3) -> int`.", _KNOWN)
    assert wish.function is not None
    assert (wish.function.name, wish.function.parameters) == ("f", ("cars", "n"))


@pytest.mark.parametrize(
    ("request_", "is_one"),
    [
        ("How many cars are there?", True),
        ("Is there any gap in the table sales?", True),
        ("How many cars are there in each city?", False),
        ("What is the mean price?", True),
        ("How many different cars are there?", True),
        ("How much does the price depend on the size?", False),
        ("Which city sold most?", False),
        ("Show the third cell in the row Bern", True),
        ("Count the number of missing values", True),
        ("Count the number of missing values in each column", False),
        ("Mean of all columns over all the rows. Return a single number for the whole table", True),
    ],
)
def test_one_value_is_told_from_many(request_: str, is_one: bool) -> None:
    assert read_wish(request_, _KNOWN).wants_one is is_one


@pytest.mark.parametrize(
    "request_",
    [
        "Write a function that counts the cars",
        "Create a function to count the missing values of a list",
        "Define a class for a list of cars",
        "Ignore warnings",
        "Please suppress all warnings",
        "Write the table to a csv file",
        "Set the plot style to ggplot",
        "Set the display options of pandas",
    ],
)
def test_what_is_not_seen_need_not_be_shown(request_: str) -> None:
    wish = read_wish(request_, _KNOWN)
    assert not wish.wants_value
    assert not wish.changes


@pytest.mark.parametrize(
    "request_", ["I want the mean age per class", "Show me the function with the most calls"]
)
def test_a_class_in_the_data_is_nothing_to_define(request_: str) -> None:
    assert read_wish(request_, _KNOWN).wants_value


def test_what_is_defined_and_called_is_to_be_seen() -> None:
    assert read_wish("Write a function that counts the cars and call it", _KNOWN).wants_value


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    wish = read_wish(text, _KNOWN)
    assert all(name.isidentifier() for name in wish.targets)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["\n", "\t\n", " ", "called ", "def f(", "'a", "save it as x and ", "a.b."])
def test_long_requests_and_many_variables_cost_no_time(piece: str) -> None:
    read_wish(piece * 50_000, [f"variable_{number}" for number in range(10_000)])
