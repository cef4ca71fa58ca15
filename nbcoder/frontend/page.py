"""One open notebook with its kernel: runs cells, accepts offers and sends failing cells back, on our wire."""

from __future__ import annotations

import asyncio
import queue
import signal
import threading
import uuid
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import nbformat
import nbformat.v4
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from nbcoder import wire
from nbcoder.errors import KernelError
from nbcoder.notebook.cells import source_hash
from nbcoder.paths import log_dir
from nbcoder.texts import in_english

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["Page", "open_page"]

_LOAD = "import nbcoder as _n; _n.load_ipython_extension(get_ipython()); del _n"
_LONGEST_TEXT = 4000
_START_TIMEOUT = 60
_PYTHON = frozenset({"ipython", "python", "python3"})
_MAKE: dict[str, Callable[[str], NotebookNode]] = {
    "code": nbformat.v4.new_code_cell,
    "markdown": nbformat.v4.new_markdown_cell,
}


class _Comm:
    """Our side of one comm: collects what the kernel sends."""

    def __init__(self, told: Callable[[str], None] | None = None) -> None:
        self.id = uuid.uuid4().hex
        self.inbox: list[dict[str, Any]] = []
        self._told = told

    def handle_msg(self, message: Mapping[str, Any]) -> None:
        """Called by nbclient for each message on this comm."""
        data = in_english(message["content"]["data"])
        self.inbox.append(data)
        if self._told is not None and data.get("type") == "draft":
            self._told(data["facts"])

    def take(self, kind: str) -> dict[str, Any] | None:
        """The newest message of that type; everything older is settled with it."""
        found = [message for message in self.inbox if message.get("type") == kind]
        self.inbox = [message for message in self.inbox if message.get("type") != kind]
        return found[-1] if found else None


class _Client(NotebookClient):
    """nbclient takes every message on a comm for the state of a widget; ours are none."""

    def _cleanup_kernel(self) -> None:
        """At the end of the process; there may be nothing left to be done where the kernel did not start."""
        if self.km is not None:
            super()._cleanup_kernel()

    def handle_comm_msg(self, outs: list[Any], msg: dict[str, Any], cell_index: int) -> None:
        """Hand messages on comms of ours to them, and the rest to nbclient."""
        comm = self.comm_objects.get(msg["content"]["comm_id"])
        if isinstance(comm, _Comm):
            if msg["msg_type"] == "comm_msg":
                comm.handle_msg(msg)
            return
        super().handle_comm_msg(outs, msg, cell_index)


