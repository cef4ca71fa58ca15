from __future__ import annotations

import json
from pathlib import Path
from types import UnionType
from typing import Any, Literal, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from nbcoder import wire

_MESSAGES = {
    message.__name__.lower(): message
    for message in (*get_args(wire.FromKernel), *get_args(wire.FromFrontend), wire.Snapshot, wire.Answer)
}
_EXAMPLES = {path.stem: path for path in Path(__file__).parent.glob("*.json")}


def _check(value: object, kind: Any, where: str) -> None:
    """Assert that ``value`` is of the wire type ``kind``, all the way down."""
    if get_origin(kind) is NotRequired:
        kind = get_args(kind)[0]
    if kind is Any:
        return
    if is_typeddict(kind):
        assert isinstance(value, dict), where
        hints = get_type_hints(kind, include_extras=True)
        required = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
        assert required <= set(value) <= set(hints), where
        for name, item in value.items():
            _check(item, hints[name], f"{where}.{name}")
    elif get_origin(kind) is UnionType:
        assert any(_fits(value, one, where) for one in get_args(kind)), where
    elif get_origin(kind) is list:
        assert isinstance(value, list), where
        for item in value:
            _check(item, get_args(kind)[0], where + "[]")
    elif get_origin(kind) is Literal:
        assert value in get_args(kind), where
    elif get_origin(kind) is dict:
        assert isinstance(value, dict), where
    else:
        assert isinstance(value, kind), where


def _fits(value: object, kind: Any, where: str) -> bool:
    try:
        _check(value, kind, where)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(_MESSAGES))
def test_every_message_has_an_example_of_exactly_its_shape(name: str) -> None:
    _check(json.loads(_EXAMPLES[name].read_text(encoding="utf-8")), _MESSAGES[name], name)


def test_there_is_no_example_without_a_message() -> None:
    assert set(_EXAMPLES) == set(_MESSAGES)


def test_every_example_shows_every_field() -> None:
    for name, kind in _MESSAGES.items():
        example = json.loads(_EXAMPLES[name].read_text(encoding="utf-8"))
        assert set(example) == set(get_type_hints(kind)), name
