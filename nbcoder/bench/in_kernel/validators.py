"""The validators of the DSEval format, built from their configuration.

Each looks at two outcomes, that of the reference and that of the candidate, and gives a finding.
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from nbcoder.bench.in_kernel.compare import Match, Options, compare
from nbcoder.bench.in_kernel.guess import answer_in_source, guess_result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbcoder.bench.in_kernel.compare import Value
    from nbcoder.bench.in_kernel.execute import Change, Outcome

__all__ = [
    "All",
    "BadValidator",
    "Comparison",
    "Correct",
    "Crash",
    "Either",
    "Finding",
    "Model",
    "NamespaceCheck",
    "NamespaceIntact",
    "Result",
    "Stream",
    "Validator",
    "run_data_code",
]

Correct = Literal["yes", "partial", "no"]
Config: TypeAlias = Any

_LONGEST_WHY = 2000


class BadValidator(ValueError):
    """The data asks for a check that cannot be made: a fault of the problem, never of an answer."""


@dataclass(frozen=True)
class Finding:
    """What one validator says; ``partial`` is right in substance and wrong in form."""

    validator: str
    correct: Correct
    why: str = ""
    parts: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The finding and its parts as plain values."""
        return asdict(self)


class Validator(Protocol):
    """One check of an answer."""

    def check(self, expected: Outcome, found: Outcome) -> Finding:
        """Compare the candidate's outcome with the reference's."""


class Comparison:
    """How two values are compared: by options, by a function in the data, strictly and then loosely."""

    def __init__(self, config: Config) -> None:
        if isinstance(config, str):
            self._strict = self._loose = _function_of(config)
        else:
            options = _options(config)
            self._strict = _comparing(options)
            self._loose = _comparing(options.loosened())

    def judge(self, expected: Value, found: Value) -> tuple[Correct, str]:
        """Whether ``found`` will do, and why not."""
        try:
            strict = self._strict(expected, found)
            if strict.same:
                return "yes", strict.why
            loose = self._loose(expected, found)
        except Exception as error:  # noqa: BLE001 - values of any kind; what cannot be compared is not equal
            return "no", f"cannot be compared: {type(error).__name__}: {error}"[:_LONGEST_WHY]
        return ("partial", loose.why or strict.why) if loose.same else ("no", strict.why)


def _options(config: Config) -> Options:
    try:
        return Options(**(config or {}))
    except TypeError as error:
        raise BadValidator(f"cannot compare by {config!r}: {error}") from error


def _comparing(options: Options) -> Callable[[Value, Value], Match]:
    return lambda expected, found: compare(expected, found, options)


def _function_of(code: str) -> Callable[[Value, Value], Match]:
    if not callable(function := run_data_code(code).get("compare_fn")):
        raise BadValidator("the code of a comparison has to define compare_fn")

    def comparing(expected: Value, found: Value) -> Match:
        answer = function(expected, found)
        return Match(bool(answer["match"]), str(answer.get("reason", "")))

    return comparing


def run_data_code(code: str, mode: Literal["exec", "eval"] = "exec") -> Value:
    """Run code that the problem's author wrote: its value, or the namespace it leaves.

    ``np``, ``pd``, ``json`` and ``random`` are there without an import.
    """
    import numpy as np  # noqa: PLC0415 - only where the data's code needs it
    import pandas as pd  # noqa: PLC0415 - the same

    namespace = {"np": np, "pd": pd, "json": json, "random": random}
    compiled = compile(code, "<data>", mode, dont_inherit=True)
    value = eval(compiled, namespace)  # noqa: S307 - code of the data set, which the user chose to run
    return value if mode == "eval" else namespace


@dataclass(frozen=True)
class Crash:
    """The candidate must not raise; partial when the answer can be read in its source all the same."""

    def check(self, expected: Outcome, found: Outcome) -> Finding:
        """See `Validator`."""
        if found.error is None:
            return Finding("crash", "yes")
        if answer_in_source(found.source, expected.result):
            return Finding("crash", "partial", "the answer is written in the code, which crashes")
        return Finding("crash", "no", f"{found.error.name}: {found.error.value}")


