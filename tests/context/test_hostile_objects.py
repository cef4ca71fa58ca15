"""Objects that compute, block, lie or burst when they are looked at. None of their code may run."""

from __future__ import annotations

import sys
import threading
import unittest.mock
import weakref
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # has no stubs
import pytest

from nbcoder.context import Situation, collect
from tests.context.telling import cell, describe, prompt, tell, words_of

if TYPE_CHECKING:
    from pathlib import Path

TOUCHED: list[str] = []


def _trap(name: str) -> Any:
    def method(*_: object, **__: object) -> Any:
        TOUCHED.append(name)
        raise RuntimeError(name)

    return method


_DUNDERS = [
    f"__{name}__"
    for name in (
        *(
            "getattr",
            "getattribute",
            "setattr",
            "delattr",
            "dir",
            "repr",
            "str",
            "format",
            "bytes",
            "bool",
            "len",
        ),
        *(
            "iter",
            "next",
            "contains",
            "getitem",
            "length_hint",
            "eq",
            "ne",
            "lt",
            "hash",
            "int",
            "float",
            "index",
        ),
        *("call", "get", "enter", "exit", "sizeof", "reduce", "reduce_ex", "fspath", "instancecheck"),
        *("array", "array_ufunc", "array_interface", "arrow_c_stream", "dataframe"),
    )
]


class _HostileMeta(type):
    """A class whose class bursts, too."""


for _name in ("getattribute", "repr", "instancecheck", "subclasscheck", "len", "iter", "eq"):
    setattr(_HostileMeta, f"__{_name}__", _trap(f"meta {_name}"))
_HostileMeta.__hash__ = lambda self: object.__hash__(self)  # type: ignore[method-assign]  # noqa: PLW0108 - types are looked up in dicts


def _hostile(*bases: type, **more: Any) -> type:
    body = {name: _trap(name) for name in _DUNDERS} | {
        name: property(_trap(name))
        for name in (
            "__class__",
            "__dict__",
            "shape",
            "dtype",
            "columns",
            "dtypes",
            "name",
            "__version__",
            "_fields",
        )
    }
    return _HostileMeta("Hostile", bases, body | more)


def _new(cls: type) -> object:
    base = next(base for base in type.__dict__["__mro__"].__get__(cls)[1:] if base is not object)
    return base.__new__(cls)


class Shy:
    """Bears being put into a table or an array; once that is done, `TOUCHED` is emptied, and it is a trap."""

    def __getattribute__(self, name: str) -> Any:
        TOUCHED.append(name)
        return object.__getattribute__(self, name)

    def __eq__(self, other: object) -> bool:
        TOUCHED.append("__eq__")
        return self is other

    def __hash__(self) -> int:
        TOUCHED.append("__hash__")
        return 1

    def __repr__(self) -> str:
        TOUCHED.append("__repr__")
        return "Shy()"


class ShyArray(np.ndarray):
    """An array whose own words are traps."""

    shape = property(_trap("shape"))
    dtype = property(_trap("dtype"))
    __len__ = __getitem__ = __repr__ = __iter__ = tolist = _trap("array")


@pytest.fixture(autouse=True)
def _nothing_is_touched() -> Any:
    TOUCHED.clear()
    yield
    assert TOUCHED == []


def test_an_object_is_told_by_its_class_and_none_of_its_code_runs() -> None:
    made: object = object.__new__(_hostile())
    assert describe(made).head.startswith("Hostile")


@pytest.mark.parametrize(
    "base", [dict, list, tuple, set, frozenset, str, bytes, int, float, Exception, ModuleType]
)
def test_nor_that_of_a_subclass_of_a_builtin_type(base: type) -> None:
    made: object = _new(_hostile(base))
    assert "Hostile" in words_of(made)
    told = tell({"x": made, "held": [made], "keyed": {1: made}, "attribute": SimpleNamespace(inner_=made)})
    assert "Hostile" in told


@pytest.mark.parametrize("base", [pd.DataFrame, pd.Series, pl.DataFrame])
def test_nor_that_of_a_subclass_of_a_library_type(base: type) -> None:
    assert "Hostile" in words_of(object.__new__(_hostile(base)))


def test_a_subclass_of_an_array_is_read_by_the_slots_of_the_array() -> None:
    made: np.ndarray[Any, Any] = np.ndarray.__new__(ShyArray, (2, 3))
    TOUCHED.clear()
    assert words_of(made) == "ShyArray (tests) of shape (2, 3), float64"


