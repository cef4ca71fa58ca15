from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.code.comparing import is_same_code
from nbcoder.suggest.code.grafting import graft

_CODE = """\
%matplotlib inline
def totals(sales):
    result = {}
    for row in sales:
        if row["city"] in result:
            result[row["city"]] += row["units"]
    return result

class Shop:
    def open(self): return True

    @property
    def name(self):
        return "shop"
totals([])"""

_ANSWER = '''\
def totals(sales):
    """Add up the units.

    By city.
    """
    # What is known so far.
    result = {}
    for row in sales:
        # Only cities seen before.
        if row["city"] in results:
            # Nothing like it.
            pass
    return result

class Shop:
    """Sells things."""
    def open(self):
        """Always."""
        return True

    @property
    def name(self):
        """Of the shop."""
        return "other"'''

_GRAFTED = '''\
%matplotlib inline
def totals(sales):
    """Add up the units.

    By city.
    """
    # What is known so far.
    result = {}
    for row in sales:
        # Only cities seen before.
        if row["city"] in result:
            result[row["city"]] += row["units"]
    return result

class Shop:
    """Sells things."""
    def open(self): return True

    @property
    def name(self):
        """Of the shop."""
        return "shop"
totals([])'''


def test_the_words_come_over_and_the_statements_stay() -> None:
    assert graft(_CODE, _ANSWER) == _GRAFTED


def test_an_answer_of_words_alone_is_taken_as_it_is() -> None:
    assert graft("x = 1", "# One.\nx = 1  # really") == "# One.\nx = 1  # really"


def test_comments_that_are_there_are_kept() -> None:
    assert (
        graft("# Mine.\nx = 1\ny = 2", "# Theirs.\nx = 1\n# New.\ny = 2\nz = 3")
        == "# Mine.\nx = 1\n# New.\ny = 2"
    )


def test_an_answer_without_words_is_left_to_be_complained_of() -> None:
    assert graft("x = 1", "x = 2") == "x = 2"


def test_comments_within_a_statement_do_not_go_astray() -> None:
    assert (
        graft("f(\n    1,\n)\nx = 1", "f(\n    # One.\n    1,\n)\n# Two.\nx = 1\ny = 2")
        == "f(\n    1,\n)\n# Two.\nx = 1"
    )


_PIECES = st.sampled_from(
    [
        "x = 1",
        "# why",
        "def f():",
        "    '''Doc.'''",
        '    """A \\\\ b"""',
        "    return x",
        "if x:",
        "",
        "%time x",
        "f('''",
        "'''",
    ]
)
_TEXTS = st.lists(_PIECES, max_size=8).map("\n".join)


@given(_TEXTS, _TEXTS)
def test_what_comes_of_it_is_the_answer_or_the_same_code(code: str, answer: str) -> None:
    made = graft(code, answer)
    assert made == answer or is_same_code(code, made)
