"""A filter on system calls for the copy: what no namespace and no Landlock rule covers.

Above all that is Unix sockets (a database or a container engine listens on them, and no network namespace
separates them), and, where the copy still sees other processes, signals to them.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nbcoder.dryrun.system import linux

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Refusals", "assembled", "install"]

_LD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JEQ: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JGE: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_JSET: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RET: Final = 0x06  # BPF_RET | BPF_K
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_OFFSET_NUMBER: Final = 0
_OFFSET_ARCH: Final = 4
_OFFSET_ARGS: Final = 16
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_X32_BIT: Final = 0x40000000
_ARCHES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# fmt: off
_NUMBERS: Final[dict[str, tuple[int, int]]] = {  # on x86_64 and aarch64; -1: does not exist there
    "acct": (163, 89), "add_key": (248, 217), "adjtimex": (159, 171), "bpf": (321, 280),
    "chmod": (90, -1), "chown": (92, -1), "clock_adjtime": (305, 266), "clock_settime": (227, 112),
    "clone": (56, 220), "clone3": (435, 435), "creat": (85, -1), "delete_module": (176, 106),
    "fanotify_init": (300, 262), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "fchown": (93, 55), "fchownat": (260, 54),
    "finit_module": (313, 273), "fork": (57, -1), "fremovexattr": (199, 16), "fsconfig": (431, 431),
    "fsetxattr": (190, 7),
    "fsmount": (432, 432), "fsopen": (430, 430), "futimesat": (261, -1), "init_module": (175, 105),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "io_uring_setup": (425, 425),
    "ioperm": (173, -1), "iopl": (172, -1), "ioprio_set": (251, 30), "kexec_file_load": (320, 294),
    "kexec_load": (246, 104), "keyctl": (250, 219), "kill": (62, 129), "lchown": (94, -1),
    "link": (86, -1), "linkat": (265, 37), "lremovexattr": (198, 15), "lsetxattr": (189, 6),
    "migrate_pages": (256, 238), "mkdir": (83, -1), "mkdirat": (258, 34), "mknod": (133, -1),
    "mknodat": (259, 33), "mount": (165, 40), "mount_setattr": (442, 442), "move_mount": (429, 429),
    "move_pages": (279, 239), "mq_open": (240, 180), "mq_unlink": (241, 181), "msgget": (68, 186),
    "open": (2, -1), "open_by_handle_at": (304, 265), "open_tree": (428, 428), "openat": (257, 56),
    "openat2": (437, 437), "perf_event_open": (298, 241), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "pivot_root": (155, 41), "prlimit64": (302, 261),
    "process_madvise": (440, 440), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "ptrace": (101, 117), "quotactl": (179, 60), "reboot": (169, 142), "removexattr": (197, 14),
    "rename": (82, -1), "renameat": (264, 38), "renameat2": (316, 276), "request_key": (249, 218),
    "rmdir": (84, -1), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "sched_setaffinity": (203, 122), "sched_setattr": (314, 274), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "semget": (64, 190), "setdomainname": (171, 162),
    "sethostname": (170, 161), "setns": (308, 268), "setpgid": (109, 154), "setpriority": (141, 140),
    "setsid": (112, 157), "settimeofday": (164, 170), "setxattr": (188, 5), "shmat": (30, 196),
    "shmget": (29, 194),
    "socket": (41, 198), "swapoff": (168, 225), "swapon": (167, 224), "symlink": (88, -1),
    "symlinkat": (266, 36), "tgkill": (234, 131), "tkill": (200, 130), "truncate": (76, 45),
    "umount2": (166, 39), "unlink": (87, -1), "unlinkat": (263, 35), "unshare": (272, 97),
    "userfaultfd": (323, 282), "utime": (132, -1), "utimensat": (280, 88), "utimes": (235, -1),
    "vfork": (58, -1), "vhangup": (153, 58),
}
# fmt: on

_NEVER: Final = [
    "acct",
    "add_key",
    "adjtimex",
    "bpf",
    "clock_adjtime",
    "clock_settime",
    "delete_module",
    "fanotify_init",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pidfd_getfd",
    "pivot_root",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "request_key",
    "setdomainname",
    "sethostname",
    "setns",
    "settimeofday",
    "swapoff",
    "swapon",
    "umount2",
    "unshare",
    "userfaultfd",
    "vhangup",
]
_OTHER_PROCESSES: Final = [
    "migrate_pages",
    "move_pages",
    "mq_open",
    "mq_unlink",
    "msgget",
    "semget",
    "shmat",
    "shmget",
]
_OWN_ONLY: Final = {
    "ioprio_set": 1,
    "prlimit64": 0,
    "sched_setaffinity": 0,
    "sched_setattr": 0,
    "sched_setparam": 0,
    "sched_setscheduler": 0,
    "setpriority": 1,
}
"""Calls that name a process, and the number of that argument; 0 means the caller."""
_LEAVING: Final = ("setpgid", "setsid")
"""These seem to work and do nothing, so that the whole group can be ended at one stroke."""
_STARTING: Final = ("fork", "vfork")
_CLONE_THREAD: Final = 0x10000
_SIGNALS: Final = ["kill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "tgkill", "tkill"]
_METADATA: Final = [
    "chmod",
    "chown",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "fchown",
    "fchownat",
    "fremovexattr",
    "fsetxattr",
    "futimesat",
    "lchown",
    "lremovexattr",
    "lsetxattr",
    "removexattr",
    "setxattr",
    "truncate",
    "utime",
    "utimensat",
    "utimes",
]
_WRITES: Final = [
    "creat",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
]
_OPENS: Final = {"open": 1, "openat": 2}
_WRITE_FLAGS: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True)
class Refusals:
    """What to refuse besides what is never allowed."""

    network: bool
    """All sockets; else only those that reach out of a network namespace."""
    processes: bool
    """Signals to other processes, and what changes them."""
    metadata: bool
    """Modes, owners and times of files."""
    starting: bool
    """New processes; threads are not refused."""
    writes: bool
    """Whatever opens or changes a file for writing."""


@dataclass(frozen=True)
class _Step:
    code: int
    value: int
    when_true: int = 0
    when_false: int = 0

    def packed(self) -> bytes:
        return struct.pack("=HBBI", self.code, self.when_true, self.when_false, self.value & 0xFFFFFFFF)


def install(refusals: Refusals) -> None:
    """Put the filter on this process and all that it starts, for good.

    Raises
    ------
    OSError
        This system has no such filters.
    """
    program = assembled(refusals, os.getpid() if refusals.processes else 0)
    steps = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(
        struct.pack("@HP", len(program) // len(_Step(0, 0).packed()), ctypes.addressof(steps))
    )
    linux.forbid_new_privileges()
    linux.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header))


@functools.cache
def assembled(refusals: Refusals, own: int) -> bytes:
    """The filter as the system takes it, for a process with the number ``own`` if that matters."""
    return b"".join(step.packed() for step in _program(refusals, own))


def _refuse(code: int = errno.EACCES) -> _Step:
    return _Step(_RET, _ERRNO | code)


def _load_arg(number: int) -> _Step:
    return _Step(_LD, _OFFSET_ARGS + 8 * number)


def _program(refusals: Refusals, own: int) -> Iterator[_Step]:
    machine = linux.machine()
    if machine not in _ARCHES:
        raise OSError(errno.ENOSYS, f"no system call filter for {machine}")
    column = list(_ARCHES).index(machine)
    yield _Step(_LD, _OFFSET_ARCH)
    yield _Step(_JEQ, _ARCHES[machine], when_true=1)
    yield _refuse(errno.ENOSYS)
    for name, body in _rules(refusals, own).items():
        if (number := _NUMBERS[name][column]) < 0:
            continue
        yield _Step(_LD, _OFFSET_NUMBER)
        yield _Step(_JEQ, number, when_false=len(body))
        yield from body
    if machine == "x86_64":  # the same calls by other numbers
        yield _Step(_LD, _OFFSET_NUMBER)
        yield _Step(_JGE, _X32_BIT, when_false=1)
        yield _refuse(errno.ENOSYS)
    yield _Step(_RET, _ALLOW)


def _rules(refusals: Refusals, own: int) -> dict[str, list[_Step]]:
    rules = {name: [_refuse()] for name in _NEVER}
    rules["socket"] = [_refuse()] if refusals.network else _only(0, _separate_families())
    if refusals.processes:
        rules |= {name: [_refuse()] for name in _OTHER_PROCESSES}
        rules |= {name: _only(arg, (0, own)) for name, arg in _OWN_ONLY.items()}
        rules |= {name: _signal_rule(own) for name in _SIGNALS}
        rules["pidfd_send_signal"] = [_refuse()]
        rules |= {name: [_Step(_RET, _ERRNO)] for name in _LEAVING}
    if refusals.starting:
        rules |= {name: [_refuse()] for name in _STARTING}
        rules["clone"] = _threads_only()
        rules["clone3"] = [_refuse(errno.ENOSYS)]  # flags out of sight; libraries fall back to clone
    if refusals.metadata:
        rules |= {name: [_refuse()] for name in _METADATA}
    if refusals.writes:
        rules |= {name: [_refuse()] for name in _WRITES}
        rules |= {name: _open_rule(arg) for name, arg in _OPENS.items()}
        rules["openat2"] = [_refuse(errno.ENOSYS)]  # flags out of sight; libraries fall back to openat
    return rules


def _separate_families() -> tuple[int, ...]:
    """The families of sockets that a network namespace separates."""
    return (int(socket.AF_INET), int(socket.AF_INET6), int(socket.AF_NETLINK))


def _only(arg: int, values: tuple[int, ...]) -> list[_Step]:
    checks = [_Step(_JEQ, value, when_true=len(values) - i) for i, value in enumerate(values)]
    return [_load_arg(arg), *checks, _refuse(), _Step(_RET, _ALLOW)]


def _open_rule(arg: int) -> list[_Step]:
    return [
        _load_arg(arg),
        _Step(_JSET, _WRITE_FLAGS, when_false=1),
        _refuse(),
        _Step(_RET, _ALLOW),
    ]


def _threads_only() -> list[_Step]:
    return [
        _load_arg(0),
        _Step(_JSET, _CLONE_THREAD, when_true=1),
        _refuse(),
        _Step(_RET, _ALLOW),
    ]


def _signal_rule(own: int) -> list[_Step]:
    """Only to this process, its group and those started later, by their numbers.

    The kernel of the user and all that was there before have lower numbers, but for the rare wrap-around.
    """
    allow, last = _Step(_RET, _ALLOW), (1 << 32) - own
    return [
        _load_arg(0),
        _Step(_JEQ, 0, when_true=4),  # the own group
        _Step(_JGE, 1 << 31, when_false=1),  # negative: a group
        _Step(_JGE, last + 1, when_true=1, when_false=2),
        _Step(_JGE, own, when_true=1),
        _refuse(errno.EPERM),
        allow,
    ]
