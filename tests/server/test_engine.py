"""The engine's state and its control from the browser."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, get_type_hints

import pytest

from nbcoder.paths import data_dir
from nbcoder.server.wire import EngineStatus, LogTail, ModelRow
from nbcoder.settings import load_settings
from tests.engine.process.stage import MODEL
from tests.server.asking import get, post, refused
from tests.server.conftest import eventually

if TYPE_CHECKING:
    from typing import Any

    from tests.engine.process.stage import Stage
    from tests.scripted_engine import ScriptedEngine
    from tests.server.conftest import Fetch


async def test_no_engine_is_off(jp_fetch: Fetch) -> None:
    status = await get(jp_fetch, "status")
    assert set(status) == set(get_type_hints(EngineStatus))
    assert (status["phase"], status["ours"], status["running"]) == ("off", True, None)
    assert status["device"]


async def test_a_ready_engine_tells_its_model_and_its_queue(jp_fetch: Fetch, ours: ScriptedEngine) -> None:
    status = await get(jp_fetch, "status")
    told = {name: status[name] for name in ("phase", "ours", "model", "version", "running", "waiting")}
    assert told == {
        "phase": "ready",
        "ours": True,
        "model": "scripted",
        "version": "0.32.0",
        "running": 0,
        "waiting": 0,
    }
    assert ours.requests == []


async def test_an_engine_elsewhere_is_shown_but_not_controlled(
    jp_fetch: Fetch, elsewhere: ScriptedEngine
) -> None:
    status = await get(jp_fetch, "status")
    assert (status["phase"], status["ours"], status["model"]) == ("ready", False, "scripted")
    assert (await refused(post(jp_fetch, "engine", {"action": "stop"})))[0] == 409
    assert (await refused(get(jp_fetch, "log")))[0] == 409
    assert elsewhere.requests == []


async def test_an_engine_elsewhere_without_metrics_has_no_queue(
    jp_fetch: Fetch, elsewhere: ScriptedEngine
) -> None:
    elsewhere.pages["/metrics"] = None
    status = await get(jp_fetch, "status")
    assert (status["phase"], status["running"], status["waiting"]) == ("ready", None, None)


async def test_an_engine_elsewhere_that_goes_down_or_changes_its_model_is_noticed(
    jp_fetch: Fetch, elsewhere: ScriptedEngine
) -> None:
    assert (await get(jp_fetch, "status"))["model"] == "scripted"
    elsewhere.models[0]["id"] = "another"
    assert (await get(jp_fetch, "status"))["model"] == "another"
    elsewhere.pages["/v1/models"] = None
    assert (await get(jp_fetch, "status"))["phase"] == "failed"


async def test_an_engine_elsewhere_that_is_down_says_why(
    jp_fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCODER_ENGINE_URL", "http://127.0.0.1:9")
    status = await get(jp_fetch, "status")
    assert status["phase"] == "failed"
    assert "no engine answers" in status["cause"]


async def test_the_models_tell_what_fits_and_what_is_here(jp_fetch: Fetch) -> None:
    models = (await get(jp_fetch, "models"))["models"]
    assert all(set(row) == set(get_type_hints(ModelRow)) for row in models)
    names = [row["name"] for row in models]
    assert "qwen2.5-coder-0.5b-instruct" in names
    assert len(names) == len(set(names))
    assert [row["default"] for row in models].count(True) == 1
    assert not any(row["here"] for row in models)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"action": "explode"}, "action has to be one of start, stop, restart"),
        ({"action": "start", "model": "/etc"}, "no model '/etc' in the list"),
        ({"action": "start", "model": ["a"]}, "model has to be a text"),
        ({"action": "start", "url": "http://elsewhere"}, "'url'"),
    ],
)
async def test_an_order_that_makes_no_sense_gets_one_clear_line(
    jp_fetch: Fetch, order: dict[str, Any], message: str
) -> None:
    status, said = await refused(post(jp_fetch, "engine", order))
    assert status == 400
    assert message in said


@pytest.mark.parametrize("lines", ["0", "-1", "x", "2001", "9" * 30])
async def test_the_log_is_asked_for_in_lines(jp_fetch: Fetch, lines: str) -> None:
    status, message = await refused(get(jp_fetch, "log", lines=lines))
    assert (status, message) == (400, "lines has to be a number from 1 to 2000.")


async def test_an_engine_is_started_watched_and_stopped(
    jp_fetch: Fetch, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCODER_MODEL", str(stage.model))
    stage.script(ready_after=0.5, log="Starting to load model\n")

    async def is_in(phase: str) -> bool:
        status = await get(jp_fetch, "status")
        return bool(status["phase"] == phase)

    assert (await post(jp_fetch, "engine", {"action": "start"}))["phase"] == "starting"
    # The same once more changes nothing; another order has to wait.
    await post(jp_fetch, "engine", {"action": "start"})
    assert (await refused(post(jp_fetch, "engine", {"action": "restart"})))[0] == 409
    await eventually(lambda: is_in("ready"))
    assert (await get(jp_fetch, "status"))["model"] == MODEL
    log = await get(jp_fetch, "log", lines="50")
    assert set(log) == set(get_type_hints(LogTail))
    assert any("Starting to load model" in line for line in log["lines"])
    await post(jp_fetch, "engine", {"action": "stop"})
    await eventually(lambda: is_in("off"))


async def test_a_model_that_is_chosen_is_served_and_stays_chosen(jp_fetch: Fetch, stage: Stage) -> None:
    folder = data_dir() / "models" / "tiny"
    shutil.copytree(stage.model, folder)
    (folder / "nbcoder.json").write_text('{"source": "a test"}')
    models = (await get(jp_fetch, "models"))["models"]
    assert [row["here"] for row in models if row["name"] == "tiny"] == [True]

    async def is_served() -> bool:
        status = await get(jp_fetch, "status")
        return bool((status["phase"], status["model"]) == ("ready", "tiny"))

    await post(jp_fetch, "engine", {"action": "start", "model": "tiny"})
    await eventually(is_served)
    assert load_settings().model == "tiny"


async def test_a_start_that_is_stopped_ends_and_is_no_failure(
    jp_fetch: Fetch, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCODER_MODEL", str(stage.model))
    stage.script(ready_after=60)
    await post(jp_fetch, "engine", {"action": "start"})

    async def is_loading() -> bool:
        return bool((await get(jp_fetch, "status"))["step"])

    async def is_off() -> bool:
        return bool((await get(jp_fetch, "status"))["phase"] == "off")

    await eventually(is_loading)
    assert (await post(jp_fetch, "engine", {"action": "stop"}))["phase"] == "stopping"
    await eventually(is_off)


async def test_a_start_that_fails_says_why(
    jp_fetch: Fetch, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCODER_MODEL", str(stage.model))
    stage.script(exit=1, log="ValueError: the scripted reason\n")
    await post(jp_fetch, "engine", {"action": "start"})

    async def has_failed() -> bool:
        return bool((await get(jp_fetch, "status"))["phase"] == "failed")

    await eventually(has_failed)
    assert "scripted reason" in (await get(jp_fetch, "status"))["cause"]
