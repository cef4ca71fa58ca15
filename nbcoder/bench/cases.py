"""Failing notebooks to be mended, and functions with a hole to be filled."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbcoder.bench.digests import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from nbcoder.bench.problems import Problem, ProblemSet

__all__ = ["InfillingCase", "RepairCase", "crash_case", "function_case", "infilling_case"]


@dataclass(frozen=True)
class RepairCase:
    """A notebook whose last cell raises.

    ``before`` are cells that run first and are right; ``cells`` are those of the case: the first holds the
    bug, the last raises, and they may be one. With a ``problem`` the first cell has to pass its validators;
    otherwise it is enough that all cells run. ``solution`` is what the first cell should have been.
    """

    name: str
    cells: tuple[str, ...]
    solution: str
    before: tuple[str, ...] = ()
    problem: Problem | None = None
    files: tuple[tuple[str, Path], ...] = ()

    @property
    def digest(self) -> str:
        """What is asked here and how it is judged."""
        return digest_of(
            self.before, self.cells, self.solution, asdict(self.problem) if self.problem else None
        )


@dataclass(frozen=True)
class InfillingCase:
    """Code with a hole between ``prompt`` and ``suffix``; ``test``, run after it, raises on a wrong fill."""

    name: str
    prompt: str
    suffix: str
    test: str
    solution: str = ""

    @property
    def digest(self) -> str:
        """What is asked here and how it is judged."""
        return digest_of(self.prompt, self.suffix, self.test, self.solution)


def crash_case(row: Mapping[str, Any], sets: Callable[[str], Mapping[str, ProblemSet]]) -> RepairCase:
    """A cell that crashed instead of answering question ``index`` of a problem set.

    ``sets`` gives the problem sets of a data file by name. Raises KeyError or IndexError when there is no
    such question.
    """
    problem_set = sets(str(row["subset"]))[row["set"]]
    position, problem = next(
        (position, problem)
        for position, problem in enumerate(problem_set.problems)
        if problem.question is not None and problem.index == row["index"]
    )
    return RepairCase(
        name=f"{row['subset']}/{row['set']}/{row['index']}",
        cells=(str(row["code"]), *_calls(problem)),
        solution=problem.code,
        before=tuple(one.code for one in problem_set.problems[:position]),
        problem=problem,
        files=problem_set.files,
    )


def _calls(problem: Problem) -> tuple[str, ...]:
    """A cell that calls the function which the problem asks for: without it, no bug would show."""
    test = problem.validator.get("table_test") or {}
    example = next(iter(test.get("test_cases", ())), None)
    if not isinstance(example, list) or not all(_is_expression(argument) for argument in example):
        return ()
    arguments = ", ".join(argument.strip("`") for argument in example)
    return (f"{test['function_name']}({arguments})",)


def _is_expression(argument: object) -> bool:
    return isinstance(argument, str) and len(argument.split("`")) == 3 and argument[0] == argument[-1] == "`"  # noqa: PLR2004 - one pair of backquotes


def function_case(row: Mapping[str, Any]) -> RepairCase:
    """A function with a bug in one cell, and asserts about it in the next."""
    if "buggy_program" in row:
        return RepairCase(str(row["name"]), (row["buggy_program"], row["tests"]), row["solution"])
    declaration = str(row["declaration"])
    cells = declaration + row["buggy_solution"], str(row["test"])
    return RepairCase(str(row["task_id"]), cells, declaration + row["canonical_solution"])


def infilling_case(row: Mapping[str, Any]) -> InfillingCase:
    """A hole in a function, and a ``check`` function to be called with it."""
    return InfillingCase(
        name=str(row["task_id"]),
        prompt=str(row["prompt"]),
        suffix=str(row["suffix"]),
        test=f"{row['test']}\n\ncheck({row['entry_point']})",
        solution=str(row.get("canonical_solution", "")),
    )
