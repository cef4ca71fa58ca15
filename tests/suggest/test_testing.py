from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.code.testing import each_once
from nbcoder.suggest.drafting import is_looping

_CHECKS = st.lists(
    st.sampled_from(["assert f(1) == 1", "assert f(2) == 4", "assert (\n    f(3) == 9\n), 'three'", "g()"])
)


def test_a_check_that_only_repeats_the_one_above_is_left_out() -> None:
    code = "assert total == 57.5, 'case 1'\n\nassert total == 57.5, 'case 2'\nassert total > 0"
    assert each_once(code) == "assert total == 57.5, 'case 1'\n\nassert total > 0"


def test_a_check_after_something_was_done_is_another_one() -> None:
    code = "assert basket == []\nbasket.append(1)\nassert basket == []"
    assert each_once(code) == code


def test_checks_inside_of_functions_are_looked_at_as_well() -> None:
    code = "def test_it():\n    assert f(lambda: 1)\n    assert f(lambda: 1)\n    g()"
    assert each_once(code) == "def test_it():\n    assert f(lambda: 1)\n    g()"


def test_what_shares_a_line_with_a_check_stays() -> None:
    for code in ("assert f(1); assert f(1)", "assert f(1)\nassert f(1); g()", "assert 'ß'\nassert 'ß'; g()"):
        assert each_once(code) == code
    assert each_once("assert 'ß'\nassert 'ß'  # again") == "assert 'ß'"


@given(_CHECKS)
def test_what_is_left_is_code_in_the_same_order(checks: list[str]) -> None:
    code = "\n".join(checks)
    before, after = ast.parse(code).body, ast.parse(each_once(code)).body
    rest = iter(ast.dump(statement) for statement in before)
    assert all(ast.dump(statement) in rest for statement in after)
    assert {ast.dump(one) for one in before} == {ast.dump(one) for one in after}


def test_checks_that_only_count_on_are_a_loop() -> None:
    lines = [f"assert f({number}) == 1, 'case {number}'" for number in range(12)]
    assert is_looping("\n".join(lines))
    assert not is_looping("\n".join(lines[:8]))


def test_rows_of_data_are_no_loop() -> None:
    assert not is_looping("\n".join(f"    ({number}, {number * 7}, {number % 5})," for number in range(40)))


def test_a_long_piece_over_and_over_is_seen_the_third_time() -> None:
    piece = "".join(f"# line {number} of what was asked for\n" for number in range(10))
    assert is_looping("x = 1\n" + 3 * piece)
    assert not is_looping("x = 1\n" + 2 * piece)
