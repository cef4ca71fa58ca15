"""What tables carry along, and what they are made of, may be anybody's: none of its code runs."""

from __future__ import annotations

import datetime as dt
import struct
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]  # has no stubs
import pytest

from nbcoder.suggest.asked.glossary import terms
from nbcoder.suggest.asked.labels import label_of
from nbcoder.suggest.asked.layout import read_layout
from nbcoder.suggest.asked.mentions import look
from nbcoder.suggest.asked.spoken_columns import spoken_columns
from nbcoder.suggest.data.tables import is_table
from tests.context.telling import tell, words_of
from tests.context.traps import TOUCHED, Shy, hostile, trap

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW_SECONDS = 0.1
_REQUEST = "How many orders are in 'Basel', from city to order_id, by the column city? The frequency of it?"


@pytest.fixture(autouse=True)
def _nothing_is_touched() -> Iterator[None]:
    TOUCHED.clear()
    yield
    assert TOUCHED == []


class _Kept:
    """Whoever copies, compares or shows it is noted."""

    def __eq__(self, other: object) -> bool:
        TOUCHED.append("eq")
        return self is other

    def __hash__(self) -> int:
        TOUCHED.append("hash")
        return 7

    __deepcopy__ = __copy__ = __reduce_ex__ = __repr__ = __len__ = trap("kept")


def _frame() -> pd.DataFrame:
    return pd.DataFrame({"city": ["Bern", "Basel"], "order_id": [1, 1]})


def _asked_for_everything(table: Any) -> str:
    namespace = {"df": table, "group": table.groupby(level=0), "held": [table]}
    TOUCHED.clear()  # making them may ask; telling of them may not
    told = tell(namespace, request=_REQUEST)
    told += "\n".join(terms(_REQUEST, namespace))
    assert spoken_columns(_REQUEST, namespace) == (("city",) if table.ndim > 1 else ())
    assert read_layout("with city as index", namespace).index == ("city" if table.ndim > 1 else "")
    assert look({"df": table}, ["Basel"]) == [("Basel", "df['city']" if table.ndim > 1 else "df")]
    assert label_of(namespace, "city") == ("city" if table.ndim > 1 else "")
    return told


def test_what_the_user_put_into_the_attributes_of_a_table_is_not_copied() -> None:
    frame = _frame()
    frame.attrs = {"kept": _Kept(), "class": hostile(), "lock": threading.Lock()}
    told = _asked_for_everything(frame)
    assert "'order_id': int64, 1 to 1" in told
    assert "df['order_id'].nunique() counts them once" in told


def test_nor_what_is_in_those_of_a_series() -> None:
    series = pd.Series(["Bern", "Basel"])
    series.attrs = {"kept": _Kept(), "lock": threading.Lock()}
    assert "'Bern', 'Basel'" in _asked_for_everything(series)


def test_it_costs_nothing_however_much_that_is() -> None:
    frame = _frame()
    frame.attrs = {"steps": [{"number": i} for i in range(300_000)]}
    start = time.thread_time()
    assert "'order_id': int64, 1 to 1" in words_of(frame)
    assert time.thread_time() - start < _FEW_SECONDS


def test_objects_in_a_table_in_its_index_and_in_its_labels_are_not_asked() -> None:
    frame = _frame().assign(held=pd.Series([_Kept(), _Kept()], dtype=object))
    names = np.array(["city", "order_id", _Kept()], dtype=object)
    frame.columns = pd.Index(names, dtype=object)
    frame.index = pd.MultiIndex.from_arrays([[1, 2], [_Kept(), _Kept()]], names=["n", _Kept()])
    TOUCHED.clear()
    told = _asked_for_everything(frame)
    assert "<_Kept (tests)>: object, of _Kept (tests)" in told
    assert "index: MultiIndex, level 0 'n': int64, first 1; level 1 <_Kept (tests)>: object" in told


def test_columns_of_several_levels_with_hostile_names_are_told() -> None:
    frame = pd.DataFrame([[1, 2]])
    frame.columns = pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")], names=[_Kept(), _Kept()])
    TOUCHED.clear()
    assert words_of(frame).splitlines()[1:] == ["('a', 'b'): int64, 1 to 1", "('a', 'c'): int64, 2 to 2"]


class _Zone(dt.tzinfo):
    def utcoffset(self, _: dt.datetime | None) -> dt.timedelta:
        TOUCHED.append("offset")
        return dt.timedelta(hours=1)

    dst = utcoffset

    def tzname(self, _: dt.datetime | None) -> str:
        TOUCHED.append("name")
        return "own"

    __str__ = __repr__ = trap("zone")


class _Array(np.ndarray):
    def __getitem__(self, item: Any) -> Any:
        TOUCHED.append("item")
        return super().__getitem__(item)

    def __array_finalize__(self, obj: object) -> None:
        TOUCHED.append("finalize")


class _Index(pd.Index):
    def __len__(self) -> int:
        TOUCHED.append("length")
        return super().__len__()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (lambda: pd.DatetimeIndex(["2024-01-01"]).tz_localize(_Zone()), "DatetimeTZDtype of _Zone (tests)"),
        (lambda: pd.Categorical([_Kept()]), "category, 1 levels: _Kept (tests)"),
        (lambda: np.arange(1.0).view(_Array), "float64, 0 to 0"),
        (lambda: pd.array([_Kept()], dtype=object), "object, of _Kept (tests), e.g. _Kept (tests)"),
        (lambda: pd.arrays.SparseArray([1], fill_value=0), "Sparse[int64, 0], 1 to 1"),
        (lambda: pd.Series([[1]], dtype=pd.ArrowDtype(pa.list_(pa.int64()))), "list<"),
    ],
)
def test_types_with_something_of_the_users_are_named(values: Any, told: str) -> None:
    made = values()
    series = pd.Series(made)
    frame = series.to_frame("x")
    TOUCHED.clear()
    assert f"rows, {told}" in words_of(series)
    assert f"'x': {told}" in words_of(frame)


