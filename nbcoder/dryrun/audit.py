"""An audit hook for the copy: it notes what the walls refuse, and refuses where no stronger wall does."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from nbcoder.dryrun.changes import is_noise, shown_path

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Refused", "watch"]

_WRITE_FLAGS: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_HARMLESS: Final = frozenset({"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"})
_PATH_EVENTS: Final = {  # event: (what is done, number of the path in the event's arguments)
    "os.chmod": ("change", 0),
    "os.chown": ("change", 0),
    "os.link": ("write", 1),
    "os.mkdir": ("write", 0),
    "os.remove": ("delete", 0),
    "os.removexattr": ("change", 0),
    "os.rename": ("write", 1),
    "os.rmdir": ("delete", 0),
    "os.setxattr": ("change", 0),
    "os.symlink": ("write", 1),
    "os.truncate": ("write", 0),
    "os.utime": ("change", 0),
}
_PROCESS_EVENTS: Final = frozenset(
    "os.exec os.fork os.forkpty os.kill os.killpg os.posix_spawn os.spawn os.system pty.spawn subprocess.Popen".split()
)


class Refused(PermissionError):
    """The audit hook refused something; to the code it is a permission error like any other."""

    __module__ = "builtins"


def watch(note: Callable[[str], None], *, files: tuple[str, ...] | None, refuse: bool) -> None:
    """Tell ``note`` about the network and, unless ``files`` is None, about writes outside these folders.

    With ``refuse`` all that is noted is refused, and so are other processes. An audit hook cannot be taken
    off again; this is for a process that ends soon.
    """
    sys.addaudithook(_Hook(note, files, refuse=refuse))


class _Hook:
    def __init__(self, note: Callable[[str], None], files: tuple[str, ...] | None, *, refuse: bool) -> None:
        self._note, self._refuse = note, refuse
        self._allowed = files
        self._handlers: dict[str, Callable[[tuple[Any, ...]], str]] = {
            "socket.connect": lambda args: _connecting(args[1]),
            "socket.getaddrinfo": lambda args: f"look up {_text(args[0])}",
            "socket.gethostbyname": lambda args: f"look up {_text(args[0])}",
            "socket.sendto": lambda args: _connecting(args[1]),
        }
        if files is not None:
            self._handlers["open"] = self._opening
            for event, (verb, place) in _PATH_EVENTS.items():
                self._handlers[event] = self._path_handler(verb, place)
        if refuse:
            for event in _PROCESS_EVENTS:
                self._handlers[event] = lambda args: (
                    f"start or end a process: {_text(args[0]) if args else ''}"
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
            raise Refused(errno.EACCES, f"a dry run may not {what}")

    def _opening(self, args: tuple[Any, ...]) -> str:
        path, _mode, flags = args
        if not isinstance(flags, int) or not flags & _WRITE_FLAGS:
            return ""
        return self._outside("write", path)

    def _path_handler(self, verb: str, place: int) -> Callable[[tuple[Any, ...]], str]:
        return lambda args: self._outside(verb, args[place])

    def _outside(self, verb: str, path: object) -> str:
        if isinstance(path, int):
            return ""
        full = os.path.abspath(_text(path))  # noqa: PTH100 - no Path object on every open
        cwd = os.getcwd()  # noqa: PTH109 - the same
        allowed = full in _HARMLESS or any(full.startswith(folder + "/") for folder in self._allowed or ())
        return "" if allowed or is_noise(full) else f"{verb} {shown_path(full, cwd)}"


def _connecting(address: object) -> str:
    if isinstance(address, tuple) and len(address) > 1:
        return f"connect to {address[0]}:{address[1]}"
    return f"connect to {_text(address)}"


def _text(value: object) -> str:
    return os.fsdecode(value) if isinstance(value, (bytes, str, os.PathLike)) else repr(value)
