from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nbcoder import __version__

_FOLDER = Path(__file__).parents[2] / "labextension"


def test_the_extension_has_the_version_of_the_package() -> None:
    package = json.loads((_FOLDER / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((_FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    assert package["version"] == lock["version"] == __version__


def test_every_command_with_a_key_is_one_of_ours() -> None:
    schema = json.loads((_FOLDER / "schema/commands.json").read_text(encoding="utf-8"))
    commands = (_FOLDER / "src/commands.ts").read_text(encoding="utf-8")
    for shortcut in schema["jupyter.lab.shortcuts"]:
        assert f"'{shortcut['command']}'" in commands


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a wheel that is built from this folder was installed, with no Node within reach."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, _FOLDER.parent], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run(
        [*pip, "install", "--no-deps", "--ignore-installed", "--prefix", folder / "user", wheel],
        check=True,
        env={"PATH": ""},
    )
    return folder / "user"


@pytest.mark.parametrize(
    "pattern",
    [
        "share/jupyter/labextensions/nbcoder-labextension/package.json",
        "share/jupyter/labextensions/nbcoder-labextension/static/remoteEntry.*.js",
        "share/jupyter/labextensions/nbcoder-labextension/schemas/*/commands.json",
        "etc/jupyter/jupyter_server_config.d/nbcoder.json",
        "lib/python3.*/site-packages/nbcoder/kernel/static/panel.js",
        "lib/python3.*/site-packages/nbcoder/locale/de_DE/LC_MESSAGES/nbcoder.json",
    ],
)
def test_who_installs_a_wheel_has_the_extension_without_node(installed: Path, pattern: str) -> None:
    assert list(installed.glob(pattern))
