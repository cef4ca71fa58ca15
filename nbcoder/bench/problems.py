"""Notebook problem sets: cells, some of which are questions with a reference answer and a way to judge.

The format is DSEval's: a Python file cut into cells by ``# %%``; a cell that begins with a YAML string is a
question, and the rest of that cell is its reference answer.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nbcoder.bench.digests import digest_of
from nbcoder.bench.in_kernel.judge import KINDS
from nbcoder.errors import BenchDataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Limits", "Problem", "ProblemSet", "parse_problem_set", "validator_config"]

_MARKER = re.compile(r"^# ?%%.*\n?", re.MULTILINE)
_YAML_STRING = re.compile(r"[rR]?(?P<quotes>\"\"\"|''')(?P<yaml>.*?)(?P=quotes)[ \t]*(?:\n|\Z)", re.DOTALL)

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "empty": (),
    "basic": ("crash",),
    "intact": ("crash", "namespace_intact"),
    "comparison": ("crash", "namespace_intact", "result"),
}


@dataclass(frozen=True)
class Limits:
    """What an answer may use: seconds, MB beyond what the kernel holds (None: as usual), which names not."""

    max_time: float = 1.0
    max_memory: int | None = None
    forbid_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """One cell. ``question`` is None where it only prepares the next ones.

    ``index`` counts the questions of a set from 1 and is 0 for cells that are none. ``validator`` is the
    whole configuration, with the template filled in.
    """

    code: str
    question: str | None = None
    validator: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    index: int = 0


@dataclass(frozen=True)
class ProblemSet:
    """One notebook. ``files`` are copied into its working folder under the names given."""

    name: str
    problems: tuple[Problem, ...]
    files: tuple[tuple[str, Path], ...] = ()

    @property
    def questions(self) -> tuple[Problem, ...]:
        """The cells that ask for something."""
        return tuple(problem for problem in self.problems if problem.question is not None)

    @cached_property
    def digests(self) -> Mapping[int, str]:
        """What each question is, by its index: all cells down to it, how it is judged, what it may use."""
        digests, digest = {}, ""
        for problem in self.problems:
            digest = digest_of(digest, asdict(problem))
            digests[problem.index] = digest
        digests.pop(0, None)
        return digests


def parse_problem_set(name: str, source: str, files: tuple[tuple[str, Path], ...] = ()) -> ProblemSet:
    """The set written in ``source``; text above the first ``# %%`` is a description and is left out.

    Raises
    ------
    BenchDataError
        A question's YAML cannot be read, has a field of the wrong kind, or names an unknown validator.
    """
    problems: list[Problem] = []
    count = 0
    for number, section in enumerate(_MARKER.split(source)[1:], start=1):
        if not section.strip():
            continue
        try:
            problem = _parse_cell(section.strip(), count + 1)
        except ValueError as error:
            raise BenchDataError(f"cell {number} of problem set {name}: {error}. Mend its YAML.") from error
        count += problem.question is not None
        problems.append(problem)
    return ProblemSet(name, tuple(problems), files)


def validator_config(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """``given`` laid over its template (``comparison`` unless it names another).

    Raises
    ------
    ValueError
        There is no such template, or no such validator.
    """
    given = dict(given or {})
    template = given.pop("template", "comparison")
    if not isinstance(template, str) or template not in _TEMPLATES:
        raise ValueError(f"unknown validator template {template!r:.100}")
    try:
        json.dumps(given)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"'validator' holds what the kernel cannot be told: {error}") from error
    _check_kinds(given)
    return {**dict.fromkeys(_TEMPLATES[template]), **given}


def _check_kinds(given: Mapping[str, Any]) -> None:
    for kind in given:
        if kind not in KINDS:
            raise ValueError(f"unknown validator {kind!r:.100}")
        if kind in {"and", "or"}:
            _check_kinds(_mapping(given, kind))


def _parse_cell(section: str, index: int) -> Problem:
    fields = _fields_of(match["yaml"]) if (match := _YAML_STRING.match(section)) else None
    if match is None or fields is None:
        return Problem(section)
    code = section[match.end() :].strip()
    question = fields.get("question")
    if question is None or not code:
        return Problem(code)
    text = str(question).strip()
    text.encode("utf-8")
    return Problem(
        code=code,
        question=text,
        validator=validator_config(_mapping(fields, "validator")),
        limits=_limits(_mapping(fields, "execution")),
        index=index,
    )


def _fields_of(text: str) -> dict[str, Any] | None:
    """The YAML mapping, or None when the string is no more than a string."""
    import yaml  # noqa: PLC0415 - the kernel imports this package and reads no YAML

    try:
        fields = yaml.safe_load(text)
    except Exception as error:
        if "question:" not in text:
            return None
        raise ValueError(" ".join(str(error).split())) from error
    return fields if isinstance(fields, dict) else None


def _mapping(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name) or {}
    if isinstance(value, dict):
        return value
    raise ValueError(f"{name!r} has to be a mapping")


def _limits(given: Mapping[str, Any]) -> Limits:
    memory = given.get("max_memory")
    try:
        limits = Limits(
            max_time=float(given.get("max_time", Limits.max_time)),
            max_memory=int(memory) if memory is not None and int(memory) > 0 else None,
            forbid_names=_names(given.get("forbid_names") or []),
        )
    except (TypeError, OverflowError) as error:
        raise ValueError(f"'execution' cannot be read: {error}") from error
    if not 0 < limits.max_time < math.inf:
        raise ValueError("'max_time' has to be a positive number of seconds")
    return limits


def _names(given: object) -> tuple[str, ...]:
    if isinstance(given, list):
        return tuple(map(str, given))
    raise TypeError("'forbid_names' has to be a list")
