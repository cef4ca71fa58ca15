"""Request bodies read with suspicion: each mistake is one clear line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from nbcoder.errors import NBCoderError
from nbcoder.server.wire import EngineOrder, GhostWish
from nbcoder.suggest.ghost import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["LARGEST_BODY", "BadBody", "TooLarge", "read_cursor", "read_lines", "read_order"]

LARGEST_BODY = 512 * 1024
"""Bytes; the browser sends some ten thousand."""
_MOST_CELLS = 1000
_LONGEST_NAME = 200
_MOST_LINES = 2000
_ACTIONS: tuple[Literal["start", "stop", "restart"], ...] = ("start", "stop", "restart")


class BadBody(NBCoderError):
    """What the browser sent is not what this route takes."""


class TooLarge(NBCoderError):
    """The browser sent more than this route takes."""


def read_cursor(body: bytes) -> Cursor:
    """The place for which ghost text is wished for."""
    wish = _object(body, GhostWish.__annotations__)
    cells = wish.get("cells", [])
    if not isinstance(cells, list) or not all(isinstance(cell, str) for cell in cells):
        raise BadBody("cells has to be a list of texts.")
    if len(cells) > _MOST_CELLS:
        raise BadBody(f"cells has {len(cells)} entries; at most {_MOST_CELLS} are taken.")
    prefix, suffix = (_text(wish, name, LARGEST_BODY) for name in ("prefix", "suffix"))
    return Cursor(prefix, suffix, tuple(cells), _text(wish, "language", _LONGEST_NAME) or "python")


def read_order(body: bytes) -> EngineOrder:
    """What is to be done with the engine."""
    order = _object(body, EngineOrder.__annotations__)
    wanted = _text(order, "action", _LONGEST_NAME)
    action = next((one for one in _ACTIONS if one == wanted), None)
    if action is None:
        raise BadBody(f"action has to be one of {', '.join(_ACTIONS)}.")
    return {"action": action, "model": _text(order, "model", _LONGEST_NAME)}


def read_lines(wanted: str) -> int:
    """How many lines of the log are wanted."""
    if not wanted.isdecimal() or len(wanted) > len(str(_MOST_LINES)) or not 1 <= int(wanted) <= _MOST_LINES:
        raise BadBody(f"lines has to be a number from 1 to {_MOST_LINES}.")
    return int(wanted)


def _object(body: bytes, known: Iterable[str]) -> dict[str, Any]:
    if len(body) > LARGEST_BODY:
        raise TooLarge(f"the request has {len(body)} bytes; at most {LARGEST_BODY} are taken.")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadBody("the request is no JSON.") from error
    if not isinstance(value, dict):
        raise BadBody("the request has to be a JSON object.")
    if unknown := sorted(set(value) - set(known)):
        raise BadBody(
            f"unknown in the request: {unknown[0][:_LONGEST_NAME]!r}. Known are {', '.join(known)}."
        )
    return value


def _text(values: Mapping[str, Any], name: str, most: int) -> str:
    value = values.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise BadBody(f"{name} has to be a text of at most {most} characters.")
    return value
