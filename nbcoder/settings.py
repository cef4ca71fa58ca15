"""What the user may set, and from where: defaults, the machine's file, the user's, ``NBCODER_*`` variables.

The kernel lays ``c.NBCoder`` and ``%config NBCoder`` over these (see `nbcoder.kernel`). What stands under
``[locked]`` in the machine's file wins over all of them.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from nbcoder.errors import SettingsError
from nbcoder.paths import config_file, system_config_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "Settings",
    "load_settings",
    "locked_settings",
    "setting_choices",
    "setting_helps",
    "store_setting",
]

_PREFIX = "NBCODER_"


@dataclass(frozen=True)
class Settings:
    """Every setting with its help text and default; documentation is made from these.

    Behind the help text stand the words that a setting may be, where there are only some.
    """

    model: Annotated[str, "Model to serve: a name of `nbcoder model list`, a folder, or `auto`."] = "auto"
    engine_url: Annotated[
        str, "Address of an engine that runs elsewhere; empty: our own, started on need."
    ] = ""
    engine_key: Annotated[str, "Key of the engine at engine_url."] = ""
    engine_model: Annotated[str, "Name of the model at engine_url; empty: the first it serves."] = ""
    idle_minutes: Annotated[float, "Minutes without a request after which the engine stops; 0: never."] = 30.0
    start_timeout: Annotated[float, "Seconds the engine may take to become ready."] = 600.0
    connect_timeout: Annotated[float, "Seconds to wait for a connection to the engine."] = 5.0
    stall_timeout: Annotated[float, "Seconds without a token after which a request is given up."] = 60.0
    temperature: Annotated[float, "Sampling temperature of the first candidate; 0 is greedy."] = 0.0
    max_tokens: Annotated[int, "Most tokens one answer may have."] = 1024
    confidence: Annotated[
        int, "Likeliest tokens that the engine names at each place, to shade doubtful ones; 0: none."
    ] = 5
    dry_run: Annotated[str, "Run candidates in a copy of the kernel first: on or off.", "on", "off"] = "on"
    checkpoints: Annotated[
        str,
        "Keep the state before each cell in a paused copy, to try a repair from there: on or off.",
        *("on", "off"),
    ] = "on"
    candidates: Annotated[int, "Answers asked for where the first one fails; the best is offered."] = 4
    run_policy: Annotated[
        str,
        "Running accepted cells: never; ask (those with side effects are left to you); auto.",
        *("never", "ask", "auto"),
    ] = "ask"
    panel: Annotated[
        str,
        "Where nbcoder's extension is not there, answers come in a Jupyter widget: on, off, or auto.",
        *("on", "off", "auto"),
    ] = "auto"
    repair_rounds: Annotated[int, "How often a failing cell is sent back to the model."] = 3

    def replace(self, **changes: object) -> Settings:
        """A copy with ``changes``, each converted to the setting's type.

        Raises
        ------
        SettingsError
            A name is unknown or a value cannot be converted.
        """
        return _build(dataclasses.asdict(self) | changes)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this user: defaults, settings files, environment; the later wins, but for locked ones.

    Raises
    ------
    SettingsError
        The file cannot be read, a name is unknown or a value is of the wrong type.
    """
    names = {f.name for f in dataclasses.fields(Settings)}
    environ = os.environ if environ is None else environ
    given = {name: environ[_PREFIX + name.upper()] for name in names if _PREFIX + name.upper() in environ}
    machine = _read_file(system_config_file())
    locked = _locked(machine)
    return _build(machine | _read_file(config_file()) | given | locked)


def locked_settings() -> dict[str, object]:
    """What an administrator has fixed for everybody on this machine; raises as `load_settings` does."""
    return _locked(_read_file(system_config_file()))


def _locked(machine: dict[str, object]) -> dict[str, object]:
    """Take the table of locked settings out of the machine's file."""
    locked = machine.pop("locked", {})
    if not isinstance(locked, dict):
        raise SettingsError(
            f"'locked' in {system_config_file()} is no table. Write [locked] above its lines."
        )
    return locked


def store_setting(name: str, value: str) -> Path:
    """Write one setting into the user's file, whose other lines stay as they are; returns that file.

    Raises
    ------
    SettingsError
        The file cannot be read or written.
    """
    import tomlkit  # noqa: PLC0415 - only needed here
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    path = config_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
        document[name] = value
        unfinished = path.with_name(f".{path.name}.new")
        unfinished.write_text(tomlkit.dumps(document), encoding="utf-8")
        unfinished.replace(path)
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise SettingsError(f"cannot write {path}: {error}. Mend or remove that file.") from error
    return path


def setting_helps() -> dict[str, str]:
    """The help text of each setting."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


def setting_choices() -> dict[str, tuple[str, ...]]:
    """The words that a setting may be; of settings that may be anything there are none."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hint.__metadata__[1:] for name, hint in hints.items()}


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read {path}: {error}. Mend or remove that file.") from error


def _build(values: Mapping[str, object]) -> Settings:
    types: dict[str, type] = get_type_hints(Settings)
    if unknown := sorted(set(values) - set(types)):
        raise SettingsError(f"unknown setting {unknown[0]!r}. Known are: {', '.join(sorted(types))}.")
    choices = setting_choices()
    converted: dict[str, Any] = {}
    for name, value in values.items():
        if choices[name]:
            converted[name] = _chosen(name, value, choices[name])
            continue
        try:
            converted[name] = types[name](value)
        except (TypeError, ValueError) as error:
            wanted = types[name].__name__
            raise SettingsError(f"setting {name} is {value!r}, but has to be of type {wanted}.") from error
    return Settings(**converted)


def _chosen(name: str, value: object, choices: tuple[str, ...]) -> str:
    word = str(value).casefold()
    # TOML has words of its own for on and off.
    word = {"true": "on", "false": "off"}.get(word, word)
    if word not in choices:
        *most, last = choices
        raise SettingsError(f"setting {name} is {value!r}, but has to be {', '.join(most)} or {last}.")
    return word
