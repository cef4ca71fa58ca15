"""Landlock: a process gives up, for itself and all that it starts, to change files outside one folder."""

from __future__ import annotations

import os
import stat
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from nbcoder.dryrun.system import linux

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["restrict_writes"]

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_QUERY_VERSION: Final = 1
_RULE_PATH_BENEATH: Final = 1

_WRITE_FILE: Final = 1 << 1
_REMOVALS: Final = 1 << 4 | 1 << 5
_MAKE: Final = 0b1111111 << 6
_REFER: Final = 1 << 13
_TRUNCATE: Final = 1 << 14
_DEVICE_IOCTL: Final = 1 << 15
_NET_TCP: Final = 0b11
_SCOPES: Final = 0b11
_ADDED: Final = {2: _REFER, 3: _TRUNCATE, 5: _DEVICE_IOCTL}
"""Rights that later versions know."""
_NET_SINCE: Final = 4
_SCOPES_SINCE: Final = 6
_OF_FILES: Final = _WRITE_FILE | _TRUNCATE | _DEVICE_IOCTL


def restrict_writes(allowed: Iterable[str]) -> None:
    """From now on only files in the folders ``allowed``, or those very files, can be changed.

    Where the system knows how, this refuses TCP, and signals and abstract sockets to other processes too.

    Raises
    ------
    OSError
        This system has no Landlock.
    """
    version = linux.call(_CREATE_RULESET, None, 0, _QUERY_VERSION, what="landlock")
    rights = _WRITE_FILE | _REMOVALS | _MAKE
    for since, right in _ADDED.items():
        rights |= right if version >= since else 0
    net = _NET_TCP if version >= _NET_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    size = 24 if scopes else 16 if net else 8
    attr = struct.pack("=QQQ", rights, net, scopes)[:size]
    ruleset = linux.call(_CREATE_RULESET, attr, size, 0, what="landlock_create_ruleset")
    try:
        for path in allowed:
            with suppress(FileNotFoundError):
                _allow(ruleset, path, rights)
        linux.forbid_new_privileges()
        linux.call(_RESTRICT_SELF, ruleset, 0, what="landlock_restrict_self")
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, fd)
        linux.call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0, what="landlock_add_rule")
    finally:
        os.close(fd)