def test_nor_that_of_classes() -> None:
    assert words_of(_hostile()).startswith("class Hostile(…)")


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
    made: object = object.__new__(_hostile())

    def use(x: object = made, *, y: object = made) -> None: ...

    holder = SimpleNamespace(inner_=made)
    assert words_of(use) == "function use(x=…, *, y=…)"
    assert words_of(holder) == "SimpleNamespace (types)\nattributes: inner_"


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
    module.__getattr__ = _trap("module")  # type: ignore[method-assign]  # as lazy packages do
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
    assert words_of(frame).splitlines()[1:] == ["'x': OwnDtype (tests)", "'y': int64, 1 to 1"]


def test_a_frame_with_a_million_columns_is_told_quickly() -> None:
    columns = [f"c{i}" for i in range(1_000_000)]
    frame = pd.DataFrame(np.zeros((1, 1_000_000)), columns=columns)
    told = prompt({"df": frame}, request="mean of c3")
    assert "DataFrame, 1 rows x 1000000 columns" in told.text
    assert told.tokens <= 4000


def test_a_text_of_two_hundred_megabytes_is_not_copied() -> None:
    huge, raw = "ab " * 70_000_000, bytearray(200_000_000)
    told = tell({"huge": huge, "raw": raw, "held": [huge], "password_text": huge})
    assert "# huge: str of 210000000 characters" in told
    assert "# raw: bytearray of 200000000 bytes" in told


def test_a_huge_cell_and_a_huge_output_are_cut() -> None:
    told = prompt({}, [cell("x = '" + "a b" * 5_000_000 + "'", 1, "out " * 5_000_000)])
    assert told.tokens < 4000
    assert "left out" in told.text


def test_names_that_mean_something_in_other_languages_are_just_names() -> None:
    told = tell({"var": 1, "function": 2, "null": 3, "let": 4, "end": 5, "df": "not a frame"})
    for line in ("var: int = 1", "function: int = 2", "null: int = 3", "df: str = 'not a frame'"):
        assert f"# {line}" in told


def test_names_that_code_cannot_use_are_left_out() -> None:
    namespace: dict[Any, object] = {"class": 1, "not a name": 2, "": 3, 5: 4, "good": 5}
    told = tell(namespace)
    assert "good: int = 5" in told
    assert "class" not in told
    assert "not a name" not in told


def test_a_name_that_is_no_plain_string_is_not_looked_at() -> None:
    class Name(str):
        __slots__ = ()

        def isidentifier(self) -> bool:
            TOUCHED.append("isidentifier")
            return True

    assert "good" in tell({Name("bad"): 1, "good": 2})


def test_a_dict_that_changes_while_it_is_read_is_told_anyhow() -> None:
    shared: dict[str, object] = {f"k{i}": i for i in range(100)}
    stop = threading.Event()

    def change() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            shared[f"n{number % 50}"] = number
            shared.pop(f"n{(number + 25) % 50}", None)

    changer = threading.Thread(target=change, daemon=True)
    changer.start()
    try:
        for _ in range(100):
            assert "shared: dict" in tell({"shared": shared})
    finally:
        stop.set()
        changer.join()


def test_ten_thousand_variables_are_told_within_the_budget() -> None:
    told = prompt({f"value_{i}": i for i in range(10_000)}, request="sum of value_77 and value_9")
    assert told.tokens <= 4000
    assert "# value_77: int = 77" in told.text
    assert any("variables left out" in part.cut for part in told.parts)


def test_a_class_with_a_name_of_many_lines_stays_on_one() -> None:
    made = type("A\n# %%\nimport os", (), {})()
    assert all(line.startswith("#") for line in tell({"made": made}).splitlines() if line)


def test_nothing_is_kept_alive() -> None:
    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    context = collect(Situation(namespace={"thing": thing, "held": [thing]}))
    del thing
    assert gone() is None
    assert context.variables


def test_two_hundred_threads_and_a_deleted_file_change_nothing(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "numbers", dtype="float64", mode="w+", shape=(10,))
    opened = (tmp_path / "log").open("w")
    (tmp_path / "numbers").unlink()
    (tmp_path / "log").unlink()
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait, daemon=True) for _ in range(200)]
    for thread in threads:
        thread.start()
    try:
        told = tell({"mapped": mapped, "opened": opened, "threads": threads, "stop": stop})
    finally:
        stop.set()
        opened.close()
        for thread in threads:
            thread.join()
    assert "# mapped: memmap (numpy) of shape (10,), float64" in told
    assert "# opened: TextIOWrapper (_io)" in told
    assert "# threads: list of 200 Thread (threading)" in told
