"""What the report on a piece of code is made with, as it was before the code ran and could replace it."""

from __future__ import annotations

import builtins
import ctypes
import hashlib
import io
import json
import math
import os
import re
import resource
import time
import traceback
import types
from typing import Final

__all__ = ["Originals"]

_MODULES: Final = (
    builtins,
    ctypes,
    hashlib,
    io,
    json,
    json.encoder,
    math,
    os,
    os.path,
    re,
    resource,
    time,
    traceback,
    types,
)
_CODES_OWN: Final = frozenset({"environ", "environb"})
"""What is looked at for changes itself."""


class Originals:
    """The contents of modules at the moment of its making; tests and mocks put others in their place."""

    def __init__(self) -> None:
        self._kept = [
            (module, {name: value for name, value in vars(module).items() if name not in _CODES_OWN})
            for module in _MODULES
        ]

    def put_back(self) -> None:
        """Undo what was replaced or removed since."""
        for module, own in self._kept:
            vars(module).update(own)