@dataclass(frozen=True)
class NamespaceIntact:
    """The candidate must not change variables that the reference leaves alone.

    Each field is a yes, a no, a list of names, or None for what the reference does.
    """

    addition: bool | list[str] = True
    update: bool | list[str] | None = None
    replacement: bool | list[str] | None = None
    deletion: bool | list[str] | None = None
    treat_replacement_as_update: bool | None = None

    def __post_init__(self) -> None:
        if self.treat_replacement_as_update and self.replacement is not None:
            raise BadValidator("namespace_intact: replacement is given, and to be treated as update")

    def check(self, expected: Outcome, found: Outcome) -> Finding:
        """See `Validator`."""
        by_reference, by_candidate = self._merged(expected.changes), self._merged(found.changes)
        rules: dict[Change, bool | list[str] | None] = {
            "added": self.addition,
            "updated": self.update,
            "replaced": self.replacement,
            "deleted": self.deletion,
        }
        for name, change in by_candidate.items():
            rule = rules[change]
            if rule is None:
                allowed = by_reference.get(name) == change
            else:
                allowed = rule if isinstance(rule, bool) else name in rule
            if not allowed:
                return Finding("namespace_intact", "no", f"variable {name} was {change}")
        return Finding("namespace_intact", "yes")

    def _merged(self, changes: Mapping[str, Change]) -> Mapping[str, Change]:
        merge = self.treat_replacement_as_update
        if merge is None:
            merge = self.replacement is None
        return {name: "updated" if merge and c == "replaced" else c for name, c in changes.items()}


@dataclass(frozen=True)
class Result:
    """The value of the cell's last expression; partial when it was printed or assigned instead."""

    comparison: Comparison

    def check(self, expected: Outcome, found: Outcome) -> Finding:
        """See `Validator`."""
        if expected.result is None:
            return Finding("result", "yes", "the reference has no result")
        if found.result is not None:
            return Finding("result", *self.comparison.judge(expected.result, found.result))
        return Finding("result", *self._elsewhere(expected, found))

    def _elsewhere(self, expected: Outcome, found: Outcome) -> tuple[Correct, str]:
        """There is no result: look for it in the code, in what it prints and what it assigns."""
        if answer_in_source(found.source, expected.result):
            return "partial", "the answer is written in the code"
        try:
            guessed = guess_result(found.source, found.namespace, expected.result)
        except Exception as error:  # noqa: BLE001 - parts of the candidate are run again and may raise anything
            return "no", f"there is no result, and it cannot be guessed: {error}"[:_LONGEST_WHY]
        if guessed is None:
            return "no", "there is no result"
        correct, why = self.comparison.judge(expected.result, guessed)
        if correct == "no":
            return "no", why
        return "partial", "printed or assigned instead of being the last expression"


@dataclass(frozen=True)
class NamespaceCheck:
    """Named variables have to hold what the reference puts there."""

    names: dict[str, Comparison]

    def check(self, expected: Outcome, found: Outcome) -> Finding:
        """See `Validator`."""
        parts = tuple(self._one(name, expected, found) for name in self.names)
        return Finding("namespace_check", _all(parts), "", parts)

    def _one(self, name: str, expected: Outcome, found: Outcome) -> Finding:
        if name not in expected.namespace:
            raise BadValidator(f"the reference does not define {name}")
        if name not in found.namespace:
            return Finding("namespace_check", "no", f"variable {name} is not there")
        correct, why = self.names[name].judge(expected.namespace[name], found.namespace[name])
        return Finding("namespace_check", correct, f"variable {name}: {why}" if why else "")


@dataclass(frozen=True)
class Stream:
    """What is printed has to be the same, to the letter."""

    def check(self, expected: Outcome, found: Outcome) -> Finding:
        """See `Validator`."""
        if expected.stream == found.stream:
            return Finding("stream", "yes")
        return Finding("stream", "no", f"printed {found.stream!r:.400} instead of {expected.stream!r:.400}")


