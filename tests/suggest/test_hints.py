"""What live objects say to an error, in a real kernel."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from nbcoder.suggest.repair.hints import explain

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live_kernel import LiveKernel

_ARMY = "army = pd.DataFrame({'men': [1, 2], 'wins': [0, 3]}, index=['Iowa', 'Utah'])"
_DAYS = "days = pd.DataFrame({'a': [1, 2]}, index=pd.to_datetime(['2024-01-01', '2024-01-09']))"

_WON = """
def won(army):
    total = army.groupby('men').apply(lambda x: x.wins > 0).sum()
    return total.reset_index()
"""
_HALF = "def half(x):\n    return x // 3"


_FEW = "few = pd.DataFrame({'n': [1, None], 'sum': ['1,234', '3']})"


@pytest.mark.parametrize(
    ("before", "line", "hint"),
    [
        (_ARMY, "army.loc[0:1, 0:1]", "write army.iloc[0:1, 0:1]"),
        (_ARMY, "army.loc[[0, 1]]", "write army.iloc[[0, 1]]"),
        (
            _ARMY,
            "army.set_index(['men', 'index'])",
            "the index of army has no name; set_index(..., append=True)",
        ),
        (_ARMY, "army.loc[0:max(1, 2)]", "write army.iloc[0:max(1, 2)]"),
        (_ARMY, "army.men == army[army.wins > 1].men", "columns of other rows are not compared one by one"),
        (_ARMY, "army['win']", "did you mean 'wins'?"),
        (_DAYS, "days.index.week", ".isocalendar().week"),
        (_DAYS, "days.resample('BM').sum()", "pandas now writes 'BME' instead of 'BM'"),
        (_ARMY, "army.reset_index().mean()", "there are columns of text; write mean(numeric_only=True)"),
        (_ARMY, "army.tolist()", "DataFrame has no tolist, but each of its columns has"),
        (_ARMY, "army.men.merge(army)", "Series has no merge; write .to_frame() before it"),
        (_ARMY, "army.men.sum().rename('x')", "it is a single number"),
        (_ARMY, "army.append(army)", "DataFrame.append does not exist; use pd.concat([a, b])"),
        (_ARMY, "army[army.men > 1 and army.wins > 1]", "combine with & | ~ and parentheses"),
        (
            f"{_DAYS}\nlate = days['2024-01-05':]",
            "days[days.index.day > 1].groupby(days.index.day).mean()",
            "part = days[days.index.day > 1]",
        ),
        (
            "read = pd.DataFrame({'day': ['Date', '2024-01-01', '2024-01-02']})",
            "pd.to_datetime(read['day'])",
            "the first row of read holds the names of the columns",
        ),
        (
            f"{_ARMY}\narmy = army.set_index('men', append=True)",
            "pd.to_datetime(army.index)",
            "army.index has 2 levels; one of them is army.index.get_level_values(0)",
        ),
        (
            f"{_ARMY}\n{_WON}",
            "won(army)",
            ".apply(lambda x: x.wins > 0) gives Series of 2 rows, .sum() gives a single number",
        ),
        (
            f"{_ARMY}\n{_WON}",
            "won(army)",
            "for one number a group write army.groupby('men').apply(lambda x: (x.wins > 0).sum())",
        ),
        (
            _ARMY,
            "army['men'].max().head()",
            "in army['men'].max(): ['men'] gives Series of 2 rows, .max() gives",
        ),
        (
            "read = pd.DataFrame({'Yr': [61], 'Mo': [1], 'Dy': [2]})",
            "pd.to_datetime(read[['Yr', 'Mo', 'Dy']])",
            "read[['Yr', 'Mo', 'Dy']].set_axis(['year', 'month', 'day'], axis=1)",
        ),
        ("", "None.head()", "it is None"),
        ("values = ['a', 'b']", "values.upper()", "[one.upper(...) for one in values]"),
        ("values = ['1', '2']", "sum(values)", "values is list of str"),
        ("count = 3", "'There are ' + count", "count is int"),
        ("count = 3", "count()", "count is a variable of type int, not a function"),
        ("max = 3", "max(1, 2)", "it hides Python's own max: del max"),
        ("del max", "max[1, 2]", "max is a function: call it with round brackets"),
        (
            "import numpy as np",
            "np.float(3)",
            "numpy has no float; write float, which it stood for",
        ),
        (
            "count = 0\ndef add():\n    count += 1",
            "add()",
            "make it a parameter, or write global count in the function",
        ),
        (_HALF, "assert half(8) == 4", "half(8) is 2; it should be 4"),
        (_HALF, "assert not half(8)", "half(8) is 2"),
        (_HALF, "assert half(2)", "half(2) is 0"),
        (_HALF, "assert half(2) > half(4)", "half(2) is 0\nhalf(4) is 1"),
        (_HALF, "assert half(2) > 1", "half(2) is 0"),
        (_ARMY, "army.men.str.upper()", "it holds int64, no texts"),
        (_ARMY, "army.men.join(', ')", "', '.join(series)"),
        (
            "import numpy as np\naxes = np.array(['a', 'b'], dtype=object)",
            "axes.upper()",
            "an array of shape (2,)",
        ),
        ("", "import sklearn.linear_modell", "did you mean sklearn.linear_model?"),
        ("", "from sklearn.preprocessing import Imputer", "is sklearn.impute.SimpleImputer now"),
        ("", "import pandass", "the module pandass is not installed; did you mean pandas?"),
        ("", "import nothing_like_that", "the module nothing_like_that is not installed; do without it"),
        (
            _FEW,
            "few['n'].astype(int)",
            "few['n'] has 1 missing values",
        ),
        (_FEW, "few['sum'] * 1.1", "make them numbers first: few['sum'].str.replace("),
        (_FEW, "few['sum'] + few['n']", "few['sum'] holds texts such as '1,234' and '3', not numbers"),
        (_FEW, "few.query('N > 1')", "there is no column N; did you mean n?"),
        (
            "read = pd.DataFrame({'day': ['01/02/2024', '15/02/2024']})",
            "pd.to_datetime(read['day'])",
            "in read['day'] the day stands first, as in '15/02/2024': write dayfirst=True, no format",
        ),
        (
            "read = pd.DataFrame({'day': ['2024-01-02', '15/02/2024']})",
            "pd.to_datetime(read['day'])",
            "read['day'] holds dates such as '2024-01-02' and '15/02/2024'",
        ),
        (
            "now = pd.DataFrame({'at': pd.to_datetime(['2024'])}); noon = pd.Timestamp('2024', tz='UTC')",
            "now['at'] > noon",
            "now['at'] has no time zone; noon has the time zone UTC",
        ),
        (
            "",
            "open(__import__('os').devnull).read().encode('latin-1') + 'ü'.encode('latin-1').decode()",
            "cp1252",
        ),
        ("import json", "json.loads('')", "the text is empty"),
        ("import json", 'json.loads(\'{"a": 1}\\n{"a": 2}\')', "one JSON object in each line"),
        ("import json", "json.loads(\"{'a': 1}\")", "ast.literal_eval(text)"),
        ("import json; given = {'a': 1}", "json.loads(given)", "given is one already"),
        ("import io; read = pd.read_csv(io.StringIO('a;b'))", "read['a']", "read the file with sep=';'"),
        ("", "range(10 / 2)", "// gives a whole one"),
        (
            f"{_ARMY}\nfirst = army.iloc[0]",
            "first['Wins']",
            "labels of first are 'men', 'wins'; did you mean 'wins'?",
        ),
        ("", "raw_input()", "raw_input is called input in Python 3"),
        ("", "b''.decode().decode()", "a text is decoded already"),
        ("import pandas as pd", "pd.Int64Index([1])", "use pd.Index(values, dtype='int64')"),
        ("import pandas as pd", "pd.read_csv('x.csv', squeeze=True)", ".squeeze('columns') behind it"),
        ("def share(x, n):\n    return x / (n - 2)", "share(1, 2)", "there, x is 1, n is 2"),
        ("def deep(n):\n    return deep(n + 0)", "deep(7)", "there, n is 7"),
    ],
)
def test_hints_say_how_to_mend_it(tables: LiveKernel, before: str, line: str, hint: str) -> None:
    tables.run(before)
    tables.run("from nbcoder.suggest.repair.hints import explain")
    told = tables.run(f"try:\n    {line}\nexcept Exception as error:\n    print(explain(error))")
    assert told.ok
    assert hint in told.printed


@pytest.mark.parametrize("check", ["next(turns) == 1", "time.sleep(delay.pop()) or False", "one.pop() == 1"])
def test_a_check_that_cannot_be_looked_at_again_tells_nothing(tables: LiveKernel, check: str) -> None:
    tables.run("import time\nfrom nbcoder.suggest.repair.hints import explain")
    tables.run("turns, delay, one = iter([0, 1]), [60, 0], [0]")
    told = tables.run(f"try:\n    assert {check}\nexcept AssertionError as error:\n    print(explain(error))")
    assert told.ok
    assert told.printed.strip() == ""


def test_nobody_is_told_to_make_global_what_is_none(tables: LiveKernel) -> None:
    tables.run("from nbcoder.suggest.repair.hints import explain")
    tables.run("def half():\n    if 0: found = 1\n    found")
    told = tables.run("try:\n    half()\nexcept Exception as error:\n    print(explain(error))")
    assert "global" not in told.printed


def test_other_libraries_are_not_taken_for_pandas(tables: LiveKernel) -> None:
    tables.run("class DataFrame:\n    map = None\nfrom nbcoder.suggest.repair.hints import explain")
    told = tables.run(
        "try:\n    DataFrame().append(1)\nexcept Exception as error:\n    print(explain(error))"
    )
    assert told.printed.strip() == "DataFrame has no append"


def test_the_values_of_a_secret_column_are_not_told(tables: LiveKernel) -> None:
    tables.run("sales['password'] = 'open sesame'\nfrom nbcoder.suggest.repair.hints import explain")
    told = tables.run(
        "try:\n    sales['password'].astype(float)\nexcept Exception as error:\n    print(explain(error))"
    )
    assert "sales['password'] holds texts" in told.printed
    assert "sesame" not in told.printed


def test_a_misspelt_column_is_not_taken_for_the_index(tables: LiveKernel) -> None:
    tables.run(f"{_ARMY}\nfrom nbcoder.suggest.repair.hints import explain")
    told = tables.run(
        "try:\n    army.set_index(['win'])\nexcept Exception as error:\n    print(explain(error))"
    )
    assert "did you mean 'wins'?" in told.printed
    assert "has no name" not in told.printed


def _missing(path: str) -> str:
    return explain(FileNotFoundError(2, "No such file or directory", path))


@pytest.fixture
def looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were listed since the working folder is ``tmp_path``."""
    folders: list[str] = []
    real = os.scandir

    def listed(folder: str) -> Any:
        folders.append(os.path.realpath(folder))
        return real(folder)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "scandir", listed)
    return folders


@pytest.mark.parametrize("asked", ["/kaggle/input/sales.csv", "/sales.csv", "../sales.csv", "sale.csv"])
def test_a_missing_file_is_sought_in_the_working_folder_only(
    tmp_path: Path, looked_at: list[str], asked: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sales.csv").touch()
    (tmp_path / "up").symlink_to("/")
    assert _missing(asked) == "did you mean 'data/sales.csv'?"
    assert looked_at == [str(tmp_path), str(tmp_path / "data")]


def test_not_everything_below_the_working_folder_is_looked_at(tmp_path: Path, looked_at: list[str]) -> None:
    deep = tmp_path.joinpath(*"abcdefgh")
    deep.mkdir(parents=True)
    (deep / "sales.csv").touch()
    assert _missing("sales.csv") == ""
    for number in range(20):
        (tmp_path / f"many{number}").mkdir()
        for file in range(500):
            (tmp_path / f"many{number}" / f"part{file}").touch()
    looked_at.clear()
    assert "the files here are" in _missing("sales.csv")
    assert len(looked_at) < 20
