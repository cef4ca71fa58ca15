"""A real kernel that tests can type into."""

from __future__ import annotations

import os
import queue
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from jupyter_client.manager import KernelManager

from nbcoder import wire
from nbcoder.texts import in_english

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient

__all__ = ["Executed", "LiveKernel"]


@dataclass
class Executed:
    """What a cell gave: all its messages, and the reply."""

    reply: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return bool(self.reply.get("status") == "ok")

    @property
    def error(self) -> str:
        """Name and value of the exception, or ''."""
        return f"{self.reply['ename']}: {self.reply['evalue']}" if self.reply.get("status") == "error" else ""

    @property
    def traceback(self) -> str:
        return "\n".join(self.reply.get("traceback", []))

    @property
    def printed(self) -> str:
        return "".join(m["content"]["text"] for m in self.messages if m["msg_type"] == "stream")

    @property
    def result(self) -> str:
        results = [m for m in self.messages if m["msg_type"] == "execute_result"]
        return str(results[-1]["content"]["data"]["text/plain"]) if results else ""

    @property
    def shown(self) -> list[str]:
        """Each state of what the cell displayed, as markdown."""
        return [data.get("text/markdown", "") for data in self.displayed]

    @property
    def displayed(self) -> list[dict[str, Any]]:
        """Each state of what the cell displayed, as a bundle."""
        kinds = ("display_data", "update_display_data")
        return [m["content"]["data"] for m in self.messages if m["msg_type"] in kinds]

    @property
    def next_cell(self) -> str | None:
        """What arrived by ``set_next_input``."""
        payloads = [p for p in self.reply.get("payload", []) if p["source"] == "set_next_input"]
        return str(payloads[0]["text"]) if payloads else None


class LiveKernel:
    """A kernel in ``folder`` with ``env`` laid over the environment; a context manager."""

    def __init__(self, folder: Path, env: Mapping[str, str], timeout: float = 60) -> None:
        self._timeout = timeout
        self._manager = KernelManager(kernel_name="python3")
        with (folder / "kernel.log").open("wb") as log:
            self._manager.start_kernel(cwd=str(folder), env={**os.environ, **env}, stderr=log)
        client: BlockingKernelClient = self._manager.client()
        self.client = client
        self.received: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        self.client.start_channels()
        self.client.wait_for_ready(timeout=self._timeout)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()

    @property
    def pid(self) -> int:
        return int(self._manager.provisioner.pid)  # type: ignore[union-attr] # it was started by a provisioner

    def interrupt(self) -> None:
        self._manager.interrupt_kernel()

    def run(
        self,
        code: str,
        cell_id: str = "",
        watch: Callable[[dict[str, Any]], None] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Executed:
        """Execute ``code`` as the cell ``cell_id``; ``watch`` sees each message as it comes.

        ``metadata`` goes with the request instead of what JupyterLab says there.
        """
        self.client.session.metadata = dict(metadata or ({"cellId": cell_id} if cell_id else {}))
        sent = self.client.execute(code)
        executed = Executed()
        self._collect(sent, executed, watch)
        while True:
            reply = self.client.get_shell_msg(timeout=self._timeout)
            if reply["parent_header"].get("msg_id") == sent:
                executed.reply = reply["content"]
                return executed

    def open_comm(self, cell_id: str, cells: list[wire.CellMessage], path: str = "test.ipynb") -> str:
        """Announce a run of ``cell_id``, as a frontend does before the execute request."""
        comm_id = uuid.uuid4().hex
        snapshot = wire.Snapshot(v=1, type="snapshot", cellId=cell_id, path=path, cells=cells)
        self._send("comm_open", {"comm_id": comm_id, "target_name": wire.TARGET, "data": snapshot})
        return comm_id

    def tell(self, comm_id: str, message: Mapping[str, Any]) -> None:
        """Send on a comm and wait until the kernel has handled it."""
        sent = self._send("comm_msg", {"comm_id": comm_id, "data": dict(message)})
        self._collect(sent, Executed(), None)

    def take(self, comm_id: str, kind: str) -> dict[str, Any]:
        """The newest message of that type that came on the comm."""
        found = self.heard(comm_id, kind)
        assert found, f"no {kind!r} on the comm, but {[m['content']['data'] for m in self.received]}"
        return dict(found[-1])

    def heard(self, comm_id: str, kind: str) -> list[dict[str, Any]]:
        """All messages of that type that came on the comm."""
        return [
            in_english(data)
            for message in self.received
            if message["content"]["comm_id"] == comm_id
            and (data := message["content"]["data"]).get("type") == kind
        ]

    def _send(self, kind: str, content: Mapping[str, Any]) -> str:
        message = self.client.session.msg(kind, dict(content))
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def _collect(self, sent: str, executed: Executed, watch: Callable[[dict[str, Any]], None] | None) -> None:
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                assert time.monotonic() < deadline, "the kernel did not become idle"
                continue
            if message["msg_type"] == "comm_msg":
                self.received.append(message)
            if message["parent_header"].get("msg_id") != sent:
                continue
            executed.messages.append(message)
            if watch:
                watch(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return
