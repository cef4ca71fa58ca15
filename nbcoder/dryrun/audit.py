"""An audit hook for the copy: it notes what the walls refuse, and refuses where no stronger wall does."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.changes import is_noise, shown_path
from nbcoder.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["watch"]

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
_STARTING_EVENTS: Final = {  # the same
    "os.exec": 0,
    "os.fork": None,
    "os.forkpty": None,
    "os.posix_spawn": 0,
    "os.spawn": 1,
    "os.system": 0,
    "pty.spawn": 0,
    "subprocess.Popen": 1,
}
_SIGNALLING_EVENTS: Final = ("os.kill", "os.killpg")


def watch(
    note: Callable[[str], None],
    *,
    files: tuple[str, ...] | None,
    refuse: bool,
    starting: bool = False,
) -> None:
    """Tell ``note`` about the network and, unless ``files`` is None, about writes outside these folders.

    With ``starting`` it is told about new processes too. With ``refuse`` all that is noted is refused, and
    so are signals to processes. An audit hook cannot be taken off: this is for a process that ends soon.
    """
    sys.addaudithook(_Hook(note, files, refuse=refuse, starting=starting))


class _Hook:
    def __init__(
        self, note: Callable[[str], None], files: tuple[str, ...] | None, *, refuse: bool, starting: bool
    ) -> None:
        self._note, self._refuse = note, refuse
        self._allowed = files
        self._handlers: dict[str, Callable[[tuple[Any, ...]], str]] = {
            "socket.connect": lambda args: _connecting(args[1]),
            "socket.getaddrinfo": lambda args: Text("look up %1", _text(args[0])),
            "socket.gethostbyname": lambda args: Text("look up %1", _text(args[0])),
            "socket.sendto": lambda args: _connecting(args[1]),
        }
        if files is not None:
            self._handlers["open"] = self._opening
            for event, (doing, place) in _PATH_EVENTS.items():
                self._handlers[event] = self._path_handler(doing, place)
        if starting:
            self._handlers |= {event: self._start_handler(at) for event, at in _STARTING_EVENTS.items()}
        if refuse:
            self._handlers |= dict.fromkeys(
                _SIGNALLING_EVENTS, lambda args: Text("signal process %1", args[0])
            )

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        handler = self._handlers.get(event)
        if handler is None:
            return
        what = handler(args)
        if not what:
            return
        self._note(what)
        if self._refuse:
            raise PermissionError(errno.EACCES, f"a dry run may not {what}")

    def _opening(self, args: tuple[Any, ...]) -> str:
        path, _mode, flags = args
        if not isinstance(flags, int) or not flags & _WRITE_FLAGS:
            return ""
        return self._outside("write %1", path)

    def _path_handler(self, doing: str, place: int) -> Callable[[tuple[Any, ...]], str]:
        return lambda args: self._outside(doing, args[place])

    @staticmethod
    def _start_handler(place: int | None) -> Callable[[tuple[Any, ...]], str]:
        if place is None:
            return lambda _args: Text("start a process")
        return lambda args: Text("start a process: %1", _program(args[place]))

    def _outside(self, doing: str, path: object) -> str:
        if isinstance(path, int):
            return ""
        full = os.path.abspath(_text(path))
        if full.startswith(_TERMINALS):
            return Text("open a terminal")
        cwd = os.getcwd()
        allowed = full in _HARMLESS or any(full.startswith(folder + "/") for folder in self._allowed or ())
        return "" if allowed or is_noise(full) else Text(doing, shown_path(full, cwd))


def _connecting(address: object) -> str:
    if isinstance(address, tuple) and len(address) > 1:
        return Text("connect to %1", f"{address[0]}:{address[1]}")
    return Text("connect to %1", _text(address))


def _program(command: object) -> str:
    words = list(command) if isinstance(command, (list, tuple)) else [command]
    return " ".join(map(_text, words))[:_LONGEST_COMMAND]


def _text(value: object) -> str:
    return os.fsdecode(value) if isinstance(value, (bytes, str, os.PathLike)) else repr(value)
