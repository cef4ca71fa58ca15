"""Failing notebooks to be mended, and functions with a hole to be filled."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbcoder.bench.digests import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from nbcoder.bench.problems import Problem, ProblemSet

__all__ = [
    "InfillingCase",
    "RepairCase",
    "crash_case",
    "function_case",
    "infilling_case",
    "name_in",
    "text_in",
]

_LONGEST_NAME = 200


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

    ``sets`` gives the problem sets of a data file by name. Raises ValueError when there is no such question.
    """
    subset, name, index = name_in(row, "subset"), name_in(row, "set"), row["index"]
    problem_set = sets(subset).get(name)
    found = enumerate(problem_set.problems if problem_set else ())
    position, problem = next(
        (at for at in found if at[1].question is not None and at[1].index == index), (0, None)
    )
    if problem_set is None or problem is None:
        raise ValueError(f"there is no question {index!r:.100} in set {name!r} of {subset}")
    return RepairCase(
        name=f"{subset}/{name}/{index}",
        cells=(text_in(row, "code"), *_calls(problem)),
        solution=problem.code,
        before=tuple(one.code for one in problem_set.problems[:position]),
        problem=problem,
        files=problem_set.files,
    )


def _calls(problem: Problem) -> tuple[str, ...]:
    """A cell that calls the function which the problem asks for: without it, no bug would show."""
    match problem.validator.get("table_test"):
        case {"function_name": str(name), "test_cases": [[*example], *_]} if all(
            _is_expression(argument) for argument in example
        ):
            arguments = ", ".join(argument.strip("`") for argument in example)
            return (f"{name}({arguments})",)
    return ()


def _is_expression(argument: object) -> bool:
    return isinstance(argument, str) and len(argument.split("`")) == 3 and argument[0] == argument[-1] == "`"  # noqa: PLR2004 - one pair of backquotes


def function_case(row: Mapping[str, Any]) -> RepairCase:
    """A function with a bug in one cell, and asserts about it in the next."""
    if "buggy_program" in row:
        cells = text_in(row, "buggy_program"), text_in(row, "tests")
        return RepairCase(name_in(row, "name"), cells, text_in(row, "solution"))
    declaration = text_in(row, "declaration")
    cells = declaration + text_in(row, "buggy_solution"), text_in(row, "test")
    return RepairCase(name_in(row, "task_id"), cells, declaration + text_in(row, "canonical_solution"))


def infilling_case(row: Mapping[str, Any]) -> InfillingCase:
    """A hole in a function, and a ``check`` function to be called with it."""
    return InfillingCase(
        name=name_in(row, "task_id"),
        prompt=text_in(row, "prompt"),
        suffix=text_in(row, "suffix"),
        test=f"{text_in(row, 'test')}\n\ncheck({name_in(row, 'entry_point')})",
        solution=text_in(row, "canonical_solution") if "canonical_solution" in row else "",
    )


def text_in(row: Mapping[str, Any], name: str) -> str:
    """That field; raises KeyError, TypeError or ValueError where it is none, or no text that can be sent."""
    text = row[name]
    if not isinstance(text, str):
        raise TypeError(f"{name!r} is no text")
    text.encode("utf-8")
    return text


def name_in(row: Mapping[str, Any], name: str) -> str:
    """That field, which stands in tables, in messages and in names of files; a number will do."""
    text = str(row[name]) if isinstance(row[name], int) else text_in(row, name)
    if not text.isprintable() or len(text.encode("utf-8")) > _LONGEST_NAME:
        raise ValueError(f"{name!r} is longer than a name, or cannot be printed in a line")
    return text
