"""What judging does to the kernel it happens in: nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from nbcoder.bench.problems import Limits, Problem, validator_config
from nbcoder.bench.runner import judge, judge_cells
from nbcoder.bench.verdicts import Verdict

if TYPE_CHECKING:
    from nbcoder.bench.kernels import KernelHandle

HOSTILE = [
    "df['c'] = 1; numbers.clear(); del half",
    "import os; os._exit(0)",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "import os, signal; os.kill(os.getppid(), signal.SIGINT)\nimport time; time.sleep(0.1)",
    "import os; os.closerange(0, 200)",
    "while True:\n    try:\n        pass\n    except BaseException:\n        pass",
    "hog = bytearray(1 << 40)",
    "import os; os.fork(); 1",
    "import subprocess; subprocess.Popen(['sleep', '60']); 1",
    "open('inputs/table.csv', 'w').close()",
    "import shutil; shutil.rmtree('inputs')",
    "import os; os.chdir('/')",
    "input('?')",
    "get_ipython().run_cell('mine = 1')",
    "from IPython.display import display; display(df)",
    "import threading; threading.Thread(target=lambda: None).start()",
    "random.seed(1); np.random.seed(1)",
    "import sys; sys.modules.clear()",
    "print('x' * 10_000_000)",
    "class Bad:\n  def __eq__(self, _): 1 / 0\n  def __deepcopy__(self, _): 1 / 0\nbad = Bad()\nbad",
]
STATE = (
    "import os\n"
    "(sorted(n for n in globals() if n[0] != '_'), df.to_dict(), numbers, half, random.getstate()[1][:3], "
    "np.random.get_state()[1][:3].tolist(), os.getcwd(), open('inputs/table.csv').read(), "
    "sorted(os.listdir()))"
)


@pytest.mark.parametrize("code", HOSTILE)
def test_no_answer_changes_the_kernel(kernel: KernelHandle, code: str) -> None:
    before = kernel.run(STATE, 30)
    problem = Problem("half", "?", validator_config(None), Limits(max_time=0.05), 1)
    judge(kernel, problem, code)
    after = kernel.run(STATE, 30)
    assert before.error is None
    assert after.outputs == before.outputs
    # The judging is no cell of the notebook: the counter knows only of the two that looked.
    assert after.execution_count == (before.execution_count or 0) + 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import os; os._exit(3)", "SystemExit"),
        ("hog = bytearray(1 << 40)", "MemoryError"),
        ("import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass", "TimeoutError"),
    ],
)
def test_an_answer_that_takes_its_process_down_is_a_failed_answer(
    kernel: KernelHandle, code: str, error: str
) -> None:
    report = kernel.call(
        "judge",
        3,
        question={
            "candidate": code,
            "reference": "half",
            "validator": {"crash": None},
            "limits": {"seconds": 1, "memory": 500, "forbid": []},
        },
    )
    name = report["lost"][0] if "lost" in report else report["error"][0]
    assert name == error


def test_an_answer_sees_the_live_state_and_the_files(kernel: KernelHandle) -> None:
    problem = Problem(
        "[df.a.sum(), pd.read_csv('inputs/table.csv').b.sum()]", "?", validator_config(None), index=1
    )
    assert judge(kernel, problem, "[6, 6]").verdict is Verdict.CORRECT


TASK = """
import asyncio
async def total():
    return df.a.sum()
task = asyncio.create_task(total())
await asyncio.sleep(0)
await task
"""


@pytest.mark.parametrize(
    ("reference", "candidate", "verdict"),
    [
        ("import asyncio\nawait asyncio.sleep(0, 6)", "6", Verdict.CORRECT),
        ("6", "import asyncio\nawait asyncio.sleep(0, 7)", Verdict.WRONG_OUTPUT),
        ("half", "import asyncio\nawait asyncio.sleep(60)\nhalf", Verdict.TIMEOUT),
        ("df['a'].sum()", TASK, Verdict.CORRECT),
        ("[1, 2]", "async def two():\n    yield 1\n    yield 2\n[x async for x in two()]", Verdict.CORRECT),
    ],
)
def test_a_cell_may_await_as_in_a_notebook(
    kernel: KernelHandle, reference: str, candidate: str, verdict: Verdict
) -> None:
    config = validator_config({"template": "basic", "result": None})
    problem = Problem(reference, "?", config, Limits(max_time=0.1), 1)
    assert judge(kernel, problem, candidate).verdict is verdict
    assert kernel.run("import asyncio\nawait asyncio.sleep(0, 'goes on')", 30).outputs[0].text == "'goes on'"


def test_functions_of_the_notebook_see_what_each_side_changed(kernel: KernelHandle) -> None:
    config = validator_config({"namespace_intact": {"update": True}})
    problem = Problem("df = df.head(2)\nsize()", "?", config, index=1)
    assert judge(kernel, problem, "df = df.tail(2)\nsize()").verdict is Verdict.CORRECT
    assert judge(kernel, problem, "size()").verdict is Verdict.WRONG_OUTPUT


def test_files_that_the_reference_writes_are_not_there_for_the_answer(kernel: KernelHandle) -> None:
    problem = Problem("open('new.txt', 'w').close()\n1", "?", validator_config(None), index=1)
    assert judge(kernel, problem, "open('new.txt').close()\n1").error == "FileNotFoundError"


def test_cells_run_in_a_namespace_of_their_own(kernel: KernelHandle) -> None:
    assert judge_cells(kernel, ["x = 1", "assert x == 1"], 5).verdict is Verdict.CORRECT
    assert judge_cells(kernel, ["assert 'df' not in globals()"], 5).verdict is Verdict.CORRECT
    assert judge_cells(kernel, ["x = 1", "assert x == 2"], 5).verdict is Verdict.UNIT_TEST_FAILURE
    assert judge_cells(kernel, ["x =", "y"], 5).verdict is Verdict.SYNTAX_ERROR
    assert judge_cells(kernel, ["while 1: pass"], 0.1).verdict is Verdict.TIMEOUT


def test_judging_leaves_no_descriptor_and_no_process_behind(kernel: KernelHandle) -> None:
    count = (
        "import os\nchildren = f'/proc/{os.getpid()}/task/{os.getpid()}/children'\n"
        "(len(os.listdir('/proc/self/fd')), open(children).read())"
    )
    problem = Problem("half", "?", validator_config(None), index=1)
    before = ast.literal_eval(kernel.run(count, 30).outputs[0].text)
    for _ in range(20):
        assert (
            judge(kernel, problem, "import subprocess; subprocess.Popen(['sleep', '60'])\nhalf").verdict
            == "correct"
        )
    after = ast.literal_eval(kernel.run(count, 30).outputs[0].text)
    # The kernel opens and closes a few of its own.
    assert after[0] < before[0] + 10
    assert after[1] == before[1] == ""
