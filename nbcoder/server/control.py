"""Starting and stopping the engine for a browser: in the background, one thing at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbcoder.engine import process
from nbcoder.errors import NBCoderError
from nbcoder.server.watch import Watch
from nbcoder.settings import load_settings, store_setting
from nbcoder.texts import Text

if TYPE_CHECKING:
    from nbcoder.server.wire import EngineOrder

__all__ = ["Conflict", "Control", "Job"]


_STARTING = Text("the engine is being started. Wait for that, or stop it.")
_STOPPING = Text("the engine is being stopped. Wait for that.")


class Conflict(NBCoderError):
    """That cannot be done in the state things are in."""


@dataclass(frozen=True)
class Job:
    """One order being carried out."""

    order: EngineOrder
    watch: Watch = field(default_factory=Watch)

    @property
    def is_start(self) -> bool:
        """Whether there will be an engine in the end."""
        return self.order["action"] != "stop"


class Control:
    """Carries out orders. Each runs in a thread that does not keep the server from ending: the engine's
    supervisor is a process of its own, which goes on without us.
    """

    def __init__(self) -> None:
        self.failure = ""
        """Why the last order failed; '' if it did not."""
        self._job: Job | None = None
        self._lock = threading.Lock()

    @property
    def job(self) -> Job | None:
        """What is being done now."""
        return self._job

    def forget_failure(self) -> None:
        """Somebody else has started the engine: what failed before is no news any more."""
        self.failure = ""

    def begin(self, order: EngineOrder) -> None:
        """Begin to carry out ``order``; a stop calls off a start.

        Raises
        ------
        Conflict
            Another order is being carried out, or the engine is not ours.
        """
        if load_settings().engine_url:
            raise Conflict(
                Text("the engine runs elsewhere (setting engine_url); it is not ours to start or stop.")
            )
        with self._lock:
            if self._job is not None:
                if self._job.is_start and order["action"] == "stop":
                    self._job.watch.call_off()
                elif self._job.order == order:
                    return
                else:
                    raise Conflict(_STARTING if self._job.is_start else _STOPPING)
            self._job, self.failure = Job(order), ""
            threading.Thread(
                target=self._carry_out, args=(self._job,), name="nbcoder-engine", daemon=True
            ).start()

    def _carry_out(self, job: Job) -> None:
        failure = ""
        try:
            _do(job)
        except NBCoderError as error:
            failure = error.line
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
            raise
        finally:
            with self._lock:
                # One that was called off has been replaced by the order to stop.
                if self._job is job:
                    self._job, self.failure = None, failure


def _do(job: Job) -> None:
    settings, model = load_settings(), job.order.get("model") or None
    if model is not None:
        # What is chosen here is what kernels ask for later, as with `nbcoder model use`.
        store_setting("model", model)
    match job.order["action"]:
        case "start":
            process.start(settings, job.watch, model)
        case "stop":
            process.stop()
        case "restart":
            process.restart(settings, job.watch, model)
