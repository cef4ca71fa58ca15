from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from nbcoder.bench.in_kernel.compare import Options, compare

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
STRICT = Options()


def same(expected: Any, found: Any, **options: Any) -> bool:
    return compare(expected, found, Options(**options)).same


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        1.5,
        float("nan"),
        float("inf"),
        True,
        "text",
        b"bytes",
        pd.NA,
        pd.NaT,
        pd.Timestamp("2020-01-01"),
        np.int64(3),
        np.bool_(0),
        np.array([1.0, np.nan, np.inf]),
        np.array(["a", None], dtype=object),
        [1, "a", [2]],
        (1, 2),
        {1, 2},
        {"a": 1, 2: [3]},
        FRAME,
        FRAME["a"],
        FRAME.index,
        FRAME.columns,
        csr_matrix(np.eye(3)),
    ],
    ids=repr,
)
def test_a_value_is_equal_to_itself_and_to_nothing_else(value: Any) -> None:
    assert same(value, value)
    assert not same(value, object())
    assert not same("something else", value)


@pytest.mark.parametrize(
    ("expected", "found", "options"),
    [
        (1, 1 + 1e-7, {}),
        (100, 101, {"rtol": 0.02}),
        (0, 0.01, {"atol": 0.02}),
        (0.9, 0.85, {"metrictol": 0.9}),
        (np.int32(2), 2.0, {}),
        (np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9]), {}),
        (np.array([1, 2]), np.array([1.0, 2.0]), {}),
        ([1, 2], (1, 2), {}),
        ([1, "a"], ["a", 1], {"ignore_order": True}),
        ({"a": 1}, {"b": 1}, {"ignore_index": True}),
        (5, [5], {"value_only": True}),
        (FRAME["a"], [1, 2], {"value_only": True}),
        (pd.Index([1, 2]), np.array([1, 2]), {"value_only": True}),
        (pd.DataFrame({"a": [7]}), 7, {"value_only": True}),
        (1, 2, {"type_only": True}),
        (FRAME, FRAME.iloc[::-1], {"ignore_order": True}),
        (FRAME, FRAME[["b", "a"]], {"ignore_order": True}),
        (FRAME, FRAME.set_axis([5, 6]), {"ignore_index": True}),
        (FRAME, FRAME.rename(columns={"a": "c"}), {"ignore_names": True}),
        (FRAME, FRAME.rename_axis("row"), {"ignore_names": True}),
        (FRAME, FRAME.astype({"a": "float32"}), {"ignore_dtypes": True}),
        (FRAME["a"], FRAME["a"].rename("other"), {"ignore_names": True}),
        (FRAME["a"], FRAME["a"].iloc[::-1], {"ignore_order": True}),
        (FRAME["a"], FRAME["a"].astype("int8"), {"ignore_dtypes": True}),
        (FRAME[["a"]], FRAME, {"match_partial": True}),
        (FRAME["b"], FRAME, {"match_partial": True}),
        ([1, 2], FRAME.set_index("a"), {"match_partial": True, "ignore_names": True}),
        (FRAME["a"], pd.Series(["p", "q"], index=pd.Index([1, 2], name="a")), {"match_partial": True}),
        (FRAME[["a"]], FRAME["a"], {"match_partial": True}),
    ],
)
def test_an_option_forgives_what_it_is_for_and_only_that(
    expected: Any, found: Any, options: dict[str, Any]
) -> None:
    assert same(expected, found, **options)
    if options:
        assert not same(expected, found)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (1, True),
        (1, "1"),
        (1.0, float("nan")),
        (0.9, 0.8),
        (np.array([1, 2]), np.array([2, 1])),
        (np.array([1, 2]), np.array([[1, 2]])),
        (np.array([1.0, np.nan]), np.array([np.nan, 1.0])),
        (np.array([1]), [1]),
        ([1, 2], [1]),
        ([1, 2], {1, 2}),
        ({1}, {2}),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        (FRAME, FRAME["a"]),
        (FRAME, FRAME.iloc[::-1]),
        (FRAME, FRAME.rename(columns={"a": "c"})),
        (FRAME, FRAME.astype({"a": "float64"})),
        (FRAME["a"], FRAME["a"].rename("other")),
        (FRAME.index, pd.Index([4, 5])),
        (csr_matrix(np.eye(3)), csr_matrix(np.eye(3) * 2)),
    ],
)
def test_different_values_are_told_apart_with_a_reason(expected: Any, found: Any) -> None:
    match = compare(expected, found, STRICT)
    assert not match.same
    assert match.why


@pytest.mark.parametrize(
    ("expected", "found", "options"),
    [
        ([1, 2], [1, 1], {"ignore_order": True}),
        (FRAME, FRAME.assign(a=[1, 3]), {"ignore_order": True, "ignore_names": True, "ignore_dtypes": True}),
        (FRAME, FRAME.drop(columns="a"), {"ignore_index": True}),
        (FRAME[["a"]], FRAME[["b"]], {"match_partial": True}),
        (FRAME["a"], FRAME[["b"]], {"match_partial": True}),
        ([9, 9], FRAME["a"], {"match_partial": True}),
        (5, [5, 6], {"value_only": True}),
        (1, 1.0, {"type_only": True}),
        (np.array([1]), np.array([1.0]), {"strict_type": True}),
        (0.9, 0.7, {"metrictol": 0.9}),
    ],
)
def test_an_option_does_not_forgive_wrong_values(expected: Any, found: Any, options: dict[str, Any]) -> None:
    assert not same(expected, found, **options)


def test_comparing_changes_neither_value() -> None:
    found = FRAME.rename(columns={"a": "c"}).rename_axis("row")
    before = found.copy()
    compare(FRAME, found, STRICT.loosened())
    pd.testing.assert_frame_equal(found, before)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=10,
)


@given(JSON)
def test_every_plain_value_is_equal_to_itself(value: Any) -> None:
    assert same(value, value)
    assert same(value, value, value_only=True)
    assert same([value, 1], [value, 1], match_partial=True)
