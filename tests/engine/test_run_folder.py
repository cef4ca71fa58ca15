"""The private folder: state, key, locks and sockets."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.engine.run_folder import RunFolder
from nbcoder.engine.state import EngineState, from_json, to_json
from nbcoder.errors import SettingsError
from nbcoder.paths import private_dir, runtime_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

_paths = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1).map(Path)
_states = st.builds(
    EngineState,
    phase=st.sampled_from(["stopped", "starting", "ready", "failed"]),
    log=_paths,
    model=st.text(),
    pid=st.none() | st.integers(1, 1 << 22),
    since=st.floats(0, 1e10),
    step=st.text(),
    cause=st.text(),
    version=st.text(),
    socket=st.none() | _paths,
)


@pytest.fixture
def folder(isolated_home: Path) -> RunFolder:
    folder = RunFolder()
    folder.make()
    assert folder.path.is_relative_to(isolated_home)
    return folder


@pytest.fixture
def supervised(folder: RunFolder) -> Iterator[RunFolder]:
    with folder.supervise():
        yield folder


@given(_states)
def test_a_state_comes_back_as_it_was_written(state: EngineState) -> None:
    assert from_json(to_json(state)) == state


@given(st.text() | _states.map(lambda state: to_json(state)[:-3]))
def test_anything_else_is_no_state(text: str) -> None:
    assert from_json(text) is None


def test_without_a_folder_the_engine_is_stopped_and_nothing_is_made(isolated_home: Path) -> None:
    assert RunFolder().state().phase == "stopped"
    assert not list(isolated_home.iterdir())


@pytest.mark.parametrize("phase", ["starting", "ready"])
def test_a_running_engine_that_nobody_supervises_has_failed(folder: RunFolder, phase: str) -> None:
    folder.write(EngineState(phase, folder.log, "m", pid=7))  # type: ignore[arg-type]  # of the two phases
    state = folder.state()
    assert (state.phase, state.pid) == ("failed", None)
    assert "killed" in state.cause


def test_a_supervised_engine_is_what_its_state_says(supervised: RunFolder) -> None:
    ready = EngineState("ready", supervised.log, "m", pid=7)
    supervised.write(ready)
    assert supervised.state() == ready
    assert supervised.supervisor() == os.getpid()


def test_only_one_process_supervises(supervised: RunFolder) -> None:
    with pytest.raises(BlockingIOError):
        supervised.supervise()


def test_looking_does_not_disturb_others_who_look(folder: RunFolder) -> None:
    with folder.supervise():
        pass
    with folder._alive.open() as other:
        import fcntl  # noqa: PLC0415

        fcntl.flock(other, fcntl.LOCK_SH)
        assert not folder.is_alive()


def test_a_key_is_long_random_and_readable_by_the_user_alone(folder: RunFolder) -> None:
    key = folder.make_key()
    assert len(key) >= 32
    assert stat.S_IMODE(folder._key.stat().st_mode) == 0o600
    assert folder.make_key() == key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_a_key_that_others_could_read_or_write_is_replaced(folder: RunFolder, mode: int) -> None:
    old = folder.make_key()
    folder._key.chmod(mode)
    assert folder.key() == ""
    assert folder.make_key() not in {"", old}


@pytest.mark.parametrize("rubbish", [b"", b"short", b"\xff" * 40, b"line\n" * 10])
def test_a_key_file_with_something_else_is_replaced(folder: RunFolder, rubbish: bytes) -> None:
    folder.make_key()
    folder._key.write_bytes(rubbish)
    assert folder.key() == ""
    assert len(folder.make_key()) >= 32


def test_a_key_that_is_a_link_to_somewhere_is_replaced(folder: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("k" * 40)
    folder._key.symlink_to(tmp_path / "elsewhere")
    assert folder.make_key() != "k" * 40
    assert not folder._key.is_symlink()


@pytest.mark.parametrize("length", [10, 60, 66, 67, 90, 200])
def test_every_socket_path_is_short_enough_in_a_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    base = tmp_path / ("x" * max(1, length - len(str(tmp_path)) - len("//run")))
    monkeypatch.setenv("NBCODER_HOME", str(base))
    folder = RunFolder()
    folder.make()
    path = folder.new_socket()
    # vLLM puts sockets with names of 36 characters beside it.
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path.with_name("u" * 36)))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    folder.remove_sockets(path)
    assert not path.with_name("u" * 36).exists()
    assert path.parent.exists() == (path.parent == runtime_dir())


def test_every_process_of_a_user_finds_the_same_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("NBCODER_HOME")
    before = runtime_dir()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert runtime_dir() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a link that belongs to somebody else")
def test_a_link_of_somebody_elses_is_no_private_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    os.chown(tmp_path / "link", 4711, -1, follow_symlinks=False)
    with pytest.raises(SettingsError, match="belongs to another user"):
        private_dir(tmp_path / "link")
