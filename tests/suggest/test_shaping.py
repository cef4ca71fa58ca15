from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.suggest.asked.printed import show_result
from nbcoder.suggest.asked.shaping import (
    on_copies,
    shape,
    shows_value,
    statements,
    with_returns,
    without_repeats,
)
from nbcoder.suggest.asked.wish import ANY_CODE, Wish
from nbcoder.suggest.ranking import merge_key

_VALUE = Wish(wants_value=True)
_KNOWN = ["df", "other"]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("print(df.a.sum())", "df.a.sum()"),
        ("x = 1\nprint(x)", "x = 1\nx"),
        ("print('The mean:', df.a.mean())", "df.a.mean()"),
        ("print(f'The mean is {m}')", "m"),
        ("print(f'{m:.2f}')", "print(f'{m:.2f}')"),
        ("print(a, b)", "print(a, b)"),
        ("print('done')", "print('done')"),
        ("print(a)\nprint(b)", "print(a)\nprint(b)"),
        ("print(a, file=f)", "print(a, file=f)"),
        ("for x in y:\n    print(x)", "for x in y:\n    print(x)"),
        ("print(", "print("),
    ],
)
def test_a_single_printed_value_becomes_the_result(code: str, shown: str) -> None:
    assert show_result(code) == shown


def test_a_value_that_was_assigned_last_is_shown() -> None:
    assert shape("best = df.a.max()", _VALUE, _KNOWN) == "best = df.a.max()\nbest"


def test_several_bare_values_are_shown_together() -> None:
    assert shape("x = 1\ndf.shape\nother.shape", _VALUE, _KNOWN) == "x = 1\ndf.shape, other.shape"


def test_a_function_that_was_asked_for_is_left_alone() -> None:
    from nbcoder.suggest.asked.wish import Signature  # noqa: PLC0415

    code = "def f(x):\n    return x\nprint(f(1))"
    assert shape(code, Wish(function=Signature("f", ("x",))), _KNOWN) == code


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("df.dropna()", "df = df.dropna()"),
        ("df['a'].str.strip().astype(int)", "df['a'] = df['a'].str.strip().astype(int)"),
        ("df.drop(columns='a', inplace=True)", "df.drop(columns='a', inplace=True)"),
        ("new.dropna()", "new.dropna()"),
        ("df.groupby('a').sum()", "df.groupby('a').sum()"),
    ],
)
def test_a_change_whose_result_would_be_lost_is_kept(code: str, kept: str) -> None:
    assert shape(code, Wish(changes=True), _KNOWN) == kept


@pytest.mark.parametrize(
    "code", ["print(f'Mean: {m}')", "df.sort_values('a')", "best = df.a.max()", "df.shape\nother.shape"]
)
def test_a_cell_that_is_mended_keeps_its_form(code: str) -> None:
    assert shape(code, ANY_CODE, _KNOWN) == code


def test_work_on_a_copy_renames_every_use() -> None:
    assert on_copies("df['é'] = 'ö'\ndf = df.dropna()\ndf", ["df"], {"df": ".copy()"}) == (
        "df_copy = df.copy()\ndf_copy['é'] = 'ö'\ndf_copy = df_copy.dropna()\ndf_copy"
    )


def test_no_copy_is_made_of_what_is_only_bound_anew() -> None:
    assert (
        on_copies("df = load()\ndf.head()", ["df"], {"df": ".copy()"}) == "df_copy = load()\ndf_copy.head()"
    )


def test_nor_is_one_of_the_name_of_a_loop() -> None:
    code = "for df in other:\n    print(df)"
    assert on_copies(code, ["df"], {}) == code.replace("df", "df_copy")


def test_what_cannot_change_is_taken_as_it_is() -> None:
    assert on_copies("df += 1", ["df"], {"df": ""}) == "df_copy = df\ndf_copy += 1"


def test_a_name_that_is_a_parameter_too_is_left_alone() -> None:
    code = "def f(df):\n    return df\ndf = f(df)"
    assert on_copies(code, ["df"], {"df": ".copy()"}) == code


def test_repeated_statements_go_and_imports_stay() -> None:
    ran = statements(["df = load( 'x' )"])
    assert without_repeats("import a\ndf = load('x')\ndf.head()", ran) == "import a\ndf.head()"


def test_what_only_repeats_is_left_alone() -> None:
    assert without_repeats("df = load('x')", statements(["df = load('x')"])) == "df = load('x')"


