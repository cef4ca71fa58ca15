"""Tests a function that the cell defines on tables, given or made at random, beside the reference's."""

from __future__ import annotations

import copy
import random
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from nbcoder.bench.in_kernel.execute import OutOfTime, time_limit
from nbcoder.bench.in_kernel.validators import BadValidator, Comparison, Finding, run_data_code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbcoder.bench.in_kernel.compare import Value
    from nbcoder.bench.in_kernel.execute import Outcome

__all__ = ["TableTest"]

Case: TypeAlias = tuple[Any, ...] | dict[str, Any]

_REPEAT = "//"
_LONGEST_WHY = 2000


class TableTest:
    """The candidate's function has to return what the reference's returns, and leave its inputs as that does.

    ``test_cases`` are tuples or dicts of arguments; a string in backquotes is an expression, one in a fence
    is code that sets ``_test_case`` or defines ``_generate``, and ``//`` makes the last one again with other
    random numbers. ``input_validator`` is code that defines ``_validate``; cases it rejects are not used.

    Raises
    ------
    BadValidator
        A case cannot be made.
    """

    def __init__(self, config: dict[str, Any], seconds: float) -> None:
        given = dict(config)
        if missing := {"function_name", "test_cases"} - given.keys():
            raise BadValidator(f"table_test: {min(missing)} is missing")
        self._name: str = given.pop("function_name")
        cases = given.pop("test_cases")
        validate = _validate_of(given.pop("input_validator", None))
        inputs = given.pop("input_checker", None)
        self._inputs = None if inputs is False else Comparison(None if inputs is True else inputs)
        self._outputs = Comparison(given.pop("output_checker", None))
        self._seconds = seconds
        if given:
            raise BadValidator(f"table_test: unknown option {min(given)!r}")
        made = [_Case(number, case) for number, case in enumerate(_make_cases(cases))]
        # A check that rejects every case was written for another pandas, and says nothing about the cases.
        self._cases = [case for case in made if _accepts(validate, case.arguments)] or made

    def check(self, expected: Outcome, found: Outcome) -> Finding:
        """See `Validator`."""
        if not callable(reference := expected.namespace.get(self._name)):
            raise BadValidator(f"the reference does not define {self._name}")
        if not callable(candidate := found.namespace.get(self._name)):
            return Finding("table_test", "no", f"function {self._name} is not there")
        for case in self._cases:
            finding = self._one(case, reference, candidate)
            if finding.correct != "yes":
                return finding
        return Finding("table_test", "yes")

    def _one(self, case: _Case, reference: Callable[..., Value], candidate: Callable[..., Value]) -> Finding:
        inputs_wanted, inputs_given = copy.deepcopy(case.arguments), copy.deepcopy(case.arguments)
        wanted = _call(reference, inputs_wanted)
        try:
            with time_limit(self._seconds):
                given = _call(candidate, inputs_given)
        except OutOfTime:
            return Finding("crash", "no", f"TimeoutError: case {case.number}: {self._name} takes too long")
        except BaseException as error:  # noqa: BLE001 - a candidate's function may raise anything, or exit
            why = f"{type(error).__name__}: case {case.number}: {error}"
            return Finding("crash", "no", why[:_LONGEST_WHY])
        if self._inputs is not None:
            correct, why = self._inputs.judge(inputs_wanted, inputs_given)
            if correct != "yes":
                return Finding("table_test", correct, f"case {case.number}: inputs: {why}")
        correct, why = self._outputs.judge(wanted, given)
        return Finding("table_test", correct, f"case {case.number}: {why}" if correct != "yes" else "")


@dataclass(frozen=True)
class _Case:
    number: int
    arguments: Case


def _call(function: Callable[..., Value], arguments: Case) -> Value:
    return function(**arguments) if isinstance(arguments, dict) else function(*arguments)


def _make_cases(given: Sequence[Any]) -> list[Case]:
    cases: list[Case] = []
    last = None
    for number, case in enumerate(given):
        _seed(number)
        last = last if case == _REPEAT else case
        made = _made(tuple(last) if isinstance(last, list) else last)
        if not isinstance(made, tuple | dict):
            raise BadValidator(f"test case {number} is neither a tuple nor a dict")
        cases.append(made)
    return cases


def _seed(number: int) -> None:
    import numpy as np  # noqa: PLC0415 - only where tables are made

    random.seed(number)
    np.random.seed(number)


def _made(given: Value) -> Value:
    if isinstance(given, tuple):
        return tuple(_made(element) for element in given)
    if not isinstance(given, str):
        return given
    code = given.strip()
    if code.startswith("```\n") and code.endswith("```"):
        return _generated(code[4:-3])
    if given.startswith("`") and given.endswith("`"):
        return run_data_code(given[1:-1], "eval")
    return given


def _generated(code: str) -> Value:
    namespace = run_data_code(code)
    if "_test_case" in namespace:
        return namespace["_test_case"]
    if isinstance(generate := namespace.get("_generate"), types.FunctionType):
        return generate()
    raise BadValidator("the code of a test case sets no _test_case and defines no _generate")


def _validate_of(code: str | None) -> Callable[..., Value] | None:
    if code is None:
        return None
    validate: Callable[..., Value] | None = run_data_code(code).get("_validate")
    if not callable(validate):
        raise BadValidator("the code of input_validator has to define _validate")
    return validate


def _accepts(validate: Callable[..., Value] | None, case: Case) -> bool:
    try:
        return validate is None or _call(validate, case) is not False
    except AssertionError:
        return False
