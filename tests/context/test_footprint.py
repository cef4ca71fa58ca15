"""Looking costs little, imports nothing and leaves nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nbcoder.context import Executed, Situation
from nbcoder.context.collect import collect
from nbcoder.context.layout import lay_out
from nbcoder.notebook.cells import Cell, Notebook, Output

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_SECONDS = 0.02
"""Of the processor's."""
_MOST_TOGETHER = 0.026
"""The same with laying out."""
_RUNS = 15
"""The best of so many counts: what disturbs a run makes it longer, never shorter."""
_KNOWN_SECONDS = 0.018
"""What `_known_work` took where the bounds were found, best of many."""

_LOOK = """
import json, sys
{imports}
namespace = dict(globals())
{made}
before_modules, before_names = set(sys.modules), set(globals())
from nbcoder.context import Situation
from nbcoder.context.collect import collect
from nbcoder.context.layout import lay_out
from nbcoder.notebook.cells import Cell, Notebook
ours = set(sys.modules) - before_modules
page = Notebook((Cell("df.head()", id="a", execution_count=1),))
situation = Situation(namespace, page, request="mean of a")
lay_out(collect(situation), 2000, len)
after = set(sys.modules) - before_modules
print(json.dumps({{"ours": sorted(ours), "later": sorted(after - ours)}}))
"""


def _look(imports: str, made: str) -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _LOOK.format(imports=imports, made=made)],
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, list[str]] = json.loads(done.stdout)
    return answer


def test_nothing_is_imported_that_the_user_has_not() -> None:
    found = _look("", "namespace |= {'x': 1, 'd': {'a': [1]}, 'f': len}")
    third_party = {
        "pandas",
        "numpy",
        "polars",
        "pyarrow",
        "torch",
        "IPython",
        "httpx",
        "nbformat",
        "requests",
        "rich",
    }
    assert not third_party & {name.partition(".")[0] for name in (*found["ours"], *found["later"])}
    assert found["later"] == []


def test_nor_by_reading_what_the_user_has_loaded() -> None:
    made = """
days = pd.to_datetime(["2024-01-01", None])
namespace["df"] = pd.DataFrame({"a": [1, 2.5], "b": ["x", None], "day": days, "zone": days.tz_localize("UTC"),
    "level": pd.Categorical(["p", "q"]), "n": pd.array([1, None], dtype="Int64"), "o": [[1], {}],
    "s": pd.array(["a", None], dtype="string"), "per": pd.period_range("2024", periods=2, freq="D"),
    "iv": pd.interval_range(0, 2), "w": pd.array([1, None], dtype=pd.ArrowDtype(pa.int64()))})
namespace["groups"] = namespace["df"].groupby("b")
namespace["series"], namespace["index"] = namespace["df"]["a"], namespace["df"].index
namespace["array"] = np.arange(3)
namespace["pl_frame"] = pl.DataFrame({"a": [1, None], "b": ["x", "y"], "day": [None, None]})
namespace["lazy"] = namespace["pl_frame"].lazy()
namespace["table"] = pa.table({"a": [1, 2], "b": ["x", None]})
"""
    found = _look("import numpy as np, pandas as pd, polars as pl, pyarrow as pa", made)
    assert found["later"] == []


def test_namespace_and_objects_stay_as_they_are() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    copy = frame.copy(deep=True)
    namespace = {"df": frame, "d": {"k": [1]}, "n": np.arange(3)}
    references = {name: sys.getrefcount(value) for name, value in namespace.items()}
    context = collect(Situation(namespace, request="a"))
    assert list(namespace) == ["df", "d", "n"]
    assert {name: sys.getrefcount(value) for name, value in namespace.items()} == references
    pd.testing.assert_frame_equal(frame, copy)
    assert context.variables


def _large_situation() -> Situation:
    step = (
        'df_{i} = df.groupby("c_{i}").agg({{"v": "sum"}})\n'
        "for key in lookup_{i}:\n    print(key, df_{i})\nplot(df_{i})\n"
    )
    cells = tuple(
        Cell(
            step.format(i=i),
            id=f"id{i}",
            execution_count=i + 1,
            outputs=(Output("stream", "key value\n" * 20),),
        )
        for i in range(1_000)
    )
    namespace: dict[str, object] = {
        f"variable_{i}": [i, f"text {i}", [1, 2, 3], {"a": i}, float(i)][i % 5] for i in range(10_000)
    }
    for i in range(5):
        data = {f"c{j}": np.random.default_rng(j).random(1_000_000) for j in range(4)}
        namespace[f"df_{i}"] = pd.DataFrame(data | {"s": ["text"] * 1_000_000})
    executed = [Executed(found.id, found.source, found.execution_count or 0) for found in cells]
    return Situation(namespace, Notebook(cells), "", executed, "plot c3 of df_3")


def _least_seconds(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_RUNS):
        start = time.thread_time()
        work()
        seconds.append(time.thread_time() - start)
    return min(seconds)


def _known_work() -> object:
    """Work of the same kind, by which a slower or busier machine is told."""
    return sorted({f"name {number}": str(number) for number in range(60_000)})


def test_a_thousand_cells_and_ten_thousand_variables_cost_twenty_milliseconds() -> None:
    situation = _large_situation()
    assert "df_3" in {variable.name for variable in collect(situation).variables}
    slowness = max(1.0, _least_seconds(_known_work) / _KNOWN_SECONDS)
    assert _least_seconds(lambda: collect(situation)) < _MOST_SECONDS * slowness
    assert _least_seconds(lambda: lay_out(collect(situation), 4_000, _tokens)) < _MOST_TOGETHER * slowness


def test_a_request_of_a_thousand_words_costs_little_more_than_one_of_a_few() -> None:
    namespace = {f"variable_{i}": i for i in range(10_000)}
    words = [
        f"{letters}{'xyz'[i % 3]}" for i, letters in enumerate(map("".join, product("abcdefghij", repeat=3)))
    ]
    few, many = (Situation(namespace, request=" ".join(words[:most])) for most in (3, 1_000))
    assert _least_seconds(lambda: collect(many)) < 3 * _least_seconds(lambda: collect(few))


def _tokens(text: str) -> int:
    return len(text) // 4
