"""Ghost text through Jupyter Server, from the request of a browser to the engine and back."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from threading import Event
from typing import TYPE_CHECKING

import pytest

from tests.scripted_engine import Reply, ScriptedEngine
from tests.server.asking import WISH, Browser, get, ghost, refused

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from tests.server.conftest import Fetch

pytestmark = pytest.mark.usefixtures("isolated_home")

_QWEN = "qwen2.5-coder-0.5b-instruct"


@pytest.fixture
def browser(jp_serverapp: ServerApp, jp_http_port: int, jp_base_url: str, http_server: object) -> Browser:
    """A browser of a user who is logged in."""
    assert http_server
    token = jp_serverapp.identity_provider.token
    return Browser(jp_http_port, jp_base_url, token)


async def test_the_text_grows_line_by_line_until_its_end(jp_fetch: Fetch, elsewhere: ScriptedEngine) -> None:
    elsewhere.models[0]["id"] = _QWEN
    elsewhere.script(Reply("m(x)\nprint(total)", chunk=4))
    lines = await ghost(jp_fetch)
    assert lines[-1] == {"done": True}
    texts = [line["text"] for line in lines[:-1]]
    assert texts[-1] == "m(x)\nprint(total)"
    assert len(texts) > 2
    assert all(longer.startswith(shorter) for shorter, longer in pairwise(texts))


async def test_the_engine_is_asked_with_real_infilling_tokens_before_everybody_else(
    jp_fetch: Fetch, elsewhere: ScriptedEngine
) -> None:
    elsewhere.models[0]["id"] = _QWEN
    elsewhere.script("m(x)")
    await ghost(jp_fetch, WISH | {"suffix": "\nprint(total)"})
    asked = elsewhere.requests[0]
    assert asked.path == "/v1/completions"
    assert asked.body["prompt"] == (
        "<|fim_prefix|># %%\nx = [1, 2]\n\n# %%\ntotal = su<|fim_suffix|>\nprint(total)<|fim_middle|>"
    )
    assert asked.body["priority"] < 0
    assert asked.body["max_tokens"] <= 64
    assert asked.body["stop"] == ["\n\n"]


async def test_our_own_engine_is_reached_on_its_socket_with_its_key(
    jp_fetch: Fetch, ours: ScriptedEngine
) -> None:
    ours.script("m(x)")
    assert (await ghost(jp_fetch))[-2:] == [{"text": "m(x)"}, {"done": True}]
    assert ours.requests[0].headers["Authorization"] == f"Bearer {ours.key}"


async def test_without_an_engine_there_is_a_clear_error_and_none_is_started(jp_fetch: Fetch) -> None:
    status, message = await refused(ghost(jp_fetch))
    assert status == 503
    assert "does not run" in message
    assert (await get(jp_fetch, "status"))["phase"] == "off"


async def test_an_engine_that_is_gone_is_a_clear_error(
    jp_fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCODER_ENGINE_URL", "http://127.0.0.1:9")
    status, message = await refused(ghost(jp_fetch))
    assert status == 503
    assert "no engine answers" in message


async def test_an_engine_that_refuses_is_quoted(jp_fetch: Fetch, elsewhere: ScriptedEngine) -> None:
    elsewhere.script(Reply("no such thing here", status=400))
    status, message = await refused(ghost(jp_fetch))
    assert (status, "no such thing here" in message) == (503, True)


async def test_an_answer_that_breaks_off_says_so_after_what_came(
    jp_fetch: Fetch, elsewhere: ScriptedEngine
) -> None:
    elsewhere.script(Reply("m(x) + 1", cut_after=1))
    lines = await ghost(jp_fetch)
    assert lines[0] == {"text": "m(x)"}
    assert "broke off" in lines[-1]["error"]


async def test_a_browser_that_leaves_frees_the_engine(browser: Browser, elsewhere: ScriptedEngine) -> None:
    elsewhere.script(Reply("m(x)" * 20, stall_after=1))
    async with browser:
        await browser.ask(WISH)
        await browser.read_until(b'"m(x)"}')
        assert elsewhere.running == 1
        browser.hang_up()
        await asyncio.to_thread(elsewhere.wait_until, lambda engine: engine.aborted == 1, 1)


async def test_a_browser_that_leaves_before_the_first_text_frees_the_engine(
    browser: Browser, elsewhere: ScriptedEngine
) -> None:
    elsewhere.script(Reply("never", hold=Event()))
    async with browser:
        await browser.ask(WISH)
        await asyncio.to_thread(elsewhere.wait_until, lambda engine: engine.running == 1)
        browser.hang_up()
        await asyncio.to_thread(elsewhere.wait_until, lambda engine: engine.aborted == 1, 1)


async def test_a_browser_that_left_before_it_was_read_asks_nothing(
    jp_fetch: Fetch, browser: Browser, elsewhere: ScriptedEngine
) -> None:
    elsewhere.script(Reply("never", hold=Event()))
    async with browser:
        # Both are done before the server gets to read.
        browser.send(WISH)
        browser.hang_up()
        await get(jp_fetch, "status")
    await get(jp_fetch, "status")
    assert elsewhere.requests == []


async def test_what_would_not_be_shown_is_not_waited_for(jp_fetch: Fetch, elsewhere: ScriptedEngine) -> None:
    elsewhere.script(Reply("m(x)\n" + "a = 1\n" * 12, delay=0.01))
    lines = await ghost(jp_fetch)
    assert lines[-2]["text"].count("\n") == 3
    await asyncio.to_thread(elsewhere.wait_until, lambda engine: engine.aborted == 1)


async def test_a_wish_that_waits_does_not_hold_up_the_server(
    jp_fetch: Fetch, browser: Browser, elsewhere: ScriptedEngine
) -> None:
    hold = Event()
    elsewhere.script(Reply("m(x)", hold=hold))
    async with browser:
        await browser.ask(WISH)
        await asyncio.to_thread(elsewhere.wait_until, lambda engine: engine.running == 1)
        async with asyncio.timeout(5):
            assert (await get(jp_fetch, "status"))["running"] == 1
        hold.set()
        assert b"200 OK" in await browser.read_until(b'"m(x)"}')


async def test_an_engine_elsewhere_that_changed_its_model_is_asked_with_the_new_one(
    jp_fetch: Fetch, elsewhere: ScriptedEngine
) -> None:
    elsewhere.script("one", "two")
    await ghost(jp_fetch)
    elsewhere.models[0]["id"] = _QWEN
    await refused(ghost(jp_fetch))
    await ghost(jp_fetch)
    assert [body["model"] for body in elsewhere.bodies] == ["scripted", _QWEN]


async def test_a_restarted_engine_is_found_again(
    jp_fetch: Fetch, elsewhere: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere.script("one")
    assert (await ghost(jp_fetch))[0] == {"text": "one"}
    with ScriptedEngine() as other:
        other.script("two")
        monkeypatch.setenv("NBCODER_ENGINE_URL", other.url)
        assert (await ghost(jp_fetch))[0] == {"text": "two"}
