from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.examples import Example, Table, fitting, probe, read_examples
from nbcoder.suggest.asked.rehearsal import ArgumentChanged, ExampleFailed
from nbcoder.suggest.asked.wish import Signature

_TWO = Signature("f", ("left", "right"))
_REQUEST = """
`left` is a table with the following columns:
- id: int
- day: date
`right` is a table with the following columns:
- id: int
- name: str
Return the result in **any order**.

Example input:
```
Left table:
+----+------------+
| id | day        |
+----+------------+
| 1  | 2020-01-02 |
| 2  | 2020-01-03 |
+----+------------+
right:
+----+------+
| id | name |
+----+------+
| 1  | Ada  |
| 2  | null |
+----+------+
```
Example output:
```
+------+------------+
| name | day        |
+------+------------+
| null | 2020-01-03 |
| Ada  | 2020-01-02 |
+------+------------+
```
"""


def _run(code: str, *examples: Example, signature: Signature = _TWO) -> object:
    namespace: dict[str, object] = {"pd": pd}
    exec(code, namespace)  # noqa: S102
    return eval(probe(signature, examples), namespace)  # noqa: S307


def _example(text: str = _REQUEST) -> Example:
    (example,) = read_examples(text, _TWO)
    return example


def test_tables_go_to_the_parameters_of_their_names() -> None:
    example = _example()
    assert example.arguments == {
        "left": Table(("id", "day"), (("1", "2020-01-02"), ("2", "2020-01-03"))),
        "right": Table(("id", "name"), (("1", "Ada"), ("2", "null"))),
    }
    assert example.kinds["left"]["day"] == "date"
    assert example.any_order


def test_a_function_that_gives_what_the_request_says_passes() -> None:
    _run("def f(left, right): return left.merge(right, on='id')[['name', 'day']]", _example())


def test_a_wrong_value_is_told_with_the_right_one() -> None:
    with pytest.raises(ExampleFailed, match=r"(?s)f gives.*Ada.*but the request says"):
        _run("def f(left, right): return left.merge(right, on='id')[['name', 'day']].head(1)", _example())


def test_order_counts_unless_the_request_says_otherwise() -> None:
    ordered = _example(_REQUEST.replace("Return the result in **any order**.", ""))
    with pytest.raises(ExampleFailed):
        _run("def f(left, right): return left.merge(right, on='id')[['name', 'day']]", ordered)


def test_a_function_that_changes_its_table_in_place_is_judged_by_the_table() -> None:
    table = Table(("n",), (("1",), ("2",)))
    one = Signature("f", ("t",))
    _run(
        "def f(t): t['n'] = t['n'] + 1", Example({"t": table}, Table(("n",), (("2",), ("3",)))), signature=one
    )


def test_a_request_without_example_has_none() -> None:
    assert not read_examples("Write `def f(left, right)`.", _TWO)


_SEVERAL = """
Example input 1:
t:
| n |
|---|
| 1 |
k = 2
Example output 1:
| n |
|---|
| 3 |
Example input 2:
t:
| n  |
|----|
| 10 |
k = 5
Example output 2:
| n  |
|----|
| 15 |
"""
_ADDING = Signature("f", ("t", "k"))


def test_arguments_that_are_no_tables_and_further_examples_are_read() -> None:
    first, second = read_examples(_SEVERAL, _ADDING)
    assert first.arguments == {"t": Table(("n",), (("1",),)), "k": 2}
    assert second.arguments == {"t": Table(("n",), (("10",),)), "k": 5}
    assert second.expected == Table(("n",), (("15",),))


def test_a_function_has_to_do_all_examples() -> None:
    examples = read_examples(_SEVERAL, _ADDING)
    with pytest.raises(ExampleFailed, match=r"(?s)gives.*12.*says.*15"):
        _run("def f(t, k): return t + 2", *examples, signature=_ADDING)
    _run("def f(t, k): return t + k", *examples, signature=_ADDING)


