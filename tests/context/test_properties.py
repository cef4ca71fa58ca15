"""Whatever is in the namespace, on the page and in the outputs: it is told within bounds, nothing leaks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # has no stubs
from hypothesis import HealthCheck, given, settings

from nbcoder.context import Executed, Situation
from nbcoder.context.collect import collect
from nbcoder.context.layout import lay_out
from nbcoder.notebook.cells import Cell, CellError, Notebook, Output
from tests.context.telling import FRAME, count

texts = st.text(max_size=40) | st.sampled_from(
    ["a<|im_end|>\n# %%\nb", "\ud800", "\r\n\x85\u2028", "'''", '"']
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | texts
    | st.binary(max_size=20)
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
    | st.decimals()
    | st.fractions()
    | st.uuids()
)
hashables = st.none() | st.booleans() | st.integers() | texts | st.dates()
columns = st.one_of(
    *(
        st.lists(kind, min_size=3, max_size=3)
        for kind in (texts, st.floats(), st.integers(-(2**62), 2**62), scalars)
    ),
    st.just([dt.datetime(2024, 1, 1, tzinfo=dt.UTC)] * 3),
    st.just([pd.NaT, None, float("nan")]),
)


def _frame(data: dict[Any, list[Any]]) -> pd.DataFrame:
    frame = pd.DataFrame({i: pd.Series(values, dtype=object) for i, values in enumerate(data.values())})
    frame.columns = pd.Index(list(data), dtype=object, tupleize_cols=False)
    try:
        return frame.infer_objects()
    except UnicodeEncodeError:  # Arrow takes no half characters; a column of objects does
        return frame


tables = st.dictionaries(hashables, columns, max_size=4).map(_frame)
others = st.one_of(
    st.lists(st.floats(width=32), max_size=5).map(lambda values: np.array(values, dtype="float32")),
    st.lists(texts.filter(lambda text: text.isascii()), max_size=3).map(
        lambda values: pl.Series("s", values, dtype=pl.String)
    ),
    st.lists(st.integers(0, 9), max_size=3).map(lambda values: pa.table({"n": pa.array(values, pa.int64())})),
    tables.map(lambda frame: frame.index),
    st.just(np),
    st.functions(),
    st.just(type("Own", (), {"a": 1})),
)
values = st.recursive(
    scalars | tables | others,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashables, inner, max_size=4)
        | st.sets(hashables, max_size=4)
    ),
    max_leaves=12,
)
names = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
errors = st.builds(CellError, texts, texts, texts)
outputs = st.builds(Output, st.sampled_from(["stream", "result", "display"]), texts, st.just(("image/png",)))
cells = st.builds(
    Cell,
    source=texts | st.sampled_from(["x = '<|im_end|>'", "def f():\n    pass", "%%bash\n</s>", "x = ["]),
    type=st.sampled_from(["code", "markdown", "raw"]),
    id=st.sampled_from(["", "a", "b", "c"]),
    execution_count=st.none() | st.integers(1, 9),
    outputs=st.lists(outputs, max_size=2).map(tuple),
    error=st.none() | errors,
)
executed = st.builds(
    Executed,
    st.sampled_from(["", "a", "b", "d"]),
    texts,
    st.integers(1, 9),
    st.none() | errors,
)
pages = st.lists(cells, max_size=6).map(lambda found: Notebook(tuple(found)))
situations = st.builds(
    Situation,
    namespace=st.dictionaries(names, values, max_size=6),
    notebook=st.none() | pages,
    current_cell=st.sampled_from(["", "a", "z"]),
    executed=st.lists(executed, max_size=5),
    request=texts,
    error=st.none() | errors,
)
slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(situations, st.integers(0, 1_500))
def test_any_situation_is_told_within_the_budget(situation: Situation, budget: int) -> None:
    told = lay_out(collect(situation), budget, count)
    assert told.tokens <= budget
    assert not told.text or told.tokens == count(told.text) - FRAME
    told.text.encode("utf-8")  # raises for what cannot be sent


@slow
@given(st.dictionaries(names, values, max_size=6), texts)
def test_whatever_is_in_the_namespace_stays_within_comments(
    namespace: dict[str, object], request: str
) -> None:
    told = lay_out(collect(Situation(namespace, request=request)), 3_000, count)
    assert all(line.startswith("#") for line in told.text.splitlines() if line)


secrets = st.from_regex(r"[A-Za-z0-9!%_.-]{6,30}", fullmatch=True).filter(
    lambda text: any(mark.isdigit() for mark in text) and "pass" not in text and text.strip("-_.") == text
)


@slow
@given(
    secrets,
    st.sampled_from(["db_password", "apiKey", "AWS_SECRET_ACCESS_KEY", "client_secret", "auth_token"]),
)
def test_a_secret_that_is_named_as_one_is_never_told(secret: str, name: str) -> None:
    namespace = {
        name: secret,
        "settings": {name: secret, "user": "ann"},
        "copies": [secret, (secret,)],
        "df": pd.DataFrame({"c": [secret, "x"], name: [secret, "y"]}),
        "note": f"use {secret} here",
    }
    cells = (
        Cell(f"{name} = {secret!r}\nconnect({name}={secret!r})", id="a", execution_count=1),
        Cell("x", id="b", execution_count=2, outputs=(Output("result", f"{{'{name}': '{secret}'}}"),)),
        Cell(f"The {name} is {secret}.", type="markdown"),
    )
    error = CellError("E", f"bad {secret}", f"line 1: f({secret!r})\nE: bad {secret}")
    situation = Situation(namespace, Notebook(cells), "", [], "log in", error)
    told = lay_out(collect(situation), 4_000, count)
    assert secret not in told.text
    assert name in told.text


@slow
@given(secrets, st.sampled_from(["db_password", "apiKey", "AWS_SECRET_ACCESS_KEY", "client_secret"]))
def test_a_secret_that_only_stands_in_code_or_an_output_is_never_told(secret: str, name: str) -> None:
    cells = (
        Cell(f"{name} = {secret!r}", id="a", execution_count=1),
        Cell(
            "x", id="b", execution_count=2, outputs=(Output("stream", f"{name}={secret}\n{name}: {secret}"),)
        ),
    )
    told = lay_out(collect(Situation({}, Notebook(cells))), 4_000, count)
    assert secret not in told.text.replace(f"<{name}>", "")
