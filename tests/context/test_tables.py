"""Frames, series and their kin of pandas, polars and Arrow."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # has no stubs
import pytest

from tests.context.telling import describe, words_of


def test_of_a_frame_size_columns_types_ranges_and_examples_are_told() -> None:
    frame = pd.DataFrame(
        {
            "city": ["Bern", "Genf", "Basel", "Bern"],
            "sales": [0.5, 998.1, None, 3.0],
            "day": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "NaT"]),
            "open": [True, False, True, True],
            "people": [1, 2, 3, 4],
        }
    )
    assert words_of(frame).splitlines() == [
        "DataFrame, 4 rows x 5 columns",
        "'city': str, 3 distinct: 'Bern', 'Genf', 'Basel'",
        "'sales': float64, 0.5 to 998.1, 1 missing",
        "'day': datetime64[us], 2024-01-01 to 2024-03-01, 1 missing",
        "'open': bool",
        "'people': int64, 1 to 4",
    ]


def test_text_that_looks_like_dates_or_numbers_is_called_so() -> None:
    frame = pd.DataFrame({"day": ["2024-01-02", "2024-01-03"], "price": ["$2.39 ", "$3.00 "]}, dtype=object)
    assert words_of(frame).splitlines()[1:] == [
        "'day': object, dates as text, e.g. '2024-01-02', '2024-01-03'",
        "'price': object, numbers as text, e.g. '$2.39 ', '$3.00 '",
    ]


def test_levels_of_a_category_are_told() -> None:
    column = pd.Categorical(["low", "high"], categories=["low", "high", "top"], ordered=True)
    assert (
        words_of(pd.DataFrame({"c": column})).splitlines()[1]
        == "'c': category, 3 ordered levels: 'low', 'high', 'top'"
    )


def test_the_plain_index_goes_without_saying_and_any_other_is_told() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    assert "index" not in words_of(frame)
    assert words_of(frame.set_index(pd.Index(["x", "y"], name="key_name"))).endswith(
        "index: named 'key_name', str, 'x' to 'y'"
    )
    assert "index: DatetimeIndex" in words_of(frame.set_index(pd.to_datetime(["2024-01-01", "2024-01-02"])))
    both = frame.set_index(pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["p", "q"]))
    assert "index: MultiIndex, level 0 'p': str, first 'x'; level 1 'q': int64, first 1" in words_of(both)


def test_column_names_are_told_as_code_would_write_them() -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=["it's", 7, ("a", "b")])
    assert describe(frame).labels == ('"it\'s"', "7", "('a', 'b')")


def test_columns_beyond_the_first_are_named() -> None:
    frame = pd.DataFrame(np.zeros((2, 500)), columns=[f"c{i}" for i in range(500)])
    lines = words_of(frame).splitlines()
    assert lines[40] == "'c39': float64, 0 to 0"
    assert lines[41].startswith("other columns: 'c40', 'c41'")
    assert lines[41].endswith("and 200 more")


def test_of_a_long_column_ranges_and_missing_values_are_about_right() -> None:
    values = np.arange(3_000_000, dtype=float)
    values[::3] = np.nan
    told = words_of(pd.DataFrame({"v": values}))
    assert "about 33.3% missing" in told


def test_objects_in_a_column_are_told_by_their_types() -> None:
    frame = pd.DataFrame({"parts": [["a"], ["b", "c"], None]})
    assert (
        words_of(frame).splitlines()[1]
        == "'parts': object, of list, e.g. list of 1 str, list of 2 str, 1 missing"
    )


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (pd.array([1, None, 3], dtype="Int64"), "Int64, 1 to 3, 1 missing"),
        (pd.array([True, None], dtype="boolean"), "boolean, 1 missing"),
        (pd.array(["a", None], dtype="string"), "string, e.g. 'a', 1 missing"),
        (pd.to_datetime(["2024-01-01"]).tz_localize("UTC"), "2024-01-01 00:00:00+00:00"),
        (
            pd.to_timedelta(["1 day", "2 days"]).as_unit("ns"),
            "timedelta64[ns], 1 day, 0:00:00 to 2 days, 0:00:00",
        ),
        (
            pd.to_datetime(["2024-01-01", "2024-01-02"]).as_unit("ns"),
            "datetime64[ns], 2024-01-01 to 2024-01-02",
        ),
        (pd.to_datetime(["2024-01-01 10:30"]).as_unit("s"), "datetime64[s], 2024-01-01 10:30:00 to"),
        (pd.to_datetime(["NaT"]).as_unit("ns"), "datetime64[ns], all missing"),
        (pd.period_range("2024-01", periods=2, freq="M"), "period[M], 2024-01 to 2024-02"),
        (pd.interval_range(0, 2), "interval[int64, right]"),
        (pd.Series([1, None], dtype="int64[pyarrow]"), "int64[pyarrow], 1 to 1, 1 missing"),
        ([float("nan")] * 2, "float64, all missing"),
        (np.array([np.nan, np.nan], dtype="float32"), "float32, all missing"),
        ([None, None], "object, all missing"),
        (pd.Series(["a", None], dtype=pd.ArrowDtype(pa.string())), "string[pyarrow], e.g. 'a', 1 missing"),
        ([1 + 2j], "complex128"),
        ([], "float64"),
    ],
)
def test_every_type_of_column_is_told(column: object, told: str) -> None:
    assert told in words_of(pd.DataFrame({"x": column})).splitlines()[1]


def test_of_a_series_name_type_and_examples_are_told() -> None:
    series = pd.Series(["a", "b", "a"], name="grade", index=[5, 6, 7])
    assert words_of(series) == "Series 'grade', 3 rows, str, 2 distinct: 'a', 'b'\nindex: int64, 5 to 7"


def test_of_groups_their_keys_and_the_columns_are_told() -> None:
    frame = pd.DataFrame({"city": ["a"], "year": [1], "sales": [2]})
    assert words_of(frame.groupby(["city", "year"])).splitlines() == [
        "DataFrameGroupBy by 'city', 'year' of DataFrame, 1 rows x 3 columns",
        "columns: 'city', 'year', 'sales'",
    ]
    assert words_of(frame.groupby("city")["sales"]).startswith("SeriesGroupBy by 'city' of Series 'sales'")


def test_an_index_a_categorical_and_an_empty_frame_are_told() -> None:
    assert words_of(pd.Index([1, 2])) == "Index, 2 entries, int64, 1 to 2"
    assert words_of(pd.Categorical(["a"])) == "Categorical, 1 values, 1 levels: 'a'"
    assert words_of(pd.DataFrame()) == "DataFrame, 0 rows x 0 columns"


def test_values_under_the_name_of_a_secret_are_not_shown() -> None:
    frame = pd.DataFrame({"password": ["hunter2"], "user": ["ann"]})
    assert "hunter2" not in words_of(frame)
    assert "'ann'" in words_of(frame)
    assert "hunter2" not in words_of(pl.DataFrame({"password": ["hunter2"]}))
    assert "hunter2" not in words_of(pa.table({"password": ["hunter2"]}))


def test_of_a_polars_frame_size_columns_types_and_examples_are_told() -> None:
    frame = pl.DataFrame(
        {
            "city": ["Bern", "Genf", "Bern"],
            "sales": [1.5, None, 3.0],
            "day": [dt.date(2024, 1, 1)] * 3,
            "l": [[1]] * 3,
        }
    )
    assert words_of(frame).splitlines() == [
        "polars DataFrame, 3 rows x 4 columns",
        "'city': String, 2 distinct: 'Bern', 'Genf'",
        "'sales': Float64, 1.5 to 3, 1 missing",
        "'day': Date, 2024-01-01 to 2024-01-01",
        "'l': List(Int64)",
    ]


def test_a_polars_series_is_told_and_a_lazy_frame_is_only_named() -> None:
    assert words_of(pl.Series("n", [1, 2])) == "polars Series 'n', 2 rows, Int64, 1 to 2"
    assert words_of(pl.LazyFrame({"a": [1]})) == "polars LazyFrame, not collected"


def test_of_an_arrow_table_size_columns_types_and_examples_are_told() -> None:
    day = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - a time without zone is meant
    table = pa.table({"city": ["Bern", None], "n": [1, 2], "day": [day] * 2})
    assert words_of(table).splitlines() == [
        "pyarrow Table, 2 rows x 3 columns",
        "'city': string, e.g. 'Bern', 1 missing",
        "'n': int64, 1 to 2",
        "'day': timestamp[us]",
    ]
    assert words_of(table["n"]) == "pyarrow ChunkedArray, 2 values, int64, 1 to 2"
    assert words_of(pa.array([1.5])) == "pyarrow DoubleArray, 1 values, double, 1.5 to 1.5"
    assert words_of(table.to_batches()[0]).startswith("pyarrow RecordBatch, 2 rows x 3 columns")


def test_inside_a_container_a_table_is_told_by_its_size() -> None:
    assert (
        words_of([pd.DataFrame({"a": [1]})]) == "list of 1 DataFrame (pandas): DataFrame, 1 rows x 1 columns"
    )


def test_of_a_type_with_many_parts_the_beginning_is_told() -> None:
    levels = pl.Enum([f"level_{i}" for i in range(1_000)])
    frame = pl.DataFrame({"one": [{f"field_{i}": i for i in range(1_000)}]})
    for table in (frame, frame.to_arrow(), pl.DataFrame({"one": pl.Series(["level_1"], dtype=levels)})):
        assert len(words_of(table)) < 400
    assert "'one': Enum of 1000 levels, e.g. 'level_1'" in words_of(table)
