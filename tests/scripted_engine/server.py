"""The scripted engine itself: one thread per connection, on TCP or on a Unix socket."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import socketserver
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from nbcoder.engine.address import Address
from tests.scripted_engine.handler import Handler
from tests.scripted_engine.script import Body, Reply, Script, load_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.scripted_engine.script import Responder

__all__ = ["Recorded", "ScriptedEngine"]


@dataclass(frozen=True)
class Recorded:
    """A request for text as it came; ``arrived`` in seconds of ``time.monotonic``."""

    path: str
    body: Body
    headers: dict[str, str]
    arrived: float


class ScriptedEngine:
    """An engine that says what it is told to, and counts what its clients do; a context manager.

    All that it counts is safe to read while it runs; wait for changes with `wait_until`.
    """

    models: list[Body]
    """What ``/v1/models`` tells."""
    pages: dict[str, object]
    """Paths with a reply of their own, JSON or bytes; None: this engine does not have that path."""
    requests: list[Recorded]
    """Requests for text."""
    paths: list[str]
    """The path of every request, also of those for other things."""
    connections: int
    """TCP or Unix connections accepted so far."""
    running: int
    """Requests that are being answered."""
    finished: int
    """Requests answered to their end, be it a bad end that the script made up."""
    aborted: int
    """Requests whose client left before the end."""

    def __init__(
        self, *, port: int = 0, uds: Path | None = None, key: str = "", context_length: int = 8192
    ) -> None:
        self.key = key
        self._context_length = context_length
        self.closing = threading.Event()
        self._changed = threading.Condition()
        self._server = _UnixServer(self, uds) if uds else _TcpServer(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.running = 0
        self.reset()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens; for a Unix socket a URL with a made-up host."""
        return self._server.url

    @property
    def address(self) -> Address:
        """The address to give to `HttpEngine`."""
        return Address(self.url, self.key, self._server.uds, self.models[0]["id"])

    def script(self, *replies: Reply | str) -> None:
        """Add replies to the end of the queue."""
        with self._changed:
            self._script.replies += [Reply(reply) if isinstance(reply, str) else reply for reply in replies]

    def respond_with(self, responder: Responder) -> None:
        """Answer by this function, or `RuleBook`, whenever the queue is empty."""
        with self._changed:
            self._script.responder = responder

    def load(self, script: Any) -> None:
        """Add the replies of a script in JSON to the queue, and take over its rules if it has any."""
        loaded = load_script(script)
        self.script(*loaded.replies)
        if loaded.responder:
            self.respond_with(loaded.responder)

    def reset(self) -> None:
        """Be as at the beginning. What runs goes on running, but how it ends is no longer counted."""
        with self._changed:
            self._script = Script()
            self.models = [{"id": "scripted", "object": "model", "max_model_len": self._context_length}]
            self.pages = {}
            self.requests = []
            self.paths = []
            self.connections = self.finished = self.aborted = 0

    @property
    def bodies(self) -> list[Body]:
        """The bodies of the requests for text so far."""
        return [request.body for request in self.requests]

    def wait_until(self, happened: Callable[[Self], object], seconds: float = 10.0) -> None:
        """Wait until ``happened`` of this engine is true; `AssertionError` when it does not come to that."""
        with self._changed:
            came = self._changed.wait_for(lambda: happened(self), seconds)
        counts = f"running {self.running}, finished {self.finished}, aborted {self.aborted}"
        assert came, f"not within {seconds:g} s; {counts}, requests {len(self.requests)}"

    def state(self) -> dict[str, Any]:
        """Requests and counts as JSON."""
        with self._changed:
            return {
                "requests": [dataclasses.asdict(request) for request in self.requests],
                "running": self.running,
                "finished": self.finished,
                "aborted": self.aborted,
            }

    def accepted(self) -> None:
        """A connection has come."""
        with self._changed:
            self.connections += 1
            self._changed.notify_all()

    @contextlib.contextmanager
    def answering(self, path: str, body: Body, headers: dict[str, str]) -> Iterator[Reply]:
        """The reply to a request, which counts as running inside the ``with``."""
        with self._changed:
            script = self._script
            self.requests.append(Recorded(path, body, headers, time.monotonic()))
            self.running += 1
            self._changed.notify_all()
            reply = script.next_reply(body)
        aborted = False
        try:
            yield reply
        except OSError:
            aborted = True
            raise
        finally:
            with self._changed:
                self.running -= 1
                if script is self._script:
                    self.aborted += aborted
                    self.finished += not aborted
                self._changed.notify_all()


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Hands each connection to a `Handler`; can end all of them."""

    allow_reuse_address = True
    request_queue_size = 128
    uds: Path | None = None

    def __init__(self, engine: ScriptedEngine, address: Any) -> None:
        self.engine = engine
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, Handler)

    @property
    def url(self) -> str:
        raise NotImplementedError

    def process_request(self, request: Any, client_address: Any) -> None:
        self.engine.accepted()
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has left is no error; anything else is printed by the base."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End all connections, so that their threads end."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _TcpServer(_Server):
    def __init__(self, engine: ScriptedEngine, port: int) -> None:
        super().__init__(engine, ("127.0.0.1", port))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        # Without this, small events wait for acknowledgements, 40 ms each.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address


class _UnixServer(_Server):
    address_family = socket.AF_UNIX
    allow_reuse_address = False

    def __init__(self, engine: ScriptedEngine, uds: Path) -> None:
        self.uds = uds
        super().__init__(engine, str(uds))

    @property
    def url(self) -> str:
        return "http://engine"

    def server_close(self) -> None:
        super().server_close()
        if self.uds:
            self.uds.unlink(missing_ok=True)
