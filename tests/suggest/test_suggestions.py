"""What is offered for what the model says, in a real kernel with live tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine


def _asked(engine: ScriptedEngine, number: int = -1) -> str:
    """The last turn of the user in a request that the engine got."""
    return str([m for m in engine.bodies[number]["messages"] if m["role"] == "user"][-1]["content"])


def _sizes(engine: ScriptedEngine) -> list[Any]:
    """How many answers each request asked for."""
    return [body.get("n", 1) for body in engine.bodies]


def test_one_answer_is_asked_for_where_the_first_one_does(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("sales.units.sum()")
    assert tables.run("%%generate\nHow many units were sold?").next_cell == "sales.units.sum()"
    assert _sizes(scripted_engine) == [1]


def test_a_printed_value_is_shown_as_the_result(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script('total = sales.units.sum()\nprint(f"The total is {total}")')
    assert (
        tables.run("%%generate\nWhat is the total of units?").next_cell == "total = sales.units.sum()\ntotal"
    )


def test_a_question_leaves_the_users_table_as_it_is(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("sales = sales[sales.city == 'Bern']\nsales")
    cell = tables.run("%%generate\nShow the rows of Bern").next_cell
    assert cell == "sales_copy = sales.copy()\nsales_copy = sales_copy[sales_copy.city == 'Bern']\nsales_copy"


def test_a_number_of_the_users_gives_its_name_to_a_loop(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    tables.run("i = 5")
    loop = "totals = []\nfor i in range(3):\n    totals.append(i)\ntotals"
    scripted_engine.script(loop)
    assert tables.run("%%generate\nShow the first numbers").next_cell == loop


def test_a_number_is_counted_on_under_another_name(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    tables.run("total = 5")
    scripted_engine.script("total += 1\ntotal")
    cell = tables.run("%%generate\nWhat is one more than the total?").next_cell
    assert cell == "total_copy = total\ntotal_copy += 1\ntotal_copy"


_INVENTED = "sales = pd.DataFrame({'city': ['Rome'], 'units': [9]})\nsales.units.sum()"


def test_an_answer_on_data_of_its_own_is_worse_than_one_on_the_users(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(_INVENTED, Reply((_INVENTED, "sales.units.sum()", _INVENTED)))
    assert tables.run("%%generate\nHow many units were sold?").next_cell == "sales.units.sum()"


def test_an_answer_that_reads_the_users_table_anew_is_sent_back(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    tables.run("sales.assign(units=7).to_csv('again.csv', index=False)")
    again = "sales = pd.read_csv('again.csv')\nsales.units.sum()"
    scripted_engine.script(again, Reply((again, "sales.units.sum()", again)))
    assert tables.run("%%generate\nHow many units were sold?").next_cell == "sales.units.sum()"


def test_a_table_may_be_made_anew_where_that_is_asked(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(_INVENTED.replace(".units.sum()", ""))
    made = tables.run("%%generate\nCreate a table of the cities and units and show it").next_cell
    assert made is not None
    assert made.startswith("sales_copy = pd.DataFrame")


def test_a_list_may_be_given_other_values(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    tables.run("sizes = [1, 2]")
    scripted_engine.script("sizes = [3, 4]")
    assert tables.run("%%generate\nSet sizes to [3, 4]").next_cell == "sizes = [3, 4]"
    assert _sizes(scripted_engine) == [1]


def test_gaps_are_not_filled_by_inventing_the_table(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    invented, right = "sales = pd.DataFrame({'units': [1, 0]})", "sales = sales.replace(1, 0)"
    scripted_engine.script(invented, Reply((invented, right, invented)))
    assert tables.run("%%generate\nReplace 1 by 0 in sales").next_cell == right


def test_a_mended_cell_goes_on_making_its_table(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    tables.run("sales = pd.DataFrame({'units': [1, 2]})\nsales.unit.sum() + wrong")
    right = "sales = pd.DataFrame({'units': [1, 2]})\nsales.units.sum()"
    scripted_engine.script(right)
    assert tables.run("%%fix\nShow the sum of units").next_cell == right


def test_tests_may_bring_data_of_their_own(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    tables.run("def total(table):\n    return table.units.sum()")
    own = "sales = pd.DataFrame({'units': [1, 2]})\nassert total(sales) == 3"
    scripted_engine.script(own)
    assert tables.run("%tests").next_cell == own.replace("sales", "sales_copy")


def test_a_change_that_was_asked_for_is_kept(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("sales.drop(columns='price')")
    cell = tables.run("%%generate\nDelete the column price").next_cell
    assert cell == "sales = sales.drop(columns='price')"


def test_the_name_that_was_asked_for_is_bound(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("sales.groupby('city').units.sum()")
    cell = tables.run("%%generate\nUnits of each city, assigned to a variable called totals").next_cell
    assert cell == "totals = sales.groupby('city').units.sum()"


def test_cells_that_ran_are_not_repeated(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    tables.run("big = sales[sales.units > 1]")
    scripted_engine.script("big = sales[sales.units > 1]\nbig.units.mean()")
    assert tables.run("%%generate\nWhat is the mean of units in big?").next_cell == "big.units.mean()"


def test_nor_are_they_repeated_as_a_notebook_before_the_mended_cell(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    tables.run("numbers = [1, 2, 3]")
    tables.run("numbers = [4, 5, 6]\nsum(number)")
    scripted_engine.script(
        "# %%\n%load_ext nbcoder\n\n# %%\nnumbers = [1, 2, 3]\n\n# %%\nnumbers = [4, 5, 6]\nsum(numbers)"
    )
    assert tables.run("%fix").next_cell == "numbers = [4, 5, 6]\nsum(numbers)"


def test_further_answers_are_drawn_where_the_first_one_fails(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    drawn = ("sales.units.max()", "sales.units.sum()", "sum(sales.units)")
    scripted_engine.script("sales.nothing()", Reply(drawn))
    cell = tables.run("%%generate\nHow many units were sold?").next_cell
    assert _sizes(scripted_engine) == [1, 3]
    assert cell == "sales.units.sum()", "two of three come to 6"


def test_of_an_answer_that_is_not_sure_others_are_asked_and_most_win(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    drawn = ("sales.units.max()", "sales.units.sum()", "sum(sales.units)")
    scripted_engine.script(Reply("sales.units.min()", logprobs=(-0.6,)), Reply(drawn, logprobs=(-0.7,) * 3))
    cell = tables.run("%%generate\nHow many units were sold?").next_cell
    assert _sizes(scripted_engine) == [1, 3]
    assert cell == "sales.units.sum()", "two of four come to 6"


def test_an_answer_that_is_sure_is_not_doubted(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script(Reply("sales.units.min()", logprobs=(-0.05,)))
    assert tables.run("%%generate\nHow many units were sold?").next_cell == "sales.units.min()"
    assert _sizes(scripted_engine) == [1]


def test_the_surest_wins_where_no_two_agree(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    drawn = ("sales.units.max()", "sales.units.sum()", "sales.units.min()")
    scripted_engine.script("sales.nothing()", Reply(drawn, logprobs=(-0.9, -0.5, -0.1)))
    assert tables.run("%%generate\nWhat is in it?").next_cell == "sales.units.min()"


def test_doing_nothing_is_worse_than_failing(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    idle = ("# here it is", "import pandas as pd", 'print("Which table do you mean?")')
    failing = "sales.nothing()"
    scripted_engine.script(failing, Reply(idle), failing, failing, failing)
    assert tables.run("%%generate\nHow many units were sold?").next_cell == failing


def test_reading_a_file_that_is_not_there_is_worse_than_using_the_table(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    drawn = ("pd.read_csv('sales.csv')", "sales.head()", "pd.read_csv('data.csv')")
    scripted_engine.script("pd.read_csv('sales.csv').head()", Reply(drawn))
    assert tables.run("%%generate\nShow the first rows").next_cell == "sales.head()"


def test_a_failing_answer_goes_back_with_what_live_objects_say(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    wrong, right = "sales.price.astype(float).sum()", "sales.price.str.strip('$').astype(float).sum()"
    scripted_engine.script(wrong, Reply((wrong, wrong, wrong)), right)
    assert tables.run("%%generate\nWhat is the sum of price?").next_cell == right
    told = _asked(scripted_engine)
    assert "could not convert string to float" in told
    assert "sales['price'] holds texts such as '$1' and '$3', not numbers" in told


def test_a_mistake_made_again_is_not_shown_to_the_model_again(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    wrong, right = "sales.amount.sum()", "sales.units.sum()"
    scripted_engine.script(wrong, Reply((wrong, wrong, wrong)), wrong, right)
    assert tables.run("%%generate\nHow many units were sold?").next_cell == right
    assert "sales.amount.sum()" in str(scripted_engine.bodies[2])
    assert "sales.amount.sum()" not in str(scripted_engine.bodies[3])
    assert "DataFrame has no amount" in _asked(scripted_engine)


def test_the_same_mistake_three_times_ends_the_search(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    wrong = "sales.amount.sum()"
    scripted_engine.script(wrong, Reply((wrong, wrong, wrong)), wrong, wrong, wrong, wrong)
    tables.run("%%generate\nHow many units were sold?")
    assert len(scripted_engine.bodies) == 4


def test_the_same_mistake_of_another_object_is_the_same(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    raising = "import time\nraise TypeError(f'<sales at {hex(time.time_ns())}> has no sum')"
    first, *drawn, second, third, fourth = (f"sales.head({n})\n{raising}" for n in range(7))
    scripted_engine.script(first, Reply(tuple(drawn)), second, third, fourth)
    tables.run("%%generate\nHow many units were sold?")
    assert len(scripted_engine.bodies) == 4


def test_a_table_is_not_one_number(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    drawn = ("sales.city.value_counts()", "(sales.city == 'Bern').sum()", "sales.city.value_counts()")
    scripted_engine.script("sales.city.value_counts()", Reply(drawn))
    assert (
        tables.run("%%generate\nHow many rows of Bern are there?").next_cell == "(sales.city == 'Bern').sum()"
    )


def test_the_model_is_told_which_values_the_request_speaks_of(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("sales[sales.city == 'Basel']")
    tables.run("%%generate\nShow everything from Basel")
    assert "sales['city'] has the value 'Basel'" in _asked(scripted_engine)


def test_the_model_is_told_what_words_mean_in_pandas(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("sales.groupby('city').units.describe()")
    tables.run("%%generate\nShow the statistics of units for each city")
    assert "describe() gives the usual statistics" in _asked(scripted_engine)
    assert "iloc" not in _asked(scripted_engine)
    tables.run("%%generate\nSelect rows 3 to 7")
    assert "taken with iloc" in _asked(scripted_engine)


def test_the_model_is_told_how_a_named_file_begins(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    tables.run("_ = open('wind.dat', 'w').write('day|speed\\n1|2.5\\n')")
    scripted_engine.script("wind = pd.read_csv('wind.dat', sep='|')")
    tables.run("%%generate\nRead `wind.dat` into wind")
    assert "day|speed" in _asked(scripted_engine)


_EXAMPLE = """Write a function `def best(sales: pd.DataFrame) -> pd.DataFrame`: the rows of the most units.

