"""The system calls that Python does not offer, by ctypes; importing this does nothing on other systems."""

from __future__ import annotations

import ctypes
import functools
import os
import platform
from contextlib import suppress
from typing import Any, Final

__all__ = [
    "ATTR_NODEV",
    "ATTR_RDONLY",
    "AT_RECURSIVE",
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "MNT_DETACH",
    "MS_BIND",
    "MS_NOEXEC",
    "MS_NOSUID",
    "MS_PRIVATE",
    "MS_RDONLY",
    "MS_REC",
    "become_subreaper",
    "call",
    "die_with_parent",
    "drop_capabilities",
    "forbid_new_privileges",
    "has_capability",
    "machine",
    "mount",
    "mount_setattr",
    "pivot_into",
    "prctl",
    "umount",
    "unshare",
]

CLONE_NEWNS: Final = 0x20000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000
MS_RDONLY: Final = 0x1
MS_NOSUID: Final = 0x2
MS_NOEXEC: Final = 0x8
MS_BIND: Final = 0x1000
MS_REC: Final = 0x4000
MS_PRIVATE: Final = 0x40000
MNT_DETACH: Final = 2
AT_RECURSIVE: Final = 0x8000
ATTR_RDONLY: Final = 0x1
ATTR_NODEV: Final = 0x4

_AT_FDCWD: Final = -100
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_CAPABILITY_VERSION_3: Final = 0x20080522
_SIGKILL: Final = 9

_NUMBERS: Final = {
    "x86_64": {"capget": 125, "capset": 126, "pivot_root": 155, "mount_setattr": 442},
    "aarch64": {"capget": 90, "capset": 91, "pivot_root": 41, "mount_setattr": 442},
}


def machine() -> str:
    """The architecture as the kernel calls it: ``x86_64`` or ``aarch64`` are known here."""
    return platform.machine()


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
    return result


def call(number: int, *args: Any, what: str = "") -> int:
    """One system call by its number.

    Raises
    ------
    OSError
        It failed; ``filename`` is ``what``.
    """
    plain = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    return _checked(int(_libc().syscall(ctypes.c_long(number), *plain)), what or str(number))


def _number(name: str) -> int:
    try:
        return _NUMBERS[machine()][name]
    except KeyError:
        raise OSError(38, f"{name} is not known on {machine()}") from None


def prctl(option: int, *args: int) -> int:
    """prctl(2)."""
    padded = [*args, 0, 0, 0, 0][:4]
    return _checked(int(_libc().prctl(option, *map(ctypes.c_ulong, padded))), f"prctl {option}")


def die_with_parent() -> None:
    """From now on this process is killed when the thread that forked it ends."""
    prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def become_subreaper() -> None:
    """Orphans among the descendants become children of this process."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def forbid_new_privileges() -> None:
    """No program started from here gains rights by its file's mode."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def unshare(flags: int) -> None:
    """Leave the namespaces named by ``flags``."""
    _checked(int(_libc().unshare(ctypes.c_int(flags))), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    result = _libc().mount(
        os.fsencode(source),
        os.fsencode(target),
        os.fsencode(kind) if kind else None,
        ctypes.c_ulong(flags),
        os.fsencode(options) if options else None,
    )
    _checked(int(result), f"mount {kind or source} on {target}")


def umount(target: str, flags: int = 0) -> None:
    """umount2(2)."""
    _checked(int(_libc().umount2(os.fsencode(target), flags)), f"umount {target}")


class _MountAttr(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def mount_setattr(target: str, *, add: int = 0, clear: int = 0, recursive: bool = True) -> None:
    """Set and clear ``ATTR_*`` of a mount, and of all mounts below it."""
    attr = _MountAttr(add, clear, 0, 0)
    call(
        _number("mount_setattr"),
        _AT_FDCWD,
        os.fsencode(target),
        AT_RECURSIVE if recursive else 0,
        ctypes.byref(attr),
        ctypes.sizeof(attr),
        what=f"mount_setattr {target}",
    )


def pivot_into(new_root: str) -> None:
    """Make ``new_root``, which has to be a mount, the root, and let go of the old one."""
    os.chdir(new_root)
    call(_number("pivot_root"), b".", b".", what="pivot_root")
    umount(".", MNT_DETACH)
    os.chdir("/")


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapData(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def has_capability(capability: int) -> bool:
    """Whether this thread may use the capability of that number now."""
    header, data = _CapHeader(_CAPABILITY_VERSION_3, 0), (_CapData * 2)()
    call(_number("capget"), ctypes.byref(header), ctypes.byref(data), what="capget")
    word: int = data[capability // 32].effective
    return bool(word >> (capability % 32) & 1)


def drop_capabilities(keep: tuple[int, ...] = ()) -> None:
    """Give up all capabilities but those, here and for every program started from here."""
    forbid_new_privileges()  # with it a program started by root has no more of them than root itself
    with suppress(OSError):
        prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header, data = _CapHeader(_CAPABILITY_VERSION_3, 0), (_CapData * 2)()
    call(_number("capget"), ctypes.byref(header), ctypes.byref(data), what="capget")
    for word in range(2):
        mask = sum(1 << (c % 32) for c in keep if c // 32 == word)
        data[word].effective &= mask
        data[word].permitted &= mask
        data[word].inheritable = 0
    call(_number("capset"), ctypes.byref(header), ctypes.byref(data), what="capset")
