"""What becomes of an offer: accepted once and by one page, as it is or edited, refused, or rejected."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from nbcoder import wire
from nbcoder.notebook.cells import source_hash
from tests.kernel.page import act, cell, done

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine

_ASK = "%%generate\ndefine the answer"
_BROKEN = "1 / 0"


def test_acceptance_inserts_once_with_provenance(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("answer = 42")
    comm = kernel.open_comm("b", [cell("a", "first = 1"), cell("b", _ASK)])
    kernel.run(_ASK, "b")
    offer = kernel.take(comm, "offer")
    kernel.tell(comm, act(offer["suggestion"]))
    insert = kernel.take(comm, "insert")
    assert insert["after"] == "b"
    assert insert["cells"] == offer["cells"]
    assert insert["provenance"]["kind"] == "generate"
    assert insert["provenance"]["sourceHash"] == source_hash("answer = 42")
    prompt = "\0".join(message["content"] for message in scripted_engine.bodies[-1]["messages"])
    told = insert["provenance"]
    assert told["promptHash"] == source_hash(prompt.removesuffix("\0```python\n"))
    assert len(told["contextHash"]) == len(told["promptHash"]) == 16
    assert told["model"] == offer["stats"]["model"]
    assert (told["tries"], told["temperature"]) == (1, 0)
    assert told["seconds"] > 0
    assert datetime.fromisoformat(told["accepted"]).tzinfo is not None
    kernel.tell(comm, done(offer["suggestion"], ok=True))
    kernel.tell(comm, act(offer["suggestion"]))
    assert "not on offer any more" in kernel.take(comm, "say")["text"]


def test_accept_and_run_runs_what_is_in_the_notebook_and_nothing_else(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("answer = 42")
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    suggestion = kernel.take(comm, "offer")["suggestion"]
    kernel.tell(comm, act(suggestion, "accept-and-run"))
    kernel.tell(comm, done(suggestion, ok=False))
    assert not kernel.heard(comm, "run")
    kernel.tell(comm, act(suggestion, "accept-and-run"))
    kernel.tell(comm, done(suggestion, ok=True))
    assert kernel.take(comm, "run")["cellIds"] == []


@pytest.mark.parametrize(
    ("policy", "code", "answer"),
    [
        ("auto", "open('x.txt', 'w').close()", "run"),
        ("ask", "open('x.txt', 'w').close()", "say"),
        ("never", "x = 1", "say"),
    ],
)
def test_a_page_may_have_its_own_policy_for_running(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, policy: str, code: str, answer: str
) -> None:
    scripted_engine.script(code)
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    suggestion = kernel.take(comm, "offer")["suggestion"]
    kernel.tell(comm, wire.Act(**act(suggestion, "accept-and-run"), policy=policy))
    kernel.take(comm, "insert")
    kernel.tell(comm, done(suggestion, ok=True))
    kernel.take(comm, answer)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("save()", "say"),
        ("getattr(machine, 'sys' + 'tem')('true')", "say"),
        ("result = frame.rename(columns={'a': 'b'})", "run"),
    ],
)
def test_a_cell_that_starts_programs_by_way_of_earlier_cells_is_not_run(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, code: str, answer: str
) -> None:
    kernel.run("import os as machine, pandas as pd\nframe = pd.DataFrame({'a': [1]})")
    kernel.run("from subprocess import run\ndef save(): return run(['git', '--version'])")
    scripted_engine.script(code)
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    suggestion = kernel.take(comm, "offer")["suggestion"]
    kernel.tell(comm, act(suggestion, "accept-and-run"))
    kernel.take(comm, "insert")
    kernel.tell(comm, done(suggestion, ok=True))
    kernel.take(comm, answer)


_LOCK = """
import os, pathlib, nbcoder.settings, nbcoder.paths
machine = pathlib.Path("machine.toml")
machine.write_text('[locked]\\nrun_policy = "never"\\n')
unlocked, nbcoder.settings.system_config_file = nbcoder.settings.system_config_file, lambda: machine
environment, own = dict(os.environ), nbcoder.paths.config_file()
"""
_UNLOCK = """
nbcoder.settings.system_config_file = unlocked
os.environ.clear(); os.environ.update(environment)
for file in (machine, own): file.unlink(missing_ok=True)
get_ipython().config.pop("NBCoder", None)
"""


@pytest.fixture
def locked_kernel(kernel: LiveKernel) -> Iterator[LiveKernel]:
    """A kernel on a machine whose administrator lets nothing be run by itself."""
    kernel.run(_LOCK)
    yield kernel
    assert kernel.run(_UNLOCK).ok


@pytest.mark.parametrize(
    "loosening",
    [
        "%config NBCoder.run_policy = 'auto'",
        "%nbcoder run_policy auto",
        "import os; os.environ['NBCODER_RUN_POLICY'] = 'auto'",
        "import os; os.environ['XDG_CONFIG_DIRS'] = os.environ['XDG_CONFIG_HOME'] = os.getcwd()",
        "import nbcoder.paths as p; p.config_file().write_text('run_policy = \"auto\"')",
        "get_ipython().config.NBCoder.run_policy = 'auto'\n%reload_ext nbcoder",
        "run_policy, policy, locked, locked_settings, refusal = 'auto', 'auto', {}, dict, lambda *a: ''",
    ],
)
def test_a_locked_policy_cannot_be_loosened_by_the_user(
    locked_kernel: LiveKernel, scripted_engine: ScriptedEngine, loosening: str
) -> None:
    kernel = locked_kernel
    kernel.run(loosening)
    scripted_engine.script("answer = 42")
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    suggestion = kernel.take(comm, "offer")["suggestion"]
    kernel.tell(comm, wire.Act(**act(suggestion, "accept-and-run"), policy="auto"))
    kernel.take(comm, "insert")
    kernel.tell(comm, done(suggestion, ok=True))
    assert "run_policy is never" in kernel.take(comm, "say")["text"]
    assert not kernel.heard(comm, "run")


def test_a_policy_that_does_not_exist_runs_nothing(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("x = 1")
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    suggestion = kernel.take(comm, "offer")["suggestion"]
    kernel.tell(comm, wire.Act(**act(suggestion, "accept-and-run"), policy="always"))
    kernel.take(comm, "insert")
    kernel.tell(comm, done(suggestion, ok=True))
    assert "has to be never, ask or auto" in kernel.take(comm, "say")["text"]


def test_an_offer_is_accepted_over_a_later_comm(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    """A page that was loaded again has no comm of the run that it shows."""
    scripted_engine.script("answer = 42")
    kernel.open_comm("b", [cell("b", _ASK)])
    answer = kernel.run(_ASK, "b").displayed[-1][wire.ANSWER_MIME]
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.tell(comm, act(answer["offer"]["suggestion"]))
    assert kernel.take(comm, "insert")["after"] == "b"


def test_a_refused_insertion_can_be_tried_again(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("answer = 42")
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    suggestion = kernel.take(comm, "offer")["suggestion"]
    kernel.tell(comm, act(suggestion))
    kernel.tell(comm, done(suggestion, ok=False))
    kernel.received.clear()
    kernel.tell(comm, act(suggestion))
    assert kernel.take(comm, "insert")["suggestion"] == suggestion


def _offered_twice(kernel: LiveKernel, engine: ScriptedEngine) -> tuple[str, list[str]]:
    """Two offers of the same cell, and the comm over which they came."""
    engine.script("answer = 42", "answer = 43")
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    kernel.run(_ASK, "b")
    return comm, [offer["suggestion"] for offer in kernel.heard(comm, "offer")]


def test_two_offers_of_one_cell_that_are_accepted_at_once_are_not_mixed_up(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    comm, (first, second) = _offered_twice(kernel, scripted_engine)
    kernel.tell(comm, act(first, "accept-and-run"))
    kernel.tell(comm, act(second))
    kernel.tell(comm, done(first, ok=True))
    kernel.tell(comm, done(second, ok=True))
    assert [run["suggestion"] for run in kernel.heard(comm, "run")] == [first]
    for suggestion in (first, second):
        kernel.tell(comm, act(suggestion))
        assert "not on offer any more" in kernel.take(comm, "say")["text"]
        assert kernel.take(comm, "offer")["state"] == "accepted"


def _two_pages(kernel: LiveKernel, engine: ScriptedEngine) -> tuple[str, str, str]:
    """An offer, and the comms of two pages that show it."""
    engine.script("answer = 42")
    one = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    return kernel.take(one, "offer")["suggestion"], one, kernel.open_comm("b", [cell("b", _ASK)])


def test_of_two_pages_that_accept_the_same_offer_only_one_inserts_it(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    suggestion, one, other = _two_pages(kernel, scripted_engine)
    kernel.tell(one, act(suggestion))
    kernel.tell(other, act(suggestion))
    assert len(kernel.heard(one, "insert")) == 1
    assert not kernel.heard(other, "insert")
    assert "another page" in kernel.take(other, "say")["text"]
    kernel.tell(one, done(suggestion, ok=True))
    kernel.tell(other, act(suggestion))
    assert not kernel.heard(other, "insert")
    assert kernel.take(other, "offer")["state"] == "accepted"


def test_what_a_page_accepted_that_was_closed_then_can_be_accepted_in_another(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    suggestion, closed, other = _two_pages(kernel, scripted_engine)
    kernel.tell(closed, act(suggestion))
    kernel.tell(other, act(suggestion, "accept-and-run"))
    kernel.tell(other, act(suggestion, "accept-and-run"))
    assert kernel.take(other, "insert")["suggestion"] == suggestion
    kernel.tell(other, done(suggestion, ok=True))
    assert kernel.take(other, "run")["suggestion"] == suggestion


def test_a_rejected_suggestion_is_gone(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("answer = 42")
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    suggestion = kernel.take(comm, "offer")["suggestion"]
    kernel.tell(comm, act(suggestion, "reject"))
    kernel.tell(comm, act(suggestion))
    assert kernel.take(comm, "say")["level"] == "error"


def test_what_was_edited_and_is_not_on_offer_any_more_is_said_to_be_untried(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    suggestion, comm, _ = _two_pages(kernel, scripted_engine)
    kernel.tell(comm, act(suggestion, "reject"))
    cells = [wire.NewCell(type="code", source="answer = 43")]
    kernel.tell(comm, wire.Try(v=1, type="try", suggestion=suggestion, cells=cells))
    tried = kernel.take(comm, "tried")
    assert tried["cells"] == cells
    assert "not on offer any more" in tried["why"]


def test_an_edited_answer_is_inserted_as_edited(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("answer = 42")
    comm = kernel.open_comm("b", [cell("b", _ASK)])
    kernel.run(_ASK, "b")
    accepted = act(kernel.take(comm, "offer")["suggestion"])
    accepted["cells"] = [wire.NewCell(type="code", source="answer = 43")]
    kernel.tell(comm, accepted)
    insert = kernel.take(comm, "insert")
    assert insert["cells"] == [{"type": "code", "source": "answer = 43"}]
    assert insert["provenance"]["edited"] is True
