from __future__ import annotations

import pytest

from nbcoder.notebook.cells import Cell, Notebook
from nbcoder.suggest.code.comparing import is_same_code
from nbcoder.suggest.code.names import names_given, names_taken
from nbcoder.suggest.code.testing import missing, with_calls
from nbcoder.suggest.running.dependants import find_dependants


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ("b = a + 1\nc = b", {"a"}),
        ("x += 1", {"x"}),
        ("df['y'] = df.x * k", {"df", "k"}),
        ("def f(a, *b, c=d, **e):\n    g = a + b\n    return g + h", {"d", "h"}),
        ("[x * y for x in xs if x > z]", {"y", "xs", "z"}),
        ("f = lambda q: q + r", {"r"}),
        ("import os\nos.getcwd()", set()),
        ("def count():\n    global n\n    n = n + 1", {"n"}),
        ("for x in x_s:\n    y = g(x)\n    print(y)", {"x_s", "g", "print"}),
        ("for x in f(x):\n    pass", {"f", "x"}),
        ("with open(p) as f, g(f) as h:\n    h.write(s)", {"open", "p", "g", "s"}),
        ("try:\n    f(1)\nexcept E as e:\n    print(e)", {"f", "E", "print"}),
        ("match a:\n    case [b, *c] | {'d': b, **c} as e:\n        f(b, c, e)", {"a", "f"}),
        ("%matplotlib inline\nplot(a)", {"plot", "a"}),
        ("not python at all", set()),
    ],
)
def test_names_are_taken_from_other_cells_that_are_read_before_they_are_bound(
    source: str, taken: set[str]
) -> None:
    assert names_taken(source) == taken


def test_names_are_given_by_binding_them_or_a_part_of_them() -> None:
    imports = "import numpy.linalg\nimport pandas as pd"
    source = f"{imports}\na, (b, c) = 1, (2, 3)\nd['x'] = 1\ne.y = 1\ndef f():\n    g = 1"
    assert names_given(source) == {"numpy", "pd", "a", "b", "c", "d", "e", "f"}


def test_dependants_are_those_that_ran_below_also_by_way_of_others_until_a_name_is_another_one() -> None:
    sources = ["a = 1", "b = a", "c = b", "a = 2", "d = a", "e = c"]
    cells = [Cell(source, id=source, execution_count=1) for source in sources]
    cells.append(Cell("f = c", id="f"))
    found = find_dependants(Notebook(tuple(cells)), cells[0], "a = 3")
    assert [(one.cell.source, one.names) for one in found] == [
        ("b = a", ("a",)),
        ("c = b", ("b",)),
        ("e = c", ("c",)),
    ]


def test_docstrings_comments_and_annotations_leave_code_the_same() -> None:
    old = "def f(x):\n    return x"
    assert is_same_code(old, '# about\ndef f(x: int) -> int:\n    """It."""\n    return x  # x')
    assert not is_same_code(old, "def f(x):\n    return (x, x)")


def test_test_functions_are_called_and_those_that_need_arguments_are_complained_of() -> None:
    code = "def test_a():\n    assert True\ndef test_b(fixture):\n    assert fixture"
    assert with_calls(code) == f"{code}\n\ntest_a()"
    assert with_calls("def test_a():\n    pass\ntest_a()") == "def test_a():\n    pass\ntest_a()"
    assert missing(with_calls(code)) == ("Nothing calls test_b, which needs arguments. Write it without.",)
    assert missing("x = 1") == ("It checks nothing. Use assert statements.",)
