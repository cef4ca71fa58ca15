"""A failing cell is mended from the state before it ran, and what it had changed can be put back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from nbcoder import wire
from nbcoder.texts import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks are made on Linux only")

POP = "values.pop()\ncount = 1\nwrong"


def _paused(kernel: LiveKernel) -> int:
    return len(psutil.Process(kernel.pid).children())


def _note(kernel: LiveKernel, magic: str = "%fix") -> str:
    return kernel.run(magic).shown[-1]


def test_a_repair_is_tried_from_before_the_failing_cell(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("values = [1, 2, 3]")
    kernel.run("print(values.pop(), wrong)", cell_id="a")
    scripted_engine.script("assert values == [1, 2, 3]\nprint(values.pop())")
    fixed = kernel.run("%fix")
    assert fixed.next_cell == "assert values == [1, 2, 3]\nprint(values.pop())"
    assert len(scripted_engine.bodies) == 1
    assert kernel.run("values").result == "[1, 2]"


def test_the_offer_says_what_the_failed_run_had_changed(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("values = [1, 2, 3]")
    kernel.run(POP)
    scripted_engine.script("values.pop()")
    note = _note(kernel)
    assert "already changed count, values" in note
    assert "%nbcoder restore" in note


def test_a_cell_that_runs_others_is_tried_from_before_it(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("values = [1, 2, 3]")
    kernel.run("get_ipython().run_cell('values.pop()')\nwrong")
    scripted_engine.script("1")
    assert "already changed values" in _note(kernel)


def test_the_files_that_the_failed_run_wrote_are_told(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("open('left.txt', 'w').write('x')\nwrong")
    scripted_engine.script("1")
    note = _note(kernel)
    assert "already changed left.txt" in note
    assert "restore" not in note


def test_shared_memory_that_is_not_kept_is_told(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run("import mmap; shared = mmap.mmap(-1, 20 << 20)")
    kernel.run("shared[0] = 5\nwrong")
    scripted_engine.script("1")
    assert "Shared memory (20 MB) is not kept: it is as the failed run left it." in _note(kernel)
    kernel.run("shared.close(); del shared")


@pytest.fixture
def flag(kernel: LiveKernel) -> Iterator[None]:
    """A path ``flag`` in the kernel; what is changed of files and process is put right afterwards."""
    kernel.run("import os, sys, pathlib; flag, start, path = pathlib.Path('flag'), os.getcwd(), [*sys.path]")
    yield
    kernel.run("os.chdir(start); sys.path[:] = path; os.environ.pop('FLAG', None)")
    kernel.run("flag.unlink(missing_ok=True); pathlib.Path('moved').unlink(missing_ok=True)")


@pytest.mark.usefixtures("flag")
@pytest.mark.parametrize("cell", ["flag.unlink()", "os.rename('flag', 'moved')"])
def test_a_file_that_the_failed_run_removed_is_told(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, cell: str
) -> None:
    kernel.run("flag.touch()")
    kernel.run(f"{cell}\nwrong")
    scripted_engine.script("1")
    assert "already removed flag; what else it had changed cannot be told" in _note(kernel)


@pytest.mark.usefixtures("flag")
@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("if flag.exists(): flag.unlink()\nelse: flag.touch()", "flag"),
        ("os.environ['FLAG'] = '1'", "the environment"),
        ("sys.path.append('x')\nos.chdir('/')", "the working folder, the import path"),
        ("import random; random.seed(1)", "the random numbers"),
    ],
)
def test_what_cannot_be_put_back_is_told(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, cell: str, told: str
) -> None:
    kernel.run(f"{cell}\nwrong")
    scripted_engine.script("1")
    assert f"already changed {told}. " in _note(kernel)
    restored = kernel.run("%nbcoder restore").printed
    assert restored == f"nothing could be put back.\nas the failed cell left it: {told}\n"


def test_nothing_is_said_when_the_failed_run_changed_nothing(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("wrong + 1")
    scripted_engine.script("1")
    assert "already changed" not in _note(kernel)


def test_a_run_that_ends_otherwise_is_not_taken_for_the_failed_one(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("import os; calls = []")
    kernel.run("calls.append(1); raise RuntimeError(os.getpid())")
    scripted_engine.script("1")
    assert "cannot be told" in _note(kernel)
    assert kernel.run("%nbcoder restore").error.startswith("NothingToRestore")


def test_a_frontend_is_told_what_the_failed_run_had_changed(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("values = [1, 2, 3]")
    kernel.run(POP, cell_id="a")
    scripted_engine.script("values.pop()")
    comm = kernel.open_comm("a", [wire.CellMessage(id="a", type="code", source=POP)])
    kernel.tell(comm, wire.Fix(v=1, type="fix", cellId="a"))
    assert "already changed count, values" in unpacked(kernel.take(comm, "offer")["notes"][0])


def test_what_is_plain_data_is_put_back(kernel: LiveKernel) -> None:
    kernel.run("import pandas as pd, numpy as np")
    kernel.run("df = pd.DataFrame({'a': [1, 2]}); array = np.arange(3); total = {'n': [1]}; name = 'x'")
    kernel.run("del df['a']; array += 1; total['n'].append(2); name = 'y'; new = 1; wrong")
    restored = kernel.run("%nbcoder restore").printed
    assert all(name in restored for name in ("df", "array", "total", "name", "new"))
    assert kernel.run("list(df.a), array.tolist(), total, name, 'new' in globals()").result == (
        "([1, 2], [0, 1, 2], {'n': [1]}, 'x', False)"
    )


def test_a_table_that_was_shown_is_put_back_too(kernel: LiveKernel) -> None:
    kernel.run("import pandas as pd; df = pd.DataFrame({'a': [1, 2]}); also = pd.DataFrame({'a': [1]})")
    kernel.run("other = also")
    for cell in ("df", "df", "also"):
        kernel.run(cell)
    kernel.run("df['b'] = 1; also['b'] = 1; wrong")
    assert kernel.run("%nbcoder restore").printed == "put back: df\nas the failed cell left it: also, other\n"
    assert kernel.run("list(df), list(also)").result == "(['a'], ['a', 'b'])"


def test_what_is_shared_or_no_plain_data_is_left_and_named(kernel: LiveKernel) -> None:
    kernel.run("class Box: pass\nbox = Box(); shared = [1]; alias = shared")
    kernel.run("box.x = 1; shared.append(2); wrong")
    restored = kernel.run("%nbcoder restore").printed
    assert "as the failed cell left it: box, shared" in restored or "shared, box" in restored
    assert kernel.run("alias is shared, alias").result == "(True, [1, 2])"


def test_what_the_failed_run_made_is_not_asked_what_it_is(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("asked = []\nclass Odd: __class__ = property(lambda self: asked.append(1))")
    kernel.run("odd = Odd()\nwrong")
    scripted_engine.script("1")
    assert "already changed odd" in _note(kernel)
    assert kernel.run("asked").result == "[]"


def test_after_another_cell_the_present_state_counts(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("values = [1, 2, 3]")
    kernel.run("values.pop(); wrong", cell_id="a")
    kernel.run("other = 1")
    scripted_engine.script("assert values == [1, 2] and other == 1")
    assert "already changed" not in _note(kernel)
    assert kernel.run("%nbcoder restore").error.startswith("NothingToRestore")


def test_a_cell_that_works_leaves_no_copy_behind(kernel: LiveKernel) -> None:
    kernel.run("x = 1")
    kernel.run("wrong")
    kernel.run("wrong")
    assert _paused(kernel) == 1
    paused = psutil.Process(kernel.pid).children()
    kernel.run("x = 2")
    psutil.wait_procs([*paused, *psutil.Process(kernel.pid).children()], timeout=30)
    assert _paused(kernel) == 0


def test_checkpoints_can_be_switched_off(kernel: LiveKernel) -> None:
    kernel.run("%config NBCoder.checkpoints = 'off'")
    kernel.run("wrong")
    assert _paused(kernel) == 0


def test_a_cell_that_waits_for_all_its_children_does_not_wait_for_ours(kernel: LiveKernel) -> None:
    kernel.run("wrong")
    reap = "while True:\n    try: os.wait()\n    except ChildProcessError: break"
    assert kernel.run(f"import os\nif os.fork() == 0: os._exit(0)\n{reap}\nprint('all ended')").ok
    kernel.run(f"def reap():\n    {reap.replace(chr(10), chr(10) + '    ')}")
    assert kernel.run("reap(); print('again')").printed == "again\n"


def test_weaker_walls_are_told(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run("import nbcoder.dryrun.system.linux as linux; real = linux.unshare")
    kernel.run("def refuse(flags): raise OSError(1, 'not here')\nlinux.unshare = refuse")
    scripted_engine.script("x = 1")
    shown = kernel.run("%%generate one").shown[-1]
    kernel.run("linux.unshare = real")
    assert "This system allows no overlay" in shown
