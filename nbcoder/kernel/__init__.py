"""Adapter to IPython: magics, the session, the comm to the frontend."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nbcoder import wire
from nbcoder.kernel.config import make_config
from nbcoder.kernel.magics import NBCoderMagics, keep_lone_magics
from nbcoder.kernel.session import Session

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Configurable

__all__ = ["load", "session_of", "unload"]

_sessions: dict[int, Session] = {}


def load(shell: InteractiveShell) -> None:
    """Register magics, hooks and the comm target with ``shell``; a second call changes nothing."""
    if id(shell) in _sessions:
        return
    config = make_config(shell)
    session = Session(shell, config)
    session.__enter__()
    _sessions[id(shell)] = session
    _configurables(shell).append(config)
    shell.register_magics(NBCoderMagics(shell, session))
    shell.input_transformers_cleanup.append(keep_lone_magics)
    if (kernel := getattr(shell, "kernel", None)) is not None:
        kernel.comm_manager.register_target(wire.TARGET, session.comm_opened)


def session_of(shell: InteractiveShell) -> Session:
    """The session of a shell in which nbcoder is loaded."""
    return _sessions[id(shell)]


def _configurables(shell: InteractiveShell) -> list[Configurable]:
    """What ``%config`` knows; IPython types the list too narrowly."""
    return cast("list[Configurable]", shell.configurables)


def unload(shell: InteractiveShell) -> None:
    """Take back what `load` did."""
    session = _sessions.pop(id(shell))
    session.__exit__()
    _configurables(shell).remove(session.config)
    shell.input_transformers_cleanup.remove(keep_lone_magics)
    for kind in ("cell", "line"):
        for name in (*wire.MAGICS, "nbcoder"):
            shell.magics_manager.magics[kind].pop(name, None)
    if (kernel := getattr(shell, "kernel", None)) is not None:
        kernel.comm_manager.unregister_target(wire.TARGET, session.comm_opened)
