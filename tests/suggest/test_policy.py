from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbcoder import settings
from nbcoder.dryrun import Effects, Report
from nbcoder.errors import SettingsError
from nbcoder.kernel.config import make_config
from nbcoder.suggest.running.policy import refusal, side_effects

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
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


@pytest.mark.parametrize(
    "code",
    [
        "import atexit\natexit.register(path.unlink)",
        "import threading\nthreading.Timer(60, path.unlink).start()",
        "from threading import Thread\nThread(target=lambda: df.to_csv('x')).start()",
        "asyncio.get_running_loop().call_later(60, path.rmdir)",
        "import weakref\nweakref.finalize(df, path.unlink)",
        "class Last:\n    def __del__(self):\n        path.unlink()\nlast = Last()",
        "async def soon():\n    path.unlink()",
        "get_ipython().events.register('post_run_cell', lambda _: path.unlink())",
        "pd.DataFrame.head = lambda self: path.unlink()",
        "if os.getpid() == 1:\n    path.write_text('x')",
    ],
)
def test_what_is_done_to_files_later_was_not_seen_by_the_dry_run(code: str) -> None:
    assert "Run the cell yourself" in refusal("ask", code, Report("ok", tier="namespaces"), _LIVE)


@pytest.mark.parametrize(
    "code",
    [
        "path.unlink()",
        "df.columns = ['x']\ndf.to_csv(buffer)",
        "from threading import Thread\nThread(target=df.sum).start()",
        "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor().map(abs, [1])",
    ],
)
def test_what_the_dry_run_saw_or_touches_no_file_is_run(code: str) -> None:
    assert refusal("ask", code, Report("ok", tier="namespaces"), _LIVE) == ""


def test_the_policy_decides_what_is_run() -> None:
    codes = ("df.to_csv('x.csv')", "df.head()")
    assert [bool(refusal("never", code, None, _LIVE)) for code in codes] == [True, True]
    assert [bool(refusal("ask", code, None, _LIVE)) for code in codes] == [True, False]
    assert [bool(refusal("auto", code, None, _LIVE)) for code in codes] == [False, False]


_LIVE = {"df": pd.DataFrame({"a": [1]}), "np": np, "os": os, "pd": pd, "_os": os, "own": lambda: None}


@pytest.mark.parametrize(
    "code",
    [
        "np.save('x', df)",
        "from numpy import save; save('x', df)",
        "import matplotlib.pyplot as plt\nplt.savefig('x')",
        "import torch\ntorch.save(df, 'x')",
        "import joblib; joblib.dump(df, 'x')",
        "own()",
    ],
)
def test_what_was_not_seen_to_its_end_has_to_do_nothing_but_compute(code: str) -> None:
    unseen = (
        None,
        Report("unavailable"),
        Report("timeout", "it took too long"),
        Report("error", "NameError"),
    )
    assert refusal("ask", code, Report("ok"), _LIVE) == ""
    assert all("might" in refusal("ask", code, report, _LIVE) for report in unseen)


_CELLS = """
import functools, importlib, multiprocessing, os, pathlib, socket, subprocess, sys, ctypes
import os as machine
import subprocess as sp
from os import kill, popen, system
from subprocess import check_output, run
import numpy as np, pandas as pd
df = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
connection, numbers, table = socket.socket(), [1, 2], {"x": 1}
def fetch(url): return run(["curl", url])
def helper(): return fetch("example.org")
def late():
    import subprocess as inner
    return inner.run(["true"])
def outer():
    from os import system as go
    def inside(): go("true")
    return inside()
def retried(f):
    @functools.wraps(f)
    def again(*args): return f(*args)
    return again
@retried
def decorated(): machine.system("true")
@functools.lru_cache
def cached(): return popen("true")
class Client:
    def __init__(self): self.link = connection
    def send(self): self.link.sendall(b"x")
    @property
    def status(self): return sp.getoutput("git status")
client, clients, push = Client(), {"one": [Client()]}, functools.partial(sp.run, ["git", "push"])
send = connection.sendall
def cleaned(frame): return frame.rename(columns=str.upper).assign(c=os.path.join("a", "b"))
class Model:
    def fit(self, x): self.mean = np.mean(x); return self
model = Model()
"""


