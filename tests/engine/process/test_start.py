"""Starting the engine: once, whoever asks, and whatever an earlier one left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from typing import TYPE_CHECKING

import psutil
import pytest

from nbcoder.engine import process
from nbcoder.engine.probe import Probe
from nbcoder.engine.run_folder import RunFolder
from nbcoder.errors import EngineNotInstalled, EngineStartFailed, ModelNotServed
from nbcoder.paths import data_dir, runtime_dir
from nbcoder.progress import Silent
from nbcoder.settings import Settings
from tests.engine.process.stage import MODEL, Noted, is_alive, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.process.stage import Stage

_ASK = """
from nbcoder.engine.process import ensure_running, status
from nbcoder.progress import Silent
from nbcoder.settings import load_settings
ensure_running(load_settings(), Silent())
print(status().pid)
"""


def test_the_engine_is_ready_when_it_has_generated_a_token(stage: Stage) -> None:
    address = process.ensure_running(stage.settings(), Silent())
    state = process.status()
    assert (state.phase, state.model, state.version) == ("ready", MODEL, "0.0.fake")
    assert address.socket is not None
    Probe(address.socket, address.model, address.key).generate_a_token()
    assert sum("POST /v1/completions" in line for line in process.logs(100)) == 2


def test_a_second_call_finds_the_running_engine(stage: Stage) -> None:
    first = process.ensure_running(stage.settings(), Silent())
    pid = process.status().pid
    assert process.ensure_running(stage.settings(), Silent()) == first
    assert process.status().pid == pid


def test_twenty_processes_that_start_at_once_share_one_engine(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.script(ready_after=1)
    monkeypatch.setenv("NBCODER_MODEL", str(stage.model))
    askers = [stage.python(_ASK) for _ in range(20)]
    answers = [asker.communicate(timeout=60)[0].strip() for asker in askers]
    assert answers == [str(process.status().pid)] * 20


def test_the_engine_survives_whoever_started_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBCODER_MODEL", str(stage.model))
    starter = stage.python(_ASK + "import time; time.sleep(600)")
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    starter.kill()
    starter.communicate()
    assert process.status().phase == "ready"
    assert os.getsid(pid) not in {os.getsid(0), os.getsid(os.getppid())}


def test_the_key_is_in_no_command_line_and_only_the_user_can_read_it(stage: Stage) -> None:
    key = process.ensure_running(stage.settings(), Silent()).key
    assert len(key) >= 32
    assert not [one for one in stage.processes() if key in " ".join(one.cmdline())]
    assert stat.S_IMODE(runtime_dir().stat().st_mode) == 0o700
    assert all(not path.stat().st_mode & 0o077 for path in runtime_dir().iterdir() if path.is_file())


def test_nobody_is_answered_without_the_key(stage: Stage) -> None:
    address = process.ensure_running(stage.settings(), Silent())
    assert address.socket is not None
    with pytest.raises(Exception, match="401"):
        Probe(address.socket, address.model, "wrong").generate_a_token()


def test_the_supervisor_takes_less_than_40_megabytes(stage: Stage) -> None:
    process.ensure_running(stage.settings(), Silent())
    supervisor = RunFolder().supervisor()
    assert supervisor is not None
    assert psutil.Process(supervisor).memory_info().rss < 40e6


def test_a_start_says_what_it_is_doing(stage: Stage) -> None:
    stage.script(
        ready_after=0.5, log="(Worker pid=1) INFO 11-23 10:00:00 [a.py:1] Starting to load model x..."
    )
    progress = Noted()
    process.ensure_running(stage.settings(), progress)
    assert progress.notes[0] == "importing vLLM"
    assert "loading weights" in progress.notes


def test_an_engine_elsewhere_is_used_as_the_settings_say_and_nothing_is_started(isolated_home: Path) -> None:
    settings = Settings(engine_url="http://somewhere:8000/v1", engine_key="k", engine_model="m")
    address = process.ensure_running(settings, Silent())
    assert (address.url, address.key, address.socket, address.model) == (
        "http://somewhere:8000/v1", "k", None, "m",
    )  # fmt: skip
    assert not list(isolated_home.iterdir())


def test_another_model_than_the_running_one_is_refused(stage: Stage) -> None:
    process.ensure_running(stage.settings(), Silent())
    with pytest.raises(ModelNotServed, match=f"serves {MODEL}, not other.*restart"):
        process.start(stage.settings(), Silent(), "other")


def test_any_running_engine_will_do_when_the_model_is_chosen_automatically(stage: Stage) -> None:
    first = process.ensure_running(stage.settings(), Silent())
    assert process.ensure_running(Settings(), Silent()) == first


def test_without_vllm_the_user_is_told_to_install_it(isolated_home: Path) -> None:
    with pytest.raises(EngineNotInstalled, match="nbcoder engine install"):
        process.ensure_running(Settings(model=str(isolated_home)), Silent())


def test_a_private_folder_that_cannot_be_made_is_named(stage: Stage) -> None:
    runtime_dir().write_text("a file is in the way")
    with pytest.raises(EngineStartFailed, match=str(runtime_dir())):
        process.ensure_running(stage.settings(), Silent())
    runtime_dir().unlink()


def test_what_a_power_cut_leaves_behind_does_not_block_a_start(stage: Stage) -> None:
    runtime_dir().mkdir()
    for name in ("start.lock", "alive"):
        (runtime_dir() / name).write_text("4194000")
    left = {
        "phase": "ready",
        "log": "x",
        "model": "m",
        "pid": 4194000,
        "socket": str(runtime_dir() / "vllm.sock"),
    }
    (runtime_dir() / "state.json").write_text(json.dumps(left))
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(runtime_dir() / "vllm.sock"))
    assert process.status().phase == "failed"
    process.ensure_running(stage.settings(), Silent())
    assert process.status().phase == "ready"


def test_a_socket_that_is_left_over_without_a_state_does_not_block_a_start(stage: Stage) -> None:
    runtime_dir().mkdir()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(runtime_dir() / "vllm.sock"))
    process.ensure_running(stage.settings(), Silent())
    assert process.status().phase == "ready"


@pytest.mark.parametrize(
    "rubbish", ["", "{", "[]", '{"phase": "ready"}', '{"phase": 7, "log": "", "socket": ""}']
)
def test_a_state_that_cannot_be_read_does_not_block_a_start(stage: Stage, rubbish: str) -> None:
    runtime_dir().mkdir()
    (runtime_dir() / "state.json").write_text(rubbish)
    assert process.status().phase == "stopped"
    process.ensure_running(stage.settings(), Silent())
    assert process.status().phase == "ready"


def test_processes_that_outlived_their_supervisor_are_ended_by_the_next_start(stage: Stage) -> None:
    stage.script(children=1, stubborn=True)
    process.ensure_running(stage.settings(), Silent())
    old = stage.processes()
    supervisor = RunFolder().supervisor()
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    wait_for(lambda: process.status().phase == "failed")
    stage.script()
    process.ensure_running(stage.settings(), Silent())
    assert len(old) == 3
    assert not [one for one in old if is_alive(one.pid) and one.is_running()]


def test_a_path_that_is_too_long_for_a_socket_is_no_problem(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = data_dir().parent / ("d" * 100)
    deep.mkdir()
    (deep / "data").symlink_to(data_dir())
    monkeypatch.setenv("NBCODER_HOME", str(deep))
    address = process.ensure_running(stage.settings(), Silent())
    assert address.socket is not None
    folder = address.socket.parent
    assert len(os.fsencode(address.socket)) < 104
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert process.stop()
    assert not folder.exists()
