"""How an engine ends: idle, stopped, killed; and that nothing of it is left."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nbcoder.engine import process
from nbcoder.engine.probe import Probe
from nbcoder.engine.run_folder import RunFolder
from nbcoder.paths import runtime_dir
from nbcoder.progress import Silent
from tests.engine.process.stage import is_alive, wait_for

if TYPE_CHECKING:
    from nbcoder.engine.address import Address
    from tests.engine.process.stage import Stage


def _probe(address: Address) -> Probe:
    assert address.socket is not None
    return Probe(address.socket, address.model, address.key)


def test_an_engine_that_nobody_uses_stops(stage: Stage) -> None:
    process.ensure_running(stage.settings(idle_minutes=0.01), Silent())
    wait_for(lambda: not stage.processes())
    state = process.status()
    assert (state.phase, state.cause) == ("stopped", "nobody used it for 0.01 minutes")
    assert not [path for path in runtime_dir().iterdir() if path.is_socket()]


def test_an_engine_that_stopped_starts_again_when_it_is_needed(stage: Stage) -> None:
    process.ensure_running(stage.settings(idle_minutes=0.01), Silent())
    wait_for(lambda: process.status().phase == "stopped")
    process.ensure_running(stage.settings(), Silent())
    assert process.status().phase == "ready"


def test_a_long_request_keeps_the_engine_alive(stage: Stage) -> None:
    stage.script(held=1.5)
    address = process.ensure_running(stage.settings(idle_minutes=0.01), Silent())
    _probe(address).generate_a_token()
    assert process.status().phase == "ready"
    wait_for(lambda: process.status().phase == "stopped")


def test_requests_that_come_and_go_between_two_looks_keep_the_engine_alive(stage: Stage) -> None:
    address = process.ensure_running(stage.settings(idle_minutes=0.02), Silent())
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        _probe(address).generate_a_token()
        threading.Event().wait(0.1)
    assert process.status().phase == "ready"


def test_an_idle_time_of_nought_means_never(stage: Stage) -> None:
    process.ensure_running(stage.settings(idle_minutes=0), Silent())
    with pytest.raises(AssertionError, match="not so"):
        wait_for(lambda: process.status().phase != "ready", seconds=1.5)


def test_stopping_ends_every_process(stage: Stage) -> None:
    stage.script(children=2)
    process.ensure_running(stage.settings(), Silent())
    assert len(stage.processes()) == 4
    assert process.stop()
    wait_for(lambda: not stage.processes())
    assert process.status().phase == "stopped"


def test_stopping_what_does_not_run_says_so(stage: Stage) -> None:
    assert stage.processes() == []
    assert not process.stop()


def test_an_engine_that_is_starting_can_be_stopped(stage: Stage) -> None:
    stage.script(ready_after=60)
    starter = threading.Thread(target=_start_in_vain, args=(stage,))
    starter.start()
    wait_for(lambda: process.status().pid)
    assert process.stop()
    starter.join(10)
    assert not starter.is_alive()


def _start_in_vain(stage: Stage) -> None:
    with pytest.raises(Exception, match="somebody stopped it"):
        process.ensure_running(stage.settings(), Silent())


def test_an_engine_that_does_not_listen_is_stopped_by_force(stage: Stage) -> None:
    stage.script(stubborn=True, children=1)
    process.ensure_running(stage.settings(), Silent())
    assert process.stop(timeout=0.5)
    wait_for(lambda: not stage.processes())
    assert process.status().phase == "stopped"


def test_a_restart_gives_a_new_engine_with_the_same_key(stage: Stage) -> None:
    before = process.ensure_running(stage.settings(), Silent())
    old = process.status().pid
    after = process.restart(stage.settings(), Silent())
    # Where the usual folder's path is too long for a socket, each start has another one.
    assert replace(after, socket=before.socket) == before
    assert process.status().pid != old


def test_a_killed_vllm_is_noticed_within_a_second_and_the_next_call_starts_it_again(stage: Stage) -> None:
    stage.script(children=1)
    process.ensure_running(stage.settings(), Silent())
    killed = process.status().pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: process.status().phase == "failed", seconds=1)
    assert "it was killed" in process.status().cause
    wait_for(lambda: not stage.processes())
    process.ensure_running(stage.settings(), Silent())
    assert process.status().phase == "ready"
    assert process.status().pid != killed


def test_vllm_does_not_outlive_a_killed_supervisor(stage: Stage) -> None:
    process.ensure_running(stage.settings(), Silent())
    vllm, supervisor = process.status().pid, RunFolder().supervisor()
    assert vllm is not None
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    wait_for(lambda: not is_alive(vllm))
    assert process.status().phase == "failed"


def test_an_engine_whose_process_is_lost_counts_as_failed_at_once(stage: Stage) -> None:
    stage.script(broken_after=1)
    process.ensure_running(stage.settings(), Silent())
    wait_for(lambda: process.status().phase == "failed")
    wait_for(lambda: not stage.processes())


def test_an_engine_whose_folder_was_removed_ends(stage: Stage) -> None:
    process.ensure_running(stage.settings(), Silent())
    old = stage.processes()
    shutil.rmtree(runtime_dir())
    wait_for(lambda: not any(is_alive(one.pid) for one in old))
    assert process.status().phase == "stopped"


def test_a_log_that_has_grown_large_is_put_aside_while_vllm_goes_on_writing(stage: Stage) -> None:
    process.ensure_running(stage.settings(idle_minutes=0.05), Silent())
    log = process.status().log
    with log.open("ab") as file:
        file.write(b"x" * 1000 + b"\n" * (11 << 20))
    wait_for(lambda: log.stat().st_size < 1 << 20)
    assert log.with_name("engine.log.1").stat().st_size > 10 << 20
    wait_for(lambda: log.stat().st_size > 0)
    assert not log.read_bytes().startswith(b"\0")