class Page:
    """A notebook being run. Use `open_page` to get one."""

    def __init__(self, client: NotebookClient, manager: AsyncKernelManager, path: str) -> None:
        self.notebook = client.nb
        self._client = client
        self._manager = manager
        self._path = path

    async def run(self, index: int) -> dict[str, Any] | None:
        """Execute one cell; its error output, or None.

        Raises
        ------
        KernelError
            The kernel died or the cell took longer than allowed.
        """
        cell = self.notebook.cells[index]
        self._kernel_client.session.metadata = {"cellId": cell.id}
        try:
            await self._client.async_execute_cell(cell, index)
        except DeadKernelError as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise asyncio.CancelledError from error  # nbclient takes every end for the kernel's
            raise KernelError(
                f"the kernel died in cell {index + 1}. Look for what ends the process there."
            ) from error
        except CellTimeoutError as error:
            raise KernelError(f"cell {index + 1} took too long. Allow more with --timeout.") from error
        except CellControlSignal as error:
            raise KernelError(f"cell {index + 1} could not be run: {error}") from error
        return next((o for o in cell.get("outputs", ()) if o["output_type"] == "error"), None)

    async def ask(self, index: int) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Run a cell of ours: its error output, and the offer it led to."""
        comm = self._open_comm(index)
        error = await self.run(index)
        return error, self._remember(comm, comm.take("offer"))

    async def fix(self, index: int, told: Callable[[str], None]) -> dict[str, Any]:
        """Ask for the failing cell to be mended; the offer, or what the kernel said instead.

        Meanwhile ``told`` is called with how far the kernel is.
        """
        comm = self._open_comm(index, told)
        await self._converse(comm, wire.Fix(v=wire.VERSION, type="fix", cellId=self.notebook.cells[index].id))
        offer = self._remember(comm, comm.take("offer"))
        return offer or comm.take("say") or {"type": "say", "text": "the kernel gave no answer."}

    async def accept(self, offer: Mapping[str, Any]) -> tuple[list[int], str]:
        """Accept an offer to be run; the positions of the cells that are new or changed.

        Also why they may not be run: the user's command says that they are, but administrators can lock that.
        """
        comm: _Comm = offer["comm"]
        act = wire.Act(
            v=wire.VERSION,
            type="act",
            suggestion=offer["suggestion"],
            action="accept-and-run",
            policy="auto",
        )
        await self._converse(comm, act)
        if (message := comm.take("insert")) is not None:
            changed, why = self._insert(message)
        elif (message := comm.take("replace")) is not None:
            changed, why = self._replace(message)
        else:
            said = comm.take("say") or {"text": "the kernel did not answer the acceptance."}
            raise KernelError(str(said["text"]))
        done = wire.Done(v=wire.VERSION, type="done", suggestion=offer["suggestion"], ok=not why)
        if why:
            done["why"] = why
        await self._converse(comm, done)
        may_run = comm.take("run") is not None
        refused = comm.take("say")
        return changed, "" if may_run or refused is None else str(refused["text"])

    def _insert(self, message: Mapping[str, Any]) -> tuple[list[int], str]:
        cells = self.notebook.cells
        if any(cell.metadata.get("nbcoder", {}).get("suggestion") == message["suggestion"] for cell in cells):
            return [], "this suggestion is already in the notebook"
        start = self._position(message["after"]) + 1
        for offset, new in enumerate(message["cells"]):
            cell = _MAKE[new["type"]](new["source"])
            cell.metadata["nbcoder"] = {**message["provenance"], "sourceHash": source_hash(cell.source)}
            cells.insert(start + offset, cell)
        return list(range(start, start + len(message["cells"]))), ""

    def _replace(self, message: Mapping[str, Any]) -> tuple[list[int], str]:
        index = self._position(message["cellId"])
        cell = self.notebook.cells[index]
        if source_hash(cell.source) != message["sourceHash"]:
            return [], "the cell changed meanwhile"
        cell.source = message["source"]
        cell.metadata["nbcoder"] = dict(message["provenance"])
        return [index], ""

    def _position(self, cell_id: str) -> int:
        return next(i for i, cell in enumerate(self.notebook.cells) if cell.id == cell_id)

    @property
    def _kernel_client(self) -> AsyncKernelClient:
        assert isinstance(self._client.kc, AsyncKernelClient)  # noqa: S101 - open_page made it so
        return self._client.kc

    def _open_comm(self, index: int, told: Callable[[str], None] | None = None) -> _Comm:
        comm = _Comm(told)
        self._client.comm_objects[comm.id] = comm
        content = {"comm_id": comm.id, "target_name": wire.TARGET, "data": self._snapshot(index)}
        self._send("comm_open", content)
        return comm

    def _remember(self, comm: _Comm, offer: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if offer is None else offer | {"comm": comm}

    async def _converse(self, comm: _Comm, message: wire.FromFrontend) -> None:
        """Send on the comm, then collect what comes until the kernel has handled it."""
        sent = self._send("comm_msg", {"comm_id": comm.id, "data": dict(message)})
        while True:
            try:
                received = await self._kernel_client.get_iopub_msg(timeout=1)
            except queue.Empty as error:
                if not await self._manager.is_alive():
                    raise KernelError(
                        "the kernel died while it was asked. Run the notebook again."
                    ) from error
                continue
            if received["msg_type"] == "comm_msg" and received["content"]["comm_id"] == comm.id:
                comm.handle_msg(received)
            elif received["msg_type"] == "update_display_data":
                self._client.process_message(received, NotebookNode(outputs=[]), -1)
            ours = received["parent_header"].get("msg_id") == sent
            if ours and received["msg_type"] == "status" and received["content"]["execution_state"] == "idle":
                return

    def _send(self, kind: str, content: dict[str, Any]) -> str:
        message = self._kernel_client.session.msg(kind, content)
        self._kernel_client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def _snapshot(self, index: int) -> wire.Snapshot:
        cells = self.notebook.cells
        return wire.Snapshot(
            v=wire.VERSION,
            type="snapshot",
            cellId=cells[index].id,
            path=self._path,
            cells=[_cell_message(cell) for cell in cells],
        )


@asynccontextmanager
async def open_page(notebook: NotebookNode, path: Path, timeout: float | None = None) -> AsyncIterator[Page]:
    """Start the notebook's kernel in the notebook's folder, with nbcoder loaded; stop it at the end.

    ``timeout`` is the most seconds a cell may take.

    Raises
    ------
    KernelError
        There is no such kernel, it does not start, or it cannot import nbcoder.
    """
    name = _kernel_of(notebook)
    manager = AsyncKernelManager(kernel_name=name)
    client = _Client(
        notebook,
        km=manager,
        timeout=timeout,
        startup_timeout=_START_TIMEOUT,
        allow_errors=True,
        resources={"metadata": {"path": str(path.resolve().parent)}},
    )
    client.reset_execution_trackers()
    interrupting = signal.getsignal(signal.SIGINT)
    async with AsyncExitStack() as stack:
        log = stack.enter_context(_log())
        try:
            await stack.enter_async_context(client.async_setup_kernel(stderr=log))
        except (RuntimeError, OSError, IndexError) as error:
            raise KernelError(
                f"the kernel {name!r} does not start: {error}. `jupyter kernelspec list` tells where it is."
            ) from error
        _stop_by(interrupting)
        await _load_extension(client)
        yield Page(client, manager, str(path))


def _kernel_of(notebook: NotebookNode) -> str:
    """The name of the kernel in which the notebook runs, which is one for Python."""
    metadata = notebook.metadata
    name = metadata.get("kernelspec", {}).get("name", "")
    language = metadata.get("language_info", {}).get("name", "python")
    if name:
        try:
            language = KernelSpecManager().get_kernel_spec(name).language or language
        except (NoSuchKernel, ValueError) as error:
            raise KernelError(
                f"there is no kernel named {name!r} here. `jupyter kernelspec list` shows which are."
            ) from error
    if language.casefold() not in _PYTHON:
        raise KernelError(f"the notebook is written in {language}. Give one that is written in Python.")
    return name or "python3"


def _stop_by(interrupting: Any) -> None:  # noqa: ANN401 - whatever was to be done before
    """Let an interrupt end the run: nbclient would only shut the kernel down, as if it had died."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(number, interrupting)


