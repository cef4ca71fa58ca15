"""``nbcoder model``: what is shown, what is chosen, what is refused."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from nbcoder.cli import main
from nbcoder.cli.terminal import console
from nbcoder.settings import load_settings
from tests.models.folders import model_folder
from tests.models.weights import write_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class _Done:
    returncode: int
    stdout: str
    stderr: str


if TYPE_CHECKING:
    Command = Callable[..., _Done]


@pytest.fixture
def model(
    isolated_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """``nbcoder model``, without a hub, in a wide terminal."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HOME", str(isolated_home / "hf"))
    monkeypatch.setattr(console, "width", 200)

    def run(*words: str | Path) -> _Done:
        monkeypatch.setattr(sys, "argv", ["nbcoder", "model", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return _Done(int(ended.value.code or 0), told.out, told.err)

    return run


def _line(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.split()[:1] == [name])


def test_the_list_shows_sizes_licences_and_what_fits(model: Command) -> None:
    shown = model("list").stdout
    assert "yes" in _line(shown, "smollm2-135m-instruct").split()
    assert "no" in _line(shown, "kimi-k2-instruct").split()
    assert "Free: " in shown
    number = _line(shown, "codestral-22b").split()[-1]
    assert "production is forbidden" in _line(shown, number)
    assert "Apache-2.0" in _line(shown, "qwen2.5-coder-7b-instruct")


def test_the_list_can_be_kept_to_what_fits(model: Command) -> None:
    shown = model("list", "--fits").stdout
    assert "smollm2-135m-instruct" in shown
    assert "kimi-k2-instruct" not in shown


def test_a_choice_is_kept_and_the_rest_of_the_file_stays(model: Command, isolated_home: Path) -> None:
    file = isolated_home / "config.toml"
    file.write_text("# mine\ntemperature = 0.3 # warm\n")
    done = model("use", "qwen2.5-coder-0.5b", "--anyway")
    assert done.returncode == 0, done.stderr
    assert file.read_text() == '# mine\ntemperature = 0.3 # warm\nmodel = "qwen2.5-coder-0.5b"\n'
    assert load_settings().model == "qwen2.5-coder-0.5b"
    assert "chosen" in _line(model("list").stdout, "qwen2.5-coder-0.5b")
    model("use", "auto")
    assert load_settings().model == "auto"


def test_a_folder_is_recognised_by_its_files(model: Command, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "mine")
    model_folder(folder, "llama", pieces=["▁<PRE>", "▁<SUF>"], architectures=["LlamaForCausalLM"])
    done = model("use", folder)
    assert "Spoken to as Code Llama." in done.stdout, done.stderr
    assert load_settings().model == str(folder)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no-such-model", "no model no-such-model"),
        ("codestral-22b-no", "nbcoder model list"),
        ("glm-5", "more than is free"),
        ("some/repository", "cannot get some/repository"),
        ("qwen2.5-coder-32b-instruct.gguf", "no model"),
    ],
)
def test_what_cannot_be_served_is_refused_in_one_line_and_changes_nothing(
    model: Command, isolated_home: Path, name: str, words: str
) -> None:
    done = model("use", name)
    assert done.returncode == 2
    complaint = [line for line in done.stderr.splitlines() if line.startswith("nbcoder:")]
    assert len(complaint) == 1
    assert words in complaint[0]
    assert not (isolated_home / "config.toml").exists()


def test_a_licence_that_forbids_production_is_told_when_its_model_is_chosen(model: Command) -> None:
    assert "production is forbidden" in model("use", "codestral-22b", "--anyway").stderr


def test_a_corrupt_tokenizer_is_refused_before_anything_is_started(model: Command, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "mine")
    (folder / "tokenizer.json").write_text("{")
    done = model("use", folder)
    assert done.returncode == 2
    assert "tokenizer.json is unreadable" in done.stderr
