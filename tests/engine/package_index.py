"""A real package index on this machine, made of tiny wheels and the pip that runs the tests."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import zipfile
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PATIENCE = 60.0


def make_wheel(name: str, version: str, files: Mapping[str, bytes]) -> bytes:
    """A wheel for any Python that holds ``files``."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for path, data in content.items()
    )
    content[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, data in content.items():
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if ".data/scripts/" in path else 0o100644) << 16
            archive.writestr(entry, data)
    return target.getvalue()


def pip_as_wheel() -> tuple[str, bytes]:
    """Version and wheel of the pip that is installed beside the tests."""
    pip = distribution("pip")
    files = {
        str(path): path.read_binary()
        for path in pip.files or ()
        if path.parts[0] == "pip" and path.suffix != ".pyc"
    }
    return pip.version, make_wheel("pip", pip.version, files)


class PackageIndex:
    """Serves wheels over HTTP, counts what is fetched, and can stop in the middle of a file."""

    def __init__(self) -> None:
        self.wheels: dict[str, bytes] = {}
        self.fetched: Counter[str] = Counter()
        self._gates: dict[str, _Gate] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        for gate in self._gates.values():
            gate.open.set()
        self._server.shutdown()
        self._server.server_close()

    def add(self, name: str, version: str, files: Mapping[str, bytes] | None = None) -> str:
        """Offer a wheel; returns its line for a lock file."""
        data = make_wheel(name, version, {f"{name.replace('-', '_')}.py": b""} if files is None else files)
        return self.offer(name, version, data)

    def offer(self, name: str, version: str, data: bytes) -> str:
        self.wheels[f"{name.replace('-', '_')}-{version}-py3-none-any.whl"] = data
        return f"{name}=={version} --hash=sha256:{hashlib.sha256(data).hexdigest()}\n"

    @contextmanager
    def gate(self, path: str) -> Iterator[_Gate]:
        """Stop half-way in every answer to a path that contains ``path``, until the gate is opened."""
        gate = self._gates[path] = _Gate()
        try:
            yield gate
        finally:
            gate.open.set()
            del self._gates[path]

    def answer(self, path: str) -> bytes | None:
        if path.startswith("/simple/"):
            wanted = path.removeprefix("/simple/").strip("/").replace("-", "_")
            names = [name for name in self.wheels if name.partition("-")[0] == wanted]
            links = "".join(f'<a href="/files/{name}">{name}</a>\n' for name in names)
            return f"<!DOCTYPE html><html><body>{links}</body></html>".encode() if names else None
        if path.startswith("/files/"):
            return self.wheels.get(path.removeprefix("/files/").replace("%2B", "+"))
        return b"hello"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index._serve(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Keep the tests' output clean."""

        return Handler

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        data = self.answer(request.path)
        self.fetched[request.path] += 1
        if data is None:
            request.send_error(404)
            return
        request.send_response(200)
        kind = "text/html" if request.path.startswith("/simple/") else "application/octet-stream"
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        gate = next((gate for path, gate in self._gates.items() if path in request.path), None)
        try:
            request.wfile.write(data[: len(data) // 2])
            if gate is not None:
                gate.reached.set()
                gate.open.wait(PATIENCE)
            request.wfile.write(data[len(data) // 2 :])
        except OSError:
            pass  # the client was killed on purpose


class _Gate:
    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()


def write_locks(folder: Path, locks: Mapping[str, str]) -> Path:
    """Write each text of ``locks`` to the lock file of that name."""
    folder.mkdir(exist_ok=True)
    for name, text in locks.items():
        (folder / f"{name}.txt").write_text(text)
    return folder
