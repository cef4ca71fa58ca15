"""An audit hook for the copy: it notes what the walls refuse, and refuses where no stronger wall does.

It also notes what no wall refuses because nothing comes of it in a copy, but would in the kernel: processes
that are started, signals, and what is sent on connections that were open before.
"""

from __future__ import annotations

import errno
import os
import re
import resource
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from nbcoder.dryrun.walls import traffic
from nbcoder.dryrun.walls.changes import is_noise, shown_path
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Note", "watch"]

_WRITE_FLAGS: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_HARMLESS: Final = frozenset({"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"})
_TERMINALS: Final = ("/dev/pty", "/dev/tty", "/dev/ptmx", "/dev/pts/")
"""Where there is none, libraries try hundreds."""
_LONGEST_COMMAND: Final = 200
_PATH_EVENTS: Final = {  # event: (what is done, number of the path in the event's arguments)
    "os.chmod": ("change %1", 0),
    "os.chown": ("change %1", 0),
    "os.link": ("write %1", 1),
    "os.mkdir": ("write %1", 0),
    "os.remove": ("delete %1", 0),
    "os.removexattr": ("change %1", 0),
    "os.rename": ("write %1", 1),
    "os.rmdir": ("delete %1", 0),
    "os.setxattr": ("change %1", 0),
    "os.symlink": ("write %1", 1),
    "os.truncate": ("write %1", 0),
    "os.utime": ("change %1", 0),
}
_STARTING_EVENTS: Final = {  # event: number of the command in its arguments
    "os.exec": 1,
    "os.fork": None,
    "os.forkpty": None,
    "os.posix_spawn": 1,
    "os.spawn": 2,
    "os.system": 0,
    "pty.spawn": 0,
    "subprocess.Popen": 1,
}
_QUERIES: Final = frozenset(
    {
        *("/sbin/ldconfig -p", "fc-list --format=%{file}\\n", "fc-list --help", "lscpu --parse=core"),
        "uname -p",
    }
)
"""Commands by which libraries ask about the machine, as joblib for its cores: no effect of the code's."""
_SIGNALLING_EVENTS: Final = ("os.kill", "os.killpg")
_ENDING: Final = frozenset(
    {signal.SIGABRT, signal.SIGHUP, signal.SIGKILL, signal.SIGQUIT, signal.SIGTERM, signal.SIGALRM}
)
_HERE: Final = frozenset({"localhost", "ip6-localhost", "localhost.localdomain"})
_NUMBER: Final = re.compile(r"[\d.]{1,15}|[\da-fA-F:.]{0,45}:[\da-fA-F:.]{0,45}(?:%\w{1,16})?")
_C_CALLS: Final = frozenset(
    {
        *("connect", "execl", "execv", "execve", "execvp", "fork", "kill", "killpg", "popen", "posix_spawn"),
        *("posix_spawnp", "reboot", "send", "sendmsg", "sendto", "syscall", "system", "tgkill", "vfork"),
    }
)
"""Functions of the C library that Python does not see again once they have been looked up."""
_SENDING: Final = ("send", "sendall", "sendmsg", "sendto")


class Note(Protocol):
    """Is told something ``blocked``, or something that goes ``outside``."""

    def __call__(self, kind: Literal["blocked", "outside"], text: str, /) -> None:
        """Each text is a verb and its object, such as ``connect to example.org:443``."""


def watch(
    note: Note,
    *,
    files: tuple[str, ...] | None,
    refuse: bool,
    starting: bool = False,
    attempts: Callable[[], int] | None = None,
) -> Callable[[], None]:
    """Tell ``note`` about the network and, unless ``files`` is None, about writes outside these folders.

    With ``starting`` new processes count as blocked, as the network does. With ``refuse`` all that is blocked
    is refused here, signals included. An audit hook cannot be taken off: this is for a process that ends
    soon. What is returned tells, when the code has run, about processes that no event told of, and about
    the network if ``attempts``, which counts how often it was tried to be used, has grown meanwhile.
    """
    hook = _Hook(note, files, refuse=refuse, starting=starting, attempts=attempts)
    _watch_sending(note)
    sys.addaudithook(hook)
    return hook.look_back


def _watch_sending(note: Note) -> None:
    """There are no events for what is sent on a connection that is already there."""
    for name in _SENDING:
        setattr(socket.socket, name, _noted(getattr(socket.socket, name), note))
    if (ssl := sys.modules.get("ssl")) is not None:  # encrypted, it goes out below Python's sockets
        for name in ("send", "write"):
            setattr(ssl.SSLSocket, name, _noted(getattr(ssl.SSLSocket, name), note))


