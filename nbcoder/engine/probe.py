"""Asks vLLM on its socket how it is, with the standard library alone: the supervisor has to be small."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Activity", "NotAnswering", "Probe", "parse_activity"]

_TIMEOUT = 10.0
_FIRST_TOKEN_TIMEOUT = 120.0
_BUSY = ("vllm:num_requests_running", "vllm:num_requests_waiting")
_COUNTED = ("vllm:request_success_total", "vllm:prompt_tokens_total", "vllm:generation_tokens_total")


class NotAnswering(Exception):
    """Nobody answers on the socket, or not as vLLM would."""


@dataclass(frozen=True)
class Activity:
    """How many requests are being worked on, how many wait, and a count that grows with all work done."""

    running: float
    waiting: float
    work: float

    @property
    def requests(self) -> float:
        """How many there are."""
        return self.running + self.waiting


@dataclass(frozen=True)
class Probe:
    """Asks the engine on ``path``, which serves ``model`` and wants ``key``."""

    path: Path
    model: str
    key: str

    def is_healthy(self) -> bool:
        """Whether somebody answers and says that all is well."""
        try:
            return self._ask("GET", "/health")[0] == http.client.OK
        except NotAnswering:
            return False

    def is_broken(self) -> bool:
        """Whether vLLM says that one of its processes is gone; it takes seconds to end after that."""
        try:
            return self._ask("GET", "/health")[0] == http.client.SERVICE_UNAVAILABLE
        except NotAnswering:
            return False

    def version(self) -> str:
        """The version of vLLM; '' if it does not say."""
        try:
            return str(json.loads(self._ask("GET", "/version")[1])["version"])
        except (NotAnswering, KeyError, TypeError, ValueError):
            return ""

    def activity(self) -> Activity | None:
        """What the engine has to do; None if it does not say."""
        try:
            status, text = self._ask("GET", "/metrics")
        except NotAnswering:
            return None
        return parse_activity(text) if status == http.client.OK else None

    def generate_a_token(self) -> None:
        """Have one token really generated, with its probability, as every answer has them: vLLM compiles what
        counts those on a GPU when they are first asked for.

        Raises
        ------
        NotAnswering
            That did not work; the message is what came instead.
        """
        body = {"model": self.model, "prompt": "1 + 1 =", "max_tokens": 1, "temperature": 0, "logprobs": 0}
        status, text = self._ask("POST", "/v1/completions", json.dumps(body), _FIRST_TOKEN_TIMEOUT)
        if status != http.client.OK:
            raise NotAnswering(f"status {status}: {' '.join(text.split())[:200]}")
        try:
            generated = json.loads(text)["usage"]["completion_tokens"]
        except (KeyError, TypeError, ValueError) as error:
            raise NotAnswering(f"an answer without usage: {text[:200]}") from error
        if generated != 1:
            raise NotAnswering(f"{generated} tokens instead of one")

    def _ask(
        self, method: str, path: str, body: str | None = None, timeout: float = _TIMEOUT
    ) -> tuple[int, str]:
        connection = _UnixConnection(self.path, timeout)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise NotAnswering(str(error) or type(error).__name__) from error
        finally:
            connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def parse_activity(metrics: str) -> Activity | None:
    """What Prometheus ``metrics`` of vLLM say; None if they do not have it."""
    values: dict[str, float] = dict.fromkeys((*_BUSY, *_COUNTED), 0.0)
    seen: set[str] = set()
    for line in metrics.splitlines():
        name = line.partition("{")[0].partition(" ")[0]
        if name in values:
            try:
                values[name] += float(line.rpartition(" ")[2])
            except ValueError:
                continue
            seen.add(name)
    if not seen.issuperset(_BUSY):
        return None
    running, waiting = (values[name] for name in _BUSY)
    return Activity(running, waiting, sum(values[name] for name in _COUNTED))