def test_a_text_is_no_missing_number() -> None:
    one = Signature("f", ("t",))
    example = Example({"t": Table(("n",), (("1",), ("null",)))}, Table(("n",), (("1",), ("NaN",))))
    with pytest.raises(ExampleFailed, match="not a text"):
        _run("def f(t): return t.astype(object).fillna('NaN')", example, signature=one)
    _run("def f(t): return t.copy()", example, signature=one)


@given(st.text(max_size=300))
def test_any_text_can_be_searched(text: str) -> None:
    read_examples(text, _TWO)
    read_examples(f"Example input:\n{text}\nExample output:\n| a |\n|---|\n| 1 |", _TWO)


@given(st.lists(st.tuples(st.integers(-999, 999), st.sampled_from(["x", "y z", ""])), min_size=1, max_size=5))
def test_what_is_written_as_a_table_comes_back(rows: list[tuple[int, str]]) -> None:
    lines = [f"| {number} | {text} |" for number, text in rows]
    table = "\n".join(["| n | t |", "|---|---|", *lines])
    (example,) = read_examples(f"Input:\nx:\n{table}\n\nOutput:\n{table}", Signature("f", ("x",)))
    assert example.expected.rows == tuple((str(number), text) for number, text in rows)
    _run("def f(x): return x.copy()", example, signature=Signature("f", ("x",)))


_ONE = Signature("f", ("sales",))
_CITIES = """
Example input:
sales:
| city | units |
|------|-------|
| Bern | 3     |
| Thun | 5     |
| Thun | 4     |
Example output:
| town |
|------|
| Bern |
| Thun |
"""


def _fitting(code: str) -> object:
    examples = read_examples(_CITIES, _ONE)
    namespace: dict[str, object] = {"pd": pd}
    exec(code, namespace)  # noqa: S102
    return eval(fitting(_ONE, examples), namespace)  # noqa: S307


def test_columns_too_many_or_under_other_names_are_told() -> None:
    assert _fitting("def f(sales): return sales.drop_duplicates('city')") == (
        "_value_[['city']].rename(columns={'city': 'town'})"
    )
    assert _fitting("def f(sales): return sales") == (
        "_value_[['city']].rename(columns={'city': 'town'}).drop_duplicates()"
    )
    assert _fitting("def f(sales): return sales.city.to_frame('town')") == "_value_.drop_duplicates()"


@pytest.mark.parametrize(
    ("code", "fitted"),
    [
        ("def f(sales): return sales.city.unique().tolist()", "pd.DataFrame({'town': _value_})"),
        (
            "def f(sales): return sales.city.drop_duplicates()",
            "_value_.reset_index()[['city']].rename(columns={'city': 'town'})",
        ),
        (
            "def f(sales): return sales.groupby('city').sum()",
            "_value_.reset_index()[['city']].rename(columns={'city': 'town'})",
        ),
        (
            "def f(sales): return sales.set_index('city')[[]]",
            "_value_.reset_index().rename(columns={'city': 'town'}).drop_duplicates()",
        ),
    ],
)
def test_what_is_no_table_of_columns_is_made_one(code: str, fitted: str) -> None:
    assert _fitting(code) == fitted


@pytest.mark.parametrize(
    "code",
    [
        "def f(sales): return sales.head(1)",
        "def f(sales): return 3",
        "def f(sales): return sales.assign(again=sales.city)",
    ],
)
def test_what_does_not_fit_or_not_in_one_way_only_is_left(code: str) -> None:
    assert not _fitting(code)


def test_a_function_that_changes_its_argument_is_found_out() -> None:
    (example,) = read_examples(_CITIES, _ONE)
    code = "def f(sales):\n    sales['town'] = sales.city\n    return sales[['town']].drop_duplicates()"
    with pytest.raises(ArgumentChanged, match=r"f changes sales\. Work on a copy: sales\.copy\(\)\."):
        _run(code, example, signature=_ONE)
    (in_place,) = read_examples("Change sales in place.\n" + _CITIES, _ONE)
    _run(code, in_place, signature=_ONE)
