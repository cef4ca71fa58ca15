"""HTTP as vLLM speaks it, for one connection of a scripted engine."""

from __future__ import annotations

import json
import math
import select
import socket
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from tests.scripted_engine.answers import Answering, count_tokens, error_body, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.scripted_engine.script import Body, Reply
    from tests.scripted_engine.server import ScriptedEngine

__all__ = ["Handler"]

_LOOK_EVERY = 0.01
"""Seconds between two looks at whether a client is still there."""


class _Over(Exception):
    """The script ends this connection here."""


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server: Any
    connection: socket.socket

    @property
    def engine(self) -> ScriptedEngine:
        engine: ScriptedEngine = self.server.engine
        return engine

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except _Over:
            self.close_connection = True

    def do_GET(self) -> None:
        self._route(
            {
                "/health": lambda: self._send(200, b""),
                "/version": lambda: self._send(200, {"version": "scripted"}),
                "/metrics": self._send_metrics,
                "/v1/models": self._send_models,
                "/_requests": lambda: self._send(200, self.engine.state()),
            }
        )

    def do_POST(self) -> None:
        self._route(
            {
                "/v1/chat/completions": self._answer,
                "/v1/completions": self._answer,
                "/tokenize": self._tokenize,
                "/_script": self._load_script,
                "/_reset": self._reset,
            }
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's word
        """Say nothing."""

    def _route(self, routes: dict[str, Callable[[], None]]) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.content = self.rfile.read(length)
        self.engine.paths.append(self.path)
        key = self.engine.key
        if key and self.path.startswith("/v1") and self.headers.get("Authorization") != f"Bearer {key}":
            self._send(401, {"error": "Unauthorized"})
        elif (page := self.engine.pages.get(self.path)) is not None:
            self._send(200, page)
        elif self.path in routes and self.path not in self.engine.pages:
            routes[self.path]()
        else:
            self._send(404, {"detail": "Not Found"})

    def _send(self, status: int, body: object) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send_models(self) -> None:
        self._send(200, {"object": "list", "data": self.engine.models})

    def _send_metrics(self) -> None:
        labels = f'{{engine="0",model_name="{self.engine.models[0]["id"]}"}}'
        lines = (
            f"vllm:num_requests_running{labels} {self.engine.running:.1f}\n"
            f"vllm:num_requests_waiting{labels} 0.0\n"
        )
        self._send(200, lines.encode())

    def _tokenize(self) -> None:
        self._send(200, {"count": count_tokens(json.loads(self.content))})

    def _load_script(self) -> None:
        try:
            self.engine.load(json.loads(self.content))
        except (KeyError, TypeError, ValueError) as error:
            self._send(400, error_body(str(error), 400))
        else:
            self._send(200, {})

    def _reset(self) -> None:
        self.engine.reset()
        self._send(200, {})

    def _answer(self) -> None:
        try:
            body: Body = json.loads(self.content)
        except ValueError as error:
            self._send(400, error_body(str(error), 400))
            return
        if refused := refusal(body, self.engine.models):
            self._send(*refused)
            return
        with self.engine.answering(self.path, body, dict(self.headers)) as reply:
            self._deliver(Answering(reply, body))

    def _deliver(self, answer: Answering) -> None:
        reply = answer.reply
        if reply.hold:
            self._wait(lambda: bool(reply.hold and reply.hold.is_set()))
        if reply.body is not None:
            self._send(reply.status, reply.body)
        elif reply.status != 200:
            self._send(reply.status, error_body(reply.text_of(0), reply.status))
        elif answer.body.get("stream"):
            self._stream(answer)
        else:
            self._pause(reply.delay)
            self._send(200, answer.whole())

    def _stream(self, answer: Answering) -> None:
        reply = answer.reply
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if reply.raw is not None:
            for content in reply.raw:
                self._chunk(content)
        else:
            for event in answer.opening():
                self._event(event)
            self._stream_text(answer)
            for event in answer.closing():
                self._event(event)
            self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _stream_text(self, answer: Answering) -> None:
        reply = answer.reply
        events = list(answer.events())
        for count, event in enumerate(events):
            self._break_off(reply, count, event)
            self._pause(reply.delay, reply.ping)
            self._event(event)
        self._break_off(reply, len(events), {})
        if reply.error:
            self._event(error_body(reply.error, 500, "InternalServerError"))

    def _break_off(self, reply: Reply, count: int, event: Body) -> None:
        if reply.stall_after == count:
            self._wait(lambda: False, reply.ping)
        if reply.end_after == count:
            self.wfile.write(b"0\r\n\r\n")
            raise _Over
        if reply.cut_after == count:
            content = f"data: {json.dumps(event)}\n\n".encode()
            self.wfile.write(f"{len(content):x}\r\n".encode() + content[: len(content) // 2])
            raise _Over

    def _event(self, event: Body) -> None:
        self._check_client(0)
        self._chunk(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())

    def _chunk(self, content: bytes) -> None:
        if content:
            self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")

    def _pause(self, seconds: float, ping: float = 0.0) -> None:
        if seconds:
            self._wait(lambda: False, ping, seconds)

    def _wait(self, is_over: Callable[[], bool], ping: float = 0.0, seconds: float = math.inf) -> None:
        """Wait, with a keep-alive comment each ``ping`` seconds, for as long as the client is there."""
        begun = last = time.monotonic()
        while not is_over() and (left := begun + seconds - time.monotonic()) > 0:
            self._check_client(min(left, _LOOK_EVERY))
            if ping and time.monotonic() - last >= ping:
                self._chunk(b": ping\n\n")
                last = time.monotonic()

    def _check_client(self, seconds: float) -> None:
        """Look for ``seconds`` whether the client has left; `ConnectionError` if so."""
        if self.engine.closing.is_set():
            raise _Over
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        if poll.poll(seconds * 1000) and not self.connection.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError("the client has left")
