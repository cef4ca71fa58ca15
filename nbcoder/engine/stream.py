"""An answer that comes over HTTP, read as it comes; and what HTTP itself can do wrong."""

from __future__ import annotations

import re
import socket
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import httpx
from httpx_sse import EventSource, SSEError

from nbcoder.engine.assembly import Assembly
from nbcoder.engine.requests import ChatRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.engine.failures import Failures
    from nbcoder.engine.requests import Answer, Delta, TextRequest, Usage

__all__ = ["HttpStream", "hang_up", "translated"]


class HttpStream:
    """The answer to ``request``, coming as ``response``; `nbcoder.engine.requests.Stream` over HTTP.

    Iterating raises `StreamCut` when the answer breaks off, `EngineStalled` when no token comes for
    ``stall_timeout`` seconds, `EngineFailed` when the engine reports an error or sends what is no answer.
    """

    def __init__(
        self,
        response: httpx.Response,
        request: ChatRequest | TextRequest,
        failures: Failures,
        stall_timeout: float,
    ) -> None:
        prefill = request.prefill if isinstance(request, ChatRequest) else ""
        self._assembly = Assembly(request.sampling.n, prefill, request.sampling.top_logprobs)
        self._failures = failures
        self._stall_timeout = stall_timeout
        self._watch = _Watch(response, stall_timeout)
        response.stream = self._watch
        self._deltas = self._read(EventSource(response))

    def __iter__(self) -> Iterator[Delta]:
        return self._deltas

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers as far as they have come."""
        return self._assembly.answers

    @property
    def usage(self) -> Usage:
        """Tokens used; zeros until the iteration has ended, or if the engine does not count."""
        return self._assembly.usage

    def _read(self, source: EventSource) -> Iterator[Delta]:
        with translated(self._failures, self._stall_timeout, self._assembly):
            for event in source.iter_sse():
                if event.data == "[DONE]":
                    break
                if event.data:
                    self._watch.token_came()
                    yield from self._assembly.add(event.data)
        # Not every server ends with [DONE]; every one gives each answer's reason to end.
        if not self._assembly.is_whole:
            raise self._failures.cut(self._assembly.characters)


class _Watch(httpx.SyncByteStream):
    """The bytes of ``response``; gives up when they bring nothing but signs of life for ``limit`` seconds.

    Complete silence is found by the read time-out of the connection. Time that the reader takes for
    itself does not count.
    """

    def __init__(self, response: httpx.Response, limit: float) -> None:
        self._inner = response.stream
        self._limit = limit
        self._waited = 0.0

    def token_came(self) -> None:
        """Wait the full time again."""
        self._waited = 0.0

    def __iter__(self) -> Iterator[bytes]:
        chunks = iter(self._inner)  # type: ignore[arg-type] # a sync client has sync streams only
        while True:
            asked = time.monotonic()
            chunk = next(chunks, None)
            self._waited += time.monotonic() - asked
            if self._waited > self._limit:
                raise httpx.ReadTimeout("only signs of life")
            if chunk is None:
                return
            yield chunk

    def close(self) -> None:
        self._inner.close()  # type: ignore[union-attr] # a sync client has sync streams only


@contextmanager
def translated(failures: Failures, stall_timeout: float, assembly: Assembly | None = None) -> Iterator[None]:
    """Turns errors of the HTTP client into ours; ``assembly`` holds what has come so far."""
    try:
        yield
    except SSEError as error:
        raise failures.not_streamed(str(error)) from error
    except httpx.ConnectTimeout as error:
        raise failures.unreachable("no connection in time") from error
    except (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
        raise failures.unreachable(re.sub(r"^\[Errno -?\d+\] ", "", str(error))) from error
    except httpx.TimeoutException as error:
        raise failures.stalled(stall_timeout) from error
    except httpx.RequestError as error:
        raise failures.cut(assembly.characters if assembly else 0) from error


def hang_up(response: httpx.Response) -> None:
    """End ``response`` and, when it is not at its end, its connection, for both sides and at once.

    A fork of this process may hold the connection as well; closing only our end of it would not reach the
    engine then.
    """
    if not response.is_closed:
        connection = response.extensions["network_stream"].get_extra_info("socket")
        if isinstance(connection, socket.socket):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
    response.close()
