"""Who may use the routes, and what they take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_server.auth.authorizer import Authorizer
from tornado.httpclient import HTTPClientError

from nbcoder.server.bodies import LARGEST_BODY
from nbcoder.server.handlers import ROUTES
from tests.server.asking import API, WISH, get, post, refused

if TYPE_CHECKING:
    from jupyter_server.auth import User
    from jupyter_server.base.handlers import JupyterHandler
    from jupyter_server.serverapp import ServerApp

    from tests.scripted_engine import ScriptedEngine
    from tests.server.conftest import Fetch

_VERBS = [
    (route, verb) for route, handler in ROUTES.items() for verb in ("get", "post") if verb in vars(handler)
]


def _body(verb: str) -> str | None:
    return json.dumps(WISH) if verb == "post" else None


@pytest.mark.parametrize(("route", "verb"), _VERBS)
async def test_a_stranger_is_turned_away(
    jp_fetch: Fetch, elsewhere: ScriptedEngine, route: str, verb: str
) -> None:
    headers = {"Authorization": ""}
    with pytest.raises(HTTPClientError, match="403"):
        await jp_fetch(*API, route, method=verb.upper(), body=_body(verb), headers=headers)
    assert elsewhere.paths == []


class _AllButUs(Authorizer):
    def is_authorized(self, handler: JupyterHandler, user: User, action: str, resource: str) -> bool:  # noqa: ARG002 - the base's words
        self.asked = (action, resource)
        return resource != "nbcoder"


@pytest.mark.parametrize(("route", "verb"), _VERBS)
async def test_a_user_without_the_right_is_turned_away(
    jp_fetch: Fetch, jp_serverapp: ServerApp, elsewhere: ScriptedEngine, route: str, verb: str
) -> None:
    authorizer = _AllButUs(parent=jp_serverapp)
    jp_serverapp.web_app.settings["authorizer"] = authorizer
    with pytest.raises(HTTPClientError, match="403"):
        await jp_fetch(*API, route, method=verb.upper(), body=_body(verb))
    assert authorizer.asked == ("read" if verb == "get" else "write", "nbcoder")
    assert elsewhere.paths == []


async def test_a_page_of_somebody_else_cannot_use_the_cookie(
    jp_fetch: Fetch, jp_serverapp: ServerApp, elsewhere: ScriptedEngine
) -> None:
    token = jp_serverapp.identity_provider.token
    login = await jp_fetch("lab-is-not-needed", params={"token": token}, raise_error=False)
    cookie = "; ".join(cookie.split(";")[0] for cookie in login.headers.get_list("Set-Cookie"))
    headers = {"Authorization": "", "Cookie": cookie}
    seen = json.loads((await jp_fetch(*API, "status", headers=headers)).body)
    assert seen["phase"] == "ready"
    asked = jp_fetch(*API, "infill", method="POST", body=json.dumps(WISH), headers=headers)
    status, message = await refused(asked)
    assert (status, "_xsrf" in message) == (403, True)
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "no JSON"),
        (b"[" * 100_000, 400, "no JSON"),
        (b"[]", 400, "JSON object"),
        (b"\xff", 400, "no JSON"),
        ({"prefix": 1}, 400, "prefix has to be a text"),
        ({"prefix": "a", "cells": "b"}, 400, "cells has to be a list of texts"),
        ({"prefix": "a", "cells": ["b"] * 1001}, 400, "1001 entries"),
        ({"prefix": "a", "language": "x" * 201}, 400, "language has to be a text of at most 200"),
        ({"prefix": "a", "engine": "http://elsewhere"}, 400, "'engine'"),
        (b" " * (LARGEST_BODY + 1), 413, "at most"),
    ],
)
async def test_a_body_that_makes_no_sense_gets_one_clear_line(
    jp_fetch: Fetch, elsewhere: ScriptedEngine, body: Any, status: int, message: str
) -> None:
    got = await refused(post(jp_fetch, "infill", body))
    assert got[0] == status
    assert message in got[1]
    assert "\n" not in got[1]
    assert elsewhere.requests == []


async def test_no_route_tells_the_key_or_the_address(jp_fetch: Fetch, ours: ScriptedEngine) -> None:
    ours.script("m([1, 2])")
    told = [await get(jp_fetch, route) for route in ("status", "models", "log")]
    reply = await jp_fetch(*API, "infill", method="POST", body=json.dumps(WISH))
    text = json.dumps(told) + reply.body.decode() + str(dict(reply.headers))
    assert ours.key
    assert ours.key not in text
    assert "sock" not in text
