from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import nbformat.v4
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.bench.data import load_data
from nbcoder.errors import BenchDataError

SET = '# %%\n"""\nquestion: what?\n"""\n1 + 1\n'
QUIX = {
    "name": "f",
    "buggy_program": "def f(): return 1",
    "solution": "def f(): return 2",
    "tests": "assert f() == 2",
}
HUMAN = {
    "task_id": "Python/0",
    "declaration": "def f():\n",
    "buggy_solution": "    return 1",
    "canonical_solution": "    return 2",
    "test": "assert f() == 2",
}
HOLE = {
    "task_id": "h",
    "prompt": "x =",
    "suffix": "\n",
    "canonical_solution": " 1",
    "test": "def check(x): pass",
    "entry_point": "x",
}


def write_rows(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_rows_with_a_source_are_problem_sets_and_find_their_inputs(tmp_path: Path) -> None:
    (tmp_path / "exercise" / "inputs").mkdir(parents=True)
    (tmp_path / "exercise" / "inputs" / "own").mkdir()
    path = write_rows(
        tmp_path / "exercise.jsonl", {"name": "any", "source": SET}, {"name": "own", "source": SET}
    )
    (data,) = load_data(path)
    assert data.name == "exercise"
    assert [one.questions[0].code for one in data.questions] == ["1 + 1", "1 + 1"]
    assert data.questions[0].files == (("inputs", tmp_path / "exercise" / "inputs"),)
    assert data.questions[1].files == (("inputs", tmp_path / "exercise" / "inputs" / "own"),)


def test_a_folder_of_scripts_is_one_data_set(tmp_path: Path) -> None:
    (tmp_path / "_inputs" / "one").mkdir(parents=True)
    (tmp_path / "one.py").write_text(SET)
    (tmp_path / "two.py").write_text(SET)
    (tmp_path / "_helper.py").write_text("not a set")
    (data,) = load_data(tmp_path)
    assert [one.name for one in data.questions] == ["one", "two"]
    assert data.questions[0].files == (("inputs", tmp_path / "_inputs" / "one"),)
    assert data.questions[1].files == (("inputs", tmp_path / "_inputs"),)


def test_functions_with_bugs_are_two_cells(tmp_path: Path) -> None:
    data = load_data(write_rows(tmp_path / "quix.jsonl", QUIX))[0].repairs
    more = load_data(write_rows(tmp_path / "human.jsonl", HUMAN))[0].repairs
    assert data[0].cells == ("def f(): return 1", "assert f() == 2")
    assert more[0].cells == ("def f():\n    return 1", "assert f() == 2")
    assert more[0].solution == "def f():\n    return 2"


def test_a_crash_is_replayed_up_to_its_question(tmp_path: Path) -> None:
    source = f"# %%\nx = 1\n{SET}{SET.replace('1 + 1', 'x + 1')}"
    write_rows(tmp_path / "sets" / "exercise.jsonl", {"name": "one", "source": source})
    row = {"subset": "exercise", "set": "one", "index": 2, "question": "what?", "code": "y"}
    (case,) = load_data(write_rows(tmp_path / "repair" / "crashes.jsonl", row))[0].repairs
    assert case.before == ("x = 1", "1 + 1")
    assert case.cells == ("y",)
    assert case.solution == "x + 1"
    assert case.problem is not None


def test_a_crash_inside_a_function_is_shown_by_a_call(tmp_path: Path) -> None:
    yaml = "question: q\nvalidator: {table_test: {function_name: f, test_cases: [['`[1]`', '`2`']]}}"
    write_rows(
        tmp_path / "leetcode.jsonl", {"name": "one", "source": f'# %%\n"""\n{yaml}\n"""\ndef f(a, b): pass'}
    )
    row = {"subset": "leetcode", "set": "one", "index": 1, "question": "q", "code": "def f(a, b): a.b"}
    (case,) = load_data(write_rows(tmp_path / "crashes.jsonl", row))[0].repairs
    assert case.cells == ("def f(a, b): a.b", "f([1], 2)")


def test_holes_carry_a_test_that_calls_the_check(tmp_path: Path) -> None:
    (case,) = load_data(write_rows(tmp_path / "holes.jsonl", HOLE))[0].infillings
    assert case.test.endswith("check(x)")
    assert (case.prompt, case.suffix, case.solution) == ("x =", "\n", " 1")


def notebook(path: Path, *cells: Any, **metadata: Any) -> Path:
    page = nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)
    nbformat.write(page, path)
    return path