@dataclass(frozen=True)
class All:
    """Every part has to agree."""

    parts: tuple[Validator, ...]

    def check(self, expected: Outcome, found: Outcome) -> Finding:
        """See `Validator`."""
        findings = tuple(part.check(expected, found) for part in self.parts)
        return Finding("and", _all(findings), "", findings)


@dataclass(frozen=True)
class Either:
    """One part that agrees is enough."""

    parts: tuple[Validator, ...]

    def check(self, expected: Outcome, found: Outcome) -> Finding:
        """See `Validator`."""
        findings = tuple(part.check(expected, found) for part in self.parts)
        best: Correct = min((finding.correct for finding in findings), key=_ORDER.index, default="no")
        return Finding("or", best, "", findings)


@dataclass(frozen=True)
class Model:
    """A fitted model has to reach the reference's scores on data of the notebook.

    A tolerance of 0 asks for the same score; a negative one allows to fall short by that share, a positive
    one to exceed it (for errors, where less is better).
    """

    model_name: str
    inputs_name: str
    labels_name: str
    metric_type: str | list[str]
    tolerance: float | list[float] = 0.0
    _metrics: list[tuple[str, float]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        kinds = self.metric_type if isinstance(self.metric_type, list) else [self.metric_type]
        slack = self.tolerance if isinstance(self.tolerance, list) else [self.tolerance] * len(kinds)
        if len(kinds) != len(slack) or not set(kinds) <= set(_METRICS):
            raise BadValidator(f"model: cannot use metrics {kinds} with tolerances {slack}")
        self._metrics.extend(zip(kinds, slack, strict=True))

    def check(self, expected: Outcome, found: Outcome) -> Finding:
        """See `Validator`."""
        data = expected.namespace
        if missing := {self.model_name, self.inputs_name, self.labels_name} - data.keys():
            raise BadValidator(f"the reference does not define {', '.join(sorted(missing))}")
        if self.model_name not in found.namespace:
            return Finding("model", "no", f"model {self.model_name} is not there")
        inputs, labels = data[self.inputs_name], data[self.labels_name]
        wanted = data[self.model_name].predict(inputs)
        try:
            given = found.namespace[self.model_name].predict(inputs)
            scores = [(_score(kind, labels, given), kind, slack) for kind, slack in self._metrics]
        except Exception as error:  # noqa: BLE001 - the candidate's model may be anything
            return Finding("model", "no", f"the model cannot predict: {error}"[:_LONGEST_WHY])
        for score, kind, slack in scores:
            target = _score(kind, labels, wanted)
            if not _reaches(score, target, slack):
                return Finding("model", "no", f"{kind} is {score:.4g}, the reference's is {target:.4g}")
        return Finding("model", "yes")


_METRICS = {
    "accuracy": "accuracy_score",
    "precision": "precision_score",
    "recall": "recall_score",
    "f1": "f1_score",
    "roc_auc": "roc_auc_score",
    "r2": "r2_score",
    "mse": "mean_squared_error",
    "rmse": "root_mean_squared_error",
}
_ORDER: tuple[Correct, ...] = ("yes", "partial", "no")


def _score(kind: str, labels: Value, predicted: Value) -> float:
    from sklearn import metrics  # type: ignore[import-untyped]  # noqa: PLC0415 - a notebook with a model has it

    return float(getattr(metrics, _METRICS[kind])(labels, predicted))


def _reaches(score: float, target: float, slack: float) -> bool:
    if slack == 0:
        return abs(score - target) <= 1e-8 + 1e-5 * abs(target)
    limit = (1 + slack) * target
    return score <= limit if slack > 0 else score >= limit


def _all(findings: tuple[Finding, ...]) -> Correct:
    return max((finding.correct for finding in findings), key=_ORDER.index, default="yes")
