from __future__ import annotations

import sqlite3

import numpy as np
import pandas as pd
import pytest

from nbcoder.dryrun.harmless import possible_effects

LIVE = {
    "df": pd.DataFrame({"a": [1]}),
    "np": np,
    "pd": pd,
    "base": sqlite3,
    "call": lambda: 1,
    "get_ipython": lambda: None,
    "numbers": [1],
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
    ],
)
def test_what_might_do_more_is_named(code: str) -> None:
    assert possible_effects(code, LIVE) != []
