from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.errors import DiskFull, ModelError
from nbcoder.models.disk import disk_explained, free_bytes, require_room, size_of, size_text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "2 kB"),
        (35e6, "35 MB"),
        (1.25e9, "1.2 GB"),
        (3e12, "3000.0 GB"),
    ],
)
def test_sizes_are_said_as_people_say_them(size: float, text: str) -> None:
    assert size_text(size) == text


def test_a_folder_that_somebody_removes_meanwhile_counts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").write_bytes(b"12345")
    (tmp_path / "gone").mkdir()
    look = os.scandir

    def look_too_late(path: str) -> object:
        if Path(path).name == "gone":
            Path(path).rmdir()
        return look(path)

    monkeypatch.setattr("os.scandir", look_too_late)
    assert size_of(tmp_path) == 5


def test_the_size_of_a_folder_is_that_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_bytes(bytes(10))
    (tmp_path / "b").write_bytes(bytes(5))
    assert size_of(tmp_path) == 15
    assert size_of(tmp_path / "b") == 5
    assert size_of(tmp_path / "nothing") == 0


def test_room_is_asked_of_the_disk_on_which_a_folder_will_be(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    require_room(folder, 1, "it")
    assert free_bytes(folder) == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.1)
    assert not folder.exists()


@given(missing=st.integers(10**12, 10**15))
def test_missing_room_is_told(missing: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    with pytest.raises(
        DiskFull, match=r"^it needs [\d.]+ GB on the disk at /.*, [\d.]+ GB more than is free\."
    ):
        require_room(folder, free_bytes(folder) + missing, "it")


def test_a_disk_that_is_full_is_said_to_be_full(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="is full"), disk_explained(tmp_path):
        Path("/dev/full").write_bytes(b"x")


def test_another_trouble_with_the_disk_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="NBCODER_HOME") as caught, disk_explained(tmp_path):
        (tmp_path / "no" / "such" / "folder").write_bytes(b"x")
    assert not isinstance(caught.value, DiskFull)