def test_an_index_of_a_users_class_is_named_and_the_columns_are_told() -> None:
    frame = _frame()
    index = _Index._simple_new(np.array(["a", "b"], dtype=object))  # type: ignore[attr-defined]  # no stub
    frame.index = index
    assert type(frame.index) is _Index
    TOUCHED.clear()
    told = words_of(frame)
    assert told.splitlines()[0] == "DataFrame, 2 rows x 2 columns"
    assert told.splitlines()[2:] == ["'order_id': int64, 1 to 1", "index: _Index (tests)"]
    assert look({"df": frame}, ["Basel"]) == [("Basel", "df['city']")]


def test_so_is_one_of_the_columns() -> None:
    frame = pd.DataFrame([[1]])
    frame.columns = _Index._simple_new(np.array(["a"], dtype=object))  # type: ignore[attr-defined]  # no stub
    TOUCHED.clear()
    assert words_of(frame) == "DataFrame with columns in _Index (tests)"


def test_text_that_stands_for_a_missing_one_in_an_array_is_not_asked_for() -> None:
    class Gone:
        is_asked = False

        def __repr__(self) -> str:
            TOUCHED.extend(["repr"] * Gone.is_asked)
            return "gone"

    array = np.array(["a"], dtype=np.dtypes.StringDType(na_object=Gone()))
    Gone.is_asked = True
    assert words_of(array) == "array of shape (1,), StringDType"


def test_a_time_in_a_strange_zone_is_told_by_its_type() -> None:
    stamp = pd.Timestamp("2024-01-01", tz=_Zone())
    TOUCHED.clear()
    assert words_of(stamp) == "Timestamp (pandas)"


def test_labels_that_are_hostile_leave_the_others_to_be_told() -> None:
    frame = pd.DataFrame([[1, 2]])
    labels = np.empty(2, dtype=object)
    labels[:] = [Shy(), "b"]
    frame.columns = pd.Index(labels)
    TOUCHED.clear()
    assert "'b': int64, 2 to 2" in words_of(frame)


@pytest.mark.parametrize("kind", [pd.DataFrame, pd.Series])
def test_a_table_that_was_never_filled_is_told_by_its_type(kind: type) -> None:
    namespace = {"never": object.__new__(kind), "df": _frame()}
    told = tell(namespace, request=_REQUEST)
    assert f"# never: {kind.__name__} (pandas)" in told
    assert label_of(namespace, "city") == "city"
    assert not is_table(namespace["never"])
    assert is_table(namespace["df"])
    assert is_table(pd.Series([1]))


class _Own(pd.DataFrame):
    """As libraries and users build on a frame; none of it may run."""

    columns = property(trap("columns"))
    _constructor = property(trap("constructor"))
    __len__ = __getitem__ = __repr__ = trap("own")


class _OwnColumn(pd.Series):
    name = property(trap("name"))
    __len__ = __getitem__ = trap("own")


def _made_of(cls: type, table: Any, **more: object) -> Any:
    """``table`` as an object of that class, made without its code."""
    made: Any = object.__new__(cls)
    vars(made).update(_mgr=table._mgr, **more)
    return made


def test_of_a_table_of_a_class_that_builds_on_a_frame_the_columns_are_told() -> None:
    frame = _made_of(_Own, pd.DataFrame({"city": ["Bern"], "n": [7], "password": ["swordfish"]}))
    column = _made_of(_OwnColumn, pd.Series([7, 8]), _name="n")
    told = tell({"df": frame, "n": column, "held": [frame], "text": "a swordfish"})
    assert "# df: _Own (tests), a kind of pandas DataFrame, 1 rows x 3 columns\n#   'city': str" in told
    assert "# n: _OwnColumn (tests), a kind of pandas Series, 2 rows, int64, 7 to 8" in told
    assert "swordfish" not in told


_NO_TEXT = pa.StringArray.from_buffers(1, pa.py_buffer(struct.pack("<ii", 0, 2)), pa.py_buffer(b"\xff\xfe"))
"""As old tools have written it to files, in another encoding than they say."""
_OF_PANDAS = pd.Series(_NO_TEXT, dtype=pd.ArrowDtype(pa.string()))


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"password": _NO_TEXT, "city": _NO_TEXT, "n": [7]}),
        pd.DataFrame({"password": _OF_PANDAS, "city": _OF_PANDAS, "n": [7]}),
    ],
    ids=["arrow", "pandas"],
)
def test_a_column_of_broken_texts_leaves_the_others_to_be_told(table: object) -> None:
    told = tell({"df": table, "passwords": _OF_PANDAS, "keys": [_NO_TEXT], "api_key": _NO_TEXT})
    assert "#   'city': not looked into\n#   'n': int64, 7 to 7" in told


def test_so_does_an_index_of_them() -> None:
    frame = pd.DataFrame({"n": [7]}, index=pd.Index(_OF_PANDAS))
    assert "# df: DataFrame" in tell({"df": frame, "api_key": frame.index})