def _noted(send: Callable[..., Any], note: Note) -> Callable[..., Any]:
    def noting(sock: socket.socket, *args: Any, **how: Any) -> Any:
        # The event loop wakes itself by a pair of sockets.
        if sys._getframe(1).f_code.co_name != "_write_to_self":  # noqa: SLF001 - documented
            note("outside", Text("send on a connection"))
        return send(sock, *args, **how)

    return noting


class _Hook:
    def __init__(
        self,
        note: Note,
        files: tuple[str, ...] | None,
        *,
        refuse: bool,
        starting: bool,
        attempts: Callable[[], int] | None,
    ) -> None:
        self._note, self._refuse = note, refuse
        self._attempts, self._attempts_before = attempts, attempts() if attempts else 0
        self._has_blocked = False
        self._allowed = files
        self._are_children_known = False
        self._handlers: dict[str, Callable[[tuple[Any, ...]], str]] = {
            "socket.connect": lambda args: _connecting(args[1]),
            "socket.getaddrinfo": _asking,
            "socket.gethostbyname": _asking,
            "socket.sendto": lambda args: _connecting(args[1]),
        }
        starts = {event: self._start_handler(at) for event, at in _STARTING_EVENTS.items()}
        signals = dict.fromkeys(_SIGNALLING_EVENTS, _signalling)
        self._passing: dict[str, Callable[[tuple[Any, ...]], str]] = {"ctypes.dlsym": _looking_up}
        if files is not None:
            self._handlers["open"] = self._opening
            for event, (doing, place) in _PATH_EVENTS.items():
                self._handlers[event] = self._path_handler(doing, place)
        (self._handlers if starting else self._passing).update(starts)
        (self._handlers if refuse else self._passing).update(signals)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if (passing := self._passing.get(event)) is not None:
            if what := passing(args):
                self._note("outside", what)
            return
        handler = self._handlers.get(event)
        if handler is None:
            return
        what = handler(args)
        if not what:
            return
        self._has_blocked = True
        self._note("blocked", what)
        if self._refuse:
            raise PermissionError(errno.EACCES, f"a dry run may not {what}")

    def look_back(self) -> None:
        """Tell what went past Python's own functions."""
        if self._attempts is not None and not self._has_blocked and self._attempts() > self._attempts_before:
            self._note("blocked", traffic.BELOW_PYTHON)
        if not self._are_children_known and _has_children():
            self._note("outside", Text("start a process"))

    def _opening(self, args: tuple[Any, ...]) -> str:
        path, _mode, flags = args
        if not isinstance(flags, int) or not flags & _WRITE_FLAGS:
            return ""
        return self._outside("write %1", path)

    def _path_handler(self, doing: str, place: int) -> Callable[[tuple[Any, ...]], str]:
        return lambda args: self._outside(doing, args[place])

    def _start_handler(self, place: int | None) -> Callable[[tuple[Any, ...]], str]:
        return lambda args: self._starting("" if place is None else _program(args[place]))

    def _starting(self, command: str) -> str:
        self._are_children_known = True
        if command in _QUERIES:
            return ""
        return Text("start a process: %1", command) if command else Text("start a process")

    def _outside(self, doing: str, path: object) -> str:
        if isinstance(path, int):
            return ""
        full = os.path.abspath(_text(path))
        if full.startswith(_TERMINALS):
            return Text("open a terminal")
        cwd = os.getcwd()
        allowed = full in _HARMLESS or any(full.startswith(folder + "/") for folder in self._allowed or ())
        return "" if allowed or is_noise(full) else Text(doing, shown_path(full, cwd))


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt > 0
    return True


def _signalling(args: tuple[Any, ...]) -> str:
    receiver, number = args
    if number == 0 or _is_child(receiver):  # 0 only asks whether it is there
        return ""
    if receiver == os.getpid():
        return Text("end the kernel") if number in _ENDING else ""
    return Text("signal process %1", receiver)


def _is_child(number: int) -> bool:
    """Whether that process was started here."""
    try:
        os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except (OSError, OverflowError):
        return False
    return True


def _looking_up(args: tuple[Any, ...]) -> str:
    name = args[1]
    return Text("call %1", name) if name in _C_CALLS else ""


def _asking(args: tuple[Any, ...]) -> str:
    """Nobody is asked about this machine, nor about an address that is a number."""
    host = _text(args[0]) if args[0] else ""
    return "" if not host or host in _HERE or _NUMBER.fullmatch(host) else Text("look up %1", host)


def _connecting(address: object) -> str:
    if isinstance(address, tuple) and len(address) > 1:
        return Text("connect to %1", f"{address[0]}:{address[1]}")
    return Text("connect to %1", _text(address))


def _program(command: object) -> str:
    words = list(command) if isinstance(command, (list, tuple)) else [command]
    return " ".join(map(_text, words))[:_LONGEST_COMMAND]


def _text(value: object) -> str:
    return os.fsdecode(value) if isinstance(value, (bytes, str, os.PathLike)) else repr(value)
