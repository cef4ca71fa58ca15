"""Reads bench data; which kind a file holds is told by its fields.

Files with several notebooks are JSON lines. A notebook may also be a file of its own: ``.py`` in the DSEval
format, or a user's ``.ipynb`` with requests and the cells that answered them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from nbcoder.bench.cases import (
    InfillingCase,
    RepairCase,
    crash_case,
    function_case,
    infilling_case,
    name_in,
    text_in,
)
from nbcoder.bench.problems import Problem, ProblemSet, parse_problem_set, validator_config
from nbcoder.errors import BenchDataError
from nbcoder.notebook.files import read_notebook
from nbcoder.wire import MAGICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from nbformat import NotebookNode

    from nbcoder.bench.records import Item

__all__ = ["BenchData", "load_data"]

_T = TypeVar("_T")
Files = tuple[tuple[str, "Path"], ...]

_REQUEST = re.compile(r"%%generate\b[ \t]*(?:-[\w-]+[ =]\S+[ \t]*)*(?P<text>.*)", re.DOTALL)
_OTHER = re.compile(rf"\s*%%?(?:nbcoder|{'|'.join(name for name in MAGICS if name != 'generate')})\b")
"""Cells that ask for something else than a new cell: nothing depends on them."""


@dataclass(frozen=True)
class BenchData:
    """One file or folder of data; it holds one of the three kinds."""

    name: str
    questions: tuple[ProblemSet, ...] = ()
    repairs: tuple[RepairCase, ...] = ()
    infillings: tuple[InfillingCase, ...] = ()

    def items(self, kernel: str) -> set[Item]:
        """What is asked here, as a journal names it."""
        questions = {
            (self.name, one.name, index, digest, kernel)
            for one in self.questions
            for index, digest in one.digests.items()
        }
        cases: tuple[RepairCase | InfillingCase, ...] = (*self.repairs, *self.infillings)
        return questions | {(self.name, one.name, 1, one.digest, kernel) for one in cases}


def load_data(*paths: Path) -> tuple[BenchData, ...]:
    """Everything at ``paths``, each a file or a folder of files.

    Raises
    ------
    BenchDataError
        There is nothing there, or it is in no format that is known.
    """
    found = tuple(data for path in paths for data in _load_one(path))
    if not any(data.repairs or data.infillings or _asks(data) for data in found):
        raise BenchDataError(
            f"{paths[0]} asks nothing: a notebook needs %%generate cells, or texts above its cells."
        )
    return found


def _asks(data: BenchData) -> bool:
    return any(one.questions for one in data.questions)


def _load_one(path: Path) -> tuple[BenchData, ...]:
    if not path.is_dir():
        return (_load_file(path),)
    scripts = sorted(file for file in path.glob("*.py") if not file.name.startswith("_"))
    others = sorted([*path.glob("*.jsonl"), *path.glob("*.ipynb")])
    data = [_load_file(file) for file in others]
    if scripts:
        data.append(BenchData(path.name, questions=tuple(_read_script(file) for file in scripts)))
    if not data:
        raise BenchDataError(
            f"{path} holds no .jsonl, .py or .ipynb file. Give the folder or file with the data."
        )
    return tuple(data)


def _load_file(path: Path) -> BenchData:
    if path.suffix == ".py":
        return BenchData(path.stem, questions=(_read_script(path),))
    if path.suffix == ".ipynb":
        return BenchData(path.stem, questions=(_read_user_notebook(path),))
    rows = _read_rows(path)
    fields = rows[0].keys()
    if "source" in fields:
        sets = tuple(_each(rows, partial(_row_to_set, path), path))
        return BenchData(path.stem, questions=sets)
    if "buggy_program" in fields or "buggy_solution" in fields:
        return BenchData(path.stem, repairs=tuple(_each(rows, function_case, path)))
    if {"subset", "index", "code"} <= fields:
        sets_of = cache(partial(_sets_beside, path))
        return BenchData(path.stem, repairs=tuple(_each(rows, partial(crash_case, sets=sets_of), path)))
    if {"prompt", "suffix", "entry_point"} <= fields:
        return BenchData(path.stem, infillings=tuple(_each(rows, infilling_case, path)))
    raise BenchDataError(
        f"{path} has rows of no kind that is known ({str(sorted(fields))[1:-1]:.200}). Give another file."
    )


def _read_text(path: Path, newline: str | None = None) -> str:
    try:
        with path.open(encoding="utf-8-sig", newline=newline) as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise BenchDataError(f"cannot read {path}: {error}. Check its name and rights.") from error


def _read_rows(path: Path) -> list[dict[str, Any]]:
    rows = []
    # What else ends a line for Python may stand in the texts of a row.
    for number, line in enumerate(_read_text(path, "\n").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BenchDataError(
                f"line {number} of {path} is no JSON: {error}. Mend or remove it."
            ) from error
        if not isinstance(row, dict):
            raise BenchDataError(f"line {number} of {path} is no JSON object. Mend or remove it.")
        rows.append(row)
    if not rows:
        raise BenchDataError(f"{path} is empty. Give another file.")
    return rows


def _each(rows: Sequence[dict[str, Any]], read: Callable[[dict[str, Any]], _T], path: Path) -> Iterator[_T]:
    for number, row in enumerate(rows, start=1):
        try:
            yield read(row)
        except KeyError as error:
            raise BenchDataError(f"row {number} of {path} lacks {error}. Mend or remove it.") from error
        except (TypeError, ValueError) as error:
            raise BenchDataError(
                f"row {number} of {path} cannot be read: {error}. Mend or remove it."
            ) from error


def _row_to_set(path: Path, row: dict[str, Any]) -> ProblemSet:
    name = name_in(row, "name")
    return parse_problem_set(name, text_in(row, "source"), _inputs(path.with_suffix(""), name))


def _read_script(path: Path) -> ProblemSet:
    return parse_problem_set(path.stem, _read_text(path), _inputs(path.parent, path.stem))


def _inputs(base: Path, name: str) -> Files:
    """The folder that the notebook finds as ``inputs``: its own if there is one, else that of all."""
    places = (
        base / name / "inputs",
        base / "inputs" / name,
        base / "_inputs" / name,
        base / "inputs",
        base / "_inputs",
    )
    return next(((("inputs", place),) for place in places if place.is_dir()), ())


def _sets_beside(path: Path, subset: str) -> dict[str, ProblemSet]:
    """The problem sets that a crash refers to: in the same folder, or in one beside it."""
    places = (path.parent, *sorted(path.resolve().parent.parent.iterdir()))
    found = next((file for place in places if (file := place / f"{subset}.jsonl").is_file()), None)
    if found is None:
        raise BenchDataError(
            f"{path} refers to {subset}.jsonl, which is neither beside it nor in a folder beside."
        )
    sets = _each(_read_rows(found), partial(_row_to_set, found), found)
    return {one.name: one for one in sets}


def _read_user_notebook(path: Path) -> ProblemSet:
    """A notebook as a problem set: requests (else texts) are questions, the cells below their answers."""
    notebook = read_notebook(path)
    language = str(notebook.metadata.get("language_info", {}).get("name", "python"))
    if not language.casefold().endswith("python"):
        raise BenchDataError(f"{path} is written in {language}. Give notebooks that are written in Python.")
    cells = [cell for cell in notebook.cells if cell.source.strip() and not _OTHER.match(cell.source)]
    asked = _asked_before(notebook)
    is_asked = any(_request_of(cell) or _suggestion_of(cell) in asked for cell in cells)
    problems: list[Problem] = []
    question, count, last = "", 0, ""
    for cell in cells:
        if cell.cell_type != "code" or _request_of(cell):
            question, last = (_request_of if is_asked else _text_of)(cell), ""
            continue
        suggestion = _suggestion_of(cell)
        if suggestion and suggestion == last:
            # One request was answered by several cells.
            problems[-1] = _joined(problems[-1], cell.source)
            continue
        question = question or asked.get(suggestion, "")
        count += bool(question)
        problems.append(_problem(cell.source, question, count))
        question, last = "", suggestion
    beside = (
        file for file in path.resolve().parent.iterdir() if file.suffix != ".ipynb" and file.name[0] != "."
    )
    return ProblemSet(path.stem, tuple(problems), tuple((file.name, file) for file in sorted(beside)))


def _suggestion_of(cell: NotebookNode) -> str:
    """The one that the cell came of; '' for the user's own."""
    ours = cell.metadata.get("nbcoder")
    return str(ours.get("suggestion", "")) if isinstance(ours, dict) else ""


def _asked_before(notebook: NotebookNode) -> dict[str, str]:
    """What new cells were asked for, by their suggestion: the cells that asked may be gone."""
    ours = notebook.metadata.get("nbcoder")
    history = ours.get("history") if isinstance(ours, dict) else None
    entries = [entry for entry in history if isinstance(entry, dict)] if isinstance(history, list) else []
    return {
        str(entry.get("suggestion", "")): str(entry.get("request", ""))
        for entry in entries
        if entry.get("kind") == "generate" and entry.get("suggestion")
    }


def _problem(code: str, question: str, count: int) -> Problem:
    return Problem(code, question, validator_config(None), index=count) if question else Problem(code)


def _joined(problem: Problem, source: str) -> Problem:
    return Problem(f"{problem.code}\n\n{source}", problem.question, problem.validator, index=problem.index)


def _request_of(cell: NotebookNode) -> str:
    match = _REQUEST.match(cell.source.lstrip()) if cell.cell_type == "code" else None
    return match["text"].strip() if match else ""


def _text_of(cell: NotebookNode) -> str:
    return str(cell.source).strip() if cell.cell_type == "markdown" else ""
