"""What is a secret by its name is known wherever it is held, within a bound of time, and nothing is run."""

from __future__ import annotations

import collections
import dataclasses
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # has no stubs
import pytest

from nbcoder.context import Situation
from nbcoder.context.collect import collect
from nbcoder.context.names import sort_names
from nbcoder.context.secrets.known import known_secrets
from tests.context.telling import cell, notebook, tell
from tests.context.traps import TOUCHED, hostile, new

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "Zq7hunter9"  # noqa: S105 - made up


@dataclasses.dataclass
class _Login:
    user: str
    password: str


class _Pair(NamedTuple):
    user: str
    password: str


class _Slotted:
    __slots__ = ("password", "user")

    def __init__(self) -> None:
        self.password = SECRET

    def __str__(self) -> str:
        return "an object with slots"


class _Settings:
    USER = "ann"
    DB_PASSWORD = SECRET


for _cls in (_Login, _Pair, _Slotted, _Settings):
    _cls.__module__ = "__main__"

_FRAME = pd.DataFrame({"user": ["ann"], "password": [SECRET]})
_LEVELS = pd.DataFrame(
    [["ann", SECRET]], columns=pd.MultiIndex.from_tuples([("login", "user"), ("login", "password")])
)


@pytest.mark.parametrize(
    "namespace",
    [
        {"turned": _FRAME.T},
        {"frame": _FRAME, "copy": SECRET},
        {"row": pd.Series({"user": "ann", "password": SECRET})},
        {"levels": _LEVELS},
        {"passwords": pd.Series([SECRET])},
        {"passwords": pd.Index([SECRET])},
        {"passwords": np.array([SECRET])},
        {"passwords": np.array([SECRET], dtype=object)},
        {"passwords": pd.Categorical([SECRET])},
        {"passwords": collections.deque([SECRET])},
        {"password": bytearray(SECRET.encode())},
        {"passwords": {"ann": SECRET}},
        {"creds": ("ann", SECRET)},
        {"tokens": {SECRET: "ann"}},
        {"settings": {"db": {"main": {"password": SECRET}}}},
        {"rows": [{"user": "ann", "password": SECRET}]},
        {"settings": collections.OrderedDict(password=SECRET)},
        {"login": _Login("ann", SECRET)},
        {"login": _Pair("ann", SECRET)},
        {"login": _Slotted()},
        {"Settings": _Settings},
        {"logins": [_Login("ann", SECRET)]},
        {"of_polars": pl.from_pandas(_FRAME), "copy": SECRET},
        {"passwords": pl.Series("a", [SECRET]), "copy": SECRET},
        {"of_arrow": pa.table({"user": ["ann"], "password": [SECRET]}), "copy": SECRET},
        {"batch": pa.record_batch({"user": ["ann"], "password": [SECRET]}), "copy": SECRET},
        {"passwords": pa.chunked_array([[SECRET]]), "copy": SECRET},
    ],
    ids=lambda namespace: ", ".join(f"{name} {held}" for name, held in namespace.items()),
)
def test_a_secret_is_told_nowhere_whatever_holds_it(namespace: dict[str, object]) -> None:
    told = tell(namespace, [cell("show()", 1, f"it is {SECRET}")])
    assert SECRET not in told
    assert "it is <" in told or namespace.keys() == {"frame", "copy"}


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"token": pd.Categorical([SECRET])}),
        pd.DataFrame({"token": pd.Series([SECRET], dtype=pd.ArrowDtype(pa.large_string()))}),
        pl.DataFrame({"password": pl.Series([SECRET], dtype=pl.Enum([SECRET]))}),
    ],
    ids=["levels", "large texts", "levels of polars"],
)
def test_no_type_of_a_column_tells_the_keys_in_it(frame: object) -> None:
    assert SECRET not in tell({"frame": frame})


def test_keys_in_the_environment_are_told_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_API_KEY", SECRET)
    monkeypatch.setenv("POSTGRES_PASSWORD", "postgres")
    monkeypatch.setenv("STORE_CREDENTIALS", "/home/ann/store1.json")
    told = tell({}, [cell("print(os.environ)", 1, f"{SECRET} at postgresql://db of /home/ann/store1.json")])
    assert "# Out: <STORE_API_KEY> at postgresql://db of /home/ann/store1.json" in told


def test_of_a_long_column_those_are_known_that_cells_show() -> None:
    users = pd.DataFrame({"password": [f"{i}x{SECRET}" for i in range(1_000)]})
    known = known_secrets(sort_names(Situation({"users": users})))
    assert len(known) < 50  # each is searched for in every text
    assert {f"{i}x{SECRET}" for i in range(10)} <= known.keys()


def test_words_of_a_tokenizer_and_other_plain_data_are_told() -> None:
    told = tell(
        {
            "tokens": pd.Series(["the", "covid19", "cat", "sat"]),
            "vocabulary": {"tokens": {"covid19": 3, "the": 1}},
            "df": pd.DataFrame({"key": ["a", "b"], "token_count": [1, 2], "passenger": ["Ann Lee", "Bo"]}),
            "issues": [{"key": "PROJ-1234", "n": 1}],
        },
        [cell("x", 1, "PROJ-1234 and covid19")],
    )
    assert "PROJ-1234 and covid19" in told
    assert "'covid19'" in told
    assert "'Ann Lee'" in told


def test_no_code_of_the_users_is_run_for_it() -> None:
    TOUCHED.clear()
    bases: tuple[type, ...] = (list, dict, tuple, collections.OrderedDict, collections.deque)
    held = [new(hostile(base)) for base in bases]
    cyclic: dict[str, object] = {}
    cyclic |= {"password": cyclic, "more": [cyclic]}
    known_secrets(sort_names(Situation({"passwords": held, "settings": {"password": held}, "c": cyclic})))
    known_secrets(sort_names(Situation({f"password_{i}": one for i, one in enumerate(held)})))
    assert not TOUCHED


@pytest.mark.parametrize(
    "make",
    [
        lambda: {f"d{i}": {f"name_{i}_{j}": "x" for j in range(500)} for i in range(500)},
        lambda: {f"d{i}": {f"key_{i}_{j}": "word" for j in range(500)} for i in range(200)},
        lambda: {f"d{i}": {f"password_{i}_{j}": f"{i}x{j}y{i}" for j in range(500)} for i in range(200)},
        lambda: {f"api_token_{i}": f"tok{i}12345" for i in range(10_000)},
        lambda: {f"key_{i}": "city" for i in range(10_000)},
        lambda: {f"v{i}": [i, [i], {"a": i}, (1, 2), "text"][i % 5] for i in range(10_000)},
        lambda: {"password": b"x" * 50_000_000, "token": "x" * 50_000_000},
    ],
)
def test_it_costs_a_few_milliseconds_whatever_there_is(make: Callable[[], dict[str, object]]) -> None:
    situation = Situation(make(), notebook(*(cell(f"x_{i} = f({i})", i + 1) for i in range(1_000))))
    seconds = []
    for _ in range(7):
        start = time.thread_time()
        collect(situation)
        seconds.append(time.thread_time() - start)
    assert min(seconds) < 0.04
