"""What an import that is missing must not cost: the time for it is the dry run's own."""

from __future__ import annotations

import ast
import sys

import pytest

from nbcoder.suggest.repair.imports import missing_import


def _missing(name: str, code: str) -> str:
    return missing_import(name, ast.parse(code))


def test_to_find_a_name_its_package_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    line = "from sklearn.model_selection import train_test_split"
    assert _missing("train_test_split", "train_test_split(x)") == line
    assert "sklearn" not in sys.modules


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("time", "time + 1"),
        ("random", "random.nothing_like_that()"),
        ("antigravity", "antigravity.geohash(1)"),
        ("mean", "mean(x)"),
    ],
)
def test_what_may_be_a_variable_is_not_imported(name: str, code: str) -> None:
    assert _missing(name, code) == ""
