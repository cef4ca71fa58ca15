"""A function that fails the user's tests, mended: as a whole, or by one of its lines written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.code.lines import holes
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine
    from tests.scripted_engine.script import Body

_BITS = """\
import math

def bits(n):
    \"\"\"The number of ones.\"\"\"
    count = 0
    while n:
        n &= n - 1
        count += n
    return count
"""
_RIGHT = _BITS.replace("count += n", "count += 1")


def test_each_statement_of_a_function_is_a_hole() -> None:
    lines = [hole.line for hole in holes(_BITS) if hole.line]
    assert lines == ["count = 0", "while n:", "n &= n - 1", "count += n", "return count"]


def test_a_statement_over_several_lines_is_one_hole() -> None:
    source = "def f(x):\n    return max(\n        x,\n        1,\n    )\n"
    (hole,) = holes(source)
    assert hole.filled("return x") == "def f(x):\n    return x\n"


def test_between_statements_one_may_be_missing() -> None:
    source = "def f(x):\n    for one in x:\n        g(one)\n    return x"
    filled = [hole.filled("h()") for hole in holes(source) if not hole.line]
    assert filled == [
        "def f(x):\n    for one in x:\n        g(one)\n    h()\n    return x",
        "def f(x):\n    for one in x:\n        g(one)\n        h()\n    return x",
    ]


def test_the_line_that_raised_comes_first_then_those_above_it() -> None:
    lines = [hole.line for hole in holes(_BITS, 7) if hole.line]
    assert lines == ["n &= n - 1", "while n:", "count = 0", "count += n", "return count"]


def test_what_is_no_function_or_no_python_has_no_holes() -> None:
    assert list(holes("x = 1\nif x:\n    y = 2")) == []
    assert list(holes("def f(:\n    return 1")) == []


@given(st.lists(st.sampled_from([*_BITS.splitlines(), "", "    # why", "    else:", "%time f()", "\tx = 1"])))
def test_a_hole_filled_with_its_line_is_the_cell_again(lines: list[str]) -> None:
    source = "\n".join(lines)
    assert all(hole.filled(hole.line) == source for hole in holes(source) if hole.line)


def _copies_or_fills(body: Body) -> Reply:
    """A model that gives the function back as it is, and knows the line that belongs there."""
    asked = body["messages"][-1]["content"]
    is_hole = "count += n" not in str(body["messages"])
    return Reply(f"{asked}count += 1" if is_hole else _BITS)


def test_the_line_that_fails_the_tests_is_filled_in_anew(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(_BITS)
    kernel.run("assert bits(127) == 7\nassert bits(128) == 1")
    scripted_engine.respond_with(_copies_or_fills)
    assert kernel.run("%fix").next_cell == _RIGHT
    sent = kernel.run("%nbcoder sent").printed
    assert "4 times this cell, each without one of its parts" in sent
    assert "──── the parts ────\ncount = 0\nwhile n:\nn &= n - 1\ncount += n" in sent


def test_without_tests_only_the_statement_that_fails_is_taken_apart(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("def half(x):\n    return x / zero")
    kernel.run("half(3)")
    scripted_engine.respond_with(lambda _: Reply("def half(x):\n    return x / null"))
    kernel.run("%fix")
    parts = kernel.run("%nbcoder sent").printed.partition("──── the parts ────")[2]
    assert set(parts.split("\n")) == {"", "x / zero"}


_SUM = "def total(values):\n    found = 0\n    for value in values:\n        seen = value\n    return found"


def test_a_line_that_is_missing_is_filled_in(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run(_SUM)
    kernel.run("assert total([1, 2]) == 3")
    scripted_engine.respond_with(_adds)
    assert kernel.run("%fix").next_cell == _SUM.replace("seen = value", "seen = value\n        found += seen")
    assert "(one that may be missing below: seen = value)" in kernel.run("%nbcoder sent").printed


def _adds(body: Body) -> Reply:
    """A model that knows what comes after one of the lines alone."""
    begun = body["messages"][-1]["content"]
    return Reply(f"{begun}found += seen" if begun.endswith("seen = value") else f"{begun}found = 0")


def test_without_dry_runs_nothing_tells_which_filling_is_right(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("%config NBCoder.dry_run = 'off'")
    kernel.run("def double(x):\n    return x + 2")
    kernel.run("assert double(3) == 6")
    scripted_engine.respond_with(lambda body: Reply(("def double(x):\n    return (",) * body.get("n", 1)))
    kernel.run("%fix")
    kernel.run("%config NBCoder.dry_run = 'on'")
    assert "without one of its parts" not in kernel.run("%nbcoder sent").printed


def test_the_cell_that_defines_a_function_is_mended_when_an_assertion_about_it_fails(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    wrong, right = "def double(x):\n    return x + 2", "def double(x):\n    return x * 2"
    kernel.run(wrong)
    assert not kernel.run("assert double(3) == 6").ok
    scripted_engine.script("```python\n" + right + "\n```")
    assert kernel.run("%fix").next_cell == right
    assert "assert double(3) == 6" in str(scripted_engine.bodies[0]["messages"])
    assert "double(3) is 5; it should be 6" in str(scripted_engine.bodies[0]["messages"])


def test_the_tests_are_not_repeated_in_the_function_that_they_test(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    right = "def double(x):\n    return x * 2"
    kernel.run("def double(x):\n    return x + 2")
    kernel.run("def check(f):\n    assert double(3) == 6\ncheck(double)")
    changed = "def check(f):\n    assert double(3) in (5, 6)"
    scripted_engine.script(f"{right}\n\n{changed}\n\ncheck(double)")
    assert kernel.run("%fix").next_cell == right


def test_many_answers_are_drawn_where_the_users_tests_tell_which_is_right(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    wrong, right = "def double(x):\n    return x + 3", "def double(x):\n    return x * 2"
    kernel.run("def double(x):\n    return x + 2")
    kernel.run("def check():\n    assert double(3) == 6\n    assert double(2) == 4\ncheck()")
    scripted_engine.respond_with(
        lambda body: Reply((*(wrong,) * 8, right) if body.get("n") == 9 else (wrong,) * body.get("n", 1))
    )
    assert kernel.run("%fix").next_cell == right
    assert [body.get("n", 1) for body in scripted_engine.bodies[-2:]] == [3, 9]


def test_a_fix_that_passes_the_users_tests_is_not_doubted(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("def double(x):\n    return x + 2")
    kernel.run("assert double(3) == 6")
    scripted_engine.script(Reply("def double(x):\n    return x * 2", logprobs=(-0.9,)))
    kernel.run("%fix")
    assert len(scripted_engine.bodies) == 1
