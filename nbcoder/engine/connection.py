"""HTTP clients that reach an engine: over TCP or a Unix socket, blocking or in an event loop."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import httpx

from nbcoder.engine.requests import ChatRequest

if TYPE_CHECKING:
    from nbcoder.engine.address import Address
    from nbcoder.engine.failures import Failures
    from nbcoder.engine.requests import TextRequest
    from nbcoder.settings import Settings

__all__ = ["async_client", "patience", "sync_client", "timeout"]

_KEEP_ALIVE = 2.0
"""Seconds for which an idle connection to another machine is kept: vLLM closes its end after 5."""
_SHORT_PROMPT = 2000
_READ_A_SECOND = 40
"""Characters that even a slow CPU reads of a prompt in a second (1.5B on two cores: 80)."""
_LIMITS = httpx.Limits(keepalive_expiry=_KEEP_ALIVE)
# vLLM may close a connection behind a refusal, and the next request would be lost on it. On this machine a
# new one costs nothing.
_LIMITS_HERE = httpx.Limits(max_keepalive_connections=0)


def sync_client(address: Address, settings: Settings, failures: Failures) -> httpx.Client:
    """A client whose paths begin at ``address``.

    Raises
    ------
    EngineUnreachable
        The address is no URL.
    EngineUnauthorized
        The key has characters that cannot be sent.
    """
    url = _url(address, failures)
    verify = _verifies(url)
    path, limits = address.socket, _limits(address, url)
    return httpx.Client(
        base_url=url,
        headers=_headers(address, failures),
        timeout=timeout(settings, settings.stall_timeout),
        transport=httpx.HTTPTransport(uds=str(path), verify=verify, limits=limits) if path else None,
        verify=verify,
        limits=limits,
        trust_env=_uses_proxies(address, url),
    )


def async_client(address: Address, settings: Settings, failures: Failures) -> httpx.AsyncClient:
    """The same for an event loop; raises what `sync_client` raises."""
    url = _url(address, failures)
    verify = _verifies(url)
    path, limits = address.socket, _limits(address, url)
    return httpx.AsyncClient(
        base_url=url,
        headers=_headers(address, failures),
        timeout=timeout(settings, settings.stall_timeout),
        transport=httpx.AsyncHTTPTransport(uds=str(path), verify=verify, limits=limits) if path else None,
        verify=verify,
        limits=limits,
        trust_env=_uses_proxies(address, url),
    )


def _url(address: Address, failures: Failures) -> httpx.URL:
    try:
        return httpx.URL(address.url.rstrip("/").removesuffix("/v1"))
    except httpx.InvalidURL as error:
        raise failures.unreachable(str(error)) from error


def _headers(address: Address, failures: Failures) -> dict[str, str]:
    key = address.key
    if not (key.isascii() and key.isprintable()):
        raise failures.unsendable_key()
    return {"Authorization": f"Bearer {key}"} if key else {}


def timeout(settings: Settings, seconds: float) -> httpx.Timeout:
    """Time-outs of a request that is given up after ``seconds`` of silence."""
    return httpx.Timeout(seconds, connect=settings.connect_timeout)


def patience(settings: Settings, request: ChatRequest | TextRequest) -> float:
    """Seconds without a token after which ``request`` is given up: the longer the prompt, the more."""
    if isinstance(request, ChatRequest):
        size = sum(len(message.content) for message in request.messages)
    else:
        size = len(request.prompt)
    return settings.stall_timeout + max(0, size - _SHORT_PROMPT) / _READ_A_SECOND


def _verifies(url: httpx.URL) -> bool:
    # Reading the system's certificates takes longer than a request to a local engine.
    return url.scheme == "https"


def _limits(address: Address, url: httpx.URL) -> httpx.Limits:
    return _LIMITS_HERE if _is_here(address, url) else _LIMITS


def _uses_proxies(address: Address, url: httpx.URL) -> bool:
    # A proxy in the environment is there for other machines, not for this one.
    return not _is_here(address, url)


def _is_here(address: Address, url: httpx.URL) -> bool:
    return address.socket is not None or _is_loopback(url.host)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
