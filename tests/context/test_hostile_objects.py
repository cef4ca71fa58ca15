"""Objects that compute, block, lie or burst when they are looked at. None of their code may run."""

from __future__ import annotations

import sys
import threading
import unittest.mock
import weakref
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # has no stubs
import pytest

from tests.context.telling import describe, tell, words_of
from tests.context.traps import TOUCHED, Shy, ShyArray, hostile, new, trap


@pytest.fixture(autouse=True)
def _nothing_is_touched() -> Any:
    TOUCHED.clear()
    yield
    assert TOUCHED == []


def test_an_object_is_told_by_its_class_and_none_of_its_code_runs() -> None:
    made: object = object.__new__(hostile())
    assert describe(made).head.startswith("Hostile")


@pytest.mark.parametrize(
    "base", [dict, list, tuple, set, frozenset, str, bytes, int, float, Exception, ModuleType]
)
def test_nor_that_of_a_subclass_of_a_builtin_type(base: type) -> None:
    made: object = new(hostile(base))
    assert "Hostile" in words_of(made)
    told = tell({"x": made, "held": [made], "keyed": {1: made}, "attribute": SimpleNamespace(inner_=made)})
    assert "Hostile" in told


@pytest.mark.parametrize("base", [pd.DataFrame, pd.Series, pl.DataFrame])
def test_nor_that_of_a_subclass_of_a_library_type(base: type) -> None:
    assert "Hostile" in words_of(object.__new__(hostile(base)))


def test_a_subclass_of_an_array_is_read_by_the_slots_of_the_array() -> None:
    made: np.ndarray[Any, Any] = np.ndarray.__new__(ShyArray, (2, 3))
    TOUCHED.clear()
    assert words_of(made) == "ShyArray (tests) of shape (2, 3), float64"


def test_nor_that_of_classes() -> None:
    assert words_of(hostile()).startswith("class Hostile(…)")


def _holding(*values: object) -> Any:
    cells = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        cells[i] = value
    return cells


def test_nor_that_of_values_in_a_table_or_an_array() -> None:
    cells = _holding(Shy(), None)
    frame, series = pd.DataFrame({"a": cells, "b": [1, 2]}), pd.Series(cells)
    TOUCHED.clear()  # making them may look at the values; telling of them may not
    told = words_of(frame)
    assert "'a': object, of Shy" in told
    assert "1 missing" in told
    assert words_of(cells) == "array of shape (2,), object"
    assert "Shy" in words_of(series)


def test_nor_that_of_labels() -> None:
    frame = pd.DataFrame([[1, 2]])
    frame.columns = pd.Index(_holding(Shy(), "b"))
    TOUCHED.clear()
    assert describe(frame).labels == ("<Shy (tests)>", "'b'")


def test_nor_that_of_default_arguments_and_attributes() -> None:
    made: object = object.__new__(hostile())

    def use(x: object = made, *, y: object = made) -> None: ...

    holder = SimpleNamespace(inner_=made)
    assert words_of(use) == "function use(x=…, *, y=…)"
    assert words_of(holder) == "SimpleNamespace (types)\nattributes: inner_"


def test_nor_that_of_the_name_and_the_module_of_a_function() -> None:
    class Name(str):
        __slots__ = ()
        __format__ = __eq__ = __hash__ = __str__ = trap("name")

    def use(x: object) -> None: ...

    def show() -> None: ...

    use.__module__ = object.__new__(hostile())  # as a decorator leaves it that copies a proxy's
    show.__name__, show.__module__ = Name("shown"), Name("__main__")
    told = tell({"use": use, "show": show, "held": [show]})
    assert "# use: function use(x)" in told
    assert "# show: function shown()" in told


def test_annotations_are_not_evaluated() -> None:
    def use(x: object) -> None: ...

    use.__annotations__["x"] = "TOUCHED.append('annotation')"
    assert words_of(use) == "function use(x)"


def test_an_object_that_blocks_is_never_waited_for() -> None:
    never, touched = threading.Event(), threading.Event()

    class Remote:
        def __getattribute__(self, name: str) -> object:
            touched.set()
            never.wait()
            raise AttributeError(name)

        @property  # type: ignore[misc]  # a lie that blocks
        def __class__(self) -> type:
            touched.set()
            never.wait()
            return str

        def __len__(self) -> int:
            touched.set()
            never.wait()
            return 0

    found: list[str] = []
    looker = threading.Thread(
        target=lambda: found.append(tell({"remote": Remote(), "df": [Remote()]})), daemon=True
    )
    looker.start()
    looker.join(8)
    blocked = looker.is_alive()
    never.set()
    assert not blocked
    assert not touched.is_set()
    assert "# remote: Remote" in found[0]


