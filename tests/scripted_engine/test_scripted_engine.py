"""The scripted engine keeps to its script, in tests and as a command."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.scripted_engine import Reply, RuleBook, ScriptedEngine, load_script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHAT = "/v1/chat/completions"


def chat(words: str, **more: object) -> dict[str, Any]:
    return {"model": "scripted", "messages": [{"role": "user", "content": words}], **more}


@pytest.fixture
def http(scripted_engine: ScriptedEngine) -> Iterator[httpx.Client]:
    """A bare HTTP client of the scripted engine."""
    with httpx.Client(base_url=scripted_engine.url, trust_env=False) as client:
        yield client


def said(response: httpx.Response) -> str:
    return str(response.json()["choices"][0]["message"]["content"])


def test_replies_come_in_their_order_then_rules_answer(
    scripted_engine: ScriptedEngine, http: httpx.Client
) -> None:
    scripted_engine.script("first", "second")
    scripted_engine.respond_with(RuleBook(((r"plot|draw", Reply("plt.plot()")),), otherwise=Reply("pass")))
    asked = ["anything", "plot it", "draw it", "else"]
    assert [said(http.post(CHAT, json=chat(words))) for words in asked] == [
        "first",
        "second",
        "plt.plot()",
        "pass",
    ]


def test_a_script_without_a_reply_says_so(http: httpx.Client) -> None:
    response = http.post(CHAT, json=chat("unforeseen"))
    assert response.status_code == 500
    assert response.json()["error"]["message"] == "the script has no reply to 'unforeseen'"


def test_requests_are_recorded_with_their_time(scripted_engine: ScriptedEngine, http: httpx.Client) -> None:
    before = time.monotonic()
    scripted_engine.script("x")
    http.post(CHAT, json=chat("hello"), headers={"X-Session-ID": "7"})
    recorded = scripted_engine.requests[0]
    assert recorded.body == chat("hello")
    assert recorded.headers["X-Session-ID"] == "7"
    assert before <= recorded.arrived <= time.monotonic()


def test_a_held_reply_runs_until_it_is_let_go(scripted_engine: ScriptedEngine, http: httpx.Client) -> None:
    hold = threading.Event()
    scripted_engine.script(Reply("at last", hold=hold))
    metrics: list[str] = []

    def look() -> None:
        scripted_engine.wait_until(lambda engine: engine.running == 1)
        metrics.append(httpx.get(scripted_engine.url + "/metrics", trust_env=False).text)
        hold.set()

    looker = threading.Thread(target=look)
    looker.start()
    assert said(http.post(CHAT, json=chat("x"))) == "at last"
    looker.join()
    assert 'vllm:num_requests_running{engine="0",model_name="scripted"} 1.0\n' in metrics[0]
    scripted_engine.wait_until(lambda engine: engine.running == 0)
    assert (scripted_engine.finished, scripted_engine.aborted) == (1, 0)


def test_a_wait_for_what_does_not_happen_fails(scripted_engine: ScriptedEngine) -> None:
    with pytest.raises(AssertionError, match=r"not within 0\.05 s; running 0, finished 0, aborted 0"):
        scripted_engine.wait_until(lambda engine: engine.requests, seconds=0.05)


def test_it_refuses_what_the_real_engine_refuses(http: httpx.Client) -> None:
    refused = [
        chat("x", model="other"),
        chat("x", n=2, temperature=0),
        chat("x", max_tokens=10_000),
        chat("x" * 40_000),
    ]
    responses = [http.post(CHAT, json=body) for body in refused]
    assert [response.status_code for response in responses] == [404, 400, 400, 400]
    assert http.post(CHAT, content=b"{").status_code == 400


def test_the_end_of_an_engine_ends_what_it_is_doing() -> None:
    with ThreadPoolExecutor(1) as pool:
        with ScriptedEngine() as engine:
            engine.script(Reply("abcd", stall_after=0))
            asked = pool.submit(httpx.post, engine.url + CHAT, json=chat("x", stream=True), trust_env=False)
            engine.wait_until(lambda engine: engine.running == 1)
        assert isinstance(asked.exception(timeout=5), httpx.RemoteProtocolError)


def test_a_reset_forgets_also_what_still_runs(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.pages["/health"] = None
    scripted_engine.script(Reply("abcd", stall_after=0))
    with httpx.stream("POST", scripted_engine.url + CHAT, json=chat("x", stream=True), trust_env=False):
        scripted_engine.reset()
        assert scripted_engine.running == 1
    scripted_engine.wait_until(lambda engine: engine.running == 0)
    assert (scripted_engine.aborted, scripted_engine.finished, scripted_engine.requests) == (0, 0, [])
    assert httpx.get(scripted_engine.url + "/health", trust_env=False).status_code == 200


@pytest.mark.parametrize("script", [{"replys": []}, {"replies": [{"txt": "x"}]}])
def test_a_misspelt_script_is_refused(script: object, http: httpx.Client) -> None:
    with pytest.raises(ValueError, match="unknown in a"):
        load_script(script)
    assert http.post("/_script", json=script).status_code == 400


@contextlib.contextmanager
def command(*arguments: str) -> Iterator[dict[str, Any]]:
    """``python -m tests.scripted_engine`` and the line that it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.scripted_engine", *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def test_the_command_is_scripted_from_outside(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"rules": [{"pattern": "sum", "reply": {"text": "sum(x)"}}]}))
    with (
        command("--port", "0", "--script", str(script), "--key", "secret") as told,
        httpx.Client(base_url=told["url"], trust_env=False) as http,
    ):
        assert http.post(CHAT, json=chat("the sum")).status_code == 401
        http.headers["Authorization"] = "Bearer secret"
        assert http.post("/_script", json=["pushed"]).status_code == 200
        assert [said(http.post(CHAT, json=chat("the sum"))) for _ in range(2)] == ["pushed", "sum(x)"]
        state = http.get("/_requests").json()
        assert [request["body"] for request in state["requests"]] == [chat("the sum")] * 2
        assert http.post("/_reset").status_code == 200
        assert http.get("/_requests").json()["requests"] == []
        assert http.post(CHAT, json=chat("the sum")).status_code == 500


def test_the_command_listens_on_a_socket_and_removes_it(tmp_path: Path) -> None:
    path = tmp_path / "e.sock"
    with command("--uds", str(path)) as told:
        assert told == {"url": "http://engine", "uds": str(path)}
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as http:
            assert http.get("http://engine/health").status_code == 200
    assert not path.exists()
