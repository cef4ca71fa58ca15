"""IPython's displays, in the worker: to the recorder instead of to a frontend."""

from __future__ import annotations

import base64
import sys
import tokenize
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from IPython.core.display_trap import DisplayTrap
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbcoder.dryrun.recorder import Recorder

__all__ = ["Tracebacks", "capture_displays"]


class Tracebacks:
    """Stands in for IPython's ways to show an error; keeps the last one."""

    def __init__(self) -> None:
        self.last: BaseException | None = None

    def __call__(self, *args: Any, **_how: Any) -> None:
        """Take note of the error in ``args`` or the one being handled."""
        given = args[0] if args and isinstance(args[0], tuple) else sys.exc_info()
        self.last = given[1]


class _Publisher(DisplayPublisher):
    def __init__(self, recorder: Recorder, flush: Callable[[], None]) -> None:
        super().__init__(shell=None)  # type: ignore[no-untyped-call] # IPython's own
        self._recorder, self._flush = recorder, flush

    def publish(
        self,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        *_old: Any,
        transient: Mapping[str, Any] | None = None,
        update: bool = False,
        **_new: Any,
    ) -> None:
        self._flush()
        identity = (transient or {}).get("display_id")
        self._recorder.display("display", _as_text(data), metadata or {}, id=identity, update=update)

    def clear_output(self, wait: bool = False) -> None:
        self._flush()
        self._recorder.clear(wait=wait)

    def set_parent(self, parent: object) -> None:
        """Output widgets name the cell whose output they take."""

    def register_hook(self, hook: Callable[..., Any]) -> None:
        """Hooks of ipykernel see messages, and there are none."""

    def unregister_hook(self, hook: Callable[..., Any]) -> None:
        """See `register_hook`."""


def capture_displays(shell: Any, recorder: Recorder, code: str) -> Tracebacks:
    """Send what ``shell`` displays to ``recorder``; ``code`` is what it will run."""

    def flush() -> None:
        sys.stdout.flush()
        sys.stderr.flush()

    def write_format_data(data: Mapping[str, Any], metadata: object = None) -> None:
        flush()
        recorder.display("result", _as_text(data), metadata or {})

    hook = shell.displayhook
    # On the object, not by a subclass: it holds the user's last results, and code may use them.
    for name, stand_in in {
        "finish_displayhook": lambda: None,
        "log_output": lambda _data: None,
        "quiet": lambda: _ends_with_semicolon(code),
        "start_displayhook": lambda: None,
        "write_format_data": write_format_data,
        "write_output_prompt": lambda: None,
    }.items():
        object.__setattr__(hook, name, stand_in)
    shell.display_trap = DisplayTrap(hook=hook)  # type: ignore[no-untyped-call] # IPython's own
    sys.displayhook = hook
    shell.display_pub = _Publisher(recorder, flush)
    tracebacks = Tracebacks()
    for name in ("showtraceback", "showsyntaxerror", "showindentationerror", "_showtraceback"):
        object.__setattr__(shell, name, tracebacks)
    return tracebacks


def _ends_with_semicolon(code: str) -> bool:
    with suppress(tokenize.TokenError, SyntaxError):  # it ran, but as a whole it is not plain Python
        return bool(DisplayHook.semicolon_at_end_of_expression(code))  # type: ignore[no-untyped-call] # the same
    return False


def _as_text(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        mime: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for mime, value in data.items()
    }
