"""The settings as IPython knows them: ``c.NBCoder`` in its configuration, ``%config NBCoder`` in a cell."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from traitlets import CaselessStrEnum, Float, Int, TraitType, Unicode
from traitlets.config import Configurable

from nbcoder.settings import Settings, load_settings, locked_settings, setting_choices, setting_helps

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["NBCoder", "make_config"]

_TRAITS: dict[type, type[TraitType[Any, Any]]] = {str: Unicode, int: Int, float: Float}


class NBCoder(Configurable):
    """Settings of nbcoder in this kernel; each trait starts at the user's own setting."""

    loaded: Settings
    """What the file and the environment said when this was made."""

    def settings(self) -> Settings:
        """The settings as they are now; what nobody set in this kernel follows the file, and what an
        administrator has locked stays as it is.

        Raises
        ------
        SettingsError
            The file cannot be used any more.
        """
        own = {field.name: getattr(self, field.name) for field in dataclasses.fields(Settings)}
        changed = {name: value for name, value in own.items() if value != getattr(self.loaded, name)}
        return dataclasses.replace(load_settings(), **changed).replace(**locked_settings())

    def run_policy_for(self, wanted: str) -> str:
        """Whether accepted cells are run: as a page ``wanted`` it, if it did and nobody has locked it.

        Raises
        ------
        SettingsError
            The file cannot be used any more, or the page wants something unknown.
        """
        settings = self.settings()
        if not wanted:
            return settings.run_policy
        return settings.replace(run_policy=wanted).replace(**locked_settings()).run_policy


def make_config(shell: InteractiveShell) -> NBCoder:
    """The kernel's settings: the user's file and environment, with IPython's configuration over them.

    Raises
    ------
    SettingsError
        The settings file or a variable holds something that cannot be used.
    """
    settings = load_settings()
    traits = {name: _trait(name, value) for name, value in dataclasses.asdict(settings).items()}
    made = type("NBCoder", (NBCoder,), {"__doc__": NBCoder.__doc__, "loaded": settings, **traits})
    config: NBCoder = made(parent=shell)
    return config


def _trait(name: str, value: object) -> TraitType[Any, Any]:
    choices, told = setting_choices()[name], setting_helps()[name]
    if choices:
        return CaselessStrEnum(choices, value, help=told).tag(config=True)
    return _TRAITS[type(value)](value, help=told).tag(config=True)
