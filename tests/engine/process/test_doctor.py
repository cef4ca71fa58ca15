"""What the doctor finds on a machine, and what it advises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbcoder.engine import process
from nbcoder.engine.doctor import Check, examine
from nbcoder.engine.hardware import Hardware
from nbcoder.engine.install import find_installed
from nbcoder.paths import runtime_dir
from nbcoder.progress import Silent
from nbcoder.settings import Settings

if TYPE_CHECKING:
    from tests.engine.process.stage import Stage
    from tests.scripted_engine import ScriptedEngine


@pytest.fixture(autouse=True)
def whole_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake environment has nothing but its vLLM."""
    monkeypatch.setattr("nbcoder.engine.doctor._PACKAGES", ("vllm",))


def _look(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in examine(settings)}


def test_on_a_machine_where_all_is_well_every_check_is_ok(stage: Stage) -> None:
    process.ensure_running(stage.settings(), Silent())
    checks = _look(stage.settings())
    assert [check for check in checks.values() if not check.ok] == []
    assert checks["engine"].detail == "tiny-model generated a token, vLLM 0.0.fake"
    assert checks["usage statistics"].detail == "off"


def test_an_engine_that_does_not_run_is_no_fault_and_is_not_started(stage: Stage) -> None:
    checks = _look(stage.settings())
    assert [check for check in checks.values() if not check.ok] == []
    assert "enough for" in checks["memory"].detail
    assert process.status().phase == "stopped"
    assert not runtime_dir().exists()


def test_a_package_that_is_missing_is_named(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbcoder.engine.doctor._PACKAGES", ("vllm", "transformers"))
    check = _look(stage.settings())["vLLM"]
    assert not check.ok
    assert check.detail.endswith("lacks transformers")
    assert "nbcoder engine install" in check.advice


def test_without_vllm_the_advice_is_to_install_it() -> None:
    assert find_installed() is None
    check = _look(Settings())["vLLM"]
    assert (check.ok, check.advice) == (False, "Run `nbcoder engine install`.")


def test_a_model_that_is_not_here_or_not_whole_is_found(stage: Stage) -> None:
    absent = _look(stage.settings(model="qwen2.5-coder-0.5b-instruct"))["model"]
    assert (absent.ok, absent.advice) == (False, "Run `nbcoder model pull qwen2.5-coder-0.5b-instruct`.")
    (stage.model / "model.safetensors").write_bytes(b"")
    broken = _look(stage.settings())["model"]
    assert not broken.ok
    assert "model.safetensors" in broken.detail


def test_too_little_memory_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbcoder.engine.doctor.look", lambda: Hardware((), 4 << 30, 1 << 30, 2, frozenset()))
    check = _look(stage.settings())["memory"]
    assert not check.ok
    assert "GB are missing" in check.detail


def test_a_folder_or_key_that_others_may_read_is_found(stage: Stage) -> None:
    process.ensure_running(stage.settings(), Silent())
    process.stop()
    runtime_dir().chmod(0o755)
    (runtime_dir() / "key").chmod(0o644)
    checks = _look(stage.settings())
    assert (checks["private folder"].ok, checks["key"].ok) == (False, False)
    assert checks["private folder"].advice == f"Run `chmod 700 {runtime_dir()}`."


def test_an_engine_that_failed_is_told_with_its_cause(stage: Stage) -> None:
    stage.script(exit=1, log="OSError: [Errno 28] No space left on device")
    with pytest.raises(Exception, match="the disk is full"):
        process.ensure_running(stage.settings(), Silent())
    check = _look(stage.settings())["engine"]
    assert not check.ok
    assert "the disk is full" in check.detail


def test_an_engine_elsewhere_is_all_that_is_looked_at(scripted_engine: ScriptedEngine) -> None:
    address = scripted_engine.address
    (check,) = examine(Settings(engine_url=address.url, engine_key=address.key))
    assert check.ok
    (check,) = examine(Settings(engine_url="http://127.0.0.1:9", connect_timeout=0.2))
    assert not check.ok
