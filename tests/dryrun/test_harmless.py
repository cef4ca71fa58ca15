from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.dryrun.harm.harmless import possible_effects
from nbcoder.dryrun.harm.inert import is_inert

if TYPE_CHECKING:
    from pathlib import Path

LIVE = {
    "df": pd.DataFrame({"a": [1], "grams_eaten": [1]}),
    "np": np,
    "pd": pd,
    "base": sqlite3,
    "call": lambda: 1,
    "get_ipython": lambda: None,
    "numbers": [1],
    "text": "a",
    "odd": [print],
    "deep": {"a": [[print]]},
    "iterator": map(print, [1]),
    "generator": (len(n) for n in [[1]]),
    "counts": defaultdict(print),
    "cells": pd.DataFrame({"f": [print]}),
    "gathered": np.array([print], dtype=object),
    "own": type("DataFrame", (), {"go": len})(),
    "store": pd.HDFStore,
}


@pytest.mark.parametrize(
    "code",
    [
        "df.groupby('a').sum().reset_index()",
        "import math\ntotal = sum(math.sqrt(x) for x in numbers)",
        "from numpy.linalg import norm\nfrom pandas import to_datetime\nnorm([1])",
        "from collections import Counter\nCounter(numbers).most_common(1)",
        "df['b'] = df['a'].apply(lambda x: x + 1)\ndf.to_dict()",
        "def f(x):\n    return x * 2\n[f(n) for n in numbers]",
        "np.mean(numbers)",
        "np.random.default_rng(0).normal(size=3).mean()",
        "df.groupby('a').agg(total=('a', 'sum'), mean=('a', 'mean')).rename(columns={'mean': 'm'})",
        "df['a'].agg(['sum', lambda s: s.max()])",
        "df.pivot_table(index='a', values='a', aggfunc='sum')",
        "df.grams_eaten.value_counts()",
        "for row in df.itertuples():\n    total = row.grams_eaten",
        "class Point:\n    def __init__(self, x): self.grams_eaten = x\nPoint(1).grams_eaten",
        "match df:\n    case object(shape=(n, _)): total = n",
        "text.upper().split('tomatoes')",
        "df['total'] = pd.to_datetime('2024-01-01')",
        "from functools import reduce\nreduce(lambda a, b: a + b, numbers)",
        "from sklearn.linear_model import LinearRegression\nLinearRegression().fit(df[['a']], df['a'])",
        "this is no python",
    ],
)
def test_what_only_computes_is_harmless(code: str) -> None:
    assert possible_effects(code, LIVE) == []


