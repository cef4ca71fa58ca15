"""A real kernel with a working folder of its own, and the notebook that was run in it so far."""

from __future__ import annotations

import ast
import json
import os
import queue
import shutil
import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbcoder.errors import BenchDataError, KernelError
from nbcoder.notebook.cells import Cell, Notebook
from nbcoder.notebook.outputs import cell_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jupyter_client.blocking.client import BlockingKernelClient
    from jupyter_client.manager import KernelManager

__all__ = ["KernelHandle", "find_kernel", "open_kernel"]

_START_TIMEOUT = 120.0
_INTERRUPT_TIMEOUT = 30.0
"""IPython takes long to tell of an endless recursion where others want the processor too."""
_POLL = 0.5
_MOST_BYTES = 500 << 20
_OUTPUTS = frozenset({"stream", "execute_result", "display_data", "error"})

Message = dict[str, Any]


class KernelHandle:
    """A running kernel. Use `open_kernel` to get one.

    ``client`` is the live connection to it, ``folder`` its working folder, ``cells`` what was run so far.
    """

    def __init__(self, manager: KernelManager, client: BlockingKernelClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.cells: list[Cell] = []
        self._manager = manager

    @property
    def connection_file(self) -> Path:
        """Where another client finds this kernel."""
        return Path(self._manager.connection_file)

    def notebook(self) -> Notebook:
        """The notebook so far, with what its cells showed."""
        return Notebook(tuple(self.cells), path=str(self.folder / "notebook.ipynb"))

    def run(self, source: str, seconds: float) -> Cell:
        """Execute a cell as a user would, and add it to the notebook; raises as `execute` does."""
        self.cells.append(cell := self.execute(source, seconds))
        return cell

    def rerun(self, position: int, source: str, seconds: float) -> Cell:
        """Give a cell of the notebook a new source and execute it; raises as `execute` does."""
        cell_id = self.cells[position].id
        self.cells[position] = cell = self.execute(source, seconds, cell_id=cell_id)
        return cell

    def open_comm(self, comm: str, target: str, data: Message) -> None:
        """Open a comm as a frontend does; what comes on it is heard by the ``listen`` of `execute`."""
        self._send("comm_open", {"comm_id": comm, "target_name": target, "data": data})

    def tell(
        self, comm: str, data: Message, seconds: float, listen: Callable[[Message], None] | None = None
    ) -> None:
        """Send on a comm and wait until the kernel has handled it; raises as `execute` does."""
        request = self._send("comm_msg", {"comm_id": comm, "data": data})
        self._listen(request, listen or (lambda _: None), seconds)

    def _send(self, kind: str, content: Message) -> str:
        message = self.client.session.msg(kind, content)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def execute(
        self,
        source: str,
        seconds: float,
        listen: Callable[[Message], None] | None = None,
        cell_id: str = "",
    ) -> Cell:
        """Execute a cell that does not become part of the notebook: a magic, a look at a variable.

        A cell that takes too long is interrupted. ``listen`` is given every message it causes on IOPub,
        ``cell_id`` is its place on the page.

        Raises
        ------
        KernelError
            The kernel died, or cannot be interrupted.
        """
        import nbformat.v4  # noqa: PLC0415 - costs 100 ms, and the kernel imports this package

        outputs: list[Message] = []

        def collect(message: Message) -> None:
            if message["msg_type"] in _OUTPUTS:
                outputs.append(nbformat.v4.output_from_msg(message))
            if listen is not None:
                listen(message)

        cell_id = cell_id or uuid.uuid4().hex
        # As a frontend says it, so that the kernel knows which cell of the page ran.
        self.client.session.metadata = {"cellId": cell_id}
        request = self.client.execute(source, allow_stdin=False, stop_on_error=False)
        reply = self._finish(request, collect, seconds)
        if reply.get("status") == "error" and all(one["output_type"] != "error" for one in outputs):
            # It was interrupted while it told of its error.
            told = {name: reply[name] for name in ("ename", "evalue", "traceback")}
            outputs.append(nbformat.v4.new_output("error", **told))
        node = {"cell_type": "code", "source": source, "outputs": outputs, "id": cell_id}
        return cell_from_json(node | {"execution_count": reply.get("execution_count")})

    def call(self, function: str, deadline: float, **arguments: object) -> Mapping[str, Any]:
        """Have `nbcoder.bench.in_kernel` do something in a fork of the kernel, within ``deadline`` seconds.

        Raises
        ------
        KernelError
            The kernel died, or nbcoder cannot be imported there.
        """
        given = json.dumps({"deadline": deadline, **arguments})
        module = "__import__('nbcoder.bench.in_kernel', fromlist=['call'])"
        request = self.client.execute(
            "",
            silent=True,
            store_history=False,
            allow_stdin=False,
            user_expressions={"answer": f"{module}.call({function!r}, {given!r})"},
        )
        reply = self._finish(request, lambda _: None, deadline + _START_TIMEOUT)
        answer = reply.get("user_expressions", {}).get("answer", reply)
        if answer.get("status") != "ok":
            why = f"{answer.get('ename')}: {answer.get('evalue')}"
            raise KernelError(
                f"the bench cannot work inside the kernel ({why}). Install nbcoder where it runs."
            )
        result: dict[str, Any] = json.loads(ast.literal_eval(answer["data"]["text/plain"]))
        return result

    def _finish(self, request: str, on_iopub: Callable[[Message], None], seconds: float) -> Message:
        """The reply to ``request``; it is interrupted when its time is over."""
        self._listen(request, on_iopub, seconds)
        return self._reply(request)

    def _listen(self, request: str, on_iopub: Callable[[Message], None], seconds: float) -> None:
        deadline, interrupted = time.monotonic() + seconds, False
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=_POLL)
            except queue.Empty:
                if not self._manager.is_alive():
                    raise KernelError("the kernel died. Look at the last cell for what ends it.") from None
                message = None
            if message and message["parent_header"].get("msg_id") == request:
                on_iopub(message)
                if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                    return
            if time.monotonic() > deadline:
                if interrupted:
                    raise KernelError("the kernel hangs and cannot be interrupted. Look at the last cell.")
                self._manager.interrupt_kernel()
                deadline, interrupted = time.monotonic() + _INTERRUPT_TIMEOUT, True

    def _reply(self, request: str) -> Message:
        while True:
            try:
                message = self.client.get_shell_msg(timeout=_INTERRUPT_TIMEOUT)
            except queue.Empty:
                raise KernelError(
                    "the kernel gives no reply. Look at the last cell for what hangs."
                ) from None
            if message["parent_header"].get("msg_id") == request:
                content: Message = message["content"]
                return content


