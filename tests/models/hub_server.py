"""A hub on this machine that speaks as much of the real one's language as its client needs."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_PATIENCE = 60.0
_COMMIT = "5" * 40


class HubServer:
    """Serves the files of some repositories; can ask for a token, break off, or stop half-way."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, bytes]] = {}
        self.gated: set[str] = set()
        self.architecture = "LlamaForCausalLM"
        self.token = "hf_right"  # noqa: S105 - of this server only
        self.cut: set[str] = set()
        """Names of files in the middle of which the connection breaks off."""
        self.broken = False
        """Every answer is an error of the server's."""
        self.held: set[str] = set()
        """Names of files in the middle of which the server waits until `open` is set."""
        self.reached, self.open = threading.Event(), threading.Event()
        self.fetched: Counter[str] = Counter()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def _authorization(self) -> str:
        return f"Bearer {self.token}"

    def close(self) -> None:
        self.open.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub._serve(self)

            def do_HEAD(self) -> None:
                hub._serve(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Keep the tests' output clean."""

        return Handler

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path).path.strip("/").split("/")
        if self.broken:
            _error(request, 503)
        elif request.headers.get("Authorization", self._authorization) != self._authorization:
            _error(request, 401, message="Invalid credentials in Authorization header")
        elif parts[:2] == ["api", "models"]:
            self._describe(request, "/".join(parts[2:4]), parts[4:])
        else:
            self._send_file(request, "/".join(parts[:2]), "/".join(parts[4:]))

    def _describe(self, request: BaseHTTPRequestHandler, repo: str, rest: list[str]) -> None:
        files = self.repos.get(repo)
        if files is None:
            _error(request, 401, "RepoNotFound")
        elif rest[:1] == ["tree"]:
            _json(request, [_entry(name, data) for name, data in files.items()])
        else:
            siblings = [{"rfilename": name, "size": len(data)} for name, data in files.items()]
            about = {"id": repo, "sha": _COMMIT, "siblings": siblings, "private": False, "tags": []}
            gated = "manual" if repo in self.gated else False
            config = {"architectures": [self.architecture]}
            _json(request, about | {"gated": gated, "config": config})

    def _send_file(self, request: BaseHTTPRequestHandler, repo: str, name: str) -> None:
        data = self.repos[repo].get(name)
        if repo in self.gated and request.headers.get("Authorization") != self._authorization:
            _error(request, 401, "GatedRepo")
        elif data is None:
            _error(request, 404, "EntryNotFound")
        else:
            self._send_data(request, name, data)

    def _send_data(self, request: BaseHTTPRequestHandler, name: str, data: bytes) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(data)))
        request.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        request.send_header("X-Repo-Commit", _COMMIT)
        request.end_headers()
        if request.command == "HEAD":
            return
        self.fetched[name] += 1
        middle = len(data) // 2
        try:
            request.wfile.write(data[:middle])
            if name in self.held:
                self.reached.set()
                self.open.wait(_PATIENCE)
            if name in self.cut:
                request.close_connection = True
                return
            request.wfile.write(data[middle:])
        except OSError:
            pass  # the client was stopped on purpose


def _entry(name: str, data: bytes) -> dict[str, object]:
    return {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}  # noqa: S324 - git's


def _json(request: BaseHTTPRequestHandler, content: object) -> None:
    data = json.dumps(content).encode()
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(data)))
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(data)


def _error(request: BaseHTTPRequestHandler, status: int, code: str = "", message: str = "") -> None:
    request.send_response(status)
    for header, value in (("X-Error-Code", code), ("X-Error-Message", message)):
        if value:
            request.send_header(header, value)
    request.send_header("Content-Length", "0")
    request.end_headers()
