"""Values that are not yet what was asked for are told by how the notebook shows them."""

from __future__ import annotations

import pandas as pd
import pytest

from nbcoder.dryrun import Report
from nbcoder.suggest.demands import complaints
from nbcoder.suggest.wish import read_wish

_SALES = pd.DataFrame({"city": ["Oslo", "Bern"], "units": [1, 2]})


def _complaints(value: object) -> str:
    shown = {"output_type": "execute_result", "data": {"text/plain": repr(value)}}
    wish = read_wish("What is the total of units for each city?", {"sales": _SALES})
    return " ".join(complaints(Report("ok", outputs=(shown,)), wish))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (_SALES.groupby("city"), "nothing is computed"),
        (_SALES.groupby("city")["units"], "nothing is computed"),
        (_SALES["units"].rolling(2), "nothing is computed"),
        (_SALES["units"].sum, "as in sum()"),
        (map(str, [1]), "make it a list"),
        ((one for one in [1]), "make it a list"),
    ],
)
def test_a_value_that_is_not_computed_yet_does_not_do(value: object, told: str) -> None:
    assert told in _complaints(value)


@pytest.mark.parametrize("value", [_SALES, _SALES.groupby("city")["units"].sum(), [1, 2], 3, "<generator>"])
def test_what_is_there_does(value: object) -> None:
    assert not _complaints(value)
