"""Code that makes the user's data anew is told from code that uses it."""

from __future__ import annotations

import pandas as pd
import pytest

from nbcoder.suggest.asked.anew import made_up, read_anew

_LIVE = {"pd": pd, "sales": pd.DataFrame({"units": [1]}), "units": [1], "total": 3, "best": pd.Series([1])}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("sales = pd.DataFrame({'units': [5]})\nsales.head()", ("sales",)),
        ("data = {'units': [5]}\nsales = pd.DataFrame(data)", ("sales",)),
        ("sales = pd.DataFrame()", ("sales",)),
        ("units = [4, 5]\nsum(units)", ("units",)),
        ("units = []\nfor x in sales.units:\n    units.append(x)", ()),
        ("total = 0\nfor x in units:\n    total += x", ()),
        ("best = sales.units", ()),
        ("sales = sales.dropna()", ()),
        ("for sales in [1]:\n    pass", ()),
        ("sales = pd.read_csv('x', names=['a'])", ()),
        ("sales = (", ()),
    ],
)
def test_invented_data_is_found(code: str, names: tuple[str, ...]) -> None:
    assert made_up(code, set(_LIVE), _LIVE) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("sales = pd.read_csv('x')", ("sales",)),
        ("units = open('x').read().split()", ("units",)),
        ("other = pd.read_csv('x')", ()),
        ("sales = sales.merge(pd.read_csv('x'))", ()),
    ],
)
def test_data_that_is_read_once_more_is_found(code: str, names: tuple[str, ...]) -> None:
    assert read_anew(code, set(_LIVE), _LIVE) == names