Example input:
```
sales:
+------+-------+
| city | units |
+------+-------+
| Chur | 1     |
| Thun | 5     |
+------+-------+
```

Example output:
```
+------+-------+
| city | units |
+------+-------+
| Thun | 5     |
+------+-------+
```
"""


def test_a_function_is_tried_on_the_example_of_the_request(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    wrong = "def best(sales):\n    return sales.head(1)"
    right = "def best(sales):\n    return sales[sales.units == sales.units.max()]"
    scripted_engine.script(wrong, Reply((wrong,) * 3), Reply((wrong,) * 9), right)
    assert tables.run(f"%%generate\n{_EXAMPLE}").next_cell == right
    told = _asked(scripted_engine)
    assert "best gives" in told
    assert "Chur" in told
    assert "but the request says" in told


def test_columns_that_the_example_does_not_have_are_left_out(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    best = "def best(sales):\n    kept = sales[sales.units > 1].assign(more=1)\n    return kept"
    scripted_engine.script(best)
    cell = tables.run(f"%%generate\n{_EXAMPLE}").next_cell
    assert cell == best + "[['city', 'units']]"


def test_columns_get_the_names_of_the_example(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    best = "def best(sales):\n    return sales.nlargest(1, 'units').rename(columns={'units': 'sold'})"
    scripted_engine.script(best)
    cell = tables.run(f"%%generate\n{_EXAMPLE}").next_cell
    assert cell == best + ".rename(columns={'sold': 'units'})"


def test_a_bare_number_becomes_the_table_of_the_example(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    most = "def most(sales):\n    return sales.units.max()"
    scripted_engine.script(most)
    asked = (
        "Write a function `def most(sales: pd.DataFrame) -> pd.DataFrame`.\n\nExample input:\nsales:\n"
        "| city | units |\n|------|-------|\n| Chur | 1     |\n| Thun | 5     |\n\n"
        "Example output:\n| units |\n|-------|\n| 5     |\n"
    )
    cell = tables.run(f"%%generate\n{asked}").next_cell
    assert cell == "def most(sales):\n    return pd.DataFrame({'units': [sales.units.max()]})"


def test_a_function_leaves_the_tables_that_it_is_given(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    head = 'def best(sales):\n    """The best."""\n'
    work = "    sales['rank'] = sales.units.rank(ascending=False)\n    return sales[sales['rank'] == 1]"
    scripted_engine.script(head + work)
    cell = tables.run(f"%%generate\n{_EXAMPLE}").next_cell
    assert cell == head + "    sales = sales.copy()\n" + work + "[['city', 'units']]"


def test_many_answers_are_drawn_where_an_example_tells_which_is_right(
    tables: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    wrong = "def best(sales):\n    return sales.head(1)"
    right = "def best(sales):\n    return sales[sales.units == sales.units.max()]"
    scripted_engine.script(wrong, Reply((wrong,) * 3), Reply((*(wrong,) * 8, right)))
    assert tables.run(f"%%generate\n{_EXAMPLE}").next_cell == right
    assert _sizes(scripted_engine) == [1, 3, 9]


def test_without_dry_runs_nothing_is_tried(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    tables.run("%config NBCoder.dry_run = 'off'\n%config NBCoder.repair_rounds = 0")
    scripted_engine.script("sales.nothing()")
    assert tables.run("%%generate\nHow many units were sold?").next_cell == "sales.nothing()"
    tables.run("%config NBCoder.dry_run = 'on'\n%config NBCoder.repair_rounds = 3")


def test_what_is_to_be_printed_may_be_printed(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    loop = "for city, group in sales.groupby('city'):\n    print(city)\n    print(group)"
    scripted_engine.script(loop)
    asked = "%%generate\nIterate over the cities and print each with its rows"
    assert tables.run(asked).next_cell == loop
    assert _sizes(scripted_engine) == [1]


def test_tests_that_hold_are_not_doubted(tables: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    tables.run("def twice(number):\n    return 2 * number")
    scripted_engine.script(Reply("assert twice(2) == 4", logprobs=(-0.9,)))
    assert tables.run("%tests").next_cell == "assert twice(2) == 4"
    assert _sizes(scripted_engine) == [1]
