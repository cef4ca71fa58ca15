from __future__ import annotations

import json
from pathlib import Path

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