@pytest.fixture(scope="module")
def live() -> Iterator[dict[str, object]]:
    """A namespace after the cells of a user's."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(compile(_CELLS, "<cell>", "exec"), namespace)  # noqa: S102 - a user's cells
    with cast("socket.socket", namespace["connection"]):
        yield namespace


@pytest.mark.parametrize(
    "code",
    [
        *("subprocess.run(['git', 'push'])", "sp.run(['git', 'push'])", "run(['git', 'push'])"),
        *(
            "check_output('curl example.org', shell=True)",
            "from os import system; system('curl example.org')",
        ),
        *("getattr(os, 'sys' + 'tem')('curl example.org')", "os.popen('true')", "machine.popen('true')"),
        *("os.posix_spawn('/bin/true', ['true'], {})", "system('true')", "popen('true')"),
        "importlib.import_module('subprocess').run(['true'])",
        *("vars(os)['system']('true')", "list(map(os.system, ['true']))", "o = os; o.system('true')"),
        *("sys.modules['os'].system('true')", "import operator; operator.attrgetter('system')(os)('true')"),
        *("pd.io.common.os.system('true')", "os.path.os.system('true')", "pathlib.os.system('true')"),
        "try:\n    kill(1, 9)\nexcept OSError:\n    pass",
        *("helper()", "late()", "outer()", "decorated()", "cached()", "push()", "list(map(helper, [1]))"),
        *("client.send()", "clients['one'][0].send()", "client.status", "Client().send()", "send(b'x')"),
        *("exit()", "quit", "from IPython import get_ipython\nget_ipython().kernel.do_shutdown(False)"),
        *("connection.sendall(b'DELETE ALL')", "f = connection.sendall; f(b'x')"),
        *("ctypes.CDLL(None).system(b'true')", "import socket", "x = __import__('os')"),
    ],
)
def test_a_cell_that_acts_outside_is_left_to_the_user_though_it_ran_in_a_copy(
    code: str, live: dict[str, object]
) -> None:
    assert refusal("ask", code, Report("ok", tier="namespaces"), live)


@pytest.mark.parametrize(
    "code",
    [
        *("df.rename(columns={'a': 'c'})", "df.to_json(orient='records')", "numbers.remove(1)"),
        *("out = df.groupby('b').sum()\nout = out.rename(columns={'a': 'c'})", "pd.read_csv('x.csv')"),
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()",
        "from sklearn.linear_model import LinearRegression\nLinearRegression().fit(df[['a']], df['a'])",
        *("os.path.join('a', 'b')", "[f for f in os.listdir() if f.endswith('.csv')]", "os.environ['HOME']"),
        *("cleaned(df)", "model.fit(df['a'])", "import platform; platform.system()", "table.get('x')"),
        *("print(sys.version)", "multiprocessing.cpu_count()", "open('x').read()", "np.random.seed(1)"),
        *("getattr(df, 'a')", "from pathlib import Path\nPath('x').read_text()", "help(df)"),
        "from joblib import Parallel, delayed\nParallel(1)(delayed(abs)(x) for x in numbers)",
        "def helper():\n    return 1\ndf['c'] = 1",
    ],
)
def test_plain_work_with_data_runs_without_a_question(code: str, live: dict[str, object]) -> None:
    assert refusal("ask", code, Report("ok", tier="namespaces"), live) == ""


def test_what_the_dry_run_saw_go_outside_is_told() -> None:
    effects = Effects(outside=("start a process: git push",), rewritten=("kept.csv",))
    told = refusal("ask", "save(df)", Report("ok", effects=effects), _LIVE)
    assert told.startswith("it would change kept.csv, start a process: git push.")


class _Watching(type):
    """A class that notices whatever looks at it."""

    touched: ClassVar[list[str]] = []

    def __getattribute__(cls, name: str) -> object:
        _Watching.touched.append(name)
        return super().__getattribute__(name)

    def __eq__(cls, other: object) -> bool:
        _Watching.touched.append("==")
        return cls is other

    def __hash__(cls) -> int:
        _Watching.touched.append("hash")
        return 1


class _Object(metaclass=_Watching):
    def __getattribute__(self, name: str) -> object:
        _Watching.touched.append(name)
        return super().__getattribute__(name)

    @property
    def __dict__(self) -> dict[str, object]:  # type: ignore[override] # that is the trap
        _Watching.touched.append("__dict__")
        return {}


def test_no_code_of_the_users_runs_while_names_are_looked_up() -> None:
    names = {"odd": _Object(), "many": [_Object(), {"x": _Object()}], "kind": _Object}
    _Watching.touched.clear()
    side_effects("odd.run(); many[0].x; kind(); odd", Report("ok"), names)
    assert _Watching.touched == []


def test_a_large_heap_and_a_circle_are_looked_at_in_no_time() -> None:
    circle: list[object] = []
    circle.append(circle)
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep, *range(50)]
    chain = {"f0": lambda: None}
    for number in range(3_000):
        exec(f"def f{number + 1}(): return f{number}()", chain)  # noqa: S102 - a user's functions
    names = {"circle": circle, "deep": deep, "wide": list(range(1_000_000)), **chain}
    started = time.perf_counter()
    side_effects("circle; deep; wide; f3000(); " + "x." * 20_000 + "y", Report("ok"), names)
    assert time.perf_counter() - started < 1.0


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
