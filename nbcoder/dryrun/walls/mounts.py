"""The mounts of this process, and which of them a dry run needs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

__all__ = ["Mount", "is_within", "mounts_below_root"]

_PSEUDO: Final = frozenset(
    [
        "autofs",
        "binfmt_misc",
        "bpf",
        "cgroup",
        "cgroup2",
        "configfs",
        "debugfs",
        "devpts",
        "devtmpfs",
        "efivarfs",
        "fusectl",
        "hugetlbfs",
        "mqueue",
        "nsfs",
        "proc",
        "pstore",
        "ramfs",
        "rpc_pipefs",
        "securityfs",
        "sysfs",
        "tracefs",
    ]
)
_LEFT_OUT: Final = (
    "/proc",
    "/sys",
    "/dev",  # these three are built anew for the copy
    "/snap",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/lib/snapd",  # these belong to other programs and can be hundreds; they look empty in the copy
)


@dataclass(frozen=True)
class Mount:
    """One line of ``/proc/self/mountinfo``."""

    point: str
    kind: str
    read_only: bool


def is_within(path: str, folder: str) -> bool:
    """Whether ``path`` is ``folder`` or below it, by their names."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def mounts_below_root() -> list[Mount]:
    """The mounts with files of the user's, but for the root: those that are seen, outermost first."""
    seen: dict[str, Mount] = {}
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            mount = _parsed(line)
            if any(is_within(mount.point, tree) for tree in _LEFT_OUT):
                continue
            # A later mount on a point, or on a folder above it, hides the earlier one.
            seen = {point: m for point, m in seen.items() if not is_within(point, mount.point)}
            seen[mount.point] = mount
    return [mount for mount in seen.values() if mount.point != "/" and mount.kind not in _PSEUDO]


def _parsed(line: str) -> Mount:
    fields = line.split()
    rest = fields[fields.index("-") + 1 :]
    point = fields[4]
    if "\\" in point:  # octal escapes of blanks
        point = os.fsdecode(os.fsencode(point).decode("unicode_escape").encode("latin-1"))
    return Mount(point, rest[0], "ro" in fields[5].split(",") or "ro" in rest[2].split(","))
