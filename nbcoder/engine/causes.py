"""Why pip or uv failed, in one sentence that says what to do."""

from __future__ import annotations

import platform
import re

__all__ = ["absent_package", "cause_of", "is_out_of_room", "is_wrong_hash", "last_words"]

_NO_ROOM = re.compile(r"No space left on device|Disk quota exceeded|File too large|os error 28")
_WRONG_HASH = re.compile(r"DO NOT MATCH THE HASHES|Hash mismatch", re.IGNORECASE)
_WRONG_ONE = re.compile(r"^\s+(\S+?)(?:==\S+)? from \S+|Hash mismatch for `?([^`=@\s]+)", re.MULTILINE)
_UNTRUSTED = re.compile(r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate", re.IGNORECASE)
_REFUSED = re.compile(
    r"\b(401|403|407) (?:Client Error|Unauthorized|Forbidden|Proxy)|HTTP error (401|403|407)"
)
_UNREACHABLE = re.compile(
    r"Failed to establish a new connection|NewConnectionError|NameResolutionError|Max retries exceeded"
    r"|ConnectTimeout|Read timed out|ReadTimeout|ProxyError|Connection (?:refused|reset|aborted|broken)"
    r"|IncompleteRead|incomplete-download|RemoteDisconnected|Network is unreachable|dns error"
    r"|error sending request"
)
_ABSENT = re.compile(r"(?:No matching distribution found for|that satisfies the requirement) (\S+)")
_LONGEST = 200


def is_out_of_room(output: str) -> bool:
    """Whether a full disk is why a command that printed ``output`` failed."""
    return bool(_NO_ROOM.search(output))


def is_wrong_hash(output: str) -> bool:
    """Whether a file differed from the locked one."""
    return bool(_WRONG_HASH.search(output))


def absent_package(output: str) -> str | None:
    """The requirement that pip found nowhere, if only that is why it failed."""
    if is_out_of_room(output) or is_wrong_hash(output):
        return None
    match = _ABSENT.search(output)
    return match[1] if match else None


def cause_of(output: str) -> str:
    """The cause of the failure of a command that printed ``output``; one or two sentences."""
    if is_wrong_hash(output):
        match = _WRONG_ONE.search(output)
        name = (match[1] or match[2]) if match else "a package"
        return (
            f"{name} is not the file that nbcoder was tested with (wrong hash), so it was not installed. "
            "Try again; if it stays so, the package index or a proxy serves changed files."
        )
    if _UNTRUSTED.search(output):
        return "the package index's certificate is not trusted. Run `pip config set global.cert FILE`."
    if match := _REFUSED.search(output):
        return f"the package index refuses access ({match[1] or match[2]}). Check `pip config list`."
    if _UNREACHABLE.search(output):
        return "the package index does not answer. Check the network and `pip config list`, then try again."
    if absent := absent_package(output):
        here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
        return f"the package index offers no {absent} for {here}. Try another Python or index."
    return f"{last_words(output)}."


def last_words(output: str) -> str:
    """The last error that a command named, or else its last line; without a full stop."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(?i)error: ", line)]
    line = (errors or lines or ["the command said nothing"])[-1]
    line = re.sub(r"(?i)^error: ", "", line).rstrip(".")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
