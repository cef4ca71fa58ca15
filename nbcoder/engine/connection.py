"""HTTP clients that reach an engine: over TCP or a Unix socket, blocking or in an event loop."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from nbcoder.engine.address import Address
    from nbcoder.engine.failures import Failures
    from nbcoder.settings import Settings

__all__ = ["async_client", "sync_client"]

_KEEP_ALIVE = 2.0
"""Seconds for which an idle connection is kept: vLLM closes its end after 5."""
_LIMITS = httpx.Limits(keepalive_expiry=_KEEP_ALIVE)


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
    path = address.socket
    return httpx.Client(
        base_url=url,
        headers=_headers(address, failures),
        timeout=_timeout(settings),
        transport=httpx.HTTPTransport(uds=str(path), verify=verify, limits=_LIMITS) if path else None,
        verify=verify,
        limits=_LIMITS,
        trust_env=_uses_proxies(address, url),
    )


def async_client(address: Address, settings: Settings, failures: Failures) -> httpx.AsyncClient:
    """The same for an event loop; raises what `sync_client` raises."""
    url = _url(address, failures)
    verify = _verifies(url)
    path = address.socket
    return httpx.AsyncClient(
        base_url=url,
        headers=_headers(address, failures),
        timeout=_timeout(settings),
        transport=httpx.AsyncHTTPTransport(uds=str(path), verify=verify, limits=_LIMITS) if path else None,
        verify=verify,
        limits=_LIMITS,
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


def _timeout(settings: Settings) -> httpx.Timeout:
    return httpx.Timeout(settings.stall_timeout, connect=settings.connect_timeout)


def _verifies(url: httpx.URL) -> bool:
    # Reading the system's certificates takes longer than a request to a local engine.
    return url.scheme == "https"


def _uses_proxies(address: Address, url: httpx.URL) -> bool:
    # A proxy in the environment is there for other machines, not for this one.
    return not (address.socket or _is_loopback(url.host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
