from __future__ import annotations

import hashlib
import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import nbformat.v4
import pytest

from tests.scripted_engine import Reply, RuleBook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.scripted_engine import ScriptedEngine

    Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def nbcoder(tmp_path: Path, scripted_engine: ScriptedEngine) -> Run:
    """The command, with the scripted engine as its engine."""
    env = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")}

    def run(*words: str | Path, engine: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        env["NBCODER_ENGINE_URL"] = engine or scripted_engine.url
        command = [sys.executable, "-m", "nbcoder", *map(str, words)]
        return subprocess.run(
            command, cwd=tmp_path, env=env | more, capture_output=True, text=True, check=False, timeout=100
        )

    return run


@pytest.fixture
def start(tmp_path: Path, scripted_engine: ScriptedEngine) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """The same, not waited for."""
    env = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "NBCODER_ENGINE_URL": scripted_engine.url}
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "nbcoder", *map(str, words)]
        pipe = subprocess.PIPE
        running = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=pipe, stderr=pipe, text=True)
        started.append(running)
        return running

    yield begin
    for running in started:
        running.kill()
        running.communicate()


def _write(path: Path, *sources: str, **metadata: Any) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    return path


def _read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_a_request_is_answered_and_the_new_cell_is_run(
    tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("```python\nanswer = a * 6\nanswer\n```")
    source = _write(tmp_path / "in.ipynb", "a = 7", "%%generate\nsix times a", "answer + 1")
    before = hashlib.sha256(source.read_bytes()).hexdigest()
    done = nbcoder("run", source, "-o", tmp_path / "out.ipynb")
    assert done.returncode == 0, done.stderr
    cells = _read(tmp_path / "out.ipynb").cells
    assert [cell.source for cell in cells][2] == "answer = a * 6\nanswer"
    assert cells[2].outputs[0]["data"]["text/plain"] == "42"
    assert cells[3].outputs[0]["data"]["text/plain"] == "43"
    assert cells[2].metadata["nbcoder"]["kind"] == "generate"
    assert hashlib.sha256(source.read_bytes()).hexdigest() == before
    assert "1 generated" in done.stdout


def test_a_failing_cell_is_mended_and_run_again(
    tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("```python\n1 / 1\n```")
    done = nbcoder("run", _write(tmp_path / "in.ipynb", "1 / 0", "2"), "-o", tmp_path / "out.ipynb")
    assert done.returncode == 0, done.stderr
    cells = _read(tmp_path / "out.ipynb").cells
    assert cells[0].source == "1 / 1"
    assert cells[0].outputs[0]["data"]["text/plain"] == "1.0"
    assert cells[0].metadata["nbcoder"]["mendedError"] == "ZeroDivisionError"
    assert "ZeroDivisionError" in done.stdout


def test_where_another_cell_was_at_fault_what_reads_it_is_run_again_too(
    tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("def double(x):\n    return 2 * x")
    cells = (
        "def double(x):\n    return 2 + x",
        "six = double(3)",
        "5",
        "assert (six, double(4)) == (6, 8)",
        "six",
    )
    done = nbcoder("fix", _write(tmp_path / "in.ipynb", *cells), "-o", tmp_path / "out.ipynb")
    assert done.returncode == 0, done.stdout
    written = _read(tmp_path / "out.ipynb").cells
    assert written[0].source == "def double(x):\n    return 2 * x"
    assert written[2].execution_count == 3
    assert written[4].outputs[0]["data"]["text/plain"] == "6"


def test_a_cell_that_fails_when_run_again_is_mended_as_well(
    tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("def double(x):\n    return [x, x]", "six = sum(double(3))")
    cells = ("def double(x):\n    return 2 + x", "six = double(3) + 0", "assert double(4) == [4, 4]")
    done = nbcoder("fix", _write(tmp_path / "in.ipynb", *cells), "-o", tmp_path / "out.ipynb")
    assert done.returncode == 0, done.stdout
    assert _read(tmp_path / "out.ipynb").cells[1].source == "six = sum(double(3))"


def test_a_generated_cell_that_fails_is_mended_before_it_is_inserted(
    tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 1 / 0", "answer = 2 / 0", "answer = 1\nanswer")
    done = nbcoder("run", _write(tmp_path / "in.ipynb", "%%generate\nx"), "-o", tmp_path / "out.ipynb")
    assert done.returncode == 0, done.stderr
    assert _read(tmp_path / "out.ipynb").cells[1].source == "answer = 1\nanswer"
    assert "ZeroDivisionError" in scripted_engine.bodies[2]["messages"][3]["content"]
    assert "failed" not in done.stdout


def test_a_cell_that_cannot_be_mended_ends_with_status_1_and_the_rest_is_run(
    tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine
) -> None:
    answers = (f"{number} / 0" for number in itertools.count(2))
    scripted_engine.respond_with(lambda _: Reply(next(answers)))
    done = nbcoder("run", _write(tmp_path / "in.ipynb", "1 / 0", "9"), "-o", tmp_path / "out.ipynb")
    assert done.returncode == 1
    # Three times: an answer, others drawn at once, and at most three that were sent back.
    assert len(scripted_engine.bodies) <= 3 * (1 + 1 + 3)
    assert _read(tmp_path / "out.ipynb").cells[1].outputs[0]["data"]["text/plain"] == "9"


def test_the_same_cell_again_is_no_progress(
    tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.respond_with(lambda _: Reply("1 / 0"))
    done = nbcoder("run", _write(tmp_path / "in.ipynb", "1 / 0"), "-o", tmp_path / "out.ipynb")
    assert done.returncode == 1
    # An answer, one that is filled in, and three that were asked for afresh.
    assert len(scripted_engine.bodies) == 5


def test_json_tells_everything(tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.respond_with(RuleBook((("This cell failed", Reply("1")), ("", Reply("x = 5\nx")))))
    source = _write(tmp_path / "in.ipynb", "%%generate\nfive", "1 / 0")
    done = nbcoder("run", source, "-o", tmp_path / "out.ipynb", "--json")
    result = json.loads(done.stdout)
    assert result["output"] == str(tmp_path / "out.ipynb")
    assert result["cells"][0]["generation"]["code"] == "x = 5\nx"
    assert result["cells"][2]["fixes"][0]["error"] == "ZeroDivisionError: division by zero"
    assert result["cells"][2]["error"] == ""


def test_fix_leaves_requests_alone(tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("1")
    done = nbcoder("fix", _write(tmp_path / "in.ipynb", "%%generate\nx", "1 / 0"))
    assert done.returncode == 0, done.stderr
    assert [cell.source for cell in _read(tmp_path / "in.fixed.ipynb").cells] == ["%%generate\nx", "1"]


def test_a_clean_notebook_needs_no_engine(
    tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine
) -> None:
    assert nbcoder("run", _write(tmp_path / "in.ipynb", "1", "print('ok')")).returncode == 0
    assert scripted_engine.connections == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not json", "not a valid notebook"),
        (b'{"nbformat": 4}', "not a valid notebook"),
        (b"\xff\xfe\x00", "cannot read"),
        (None, "cannot read"),
        (b'{"cells": [{"cell_type": "code"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "valid"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_notebook_is_one_line_and_status_2(
    tmp_path: Path, nbcoder: Run, content: bytes | None, words: str
) -> None:
    path = tmp_path / "in.ipynb"
    if content is not None:
        path.write_bytes(content)
    done = nbcoder("run", path)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_missing_kernel_is_one_line_and_status_2(tmp_path: Path, nbcoder: Run) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1")],
        metadata={"kernelspec": {"name": "cobol", "display_name": "Cobol"}},
    )
    (tmp_path / "in.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    done = nbcoder("run", tmp_path / "in.ipynb")
    assert done.returncode == 2
    assert "no kernel named 'cobol'" in done.stderr


@pytest.mark.parametrize(
    ("argv", "language", "words"),
    [
        (["false"], "python", "does not start: Kernel died"),
        (["/nowhere/python"], "python", "does not start: [Errno 2]"),
        (["/nowhere/R"], "R", "the notebook is written in R"),
        (None, "python", "no kernel named 'odd'"),
    ],
)
def test_a_kernel_that_cannot_be_used_is_one_line_and_status_2(
    tmp_path: Path, nbcoder: Run, argv: list[str] | None, language: str, words: str
) -> None:
    described = tmp_path / "jupyter" / "kernels" / "odd"
    described.mkdir(parents=True)
    spec = {"argv": argv, "display_name": "Odd", "language": language}
    (described / "kernel.json").write_text(json.dumps(spec) if argv else "{", encoding="utf-8")
    source = _write(tmp_path / "in.ipynb", "1", kernelspec={"name": "odd", "display_name": "Odd"})
    done = nbcoder("fix", source, JUPYTER_PATH=str(tmp_path / "jupyter"))
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_notebook_of_another_language_without_a_kernel_is_not_run(tmp_path: Path, nbcoder: Run) -> None:
    done = nbcoder("fix", _write(tmp_path / "in.ipynb", "x <- 1", language_info={"name": "R"}))
    assert done.returncode == 2
    assert "the notebook is written in R" in done.stderr
    assert not (tmp_path / "in.fixed.ipynb").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_says_so_and_keeps_what_was_done(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]], number: int
) -> None:
    source = _write(
        tmp_path / "in.ipynb", "1", "import pathlib, time; pathlib.Path('on').touch(); time.sleep(90)", "2"
    )
    before = source.read_bytes()
    running = start("run", source, "-o", tmp_path / "out.ipynb")
    while not (tmp_path / "on").exists():
        assert running.poll() is None
    running.send_signal(number)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert told.strip() == "nbcoder: stopped."
    assert source.read_bytes() == before
    assert _read(tmp_path / "out.ipynb").cells[0].outputs[0]["data"]["text/plain"] == "1"


def test_half_a_surrogate_pair_does_not_cost_the_result(tmp_path: Path, nbcoder: Run) -> None:
    done = nbcoder("run", _write(tmp_path / "in.ipynb", r"'\ud800'", "1 + 1"), "-o", tmp_path / "out.ipynb")
    assert done.returncode == 0
    assert _read(tmp_path / "out.ipynb").cells[1].outputs[0]["data"]["text/plain"] == "2"


def test_what_a_link_leads_to_is_written(tmp_path: Path, nbcoder: Run) -> None:
    (tmp_path / "link.ipynb").symlink_to("real.ipynb")
    assert nbcoder("run", _write(tmp_path / "in.ipynb", "1"), "-o", tmp_path / "link.ipynb").returncode == 0
    assert (tmp_path / "link.ipynb").is_symlink()
    assert _read(tmp_path / "real.ipynb").cells[0].source == "1"


def test_a_kernel_that_dies_is_one_line_and_keeps_what_was_done(tmp_path: Path, nbcoder: Run) -> None:
    source = _write(tmp_path / "in.ipynb", "1", "import os; os._exit(3)", "2")
    done = nbcoder("run", source, "-o", tmp_path / "out.ipynb")
    assert done.returncode == 2
    assert "the kernel died in cell 2" in done.stderr
    assert _read(tmp_path / "out.ipynb").cells[0].outputs[0]["data"]["text/plain"] == "1"


def test_a_cell_that_takes_too_long_is_status_2(tmp_path: Path, nbcoder: Run) -> None:
    source = _write(tmp_path / "in.ipynb", "while True: pass")
    done = nbcoder("run", source, "--timeout", "2", "-o", tmp_path / "out.ipynb")
    assert done.returncode == 2
    assert "took too long" in done.stderr


def test_the_notebook_itself_is_never_the_output(tmp_path: Path, nbcoder: Run) -> None:
    source = _write(tmp_path / "in.ipynb", "1")
    done = nbcoder("run", source, "-o", source)
    assert done.returncode == 2
    assert "would overwrite" in done.stderr


@pytest.mark.parametrize("place", ["no/out.ipynb", ".", "pipe"])
def test_an_output_that_cannot_be_written_is_told_before_anything_is_run(
    tmp_path: Path, nbcoder: Run, place: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    source = _write(tmp_path / "in.ipynb", "import pathlib; pathlib.Path('on').touch()")
    done = nbcoder("run", source, "-o", tmp_path / place)
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert (tmp_path / "pipe").is_fifo()
    assert not (tmp_path / "on").exists()


def test_a_result_that_cannot_be_written_in_the_end_is_kept_elsewhere(tmp_path: Path, nbcoder: Run) -> None:
    (tmp_path / "out").mkdir()
    source = _write(tmp_path / "in.ipynb", "import os; os.rmdir('out')", "1 + 1")
    done = nbcoder("run", source, "-o", tmp_path / "out" / "out.ipynb", TMPDIR=str(tmp_path))
    assert done.returncode == 2
    kept = done.stderr.partition("The result is in ")[2].strip().removesuffix(".")
    assert _read(Path(kept)).cells[1].outputs[0]["data"]["text/plain"] == "2"


def test_an_engine_that_is_gone_fails_the_request_in_one_line(
    tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(Reply(status=500))
    done = nbcoder("run", _write(tmp_path / "in.ipynb", "%%generate\nx"), "-o", tmp_path / "out.ipynb")
    assert done.returncode == 1
    assert "EngineFailed" in done.stdout


def test_without_an_engine_what_has_one_remedy_is_mended_and_the_rest_says_what_to_do(
    tmp_path: Path, nbcoder: Run
) -> None:
    source = _write(tmp_path / "in.ipynb", "numbers = [3, 1]", "sorted(numbrs)", "1 / 0")
    done = nbcoder("fix", source, "-o", tmp_path / "out.ipynb", engine="http://127.0.0.1:9")
    assert done.returncode == 1, done.stderr
    cells = _read(tmp_path / "out.ipynb").cells
    assert cells[1].source == "sorted(numbers)"
    assert cells[2].source == "1 / 0"
    assert "not mended no engine answers at http://127.0.0.1:9" in " ".join(done.stdout.split())


_LOCKED = (
    "import pathlib, nbcoder.settings\n"
    "machine = pathlib.Path('machine.toml')\n"
    "machine.write_text('[locked]\\nrun_policy = \"never\"\\n')\n"
    "nbcoder.settings.system_config_file = lambda: machine"
)


def test_where_nothing_may_run_by_itself_answers_are_written_and_not_run(
    tmp_path: Path, nbcoder: Run, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42")
    source = _write(tmp_path / "in.ipynb", _LOCKED, "%%generate\ndefine the answer", "'answer' in globals()")
    done = nbcoder("run", source, "-o", tmp_path / "out.ipynb")
    assert done.returncode == 1, done.stderr
    *_, answer, last = _read(tmp_path / "out.ipynb").cells
    assert (answer.source, answer.execution_count) == ("answer = 42", None)
    assert last.outputs[0]["data"]["text/plain"] == "False"
    assert "not run: the setting run_policy is never" in " ".join(done.stdout.split())
