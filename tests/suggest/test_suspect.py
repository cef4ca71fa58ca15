"""Which cell is to be mended."""

from __future__ import annotations

import pytest

from nbcoder.context import Executed
from nbcoder.notebook.cells import Cell, CellError
from nbcoder.suggest.request import Failure
from nbcoder.suggest.suspect import find_suspect

_NEXT = "def next_of(node):\n    return node.next"
_HALF = "def half(x):\n    return x / 0"
_TESTS = """\
class Node:
    next = None

def test():
    found = next_of(Node())
    assert found

test()"""
_CALL = "line 5: found = next_of(Node())"
_OWN = "def double(x):\n    return x\n\nassert double(half(3)) == 3"
_EXECUTED = [Executed(str(at), source, at) for at, source in enumerate((_NEXT, _HALF), start=1)]


@pytest.mark.parametrize(
    ("source", "error", "traceback", "blamed"),
    [
        ("half(3)", "ZeroDivisionError", "line 1: half(3)\nline 2: return x / 0", _HALF),
        (_TESTS, "AttributeError", f"line 8: test()\n{_CALL}\nline 2: return node.next", _NEXT),
        (_TESTS, "AssertionError", "line 8: test()\nline 6: assert found", _NEXT),
        (_TESTS, "NameError", f"line 8: test()\n{_CALL}", _TESTS),
        ("assert half(3) == 1", "AssertionError", "line 1: assert half(3) == 1", _HALF),
        ("assert len(half(3))", "AssertionError", "line 1: assert len(half(3))", _HALF),
        (_OWN, "AssertionError", "line 4: assert double(half(3)) == 3", _OWN),
        ("half(3) + 'x'", "TypeError", "line 1: half(3) + 'x'\nline 588: ", "half(3) + 'x'"),
        ("%%time\nhalf(3)", "ZeroDivisionError", "line 1: half(3)\nline 2: return x / 0", _HALF),
        ("1 / 0", "ZeroDivisionError", "", "1 / 0"),
    ],
    ids=[
        "inside a function",
        "inside a function that tests call",
        "a variable is asserted",
        "in the tests",
        "what a function gives",
        "what a built-in makes of it",
        "a function of its own",
        "in a library",
        "with a magic above",
        "no traceback",
    ],
)
def test_the_cell_with_the_mistake_is_blamed(source: str, error: str, traceback: str, blamed: str) -> None:
    failure = Failure(Cell(source, id="last"), CellError(error, "", f"{traceback}\n{error}"))
    found = find_suspect(failure, [*_EXECUTED, Executed("last", source, 3, failure.error)])
    assert found.cell.source == blamed
    assert found.raised_in == ("" if blamed == source else source)