def code(source: str, suggestion: str = "") -> Any:
    metadata = {"nbcoder": {"suggestion": suggestion}} if suggestion else {}
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def text(source: str) -> Any:
    return nbformat.v4.new_markdown_cell(source)


def test_the_requests_of_a_users_notebook_are_questions(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a\n1\n")
    path = notebook(
        tmp_path / "mine.ipynb",
        text("# A title"),
        code("import csv"),
        code("%%generate --seed 1\nread the file"),
        code("rows = 1", "s1"),
        code("rows", "s1"),
        code("rows + 1"),
    )
    (problems,) = load_data(path)[0].questions
    assert [(one.question, one.code) for one in problems.problems] == [
        (None, "import csv"),
        ("read the file", "rows = 1\n\nrows"),
        (None, "rows + 1"),
    ]
    assert problems.questions[0].index == 1
    assert problems.questions[0].validator
    assert problems.files == (("data.csv", tmp_path / "data.csv"),)


def test_what_was_asked_before_is_a_question_also_where_the_cell_that_asked_is_gone(tmp_path: Path) -> None:
    history = [
        {"suggestion": "s1", "kind": "generate", "request": "read the file"},
        {"suggestion": "s2", "kind": "fix", "request": ""},
        "odd",
    ]
    path = notebook(
        tmp_path / "mine.ipynb",
        text("# A title"),
        code("rows = 1", "s1"),
        code("rows", "s1"),
        code("rows + 1", "s2"),
        nbcoder={"history": history},
    )
    (problems,) = load_data(path)[0].questions
    assert [(one.question, one.code) for one in problems.problems] == [
        ("read the file", "rows = 1\n\nrows"),
        (None, "rows + 1"),
    ]


def test_cells_that_ask_about_others_are_no_part_of_the_problems(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "mine.ipynb",
        text("Add one."),
        code("%fix"),
        code("1 + 1"),
        code("%%explain\nwhy"),
        code("%nbcoder"),
    )
    (problems,) = load_data(path)[0].questions
    assert [(one.question, one.code) for one in problems.problems] == [("Add one.", "1 + 1")]


@pytest.mark.parametrize(
    ("cells", "metadata", "why"),
    [
        ([code("1 + 1")], {}, "asks nothing: a notebook needs %%generate cells"),
        ([text("Add."), code("x <- 1")], {"language_info": {"name": "R"}}, "is written in R"),
    ],
)
def test_a_notebook_without_questions_for_python_is_refused_in_one_line(
    tmp_path: Path, cells: list[Any], metadata: dict[str, Any], why: str
) -> None:
    with pytest.raises(BenchDataError, match=why):
        load_data(notebook(tmp_path / "mine.ipynb", *cells, **metadata))


def test_without_requests_the_texts_above_cells_are_questions(tmp_path: Path) -> None:
    path = notebook(tmp_path / "mine.ipynb", text("Add one."), code("1 + 1"), code("2 + 2"))
    (problems,) = load_data(path)[0].questions
    assert [one.question for one in problems.problems] == ["Add one.", None]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is empty"),
        ("no json\n", "line 1"),
        ("[1]\n", "no JSON object"),
        ('{"colour": 1}\n', "no kind that is known"),
        ('{"source": "x"}\n', "row 1"),
        ('{"subset": "none", "set": "s", "index": 1, "code": "x"}\n', "none.jsonl"),
    ],
)
def test_a_file_that_is_no_data_is_refused_in_one_line(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(content)
    with pytest.raises(BenchDataError, match=why) as raised:
        load_data(path)
    assert len(str(raised.value).splitlines()) == 1


def line_about(path: Path) -> str:
    """What is said of a file that is refused."""
    with pytest.raises(BenchDataError) as raised:
        load_data(path)
    assert len(str(raised.value).splitlines()) == 1
    return str(raised.value)


def test_a_row_may_hold_what_else_ends_a_line_and_the_file_may_begin_with_a_mark(tmp_path: Path) -> None:
    source = f"{SET}'\u2028\x85\x0b'\n"
    row = json.dumps({"name": "one", "source": source}, ensure_ascii=False)
    (tmp_path / "rows.jsonl").write_bytes(f"\ufeff{row}\r\n\n{row.replace('one', 'two')}".encode())
    (data,) = load_data(tmp_path / "rows.jsonl")
    assert [one.name for one in data.questions] == ["one", "two"]
    assert data.questions[0].questions[0].code == "1 + 1\n'\u2028\x85\x0b'"
    (tmp_path / "script.py").write_bytes(f"\ufeff{SET}".encode())
    assert load_data(tmp_path / "script.py")[0].questions[0].questions[0].code == "1 + 1"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"name": "one", "source": ["x"]}, "'source' is no text"),
        ({"name": "two\nlines", "source": SET}, "'name' is longer"),
        ({"name": "n" * 300, "source": SET}, "'name' is longer"),
        ({"name": "one", "source": SET + "'\ud800'"}, "surrogates not allowed"),
        (QUIX | {"tests": 1}, "'tests' is no text"),
        (HUMAN | {"buggy_solution": None}, "'buggy_solution' is no text"),
        (HOLE | {"suffix": {}}, "'suffix' is no text"),
        ({"subset": ["a"], "set": "s", "index": 1, "code": "x"}, "'subset' is no text"),
        ({"subset": "data", "set": "s", "index": 1, "code": "x"}, "lacks 'name'"),
        ({"no\nfield": 1}, "no kind that is known"),
    ],
)
def test_a_row_with_a_field_of_the_wrong_kind_is_refused_in_one_line(
    tmp_path: Path, row: dict[str, object], why: str
) -> None:
    assert why in line_about(write_rows(tmp_path / "data.jsonl", row))