def test_a_repeated_magic_goes_as_well() -> None:
    ran = statements(["%load_ext nbcoder", "numbers = [1]"])
    assert without_repeats("%load_ext nbcoder\n\nnumbers = [1]\nsum(numbers)", ran) == "sum(numbers)"
    assert without_repeats("%load_ext other\nnumbers = [1]\nsum(numbers)", ran).startswith("%load_ext other")
    assert without_repeats("%load_ext nbcoder\npass", ran) == "%load_ext nbcoder\npass"


def test_magics_within_a_statement_tell_it_from_others() -> None:
    ran = statements(["if a:\n    %time first()"])
    other = "if a:\n    %time second()\nx"
    assert without_repeats(other, ran) == other
    assert without_repeats("if a:\n    %time first()\nx", ran) == "x"


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("def f(df):\n    return df", "def f(df):\n    return df[['a']]"),
        (
            "def f(df):\n    if df.empty:\n        return pd.DataFrame()\n    return df.b + 1",
            "def f(df):\n    if df.empty:\n        return pd.DataFrame()\n    return (df.b + 1)[['a']]",
        ),
        (
            "def f(df):\n    if x:\n        return df\n    df = df.b\n    return df",
            "def f(df):\n    if x:\n        return df\n    df = df.b\n    return df[['a']]",
        ),
        ("def f(df):\n    return", "def f(df):\n    return"),
        ("def g(df):\n    return df", "def g(df):\n    return df"),
    ],
)
def test_only_what_a_function_returns_at_its_end_is_changed(code: str, changed: str) -> None:
    assert with_returns(code, "f", lambda value: f"{value}[['a']]") == changed


_NAMES = st.sampled_from(["df", "other", "x", "ä"])
_EXPRESSIONS = st.recursive(
    _NAMES | st.integers(0, 99).map(str) | st.sampled_from(["'a b'", "'ö'", "f'{x}'"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} + {two[1]})"),
        inner.map(lambda one: f"f({one})"),
        inner.map(lambda one: f"print({one})"),
        inner.map(lambda one: f"df[{one}]"),
        inner.map(lambda one: f"df.drop({one})"),
        st.tuples(inner, inner).map(lambda two: f"[\n{two[0]},\n  {two[1]}]"),
    ),
    max_leaves=6,
)
_STATEMENTS = st.one_of(
    _EXPRESSIONS,
    st.tuples(_NAMES, _EXPRESSIONS).map(lambda two: f"{two[0]} = {two[1]}"),
    st.tuples(_NAMES, _EXPRESSIONS).map(lambda two: f"for {two[0]} in y:\n    {two[0]} = {two[1]}"),
)
_CODES = st.lists(_STATEMENTS, min_size=1, max_size=4).map("\n".join)
_WISHES = st.sampled_from(
    [_VALUE, Wish(changes=True), Wish(targets=("t",)), Wish(targets=("df",), changes=True), Wish()]
)


@given(_CODES, _WISHES)
def test_what_is_shaped_stays_python_and_shaping_it_again_changes_nothing(code: str, wish: Wish) -> None:
    shaped = shape(code, wish, _KNOWN)
    ast.parse(shaped)
    assert merge_key(shape(shaped, wish, _KNOWN)) == merge_key(shaped)


@given(_CODES)
def test_work_on_copies_never_binds_the_name_itself(code: str) -> None:
    copied = on_copies(code, ["df"], {"df": ".copy()"})
    stored = {
        node.id
        for node in ast.walk(ast.parse(copied))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    assert "df" not in stored


@given(_CODES)
def test_layout_and_comments_do_not_tell_codes_apart(code: str) -> None:
    assert merge_key(ast.unparse(ast.parse(code))) == merge_key(f"# a comment\n{code}  # another\n\n")


@given(_CODES, _CODES)
def test_codes_of_different_trees_are_told_apart(one: str, other: str) -> None:
    same = ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    assert (merge_key(one) == merge_key(other)) is same


@given(st.text(max_size=60), _WISHES)
def test_no_text_breaks_the_shaping(code: str, wish: Wish) -> None:
    shape(code, wish, _KNOWN)
    on_copies(code, ["df"], {"df": ".copy()"})
    without_repeats(code, frozenset())
    merge_key(code)


@pytest.mark.parametrize(
    ("code", "is_shown"),
    [("numbers.sum()", True), ("print(numbers.sum())", False), ("x = 1", False), ("if x:\n    f(", False)],
)
def test_a_cell_that_shows_a_value_is_told_from_one_that_prints(code: str, is_shown: bool) -> None:
    assert shows_value(code) is is_shown
