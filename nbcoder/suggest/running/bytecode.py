"""The names that a compiled function uses: it may have been defined in a cell that is no longer there."""

from __future__ import annotations

import dis
import types
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["named_in"]

_MOST_BYTES: Final = 100_000
_DEPTH: Final = 20

Path = tuple[str, ...]


def named_in(code: types.CodeType) -> tuple[dict[str, Path], list[Path]]:
    """What ``code`` imports, by the name that it is bound to, and the dotted names that it reads."""
    imported: dict[str, Path] = {}
    paths: list[Path] = []
    for one in _all_codes(code, _DEPTH):
        if len(one.co_code) <= _MOST_BYTES:
            _Reader(imported, paths).read(one)
    return imported, paths


def _all_codes(code: types.CodeType, depth: int) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if type(constant) is types.CodeType and depth:
            yield from _all_codes(constant, depth - 1)


class _Reader:
    def __init__(self, imported: dict[str, Path], paths: list[Path]) -> None:
        self._imported, self._paths = imported, paths
        self._path: Path = ()
        self._module: Path = ()
        self._bound: Path = ()

    def read(self, code: types.CodeType) -> None:
        for instruction in dis.get_instructions(code):
            if isinstance(instruction.argval, str):
                self._step(instruction.opname, instruction.argval)
        self._end()

    def _step(self, operation: str, name: str) -> None:
        if operation in ("LOAD_ATTR", "LOAD_METHOD"):
            self._path = (*self._path, name) if self._path else ()
            return
        self._end()
        is_local = operation.startswith(("LOAD_FAST", "LOAD_DEREF"))
        if operation in ("LOAD_GLOBAL", "LOAD_NAME") or (is_local and name in self._imported):
            self._path = (name,)
        elif operation == "IMPORT_NAME":
            self._module = self._bound = tuple(name.split("."))
        elif operation == "IMPORT_FROM":
            self._bound = (*self._module, name)
        elif operation.startswith("STORE_") and self._bound:
            self._imported[name] = self._bound
            self._bound = ()

    def _end(self) -> None:
        if self._path:
            self._paths.append(self._path)
        self._path = ()