def test_a_class_that_lies_about_itself_is_told_as_what_it_is() -> None:
    class Pretender:
        __class__ = pd.DataFrame  # type: ignore[assignment]  # the lie

        @property
        def shape(self) -> tuple[int, int]:
            TOUCHED.append("shape")
            return 1, 1

    assert isinstance(Pretender(), pd.DataFrame)
    assert words_of(Pretender()).startswith("Pretender")


def test_proxies_are_not_followed() -> None:
    class Target:
        def __getattribute__(self, name: str) -> object:
            TOUCHED.append(name)
            return object.__getattribute__(self, name)

    target = Target()
    assert words_of(weakref.proxy(target)) == "ProxyType (weakref)"
    assert words_of(unittest.mock.MagicMock()).startswith("MagicMock (unittest)")


def test_a_class_with_its_own_dict_is_not_asked_for_it() -> None:
    class Local:
        @property
        def __dict__(self) -> dict[str, object]:  # type: ignore[override]  # as proxies do
            TOUCHED.append("__dict__")
            return {}

    assert words_of(Local()) == "Local (tests)"


def test_a_module_that_loads_itself_when_asked_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy(ModuleType):
        def __getattribute__(self, name: str) -> object:
            TOUCHED.append(name)
            raise AttributeError(name)

    lazy = ModuleType.__new__(Lazy)
    monkeypatch.setitem(sys.modules, "polars", lazy)
    assert "lazy" in tell({"lazy": lazy, "x": 1})


def test_a_module_with_a_getattr_function_is_not_asked() -> None:
    module = ModuleType("slow")
    module.__getattr__ = trap("module")  # type: ignore[method-assign]  # as lazy packages do
    assert "# Modules: slow" in tell({"slow": module})


def test_a_lazy_frame_is_not_collected() -> None:
    def burst(_: pl.DataFrame) -> pl.DataFrame:
        TOUCHED.append("collected")
        raise AssertionError

    lazy = pl.LazyFrame({"a": [1]}).map_batches(burst, schema={"a": pl.Int64})
    assert "LazyFrame" in tell({"lazy": lazy}, request="sum of lazy")


def test_objects_in_polars_and_types_of_arrow_that_python_defines_are_named_only() -> None:
    class Own(pa.ExtensionType):  # type: ignore[misc]  # its base is untyped
        def __init__(self) -> None:
            super().__init__(pa.int64(), "own")

        def __arrow_ext_serialize__(self) -> bytes:
            return b""

        def __str__(self) -> str:
            TOUCHED.append("str")
            return "own"

    stored = pa.ExtensionArray.from_storage(Own(), pa.array([1]))
    table, frame = pa.table({"x": stored}), pl.DataFrame({"o": pl.Series([Shy()], dtype=pl.Object)})
    TOUCHED.clear()
    assert "Own" in words_of(table)
    assert "'o': Object" in words_of(frame)


def test_a_dtype_of_the_users_making_is_named_only() -> None:
    class OwnDtype(pd.api.extensions.ExtensionDtype):
        type = object
        asked = False

        @property
        def name(self) -> str:  # type: ignore[override]  # as pandas says one should
            if OwnDtype.asked:
                TOUCHED.append("name")
            return "own"

        @classmethod
        def construct_array_type(cls) -> Any:
            return OwnArray

    class OwnArray(pd.api.extensions.ExtensionArray):
        dtype = OwnDtype()

        def __len__(self) -> int:
            return 1

        def __getitem__(self, item: Any) -> Any:
            if OwnDtype.asked and not isinstance(item, slice):
                TOUCHED.append("getitem")
            return self

        def copy(self) -> Any:
            return self

        def isna(self) -> Any:
            TOUCHED.append("isna")
            return np.array([False])

    frame = pd.DataFrame({"x": OwnArray(), "y": [1]})
    OwnDtype.asked = True
    assert words_of(frame).splitlines()[1:] == ["'x': OwnArray (tests)", "'y': int64, 1 to 1"]