@contextmanager
def _log() -> Iterator[BinaryIO]:
    """Where the kernel's own warnings go: they are not for the reader of a run's report."""
    log_dir().mkdir(parents=True, exist_ok=True)
    with (log_dir() / "kernel.log").open("wb") as file:
        yield file


async def _load_extension(client: NotebookClient) -> None:
    assert isinstance(client.kc, AsyncKernelClient)  # noqa: S101 - the kernel was just started
    reply = await client.kc.execute_interactive(
        _LOAD, silent=True, store_history=False, timeout=_START_TIMEOUT, output_hook=lambda _: None
    )
    if reply["content"]["status"] != "ok":
        why = reply["content"].get("evalue", "unknown error")
        raise KernelError(
            f"the notebook's kernel cannot load nbcoder ({why}). Install nbcoder where it runs."
        )


def _cell_message(cell: NotebookNode) -> wire.CellMessage:
    message = wire.CellMessage(id=cell.id, type=cell.cell_type, source=cell.source)
    if cell.cell_type == "code":
        message["executionCount"] = cell.execution_count
        message["outputs"] = [_short_output(output) for output in cell.outputs]
    return message


def _short_output(output: NotebookNode) -> dict[str, Any]:
    """An output without images, long texts cut: what a model could read of it."""
    short = dict(output)
    if "text" in short:
        short["text"] = str(short["text"])[:_LONGEST_TEXT]
    if "data" in short:
        data = dict.fromkeys(short["data"], "")
        if "text/plain" in data:
            data["text/plain"] = str(short["data"]["text/plain"])[:_LONGEST_TEXT]
        short["data"] = data
    return short