def test_a_row_that_is_nested_too_deeply_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text("[" * 100_000)
    assert "line 1" in line_about(tmp_path / "data.jsonl")


FIELDS = st.none() | st.integers() | st.text(max_size=20) | st.lists(st.text(max_size=3), max_size=2)
SETS = st.text(max_size=20).map(lambda text: {"name": "one", "source": SET.replace("what?", text)})
CRASHES = st.just({"subset": "sets", "set": "one", "index": 1, "code": "x"})
ROWS = st.sampled_from([QUIX, HUMAN, HOLE]) | SETS | CRASHES
CHANGED = st.builds(
    lambda row, changes: json.dumps(row | {name: changes[name] for name in row if name in changes}),
    ROWS,
    st.dictionaries(st.sampled_from(sorted({*QUIX, *HUMAN, *HOLE, "source", "subset", "index"})), FIELDS),
)


@given(st.lists(CHANGED | ROWS.map(json.dumps) | st.text(max_size=20), max_size=3))
def test_any_text_gives_rows_or_one_line_and_stays_as_it_is(lines: list[str]) -> None:
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    with TemporaryDirectory() as folder:
        write_rows(Path(folder) / "sets.jsonl", {"name": "one", "source": SET})
        path = Path(folder) / "data.jsonl"
        path.write_bytes(content)
        try:
            (data,) = load_data(path)
        except BenchDataError:
            line_about(path)
        else:
            rows = [line for line in content.decode("utf-8-sig").split("\n") if line.strip()]
            assert len(data.questions) + len(data.repairs) + len(data.infillings) == len(rows)
            assert all(digest for _, _, _, digest, _ in data.items("python3"))
        assert path.read_bytes() == content


def test_a_notebook_whose_cells_say_something_else_of_ours_is_read(tmp_path: Path) -> None:
    cell = nbformat.v4.new_code_cell("1 + 1", metadata={"nbcoder": "a text"})
    path = notebook(tmp_path / "mine.ipynb", code("%%generate add one to one"), cell)
    (problems,) = load_data(path)[0].questions
    assert [(one.question, one.code) for one in problems.problems] == [("add one to one", "1 + 1")]


def test_a_crash_in_a_question_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    write_rows(tmp_path / "exercise.jsonl", {"name": "one", "source": SET})
    row = {"subset": "exercise", "set": "one", "index": 7, "code": "y"}
    with pytest.raises(BenchDataError, match="row 1"):
        load_data(write_rows(tmp_path / "crashes.jsonl", row))


def test_nothing_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BenchDataError, match="holds no"):
        load_data(tmp_path)
    with pytest.raises(BenchDataError, match="cannot read"):
        load_data(tmp_path / "missing.jsonl")
