from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbcoder import settings
from nbcoder.dryrun import Effects, Report
from nbcoder.errors import SettingsError
from nbcoder.kernel.config import make_config
from nbcoder.suggest.policy import refusal, side_effects

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "code",
    [
        "import shutil",
        "from subprocess import run",
        "open('x', 'w')",
        "path.open(mode='a')",
        "df.to_csv('x.csv')",
        "os.remove('x')",
        "requests.post(url)",
        "exec(text)",
        "!rm -r data",
        "%%bash\nrm x",
        "%load_ext sql\n%sx rm x",
        "%time os.remove('x')",
        "files = !rm x",
        "%config Application.log_level = os.remove('x')",
        "%matplotlib {os.remove('x')}",
    ],
)
def test_side_effects_are_seen_in_the_syntax_tree(code: str) -> None:
    assert side_effects(code)


@pytest.mark.parametrize(
    "code",
    [
        "df.groupby('a').sum()",
        "text = 'import shutil; open(1, 2)'  # os.remove",
        "open('x').read()",
        "df.to_csv()",
        "df['remove'] = df.rename_axis('x')",
        "requests.get(url)",
        "%matplotlib inline\nplt.plot([1])",
        "if True:\n    %load_ext autoreload",
    ],
)
def test_words_alone_are_no_side_effects(code: str) -> None:
    assert not side_effects(code)


def test_the_dry_run_knows_it_best() -> None:
    report = Report("ok", effects=Effects(created=("out.csv",), blocked=("connect to example.org:443",)))
    assert side_effects("save(df)", report) == ("create out.csv", "connect to example.org:443")


def test_the_policy_decides_what_is_run() -> None:
    codes = ("df.to_csv('x.csv')", "df.head()")
    assert [bool(refusal("never", code, None, _LIVE)) for code in codes] == [True, True]
    assert [bool(refusal("ask", code, None, _LIVE)) for code in codes] == [True, False]
    assert [bool(refusal("auto", code, None, _LIVE)) for code in codes] == [False, False]


_LIVE = {"df": pd.DataFrame({"a": [1]}), "np": np, "os": os, "_os": os, "own": lambda: None}


@pytest.mark.parametrize(
    "code",
    [
        "from os import system; system('rm x')",
        "getattr(os, 'remove')('x')",
        "os.replace('x', 'y')",
        "_os.popen('rm x')",
        "np.save('x', df)",
        "from numpy import save; save('x', df)",
        "import matplotlib.pyplot as plt\nplt.savefig('x')",
        "import torch\ntorch.save(df, 'x')",
        "import joblib; joblib.dump(df, 'x')",
        "own()",
    ],
)
def test_what_nothing_is_known_of_has_to_do_nothing_but_compute(code: str) -> None:
    seen = (Report("ok"), Report("error", "NameError"))
    unseen = (None, Report("unavailable"), Report("timeout", "it took too long"))
    assert [refusal("ask", code, report, _LIVE) for report in seen] == ["", ""]
    assert all("might" in refusal("ask", code, report, _LIVE) for report in unseen)


@pytest.mark.parametrize(
    "code", ["df.groupby('a').sum()", "%matplotlib inline\nnp.mean(df['a'])", "total = 1"]
)
def test_what_only_computes_may_run_without_a_dry_run(code: str) -> None:
    assert refusal("ask", code, None, _LIVE) == ""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "machine.toml"
    monkeypatch.setattr(settings, "system_config_file", lambda: path)
    return path


def test_an_administrators_setting_is_a_default(machine: Path) -> None:
    machine.write_text('run_policy = "auto"\nrepair_rounds = 1\n')
    loaded = settings.load_settings({"NBCODER_REPAIR_ROUNDS": "2"})
    assert (loaded.run_policy, loaded.repair_rounds) == ("auto", 2)


def test_a_locked_setting_wins_over_the_user(machine: Path, tmp_path: Path) -> None:
    machine.write_text('[locked]\nrun_policy = "never"\n')
    (tmp_path / "config.toml").write_text('run_policy = "auto"\n')
    assert settings.load_settings({"NBCODER_RUN_POLICY": "auto"}).run_policy == "never"
    assert settings.locked_settings() == {"run_policy": "never"}


def test_a_locked_policy_wins_over_a_page(machine: Path) -> None:
    config = make_config(InteractiveShell())  # type: ignore[no-untyped-call] # IPython does not say
    assert config.run_policy_for("auto") == "auto"
    machine.write_text('[locked]\nrun_policy = "never"\n')
    assert config.run_policy_for("auto") == "never"
    assert config.run_policy_for("") == "never"


def test_a_lock_that_is_no_table_is_refused(machine: Path) -> None:
    machine.write_text("locked = 3\n")
    with pytest.raises(SettingsError, match=r"\[locked\]"):
        settings.load_settings({})


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("dry_run = false", "dry_run", "off"),
        ('panel = "Auto"', "panel", "auto"),
        ("panel = true", "panel", "on"),
    ],
)
def test_a_word_may_be_written_as_toml_has_it(machine: Path, line: str, name: str, value: str) -> None:
    machine.write_text(line)
    assert getattr(settings.load_settings({}), name) == value


def test_a_word_that_a_setting_does_not_know_is_refused(machine: Path) -> None:
    machine.write_text('run_policy = "sometimes"')
    with pytest.raises(SettingsError, match="run_policy is 'sometimes', but has to be never, ask or auto"):
        settings.load_settings({})
