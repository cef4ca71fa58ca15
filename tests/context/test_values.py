"""Plain Python objects in a few words."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import fractions
import functools
import pathlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.context.telling import describe, words_of

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "NoneType = None"),
        (True, "bool = True"),
        (5, "int = 5"),
        pytest.param(2**5000, "int of 5001 bits", id="huge"),
        (1.5, "float = 1.5"),
        (2j, "complex = 2j"),
        ("Bern", "str = 'Bern'"),
        (b"ab", "bytes = b'ab'"),
        (range(3), "range = range(0, 3)"),
        (dt.date(2024, 2, 29), "date = 2024-02-29"),
        (dt.timedelta(days=1), "timedelta = 1 day, 0:00:00"),
        (decimal.Decimal("1.50"), "Decimal = 1.50"),
        (fractions.Fraction(1, 3), "Fraction = 1/3"),
        (pathlib.PurePosixPath("data/a.csv"), "PurePosixPath = data/a.csv"),
        (uuid.UUID(int=1), "UUID = 00000000-0000-0000-0000-000000000001"),
    ],
)
def test_a_single_value_is_shown_with_its_type(value: object, told: str) -> None:
    assert words_of(value) == told


def test_of_a_long_text_the_length_and_the_beginning_are_told() -> None:
    assert words_of("word " * 1000) == f"str of 5000 characters, '{'word ' * 8}…'"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], "empty list"),
        ([1, 2, 3, 4], "list of 4 int: 1, 2, 3, …"),
        ([1, "a"], "list of 2 int, str: 1, 'a'"),
        ((1,), "tuple of 1 int: 1"),
        ({7}, "set of 1 int: 7"),
        (frozenset({7}), "frozenset of 1 int: 7"),
        (collections.deque([1, 2]), "deque (collections) of 2 int: 1, 2"),
        ({}, "empty dict"),
    ],
)
def test_of_a_container_length_types_and_first_elements_are_told(value: object, told: str) -> None:
    assert words_of(value) == told


def test_of_a_dict_keys_and_what_they_hold_are_told() -> None:
    assert (
        words_of({"rate": 0.1, "layers": [64, 32]}) == "dict of 2 keys\n'rate': 0.1\n'layers': list of 2 int"
    )


def test_of_a_long_uniform_dict_one_entry_and_the_first_keys_are_told() -> None:
    told = describe({f"k{i}": i for i in range(1000)})
    assert told.head == "dict of 1000 keys, e.g. 'k0': 0"
    assert told.lines[0].startswith("keys: 'k0', 'k1'")
    assert told.lines[0].endswith("and 960 more")


def test_a_dict_that_was_made_by_a_subclass_is_read_like_a_dict() -> None:
    made = collections.defaultdict(list, {"a": [1]})
    assert words_of(made) == "defaultdict (collections) of 1 key\n'a': list of 1 int"
    assert made == {"a": [1]}


def test_of_a_named_tuple_the_fields_are_told() -> None:
    class Point(NamedTuple):
        x: int
        y: int

    assert "with fields x, y" in words_of(Point(1, 2))


def test_a_container_in_itself_ends() -> None:
    loop: list[object] = [1]
    loop.append(loop)
    ring: dict[str, object] = {}
    ring["self"] = ring
    assert words_of(loop) == "list of 2 int, list: 1, list of 2 int, list"
    assert words_of(ring) == "dict of 1 key\n'self': dict of 1 key: 'self'"


def test_of_a_function_signature_and_first_docstring_line_are_told() -> None:
    def mean(values: list[float], *rest: float, weight: float = 1.0, **options: int) -> float:
        """Average of the values.

        More words.
        """
        return sum(values) + sum(rest) * weight + len(options)

    assert words_of(mean) == "function mean(values, *rest, weight=1.0, **options)\nAverage of the values."


def test_of_a_decorated_function_the_signature_inside_is_told() -> None:
    def keep(function: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(function)
        def outer(*args: object, **kwargs: object) -> object:
            return function(*args, **kwargs)

        return outer

    @keep
    def mean(values: object, weight: int = 2) -> None: ...

    assert words_of(mean) == "function mean(values, weight=2)"


def test_positional_only_and_keyword_only_parameters_keep_their_order() -> None:
    def call(a: int, /, b: int = 2, *, c: int, d: str = "x") -> None: ...

    assert words_of(call) == "function call(a, b=2, *, c, d='x')"


def test_of_the_users_class_parameters_and_methods_are_told() -> None:
    class Model:
        """Learns."""

        def __init__(self, depth: int = 3) -> None:
            self.depth = depth

        def fit(self, x: object, y: object = None) -> None: ...

        @property
        def size(self) -> int:
            raise AssertionError

    Model.__module__ = "__main__"
    assert words_of(Model) == "class Model(depth=3)\nLearns.\nmethods: fit(self, x, y=None), size"
    assert words_of(Model()) == "Model\nattributes: depth: 3\nmethods: fit(self, x, y=None), size"


def test_of_a_dataclass_the_parameters_are_told() -> None:
    @dataclass
    class Point:
        x: int
        y: int = 2

    Point.__module__ = "__main__"
    assert describe(Point).head == "class Point(x, y=2)"


def test_of_a_function_that_keeps_its_results_the_signature_inside_is_told() -> None:
    @functools.lru_cache
    def count(stones: int, *, deep: bool = True) -> int:
        """Stones in all."""
        return stones + deep

    assert words_of(count) == "cached function count(stones, *, deep=True)\nStones in all."


def test_attributes_in_slots_are_told() -> None:
    @dataclass(slots=True)
    class Point:
        x: int
        password: str
        _hidden: int = 2

    Point.__module__ = "__main__"
    assert words_of(Point(1, "swordfish")) == "Point\nattributes: password: not shown, x: 1"


def test_of_a_model_of_pydantic_the_fields_are_told() -> None:
    class Order:
        """A stand-in, kept as pydantic keeps its own."""

        __pydantic_fields__ = {"number": object(), "city": object()}  # noqa: RUF012 - as it stands there

        def __init__(self, /, **_data: object) -> None:
            raise AssertionError

    assert words_of(Order) == "class Order(number, city) from tests"


def test_methods_partials_and_builtin_functions_are_named() -> None:
    assert words_of(functools.partial(print, "a")) == "partial of function print"
    assert words_of(len) == "function len"
    assert words_of([].append) == "function append"


def test_members_of_an_enumeration_are_objects_of_it() -> None:
    class Colour(enum.Enum):
        RED = 1

    assert describe(Colour.RED).head.startswith("Colour")
    assert "members: RED" in words_of(Colour)


def test_of_an_object_of_a_library_what_it_has_learned_is_told() -> None:
    class Regression:
        def __init__(self) -> None:
            self.depth, self.coef_, self._private = 1, [2], 3

    Regression.__module__ = "sklearn.linear_model"
    assert words_of(Regression()) == "Regression (sklearn)\nattributes: coef_"


def test_what_is_unknown_is_told_by_its_class_and_package() -> None:
    assert words_of(iter([])) == "list_iterator"
    assert words_of(pathlib.Path.cwd).startswith("method cwd")


def test_a_time_in_a_zone_of_the_users_making_is_told_without_asking_it() -> None:
    class Zone(dt.tzinfo):
        def utcoffset(self, _: dt.datetime | None) -> dt.timedelta:
            raise AssertionError

        dst = utcoffset

        def tzname(self, _: dt.datetime | None) -> str:
            raise AssertionError

    assert words_of(dt.datetime(2024, 1, 2, 3, 4, tzinfo=Zone())) == "datetime = 2024-01-02 03:04:00"
    assert words_of(dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.UTC)) == "datetime = 2024-01-02 03:04:00+00:00"
