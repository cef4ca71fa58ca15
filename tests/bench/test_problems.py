from __future__ import annotations

from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.bench.problems import Limits, Problem, parse_problem_set, validator_config
from nbcoder.errors import BenchDataError

SOURCE = '''
"""A description, which nobody needs."""

# %%
import pandas as pd

# %%
"""
question: |
  Make a frame.
  Call it df.

validator:
  namespace_check:
    df:

execution:
  max_time: 5
  max_memory: 200
  forbid_names: [answer]
"""

df = pd.DataFrame()

# %%
r\'\'\'
question: How long is it?
\'\'\'
len(df)
'''


def test_a_cell_that_begins_with_yaml_is_a_question_and_the_rest_its_reference() -> None:
    setup, make, length = parse_problem_set("frames", SOURCE).problems
    assert setup == Problem("import pandas as pd")
    assert make.question == "Make a frame.\nCall it df."
    assert make.code == "df = pd.DataFrame()"
    assert (length.question, length.code) == ("How long is it?", "len(df)")
    assert [setup.index, make.index, length.index] == [0, 1, 2]


def test_limits_are_read_and_have_defaults() -> None:
    _, make, length = parse_problem_set("frames", SOURCE).problems
    assert make.limits == Limits(5.0, 200, ("answer",))
    assert length.limits == Limits()


def test_validators_are_laid_over_their_template() -> None:
    assert validator_config(None) == {"crash": None, "namespace_intact": None, "result": None}
    assert validator_config({"template": "basic", "stream": None}) == {"crash": None, "stream": None}
    assert validator_config({"template": "empty"}) == {}
    merged = validator_config({"result": {"value_only": True}, "namespace_check": {"df": None}})
    assert list(merged) == ["crash", "namespace_intact", "result", "namespace_check"]
    assert merged["result"] == {"value_only": True}


def test_a_string_that_is_no_yaml_mapping_is_code() -> None:
    (problem,) = parse_problem_set("s", '# %%\n"""Just: a: docstring"""\nx = 1').problems
    assert problem.question is None
    assert "docstring" in problem.code


def test_a_question_without_a_reference_is_not_asked() -> None:
    problems = parse_problem_set("s", '# %%\n"""\nquestion: what?\n"""\n').questions
    assert problems == ()


def test_backslashes_in_yaml_are_left_to_yaml() -> None:
    source = '# %%\n"""\nquestion: \'match \\d+ and \\n\'\n"""\n1'
    assert parse_problem_set("s", source).questions[0].question == "match \\d+ and \\n"


@pytest.mark.parametrize(
    ("yaml", "word"),
    [
        ("question: [", "question"),
        ("question: x\nvalidator: crash", "'validator'"),
        ("question: x\nvalidator: {template: none}", "template"),
        ("question: x\nvalidator: {template: [a]}", "template"),
        ("question: x\nvalidator: {reslt: {atol: 1}}", "unknown validator 'reslt'"),
        ("question: x\nvalidator: {or: {result: null, and: {5: null}}}", "unknown validator 5"),
        ("question: x\nvalidator: {and: [result]}", "'and' has to be a mapping"),
        ("question: x\nvalidator: {result: {atol: 2020-01-01}}", "validator"),
        ("question: x\nvalidator: &a {and: *a}", "validator"),
        ("question: 2020-99-99", "month"),
        ("question: !!bool x", "'x'"),
        ('question: "\\uD800"', "surrogates"),
        ("question: x\nexecution: {max_time: [1]}", "execution"),
        ("question: x\nexecution: {max_time: 0}", "'max_time'"),
        ("question: x\nexecution: {max_time: .inf}", "'max_time'"),
        ("question: x\nexecution: {max_memory: .inf}", "execution"),
        ("question: x\nexecution: {forbid_names: abc}", "'forbid_names'"),
    ],
)
def test_a_broken_question_is_named(yaml: str, word: str) -> None:
    with pytest.raises(BenchDataError, match="cell 2 of problem set s") as raised:
        parse_problem_set("s", f'# %%\nx = 1\n# %%\n"""\n{yaml}\n"""\n1')
    assert word in str(raised.value) or "expected" in str(raised.value)
    assert "\n" not in str(raised.value)


LINES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30).filter(
    lambda text: '"""' not in text and "'''" not in text and not text.startswith(("#", '"', "'", "r", "R"))
)
CODE = st.lists(LINES, min_size=1, max_size=5).map("\n".join).filter(str.strip)
CELLS = st.lists(st.tuples(st.none() | LINES.filter(str.strip), CODE), max_size=5)


def as_source(question: str | None, code: str) -> str:
    if question is None:
        return f"# %%\n{code}\n"
    return f'# %%\n"""\n{yaml.safe_dump({"question": question})}"""\n{code}\n'


@given(CELLS)
def test_what_is_written_is_read_back(cells: list[tuple[str | None, str]]) -> None:
    source = "".join(as_source(question, code) for question, code in cells)
    wanted = [(question and question.strip(), code.strip()) for question, code in cells]
    got = [(problem.question, problem.code) for problem in parse_problem_set("s", source).problems]
    assert got == wanted


@given(st.text())
def test_no_text_breaks_the_parser(source: str) -> None:
    with suppress(BenchDataError):
        problems = parse_problem_set("s", source).problems
        assert all(problem.code or problem.question is None for problem in problems)
