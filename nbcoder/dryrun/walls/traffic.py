"""How often a network namespace was asked to send: what goes out below Python, only the system sees."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Final

from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BELOW_PYTHON", "attempts"]

BELOW_PYTHON: Final = Text("use the network")
"""What is said of code that tried to send where no event of Python's told of it."""

_TABLE: Final = "/proc/self/net/snmp"
_TABLE_6: Final = "/proc/self/net/snmp6"
_COUNTED: Final = frozenset(
    {
        *("Ip:OutNoRoutes", "Tcp:ActiveOpens", "Udp:OutDatagrams"),
        *("Ip6OutNoRoutes", "Udp6OutDatagrams"),
    }
)
"""Nobody was there to send to; a connection was begun; something was sent without one."""


def attempts() -> int:
    """Connections and messages that the processes of this namespace have tried to make, so far."""
    with suppress(OSError, ValueError):
        return sum(count for name, count in chain(_old_counts(), _new_counts()) if name in _COUNTED)
    return 0


def _old_counts() -> Iterator[tuple[str, int]]:
    """Each protocol has a line of names and one of numbers below it."""
    with open(_TABLE, encoding="ascii") as table:
        for names, counts in zip(table, table, strict=False):
            protocol, *fields = names.split()
            yield from zip((protocol + field for field in fields), map(int, counts.split()[1:]), strict=False)


def _new_counts() -> Iterator[tuple[str, int]]:
    with suppress(FileNotFoundError), open(_TABLE_6, encoding="ascii") as table:
        for line in table:
            name, count = line.split()
            yield name, int(count)