@pytest.mark.parametrize(
    "code",
    [
        "open('x', 'w')",
        "df.to_csv('x.csv')",
        "np.save('x', numbers)",
        "import os\nos.remove('x')",
        "import os as np\nnp.remove('x')",
        "from os import remove as total\ntotal('x')",
        "get_ipython().system('ls')",
        "base.connect('x')",
        "call()",
        "call()\ncall = 1",
        "open('x', 'w')\nopen = 1",
        "__import__('os')",
        "getattr(df, 'to_csv')('x')",
        "df.__class__.to_csv(df, 'x')",
        "().__class__.__bases__[0].__subclasses__()",
        "pd.read_pickle('x')",
        "df.query('@call()')",
        "eval('1')",
        "with np.errstate(): pass",
        "f = open\nf('x', 'w')",
        "from numpy import save\nsave('x', 1)",
        "from numpy import *",
        "from pandas.io.common import os\nos.remove('x')",
        "pd.io.common.os.remove('x')",
        "from scipy.io.wavfile import write\nwrite('x', 1, base)",
        "numbers.copy = input\nnumbers.copy()",
        "operator.attrgetter('io.common.os.system')(pd)('touch x')",
        "import operator\noperator.attrgetter('io.common.os.system')(pd)('touch x')",
        "import operator\noperator.methodcaller('to_csv', 'x')(df)",
        "from operator import methodcaller\nmethodcaller('to_csv', 'x')(df)",
        "df.agg('to_csv', path_or_buf='x')",
        "df.agg('to_' + 'csv', path_or_buf='x')",
        "df.agg(func='to_' + text)",
        "df.agg(*['to_' + 'csv'])",
        "df.agg(**{'func': 'to_' + 'csv'})",
        "how = 'to_' + 'csv'\ndf.agg(how, path_or_buf='x')",
        "def how(): pass\nhow = 'to_' + 'csv'\ndf.agg(how)",
        "df.groupby('a').agg({'a': ['sum', 'to_csv']})",
        "df.groupby('a').agg(x=('a', f'to_{text}'))",
        "df.apply('to_csv', path_or_buf='x')",
        "df.transform('to_pickle')",
        "df.pipe('to_csv')",
        "how = df.agg\nhow('to_' + 'csv', path_or_buf='x')",
        "list(map(df.agg, ['to_' + 'csv']))",
        "df.pivot_table('a', 'a', 'a', 'to_' + 'csv')",
        "pd.crosstab(df['a'], df['a'], values=df['a'], aggfunc='to_' + 'csv')",
        "pd.NamedAgg('a', 'to_' + 'csv')",
        "np.testing.runstring('import os', {})",
        "from numpy import testing",
        "np.lib.format.open_memmap('x', mode='w+', shape=(3,))",
        "np.DataSource('x').open('y')",
        "np.ctypeslib.load_library('x', '.')",
        "np.f2py.compile('x')",
        "match pd:\n    case object(io=object(common=object(os=o))): o.system('touch x')",
        "match df:\n    case object(to_csv=save): save('x')",
        "class Own:\n    core = 1\npd.core.common",
        "df.io = 1\npd.io.common",
        "pd.HDFStore('x')",
        "pd.ExcelWriter('x.xlsx')",
        "pd.test()",
        "pd.show_versions('x')",
        "pd.options.plotting.backend = 'own'",
        "pd.set_option('plotting.backend', 'own')",
        "df.plot(backend='own')",
        "df.hist(backend='own')",
        "import typing\ndef f(x: 'print(1)'): pass\ntyping.get_type_hints(f)",
        "from functools import singledispatch\n@singledispatch\ndef f(x): pass",
        "import statsmodels.formula.api as smf\nsmf.ols('a ~ print(1)', df)",
        "from sklearn.datasets import fetch_openml",
        "from sklearn.pipeline import Pipeline\nPipeline([], memory='x')",
        "from sklearn.ensemble import RandomForestClassifier\nRandomForestClassifier(n_jobs=4)",
        "odd[0]('x')",
        "for f in odd: f('x')",
        "list(map(deep['a'][0][0], ['x']))",
        "list(iterator)",
        "next(generator)",
        "counts['x']",
        "cells['f'].map(lambda f: f(1))",
        "list(map(cells['f'].iloc[0], ['x']))",
        "gathered[0]",
        "own.go",
        "store('x')",
        "(lambda f: f(1))(numbers[0])",
        "@numbers[0]\ndef f(): pass",
        "df.style.to_html('x')",
        "df.attrs['f']",
        "__loader__.load_module('posix')",
        "__builtins__",
        "from . import own",
        "import string\nstring.Formatter().get_field('0.io', [pd], {})",
        "class Own:\n    get_field = 1\nfrom string import Formatter\nFormatter().get_field('0', [pd], {})",
        "class Own:\n    gi_frame = 1\n(n for n in numbers).gi_frame",
        "class Own:\n    __match_args__ = ('io',)\nmatch pd:\n    case Own(io): io.common",
        "class Own(type):\n    def __instancecheck__(cls, other): return True",
        "class Own(metaclass=type): pass",
        "Own = type('Own', (), {'__match_args__': ('io',)})",
        "from collections import namedtuple\nOwn = namedtuple('Own', 'io')\nmatch pd:\n    case Own(x): x",
        "class Own:\n    def __array__(self): return 1",
        "from sklearn.tree import export_graphviz\nexport_graphviz(1, out_file='x')",
    ],
)
def test_what_might_do_more_is_named(code: str) -> None:
    assert possible_effects(code, LIVE) != []


def test_memory_that_is_a_file_is_no_plain_data(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "x", dtype="int64", mode="w+", shape=(3,))
    for value in (mapped, np.asarray(mapped), mapped[1:], pd.DataFrame(np.asarray(mapped), copy=False)):
        assert possible_effects("value[0] = 1", {"value": value})


def test_what_a_user_has_put_into_pandas_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert possible_effects("df.corr()", LIVE) == []
    for name in ("corr", "mine"):
        monkeypatch.setattr(pd.DataFrame, name, lambda self: self.to_csv("x"), raising=False)
    assert possible_effects("df.corr()", LIVE)
    assert possible_effects("df.mine()", LIVE)


def test_large_data_and_circles_are_looked_at_in_no_time() -> None:
    circle: list[object] = []
    circle.append(circle)
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    wide = pd.DataFrame({f"c{n}": [n, n] for n in range(1_000)})
    names = {"many": list(range(500_000)), "circle": circle, "deep": deep, "wide": wide}
    started = time.perf_counter()
    assert possible_effects("circle", names)
    assert possible_effects("deep", names)
    assert possible_effects("sum(many)", names) == []
    assert possible_effects("wide.sum()", names) == []
    assert possible_effects("x." * 20_000 + "y", names)
    assert time.perf_counter() - started < 2.0


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([print, len]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )
)
def test_data_is_plain_exactly_where_no_function_is_in_it(value: object) -> None:
    assert is_inert(value) != ("built-in function" in repr(value).replace("'built-in function", "'"))


class _Kept:
    copies = 0

    def __deepcopy__(self, memo: object) -> _Kept:
        _Kept.copies += 1
        return self


def test_what_a_user_put_into_the_attributes_of_a_table_is_no_data_and_is_not_copied() -> None:
    frame = pd.DataFrame({"a": [1], "b": ["x"]})
    frame.attrs = {"source": "a.csv"}
    assert is_inert(frame)
    assert is_inert(frame["a"])
    frame.attrs["kept"] = _Kept()
    assert not is_inert(frame)
    assert _Kept.copies == 0


def test_a_table_that_was_never_filled_is_no_data() -> None:
    assert not is_inert(pd.DataFrame.__new__(pd.DataFrame))
