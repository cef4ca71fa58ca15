"""What has one remedy is mended without asking the model again."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.dryrun import Failure
from nbcoder.suggest.repair.mending import mended
from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine


def _failure(name: str, *remedy: str, line: int = 1) -> Failure:
    return Failure(name, "", "", line, remedy=remedy)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("sales.groupby('city').mean()", "sales.groupby('city').mean(numeric_only=True)"),
        ("sales.mean().max()", "sales.mean(numeric_only=True).max()"),
        ("sales.groupby('City').units.sum()", "sales.groupby('city').units.sum()"),
        ("sales['Units'].sum()", "sales['units'].sum()"),
        ('sales["Units"].sum()', 'sales["units"].sum()'),
        ("sales[['city', 'Units']]", "sales[['city', 'units']]"),
        ("sales[sales['City'] != 'City'].shape", "sales[sales['city'] != 'City'].shape"),
        ("sales.sort_value('units')", "sales.sort_values('units')"),
        ("é = 1; sale.units.max() + é", "é = 1; sales.units.max() + é"),
        ("sales[sales.units > 1 & sales.units < 3]", "sales[(sales.units > 1) & (sales.units < 3)]"),
        (
            "sales[sales['city'] == 'Bern' | sales['units'] >= 2 | sales['units'] != 9]",
            "sales[(sales['city'] == 'Bern') | (sales['units'] >= 2) | (sales['units'] != 9)]",
        ),
        ("np.sqrt(sales.units)", "import numpy as np\nnp.sqrt(sales.units)"),
        (
            "days = sales.set_index(pd.to_datetime(['2024'] * 3))\ndays[['units']].resample('M').sum()",
            "days = sales.set_index(pd.to_datetime(['2024'] * 3))\ndays[['units']].resample('ME').sum()",
        ),
        ("sales.groupby('City').mean()", "sales.groupby('city').mean(numeric_only=True)"),
        ("list(sales.units).sum()", "sum(list(sales.units))"),
        ("[1, 2].length", "len([1, 2])"),
        ("sales['city', 'units']", "sales[['city', 'units']]"),
        ("sales[('city', 'units')].shape", "sales[['city', 'units']].shape"),
        (
            "sales.groupby('city')['units', 'units'].sum()",
            "sales.groupby('city')[['units', 'units']].sum()",
        ),
        ("sales[sales['units'].idxmax()]", "sales.loc[sales['units'].idxmax()]"),
        (
            "of_city = sales.set_index('city')\nof_city['Bern', 'units']",
            "of_city = sales.set_index('city')\nof_city.loc['Bern', 'units']",
        ),
        (
            "of_city = sales.set_index('city')\nof_city.loc[[0, 2], 'units']",
            "of_city = sales.set_index('city')\nof_city.loc[of_city.index[[0, 2]], 'units']",
        ),
        (
            "of_city = sales.set_index('city')\nof_city.loc[1]",
            "of_city = sales.set_index('city')\nof_city.loc[of_city.index[1]]",
        ),
        ("sales.loc['Bern', 'units']", "sales.set_index('city').loc['Bern', 'units']"),
        (
            "sales.loc[['Basel', 'Bern'], 'units'].sum()",
            "sales.set_index('city').loc[['Basel', 'Bern'], 'units'].sum()",
        ),
        ("sales['units'].average()", "sales['units'].mean()"),
        ("sales.city.upper()", "sales.city.str.upper()"),
        ("'Bern'.toUpperCase()", "'Bern'.upper()"),
        (
            "sales[sales.units > 1].groupby(sales.units.to_numpy() % 2).units.sum()",
            "sales[sales.units > 1].groupby(sales[sales.units > 1].units.to_numpy() % 2).units.sum()",
        ),
        (
            "sales[sales.city == sales[sales.units > 2]['city']]",
            "sales[sales.city.isin(sales[sales.units > 2]['city'])]",
        ),
        (
            "sales[sales['city'] != sales.loc[sales.units > 2, 'city']]",
            "sales[~sales['city'].isin(sales.loc[sales.units > 2, 'city'])]",
        ),
        ("import numpy as np\nnp.isnan(np.NaN)", "import numpy as np\nnp.isnan(np.nan)"),
        ("import numpy as np\nisinstance(3, np.int)", "import numpy as np\nisinstance(3, int)"),
        ("pd.date_range('2024', periods=2, freq='10T')", "pd.date_range('2024', periods=2, freq='10min')"),
        ("pd.date_range('2024', periods=2, freq='A-DEC')", "pd.date_range('2024', periods=2, freq='YE-DEC')"),
        (
            "pd.Series(pd.to_datetime(['2024'])).dt.to_period('ME')",
            "pd.Series(pd.to_datetime(['2024'])).dt.to_period('M')",
        ),
        (
            "days = pd.Series(pd.to_datetime(['2024', '2025']))\n(days - days.min()).days",
            "days = pd.Series(pd.to_datetime(['2024', '2025']))\n(days - days.min()).dt.days",
        ),
        ("math.sqrt(sales.units.max())", "import math\nmath.sqrt(sales.units.max())"),
        ("datetime.date(2024, 1, 2)", "import datetime\ndatetime.date(2024, 1, 2)"),
        ("datetime(2024, 1, 2)", "from datetime import datetime\ndatetime(2024, 1, 2)"),
        ("Counter(sales.city)", "from collections import Counter\nCounter(sales.city)"),
        ("list(xrange(3))", "list(range(3))"),
        ("import panda as pan\npan.Series([1])", "import pandas as pan\npan.Series([1])"),
        (
            "import logging.handler as h\nh.DEFAULT_UDP_LOGGING_PORT",
            "import logging.handlers as h\nh.DEFAULT_UDP_LOGGING_PORT",
        ),
        ("from math import floorr as down\ndown(4.5)", "from math import floor as down\ndown(4.5)"),
        ("from math import sqrrt\nsqrrt(4)", "from math import sqrt\nsqrt(4)"),
        (
            "from collections import (\n    Iterable,\n)\nisinstance([], Iterable)",
            "from collections.abc import (\n    Iterable,\n)\nisinstance([], Iterable)",
        ),
        ("sales.drop('price')", "sales.drop(columns='price')"),
        ("sales.drop(['price'], axis=0)", "sales.drop(['price'], axis=1)"),
        ("sales.drop(column='price')", "sales.drop(columns='price')"),
        ("sales.sort_values(column='units')", "sales.sort_values(by='units')"),
        ("sales.units.fillna(method='ffill')", "sales.units.ffill()"),
        ("sales.fillna(limit=1, method='pad')", "sales.ffill(limit=1)"),
        ("sales.shape()", "sales.shape"),
        ("sales[sales.units > 1, 'city']", "sales.loc[sales.units > 1, 'city']"),
        (
            "sales[sales.units > 1 and not sales.city == 'Bern']",
            "sales[(sales.units > 1) & (~(sales.city == 'Bern'))]",
        ),
        (
            "sales.loc[1 < sales.units < 3, 'city']",
            "sales.loc[(1 < sales.units) & (sales.units < 3), 'city']",
        ),
        (
            "import numpy as np\nnp.where(sales.units > 1 or sales.units < 0, 1, 0)",
            "import numpy as np\nnp.where((sales.units > 1) | (sales.units < 0), 1, 0)",
        ),
        ("row = sales.iloc[0]\nrow['Units']", "row = sales.iloc[0]\nrow['units']"),
        ("sales[sales.city not in ['Bern']]", "sales[~sales.city.isin(['Bern'])]"),
        ("%matplotlib inline\nsales.Units.sum()", "%matplotlib inline\nsales.units.sum()"),
        (
            "import matplotlib.pyplot as plt\nplt.subplots()[1].xlabel('x')",
            "import matplotlib.pyplot as plt\nplt.subplots()[1].set_xlabel('x')",
        ),
        (
            "import matplotlib.pyplot as plt\nplt.subplots()[1].title('x')",
            "import matplotlib.pyplot as plt\nplt.subplots()[1].set_title('x')",
        ),
        (
            "import matplotlib.pyplot as plt\nplt.plot(sales.units, colour='red')",
            "import matplotlib.pyplot as plt\nplt.plot(sales.units, color='red')",
        ),
        (
            "import polars as pl\npl.from_pandas(sales)['Units']",
            "import polars as pl\npl.from_pandas(sales)['units']",
        ),
    ],
)
def test_a_mistake_with_one_remedy_costs_no_further_answer(
    tables: LiveKernel, scripted_engine: ScriptedEngine, wrong: str, right: str
) -> None:
    tables.run("globals().pop('np', None); sales['price'] = ['low', 'high', 'low']")
    scripted_engine.script(wrong)
    assert tables.run("%%generate\nShow what is asked for").next_cell == right
    assert len(scripted_engine.bodies) == 1


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("xs = [1]\nfor x in 'ab':\n    xs = xs.append(x)", "xs = [1]\nfor x in 'ab':\n    xs.append(x)"),
        ("units = [3, 1]\nunits = units.sort()\nunits[0]", "units = [3, 1]\nunits.sort()\nunits[0]"),
        ("sales = sales.drop(0, inplace=True)\nsales.head()", "sales = sales.drop(0)\nsales.head()"),
        (
            "import random\nxs = [1]\nxs = random.shuffle(xs)\nlen(xs)",
            "import random\nxs = [1]\nrandom.shuffle(xs)\nlen(xs)",
        ),
    ],
)
def test_a_variable_keeps_what_was_changed_in_place(
    tables: LiveKernel, scripted_engine: ScriptedEngine, wrong: str, right: str
) -> None:
    assert not tables.run(wrong).ok
    assert tables.run("%fix").next_cell == right
    assert not scripted_engine.bodies


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("if 1 < 2  # yes\n    3", "if 1 < 2:  # yes\n    3"),
        ("def one()\n    return 1\nprint one()", "def one():\n    return 1\nprint(one())"),
        ("print 'a', 1  # two", "print('a', 1)  # two"),
        ("x = 1\nif x = 1:\n    2", "x = 1\nif x == 1:\n    2"),
        ("%matplotlib inline\nfor x in 'ab'\n    x", "%matplotlib inline\nfor x in 'ab':\n    x"),
    ],
)
def test_what_is_misspelt_in_one_way_is_mended_without_the_model(
    tables: LiveKernel, scripted_engine: ScriptedEngine, wrong: str, right: str
) -> None:
    assert not tables.run(wrong).ok
    assert tables.run("%fix").next_cell == right
    assert not scripted_engine.bodies


@pytest.mark.parametrize(
    "code",
    ["round(sum(a, 2)", "if x = y = 1:\n    2", "print 'a',", "if 1 < 2\n    (", "print >>f, 1", "x ="],
)
def test_what_may_be_misspelt_in_several_ways_is_left(code: str) -> None:
    assert mended(code, _failure("SyntaxError")) == code


@given(st.text("ifelswhrpnt ='\":#(\n", max_size=60))
def test_any_text_that_is_spelt_right_then_can_be_read(code: str) -> None:
    changed = mended(code, _failure("SyntaxError"))
    assert changed == code or isinstance(ast.parse(changed), ast.Module)


def test_what_does_not_help_is_left_as_the_model_wrote_it(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    wrong = "sales.groupby('City').nothing()"
    scripted_engine.script(wrong, Reply((wrong, wrong, wrong)), wrong, wrong, wrong)
    assert tables.run("%%generate\nShow what is asked for").next_cell == wrong


@pytest.mark.parametrize(
    "wrong",
    [
        "{'a': 1}.max()",
        "(2, 1).sort()",
        "pd.Series(['a', 1]).upper()",
        "sales.city.join(', ')",
        "sales.city.len()",
        "'a1'.replaceAll('[0-9]', '')",
        "sales[['units']][0].mean()",
        "if sales.units > 1 and sales.units < 3: 1",
        "sales.city.value_counts()['bern']",
        "counts = sales.city.value_counts()\ncounts['bern']",
    ],
)
def test_what_could_mean_something_else_is_no_such_mistake(
    tables: LiveKernel, scripted_engine: ScriptedEngine, wrong: str
) -> None:
    scripted_engine.script(wrong, Reply((wrong, wrong, wrong)), wrong, wrong, wrong)
    assert tables.run("%%generate\nShow what is asked for").next_cell == wrong


@pytest.mark.parametrize("code", ["1 < flags & 3 < 2", "a > (1 & b)", "a < b < c", "a > 1 & b & c < 3"])
def test_what_is_no_such_comparison_stays(code: str) -> None:
    assert mended(code, _failure("KeyError")) == code
    assert code in {"1 < flags & 3 < 2", mended(code, _failure("TypeError"))}


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ('f"{y} of y"', 'f"{z} of y"'),
        ('f"""\n{y} of {x.y}\n{y!r:>{y}}"""', 'f"""\n{z} of {x.y}\n{z!r:>{z}}"""'),
    ],
)
def test_in_an_f_string_the_right_words_are_changed_or_none(code: str, right: str) -> None:
    changed = mended(code, _failure("NameError", "name", "y", "z", line=1))
    assert ast.dump(ast.parse(changed)) in {ast.dump(ast.parse(code)), ast.dump(ast.parse(right))} or (
        changed.replace("z", "y") == code
    )


def test_only_the_statement_that_failed_is_changed() -> None:
    code = "a.mean()\nb.mean()\nc.mean()"
    assert mended(code, _failure("TypeError", "numbers", "mean", "", line=2)) == (
        "a.mean()\nb.mean(numeric_only=True)\nc.mean()"
    )


@given(
    code=st.text(max_size=80) | st.sampled_from(["x.y.y = 'y'; y(y)", "é.y > 1 & y < 2", "f(\n  y,\n 'y')"]),
    kind=st.sampled_from(["text", "frequency", "name", "attribute", "numbers", "import", "odd"]),
    new=st.from_regex(r"[a-z]{1,5}", fullmatch=True),
)
def test_what_was_code_stays_code(code: str, kind: str, new: str) -> None:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        assert mended(code, _failure("TypeError", kind, "y", new)) in (code, f"{new}\n{code}")
        return
    ast.parse(mended(code, _failure("TypeError", kind, "y", new)))


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("df[df['City'].str.contains('City')]", "df[df['city'].str.contains('City')]"),
        ("df['City'].replace('City', 'x')", "df['city'].replace('City', 'x')"),
        ("df.loc[df.a == 'City', ['a', 'City']]", "df.loc[df.a == 'City', ['a', 'city']]"),
        ("df.loc[:, 'a':'City']", "df.loc[:, 'a':'city']"),
        ("df.sort_values(['City', 'a'])", "df.sort_values(['city', 'a'])"),
        ("df.dropna(subset='City').fillna('City')", "df.dropna(subset='city').fillna('City')"),
        ("df.groupby('a').agg({'City': 'max'})", "df.groupby('a').agg({'city': 'max'})"),
        ("df.groupby('a').agg(City=('City', 'max'))", "df.groupby('a').agg(City=('city', 'max'))"),
        ("df.rename(columns={'City': 'City'})", "df.rename(columns={'city': 'City'})"),
    ],
)
def test_a_column_is_renamed_and_no_value(code: str, right: str) -> None:
    assert mended(code, _failure("KeyError", "text", "City", "city")) == right


def test_a_frequency_is_renamed_and_no_column() -> None:
    code = "df['M'].resample('M').agg('M')"
    assert mended(code, _failure("ValueError", "frequency", "M", "ME")) == "df['M'].resample('ME').agg('M')"


def test_a_failing_cell_with_one_remedy_is_mended_without_the_model(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    tables.run("sales['price'] = 'low'")
    tables.run("sales.groupby('City').mean()")
    offered = tables.run("%fix")
    assert offered.next_cell == "sales.groupby('city').mean(numeric_only=True)"
    assert "the model was not asked" in offered.shown[-1]
    assert not scripted_engine.bodies


@pytest.mark.parametrize(
    "wrong",
    [
        "sales[['price', 'units']].mean()",
        "sales.groupby('city')[['kind', 'units']].mean()",
        "columns = ['kind', 'units']; sales[columns].mean()",
        "sales.kind.mean()",
        "sales.mean()",
        "sales.groupby('city').mean()",
    ],
)
def test_no_column_that_is_meant_is_left_out(
    tables: LiveKernel, scripted_engine: ScriptedEngine, wrong: str
) -> None:
    tables.run("sales['kind'] = ['S', 'M', 'L']" + ("; del sales['price']" if "kind" in wrong else ""))
    tables.run(wrong)
    scripted_engine.script("'asked'")
    assert tables.run("%fix").next_cell == "'asked'"


@pytest.mark.parametrize(
    ("there", "wrong"),
    [
        ("X_train = 1", "y_train + 1"),
        ("sales_2023 = 1", "sales_2024 + 1"),
        ("x = 1; sales['weight'] = 1", "sales['height']"),
    ],
)
def test_another_variable_is_no_remedy(
    tables: LiveKernel, scripted_engine: ScriptedEngine, there: str, wrong: str
) -> None:
    tables.run(there)
    tables.run(wrong)
    scripted_engine.script("'asked'")
    assert tables.run("%fix").next_cell == "'asked'"


def test_no_engine_has_to_run_for_that(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    tables.run("%config NBCoder.engine_url = 'http://127.0.0.1:9'")
    tables.run("sales['Units'].sum()")
    offered = tables.run("%fix")
    tables.run(f"%config NBCoder.engine_url = {scripted_engine.url!r}")
    assert offered.next_cell == "sales['units'].sum()"


def test_the_model_is_asked_where_something_is_wished(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    tables.run("sales['Units'].sum()")
    scripted_engine.script("sales['units'].max()")
    assert tables.run("%%fix\nI want the largest").next_cell == "sales['units'].max()"
