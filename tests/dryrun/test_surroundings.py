"""What code does to the process beside the user's names: told where it is meant."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.dryrun.conftest import ORDINARY_USER
from tests.dryrun.live import DryKernel

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = """
import logging, os, random, warnings
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
df = pd.DataFrame({"a": [1, 2]})
dice = random.Random(1)
def begin(number): np.random.seed(number)
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[DryKernel]:
    with DryKernel(ORDINARY_USER if os.geteuid() == 0 else None) as kernel:
        kernel.do(LIVE)
        yield kernel


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("random.seed(1)", ["random numbers"]),
        ("begin(1)", ["random numbers"]),
        ("random.random(); np.random.rand(); df.sample(1)", []),
        ("dice.seed(2); np.random.default_rng(1).random()", []),
        ("plt.rcParams['figure.figsize'] = 3, 3", ["settings of matplotlib"]),
        ("plt.style.use('ggplot')", ["settings of matplotlib"]),
        ("with plt.rc_context({'font.size': 3}): df.plot()\nplt.show()", []),
        ("pd.set_option('display.max_rows', 5)", ["settings of pandas"]),
        ("with pd.option_context('display.max_rows', 5): print(df)", []),
        ("warnings.filterwarnings('ignore')", ["warning filters"]),
        ("with warnings.catch_warnings(): warnings.simplefilter('ignore')", []),
        ("import sklearn.ensemble", []),
        ("logging.basicConfig(level=10)", ["logging"]),
        ("logging.warning('x')", []),
        ("os.environ['KMP_DUPLICATE_LIB_OK'] = 'TRUE'", ["environment"]),
    ],
)
def test_the_parts_of_the_process_that_are_changed_are_told(
    kernel: DryKernel, code: str, parts: list[str]
) -> None:
    report = kernel.dry_run(code, seconds=60.0)
    assert report.status == "ok", report
    assert list(report.effects.process) == parts


def test_settings_of_a_library_that_the_code_imports_first_are_told() -> None:
    with DryKernel() as kernel:
        code = "import matplotlib.pyplot as plt, numpy as np, pandas as pd\nplt.plot([1]); plt.show()"
        assert kernel.dry_run(code, seconds=60.0).effects.process == ()
        code += "\nplt.rc('font', size=3); pd.options.display.width = 9; np.random.seed(1)"
        told = kernel.dry_run(code, seconds=60.0).effects.process
        assert told == ("settings of matplotlib", "settings of pandas", "random numbers")


def test_the_folders_that_matplotlib_makes_for_itself_are_no_effect(kernel: DryKernel) -> None:
    report = kernel.dry_run("os.makedirs('.config/matplotlib'); os.makedirs('.config/autostart')")
    assert report.effects.created == (".config/autostart/",), report
