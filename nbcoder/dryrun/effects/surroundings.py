"""What a piece of code does to its process beside the user's names: folder, environment, settings, seeds."""

from __future__ import annotations

import logging
import os
import random
import re
import sys
import types
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Surroundings"]

_OF_LIBRARIES: Final = frozenset({"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "_RJEM_MALLOC_CONF"})
"""Set in the environment where scikit-learn or polars is imported."""
_BY_THEMSELVES: Final = frozenset({"backend", "backend_fallback", "interactive"})
"""Settings of matplotlib that are found out with the first figure."""
_SEEDS: Final = re.compile(r"(?:\w{0,40}_)?seed(?:_\w{0,40})?|set_?state")
"""Who only draws random numbers changes where their generators are too, but nobody minds."""
_FILTERS: Final = re.compile(r"(?:re)?set_?warnings|\w{0,20}filter\w{0,20}|disable_warnings")
"""Imports put in filters of their own."""
_LOGS: Final = re.compile(r"\w{0,10}Config|setLevel|disable|(?:add|remove)Handler")
"""The first message that is logged puts in a handler."""
_WORD: Final = re.compile(r"[^\W\d]\w*")


class Surroundings:
    """The process before the code runs, to be compared with it afterwards."""

    def __init__(self, code: str, reached: Iterable[object]) -> None:
        """``code`` is plain Python; ``reached`` are values that it can use."""
        words = {*_WORD.findall(code), *_words_in(reached)}
        self._own = _OF_LIBRARIES - words
        looks: list[tuple[str, Callable[[], object]]] = [
            ("working folder", _folder),
            ("environment", self._environment),
            ("import path", lambda: list(sys.path)),
            ("settings of matplotlib", _matplotlib),
            ("settings of pandas", _pandas),
        ]
        for part, meant, look in _ON_PURPOSE:
            if any(map(meant.fullmatch, words)):
                looks.append((part, look))
        self._before = [(part, look, _seen(look)) for part, look in looks]

    def changed(self) -> list[str]:
        """The parts that are not as they were, as in `Effects.process`."""
        return [part for part, look, before in self._before if _seen(look) != before]

    def _environment(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if name not in self._own}


def _seen(look: Callable[[], object]) -> object:
    try:
        return look()
    except Exception:  # noqa: BLE001 - another version of the library keeps it elsewhere
        return None


def _words_in(reached: Iterable[object]) -> Iterator[str]:
    for value in reached:
        if type(value) is types.FunctionType:
            yield from value.__code__.co_names


def _folder() -> str:
    with suppress(OSError):
        return os.getcwd()
    return ""


def _matplotlib() -> dict[str, str]:
    matplotlib: Any = sys.modules.get("matplotlib")
    if matplotlib is None:
        return {}
    now = {name: value for name, value in dict.items(matplotlib.rcParams) if name not in _BY_THEMSELVES}
    return _differing(now, dict(dict.items(matplotlib.rcParamsOrig)))


def _pandas() -> dict[str, str]:
    config: Any = sys.modules.get("pandas._config.config")
    if config is None:
        return {}
    first = {name: option.defval for name, option in vars(config)["_registered_options"].items()}
    return _differing(dict(_leaves(vars(config)["_global_config"], "")), first)


def _differing(settings: dict[str, object], first: dict[str, object]) -> dict[str, str]:
    """Those that are not as they were at first: none of a library that the code is still to import."""
    told = {name: repr(value) for name, value in settings.items()}
    return {name: text for name, text in told.items() if repr(first.get(name)) != text}


def _leaves(options: dict[str, Any], above: str) -> Iterator[tuple[str, object]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield above + name, value


def _generators() -> object:
    numpy: Any = sys.modules.get("numpy.random")
    return random.getstate(), repr(numpy.get_state(legacy=False)) if numpy is not None else ""


def _logging() -> object:
    root = logging.getLogger()
    return root.level, list(root.handlers), root.manager.disable


_ON_PURPOSE: Final[tuple[tuple[str, re.Pattern[str], Callable[[], object]], ...]] = (
    ("random numbers", _SEEDS, _generators),
    ("warning filters", _FILTERS, lambda: list(warnings.filters)),
    ("logging", _LOGS, _logging),
)
"""Told only where the code does it itself: a part, a word that does it, and what is looked at."""