def find_kernel(name: str) -> None:
    """Look whether a kernel of that name is installed.

    Raises
    ------
    KernelError
        It is not.
    """
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel  # noqa: PLC0415 - as below

    try:
        KernelSpecManager().get_kernel_spec(name)
    except (NoSuchKernel, ValueError) as error:
        raise KernelError(f"there is no kernel {name!r}. `jupyter kernelspec list` names them.") from error


@contextmanager
def open_kernel(
    files: tuple[tuple[str, Path], ...] = (),
    *,
    kernel: str = "python3",
    environ: Mapping[str, str] | None = None,
) -> Iterator[KernelHandle]:
    """Start a kernel in a new folder with copies of ``files`` (name there, path here); stop it at the end.

    Raises
    ------
    KernelError
        The kernel does not start.
    BenchDataError
        A file is missing, or all of them are too large to be copied.
    """
    with tempfile.TemporaryDirectory(prefix="nbcoder-bench-", ignore_cleanup_errors=True) as root:
        folder = _prepare(Path(root), files)
        manager, client = _start(kernel, folder, _environment(folder.parent, environ or {}))
        try:
            yield KernelHandle(manager, client, folder)
        finally:
            _stop(manager, client)


def _start(
    kernel: str, folder: Path, environ: Mapping[str, str]
) -> tuple[KernelManager, BlockingKernelClient]:
    from jupyter_client.kernelspec import NoSuchKernel  # noqa: PLC0415 - the kernel imports this package
    from jupyter_client.manager import KernelManager  # noqa: PLC0415 - the same

    # Sockets in the private folder: nobody else can connect, and two starts cannot take the same port.
    manager = KernelManager(kernel_name=kernel, transport="ipc", ip=str(folder.parent / "kernel"))
    client = None
    try:
        manager.start_kernel(cwd=str(folder), env=dict(environ))
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=_START_TIMEOUT)
    except (OSError, RuntimeError, NoSuchKernel) as error:
        _stop(manager, client)
        raise KernelError(f"no kernel {kernel!r} can be started: {error}. Try it in Jupyter.") from error
    return manager, client


def _stop(manager: KernelManager, client: BlockingKernelClient | None) -> None:
    if client is not None:
        client.stop_channels()
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def _prepare(root: Path, files: tuple[tuple[str, Path], ...]) -> Path:
    folder = root / "work"
    folder.mkdir()
    size = sum(_size(path) for _, path in files)
    if size > _MOST_BYTES:
        raise BenchDataError(
            f"{size >> 20} MB would be copied for each notebook, at most {_MOST_BYTES >> 20} can be. "
            "Put the files that it reads into a folder of their own."
        )
    for name, path in files:
        try:
            if path.is_dir():
                _copy_folder(path, folder / name)
            else:
                shutil.copyfile(path, folder / name)
        except OSError as error:
            raise BenchDataError(f"cannot copy {path}: {error}. Check the data's folder.") from error
    return folder


def _copy_folder(source: Path, target: Path) -> None:
    """Copy without the rights: data that is read-only there may be written here."""
    target.mkdir()
    for path in source.iterdir():
        if path.is_dir():
            _copy_folder(path, target / path.name)
        else:
            shutil.copyfile(path, target / path.name)


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())
    return path.stat().st_size if path.is_file() else 0


def _environment(root: Path, extra: Mapping[str, str]) -> dict[str, str]:
    temporary, profile = root / "tmp", root / "ipython"
    temporary.mkdir()
    return {
        **os.environ,
        # The user's own start-up files and history are no part of a measurement.
        "IPYTHONDIR": str(profile),
        "TMPDIR": str(temporary),
        # The same order of sets and dicts in every run.
        "PYTHONHASHSEED": "0",
        # Several kernels share this machine with an engine.
        "OMP_NUM_THREADS": "1",
        **extra,
    }
