"""Each validator with answers it takes and answers it refuses, in a real kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nbcoder.bench.problems import Limits, Problem, validator_config
from nbcoder.bench.runner import judge
from nbcoder.bench.verdicts import Judgement, Verdict

if TYPE_CHECKING:
    from nbcoder.bench.kernels import KernelHandle


def verdict(
    kernel: KernelHandle,
    reference: str,
    candidate: str,
    validator: dict[str, Any] | None = None,
    **limits: Any,
) -> Judgement:
    problem = Problem(reference, "?", validator_config(validator), Limits(**limits), 1)
    return judge(kernel, problem, candidate)


MEAN = "df.a.mean()"
ADD = "def add(x, y):\n    return x + y"
FRAME_TEST = {
    "function_name": "total",
    "input_validator": "def _validate(t):\n  assert len(t) > 0",
    "output_checker": {"ignore_index": True},
    "test_cases": [
        ["`pd.DataFrame({'n': [1, 2]})`"],
        "```\ndef _generate():\n  return pd.DataFrame({'n': np.random.randint(0, 9, 5)}),\n```",
        "//",
        ["`pd.DataFrame({'n': []})`"],
    ],
}
TOTAL = "def total(t):\n    return t[['n']].agg(['sum'])"


@pytest.mark.parametrize(
    ("reference", "candidate", "validator"),
    [
        (MEAN, "sum(df['a']) / len(df)", None),
        (MEAN, "from statistics import mean\nmean(df.a.tolist())", None),
        ("x = 1", "anything = 5\n'the reference has no result'", None),
        ("df = df[df.a > 1]", "df = df.query('a > 1')", {"namespace_check": {"df": None}}),
        ("df['c'] = 1", "df = df.assign(c=1)", {"namespace_check": {"df": None}}),
        ("half", "df['c'] = 1\nhalf", {"namespace_intact": {"update": ["df"]}}),
        ("half", "del numbers\nhalf", {"namespace_intact": {"deletion": True}}),
        ("df.columns", "list(df)", {"result": {"value_only": True}}),
        ("df.columns", "list(df)", {"result": {"compare_fn": {"value_only": True}}}),
        ("numbers", "sorted(numbers)", {"result": {"ignore_order": True}}),
        ("10", "10.4", {"result": "def compare_fn(a, b):\n  return {'match': abs(a - b) < 1, 'reason': ''}"}),
        ("t = df", "t = df.set_axis([7, 8, 9])", {"namespace_check": {"t": {"ignore_index": True}}}),
        ("print('a')\nprint('b')", "print('a\\nb')", {"stream": None}),
        ("1", "2", {"template": "basic", "or": {"result": None, "crash": None}}),
        ("1", "1", {"template": "empty", "and": {"result": None, "crash": None}}),
        (
            ADD,
            "add = lambda x, y: y + x",
            {"table_test": {"function_name": "add", "test_cases": [[1, 2], [3, 4]]}},
        ),
        (
            ADD,
            ADD,
            {
                "table_test": {
                    "function_name": "add",
                    "test_cases": [{"x": 1, "y": 2}, "```\n_test_case = (1, 1)\n```"],
                }
            },
        ),
        (TOTAL, "def total(t):\n    return pd.DataFrame({'n': [t['n'].sum()]})", {"table_test": FRAME_TEST}),
        ("r = random.random()", "r = random.random()", {"namespace_check": {"r": None}}),
        ("r = np.random.rand()", "r = np.random.rand()", {"namespace_check": {"r": None}}),
        ("%matplotlib --list", "half", {"template": "basic"}),
        ("size()", "size()", None),
    ],
)
def test_a_right_answer_is_taken(
    kernel: KernelHandle, reference: str, candidate: str, validator: dict[str, Any] | None
) -> None:
    assert verdict(kernel, reference, candidate, validator).verdict is Verdict.CORRECT


@pytest.mark.parametrize(
    ("reference", "candidate", "validator", "wanted"),
    [
        (MEAN, "3", None, (Verdict.WRONG_OUTPUT, "result")),
        (MEAN, "print(df.a.mean())", None, (Verdict.PRESENTATION_ERROR, "result")),
        (MEAN, "m = df.a.mean()", None, (Verdict.PRESENTATION_ERROR, "result")),
        (MEAN, "The mean is 2.0.", None, (Verdict.PRESENTATION_ERROR, "crash")),
        (MEAN, "pass", None, (Verdict.WRONG_OUTPUT, "result")),
        (MEAN, "print(df.a.max())", None, (Verdict.WRONG_OUTPUT, "result")),
        ("df.a", "df", None, (Verdict.PRESENTATION_ERROR, "result")),
        (MEAN, "df.q", None, (Verdict.CRASH, "crash")),
        (MEAN, "exit_now = 1\nraise SystemExit", None, (Verdict.CRASH, "crash")),
        (MEAN, "df.a.mean(", None, (Verdict.SYNTAX_ERROR, "crash")),
        (MEAN, "while True:\n    pass", None, (Verdict.TIMEOUT, "crash")),
        (MEAN, "df['c'] = 1\ndf.a.mean()", None, (Verdict.INTACT_VIOLATION, "namespace_intact")),
        (MEAN, "numbers.sort()\ndf.a.mean()", None, (Verdict.INTACT_VIOLATION, "namespace_intact")),
        (MEAN, "half = df.a.mean()\nhalf", None, (Verdict.INTACT_VIOLATION, "namespace_intact")),
        (MEAN, "del numbers\ndf.a.mean()", None, (Verdict.INTACT_VIOLATION, "namespace_intact")),
        (
            "half",
            "new = 1\nhalf",
            {"namespace_intact": {"addition": False}},
            (Verdict.INTACT_VIOLATION, "namespace_intact"),
        ),
        (
            "df['c'] = 1",
            "df = df.assign(c=1)",
            {"namespace_intact": {"replacement": False}},
            (Verdict.INTACT_VIOLATION, "namespace_intact"),
        ),
        ("t = 1", "s = 1", {"namespace_check": {"t": None}}, (Verdict.WRONG_VARIABLES, "namespace_check")),
        ("t = 1", "t = 2", {"namespace_check": {"t": None}}, (Verdict.WRONG_VARIABLES, "namespace_check")),
        ("print(1)", "print(2)", {"stream": None}, (Verdict.WRONG_OUTPUT, "stream")),
        ("1", "2", {"template": "empty", "or": {"result": None}}, (Verdict.WRONG_OUTPUT, "result")),
        (
            ADD,
            "def add(x, y):\n    return x * y",
            {"table_test": {"function_name": "add", "test_cases": [[2, 2], [3, 4]]}},
            (Verdict.UNIT_TEST_FAILURE, "table_test"),
        ),
        (
            ADD,
            "def plus(x, y):\n    return x + y",
            {"table_test": {"function_name": "add", "test_cases": [[2, 2]]}},
            (Verdict.UNIT_TEST_FAILURE, "table_test"),
        ),
        (
            ADD,
            "def add(x, y):\n    x.append(1)\n    return x[:-1] + y",
            {"table_test": {"function_name": "add", "test_cases": [[[1], [2]]]}},
            (Verdict.UNIT_TEST_FAILURE, "table_test"),
        ),
        (
            ADD,
            "def add(x):\n    return x",
            {"table_test": {"function_name": "add", "test_cases": [[2, 2]]}},
            (Verdict.CRASH, "crash"),
        ),
        (
            ADD,
            "def add(x, y):\n    while True:\n        pass",
            {"table_test": {"function_name": "add", "test_cases": [[2, 2]]}},
            (Verdict.TIMEOUT, "crash"),
        ),
    ],
)
def test_a_wrong_answer_is_refused_for_the_right_reason(
    kernel: KernelHandle,
    reference: str,
    candidate: str,
    validator: dict[str, Any] | None,
    wanted: tuple[Verdict, str],
) -> None:
    judgement = verdict(kernel, reference, candidate, validator, max_time=0.1)
    assert (judgement.verdict, judgement.validator) == wanted
    assert judgement.why


def test_inputs_may_be_left_unchecked(kernel: KernelHandle) -> None:
    test = {"function_name": "add", "input_checker": False, "test_cases": [[[1], [2]]]}
    candidate = "def add(x, y):\n    x.append(1)\n    return x[:-1] + y"
    assert verdict(kernel, ADD, candidate, {"table_test": test}).verdict is Verdict.CORRECT


def test_a_fitted_model_has_to_be_as_good_as_the_references(kernel: KernelHandle) -> None:
    assert kernel.run("import sklearn.dummy, sklearn.metrics, sklearn.tree", 60).error is None
    data = "X = np.array([[0.0], [1.0], [2.0], [3.0]])\ny = np.array([0, 0, 1, 1])\n"
    good = data + "from sklearn.tree import DecisionTreeClassifier\nm = DecisionTreeClassifier().fit(X, y)"
    bad = data + "from sklearn.dummy import DummyClassifier\nm = DummyClassifier().fit(X, y)"
    model = {"model_name": "m", "inputs_name": "X", "labels_name": "y", "metric_type": "accuracy"}
    limits = {"max_time": 3.0}
    assert verdict(kernel, good, good, {"model": model}, **limits).verdict is Verdict.CORRECT
    refused = verdict(kernel, good, bad, {"model": model}, **limits)
    assert (refused.verdict, refused.validator) == ((Verdict.BAD_MODEL, "model"))
    assert (
        verdict(kernel, good, bad, {"model": {**model, "tolerance": -0.6}}, **limits).verdict
        is Verdict.CORRECT
    )
    assert verdict(kernel, good, data, {"model": model}, **limits).verdict is Verdict.BAD_MODEL


@pytest.mark.parametrize(
    ("reference", "validator", "why"),
    [
        ("1/0", None, "ZeroDivisionError"),
        ("1", {"result": {"colour": 1}}, "colour"),
        ("1", {"namespace_check": {"nothing": None}}, "does not define nothing"),
        ("1", {"table_test": {"function_name": "f"}}, "test_cases"),
        ("1", {"table_test": {"function_name": "f", "test_cases": [5]}}, "neither a tuple"),
        ("1", {"table_test": {"function_name": "f", "test_cases": [[1]], "colour": 1}}, "colour"),
        ("1", {"model": {"model_name": "m"}}, "model"),
        (
            "1",
            {"namespace_intact": {"replacement": True, "treat_replacement_as_update": True}},
            "replacement",
        ),
        ("1", {"result": "no_function = 1"}, "compare_fn"),
    ],
)
def test_a_question_that_cannot_be_judged_says_why(
    kernel: KernelHandle, reference: str, validator: dict[str, Any] | None, why: str
) -> None:
    judgement = verdict(kernel, reference, reference, validator)
    assert judgement.verdict is Verdict.UNKNOWN
    assert why in judgement.why


def test_a_check_of_the_cases_that_fits_none_of_them_is_ignored(kernel: KernelHandle) -> None:
    test = {
        "function_name": "add",
        "test_cases": [[1, 2]],
        "input_validator": "def _validate(x, y):\n  assert x > 5",
    }
    assert verdict(kernel, ADD, ADD, {"table_test": test}).verdict is Verdict.CORRECT


def test_a_forbidden_name_cannot_be_used(kernel: KernelHandle) -> None:
    judgement = verdict(kernel, "1", "sum(numbers)", None, forbid_names=("numbers",))
    assert (judgement.verdict, judgement.error) == (Verdict.CRASH, "TypeError")
