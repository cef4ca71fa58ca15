"""What is said of code that raises nothing and is wrong all the same, in a real kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_YEARS = "years = pd.DataFrame({'year': [1960, 1961], 'men': [1, 2]})"
_OF_1970 = "are all of 1970-01-01"
_ALL_MISSING = "is missing"
_LETTERS = "letter by letter"


@pytest.fixture
def frames(tables: LiveKernel) -> LiveKernel:
    """The same with years as numbers, prices as texts, and what is asked in copies."""
    assert tables.run(
        f"{_YEARS}\n"
        "sales['price'] = ['$9.50', '$10.00', '$3.25']\n"
        "sales['zip'] = ['3001', '4051', '3007']\n"
        "from nbcoder.dryrun import KernelDryRunner, Observer\n"
        "from nbcoder.suggest.repair.remarks import remark\n"
        "runner = KernelDryRunner(get_ipython(), Observer(remark=remark))\n"
        "import io\n"
        "wine = '14.23,1.71,red\\n13.2,1.78,red\\n'\n"
        "years_across = 'country,1990,1991\\nPeru,1,2\\n'"
    ).ok
    return tables


@pytest.mark.parametrize(
    ("code", "remark"),
    [
        ("years['year'] = pd.to_datetime(years['year'])", f"The dates in years['year'] {_OF_1970}"),
        ("when = pd.to_datetime(years['year'])", f"The dates in when {_OF_1970}"),
        ("later = years.set_index(pd.to_datetime(years.year))", f"The dates in later.index {_OF_1970}"),
        (
            "sales['number'] = pd.to_numeric(sales['price'], errors='coerce')",
            f"Every value of sales['number'] {_ALL_MISSING}",
        ),
        (
            "sales[sales['price'] > '9'].shape[0]",
            f"sales['price'] holds texts such as '$9.50', which are ordered {_LETTERS}",
        ),
        ("sales.groupby('city')['price'].max()", _LETTERS),
        ("sales[['city', 'price']].sort_values('price')", _LETTERS),
        (
            "t = pd.read_csv(io.StringIO(wine))",
            "The columns of t are called 14.23, 1.71, red: its file has no",
        ),
    ],
)
def test_a_mistake_that_pandas_keeps_quiet_is_told(frames: LiveKernel, code: str, remark: str) -> None:
    told = frames.run(f"print(*runner.run({code!r}).remarks)")
    assert remark in told.printed


@pytest.mark.parametrize(
    "code",
    [
        "t = pd.read_csv(io.StringIO(wine), header=None)",
        "t = pd.read_csv(io.StringIO(wine), names=['a', 'b', 'c'])",
        "t = pd.read_csv(io.StringIO(years_across))",
        "years['year'] = pd.to_datetime(years['year'].astype(str), format='%Y')",
        "sales['number'] = None",
        "sales['number'] = pd.NA",
        "sales['price'] = sales['price'].str.strip('$').astype(float)\nsales[sales['price'] > 9].price.sum()",
        "sales.sort_values('zip')",
        "sales.sort_values('city')",
        "sales['city'].max()",
        "sales[sales['price'] == '$9.50'].units.sum()",
        "sales.assign(price=[1, 2, 3]).price.sum()",
        "1 + 1",
    ],
)
def test_nothing_is_said_where_nothing_is_odd(frames: LiveKernel, code: str) -> None:
    told = frames.run(f"report = runner.run({code!r})\nprint(report.status, *report.remarks)")
    assert told.printed.strip() == "ok"


def test_an_odd_answer_goes_back_with_the_remark(frames: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    wrong = "years['year'] = pd.to_datetime(years['year'])"
    right = "years['year'] = pd.to_datetime(years['year'].astype(str), format='%Y')"
    scripted_engine.script(wrong, Reply((wrong, wrong, wrong)), right)
    assert frames.run("%%generate\nConvert the column year to dates").next_cell == right


def test_the_user_is_told_what_is_odd_where_nothing_better_came(
    frames: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    wrong = "years['year'] = pd.to_datetime(years['year'])"
    scripted_engine.script(wrong, Reply((wrong, wrong, wrong)), wrong, wrong, wrong)
    offered = frames.run("%%generate\nConvert the column year to dates")
    assert offered.next_cell == wrong
    assert _OF_1970 in offered.shown[-1]


def test_a_change_that_changes_nothing_is_none(frames: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    right = "years = years[years.men > 1]"
    scripted_engine.script("years = years.dropna()", Reply(("years = years.dropna()", right, right)))
    assert frames.run("%%generate\nDrop the rows with few men").next_cell == right
