"""An exception of the code as a plain value."""

from __future__ import annotations

import errno
import os
import socket
import traceback
from typing import TYPE_CHECKING, Any, Final, TypedDict

from nbcoder.texts import Text

if TYPE_CHECKING:
    from types import TracebackType

    from nbcoder.dryrun.observer import Observer

__all__ = ["FailureEvent", "describe_failure", "refused_by_walls", "shown_names", "system_error"]

_RUNNER: Final = ("run_code", "interactiveshell.py")
"""The function of IPython that executes a cell: the code's own frames come below it."""
_ONLY_IN_A_COPY: Final = {
    errno.EFAULT: Text("write to shared memory that is not copied"),  # which can only be read
    errno.EFBIG: Text("write more than it may"),
    errno.ENOSPC: Text("write more than it may"),
    errno.ENOTCONN: Text("use a connection that is not in a copy"),
    errno.EPIPE: Text("use a connection that is not in a copy"),  # the kernel's lead nowhere there
}
_MOST_CHARACTERS: Final = 20_000
_MOST_FRAMES: Final = 60
_OUR_FOLDER: Final = os.path.dirname(__file__) + os.sep


class FailureEvent(TypedDict):
    """See `nbcoder.dryrun.report.Failure`."""

    name: str
    value: str
    traceback: str
    line: int | None
    hints: str
    remedy: list[str]


def describe_failure(error: BaseException, names: dict[str, str], observer: Observer) -> FailureEvent:
    """What the report says of ``error``; ``names`` maps file names of cells to what is shown for them."""
    start = _own_part(error.__traceback__)
    cell = start.tb_frame.f_code.co_filename if start is not None else ""
    return {
        "name": type(error).__name__,
        "value": _value(error),
        "traceback": _text(error, start, {**names, cell: "<cell>"} if cell else names),
        "line": _line(error, start, cell),
        "hints": observer.explain(error)[:_MOST_CHARACTERS],
        "remedy": [part[:_MOST_CHARACTERS] for part in observer.remedy(error)],
    }


def system_error(error: BaseException | None) -> OSError | None:
    """The error of the operating system that ``error`` is, or that led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, OSError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def refused_by_walls(error: OSError, *, are_strict: bool) -> str:
    """What the walls refused, if ``error`` can only come from them; else ''.

    Walls that are strict refuse with the same error as the system does outside of them.
    """
    if error.errno in {errno.EROFS, errno.EOVERFLOW}:
        return Text("write %1", error.filename) if error.filename else Text("write a file")
    if error.errno == errno.EXDEV:  # for a folder, and for what lies on one disk, only in the copy
        return Text("move %1", error.filename or error.strerror)
    if error.errno == errno.EACCES and _comes_from_making_a_socket(error):
        return Text("open a Unix socket")
    if are_strict and error.errno in {errno.EACCES, errno.EPERM} and not _is_out_of_reach(error.filename):
        return Text("use what is out of its reach (%1)", error.filename or error.strerror)
    return _ONLY_IN_A_COPY.get(error.errno or 0, "")


def _comes_from_making_a_socket(error: OSError) -> bool:
    """The system itself refuses some kinds of sockets too, but with another error."""
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    code = tb.tb_frame.f_code if tb is not None else None
    return code is not None and code.co_filename == socket.__file__ and code.co_name == "__init__"


def _is_out_of_reach(path: object) -> bool:
    """Whether that file could not be read without walls either."""
    return isinstance(path, (str, bytes)) and os.path.exists(path) and not os.access(path, os.R_OK)


def _own_part(tb: TracebackType | None) -> TracebackType | None:
    """The traceback from the code's first frame on; None if the error came before it ran."""
    whole = tb
    while tb is not None:
        code = tb.tb_frame.f_code
        if code.co_name == _RUNNER[0] and code.co_filename.endswith(_RUNNER[1]):
            return tb.tb_next
        tb = tb.tb_next
    return whole if whole is not None and whole.tb_frame.f_globals.get("__name__") == "__main__" else None


def _line(error: BaseException, tb: TracebackType | None, cell: str) -> int | None:
    if tb is None:
        return error.lineno if isinstance(error, SyntaxError) else None
    line = None
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == cell:
            line = tb.tb_lineno
        tb = tb.tb_next
    return line


def _value(error: BaseException) -> str:
    try:
        return str(error)[:_MOST_CHARACTERS]
    except Exception:  # noqa: BLE001 - an exception's own __str__ is the user's code
        return f"<{type(error).__name__} without text>"


def _text(error: BaseException, tb: TracebackType | None, names: dict[str, str]) -> str:
    # In a cell of its own there is nothing above the code, so no frame of ours may show.
    told = traceback.TracebackException(type(error), error, tb, limit=-_MOST_FRAMES, compact=True)
    _leave_us_out(told)
    text = "".join(told.format())
    for name, shown in names.items():
        text = text.replace(f'File "{name}"', f'File "{shown}"')
    if len(text) > _MOST_CHARACTERS:
        half = _MOST_CHARACTERS // 2
        text = f"{text[:half]}\n...\n{text[-half:]}"
    return text


def _leave_us_out(told: traceback.TracebackException) -> None:
    parts: list[traceback.TracebackException | None] = [told]
    while parts:
        if (part := parts.pop()) is not None:
            part.stack[:] = [frame for frame in part.stack if not frame.filename.startswith(_OUR_FOLDER)]
            parts += [part.__cause__, part.__context__]


def shown_names(compiler: Any) -> dict[str, str]:
    """What is shown for the files of earlier cells, as far as IPython's ``compiler`` knows them."""
    known: dict[str, int] = getattr(compiler, "_filename_map", {})
    return {name: f"<cell {number}>" for name, number in known.items()}
