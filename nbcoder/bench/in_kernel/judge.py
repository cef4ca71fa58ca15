"""Runs a candidate and the reference from the same state of this kernel, side by side, and compares them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nbcoder.bench.in_kernel import execute as run
from nbcoder.bench.in_kernel import validators as checks
from nbcoder.bench.in_kernel.tables import TableTest
from nbcoder.bench.in_kernel.validators import BadValidator, Comparison, Validator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nbcoder.bench.in_kernel.execute import Namespace, Outcome

__all__ = ["KINDS", "build", "judge", "run_cells"]


def judge(namespace: Namespace, question: Mapping[str, Any]) -> dict[str, Any]:
    """Compare ``question["candidate"]`` with ``question["reference"]``; to be called in a fork.

    Gives ``finding``, ``error`` (name and text, or None) and ``seconds`` of the candidate, or ``broken``: why
    this question cannot be judged, through no fault of the candidate.
    """
    limits = question["limits"]
    pristine = run.copy_namespace(namespace)
    beside = run.copy_namespace(namespace)
    snapshots = run.Snapshot(beside, pristine), run.Snapshot(namespace, pristine)
    run.memory_limit(limits["memory"])
    try:
        validator = build("and", question["validator"], limits["seconds"])
        with run.same_luck():
            expected = _outcome(question["reference"], beside, limits, snapshots[0])
        if expected.error is not None:
            return {"broken": f"the reference raises {expected.error.name}: {expected.error.value}"}
        found = _outcome(question["candidate"], namespace, limits, snapshots[1])
        finding = validator.check(expected, found)
    except BadValidator as error:
        return {"broken": str(error)}
    except Exception as error:  # noqa: BLE001 - code in the data may raise anything; the candidate's is caught
        return {"broken": f"{type(error).__name__}: {error}"[:2000]}
    return {
        "finding": finding.to_json(),
        "error": [found.error.name, found.error.value] if found.error else None,
        "seconds": found.seconds,
    }


def _outcome(source: str, namespace: Namespace, limits: Mapping[str, Any], before: run.Snapshot) -> Outcome:
    with run.scratch_folder(), run.without_names(namespace, limits["forbid"]):
        outcome = run.execute(source, namespace, limits["seconds"])
    outcome.changes = before.changes(namespace)
    return outcome


def run_cells(sources: Sequence[str], seconds: float, memory: int) -> dict[str, Any]:
    """Run cells one after the other in an empty namespace; to be called in a fork.

    Gives for each cell its error (name and text, or None) and its seconds; the first error ends it.
    """
    run.memory_limit(memory)
    namespace: Namespace = {"__name__": "__main__"}
    cells = []
    started = time.perf_counter()
    with run.scratch_folder():
        for source in sources:
            outcome = run.execute(source, namespace, seconds)
            cells.append([outcome.error.name, outcome.error.value] if outcome.error else None)
            if outcome.error:
                break
    return {"cells": cells, "seconds": time.perf_counter() - started}


def build(kind: str, config: Any, seconds: float) -> Validator:  # noqa: ANN401 - whatever the data's YAML holds
    """The validator of that kind.

    Raises
    ------
    BadValidator
        There is no such kind, or it cannot be configured so.
    """
    if kind in _JOINING:
        parts = tuple(build(inner, given, seconds) for inner, given in (config or {}).items())
        return checks.All(parts) if kind == "and" else checks.Either(parts)
    if kind not in _LEAVES:
        raise BadValidator(f"unknown validator {kind!r}")
    try:
        return _LEAVES[kind](config, seconds)
    except TypeError as error:
        raise BadValidator(f"{kind} cannot be configured by {config!r:.200}: {error}") from error


def _result(config: Any) -> Validator:  # noqa: ANN401 - see above
    inner = config.get("compare_fn") if isinstance(config, dict) else None
    return checks.Result(Comparison(config if inner is None else inner))


_LEAVES: dict[str, Callable[[Any, float], Validator]] = {
    "crash": lambda _config, _seconds: checks.Crash(),
    "stream": lambda _config, _seconds: checks.Stream(),
    "result": lambda config, _seconds: _result(config),
    "namespace_intact": lambda config, _seconds: checks.NamespaceIntact(**(config or {})),
    "namespace_check": lambda config, _seconds: checks.NamespaceCheck(
        {name: Comparison(given) for name, given in (config or {}).items()}
    ),
    "model": lambda config, _seconds: checks.Model(**config),
    "table_test": TableTest,
}
_JOINING = ("and", "or")
KINDS: frozenset[object] = frozenset((*_JOINING, *_LEAVES))
"""The names of all validators."""
