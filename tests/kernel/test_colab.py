"""What a kernel of Colab's learns of the page, which has nothing of ours in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live_kernel import Executed, LiveKernel
    from tests.scripted_engine import ScriptedEngine

_ASK = "%%generate\nthe mean of the numbers"
_ANSWER = "print(42)"
_WIDGET = "application/vnd.jupyter.widget-view+json"

# The part of Colab's package that is used, answering what `page` holds.
_COLAB = """
def _pretend():
    import sys, types
    message = types.ModuleType("google.colab._message")
    message.asked = []
    message.page = lambda: None
    def blocking_request(request_type, request="", timeout_sec=5, parent=None):
        message.asked.append((request_type, timeout_sec))
        return message.page()
    message.blocking_request = blocking_request
    sys.modules["google.colab"] = types.ModuleType("google.colab")
    sys.modules["google.colab._message"] = message
_pretend()
del _pretend
"""
_GONE = 'import sys; [sys.modules.pop(n, None) for n in ("google.colab", "google.colab._message")]'
_MESSAGE = '__import__("sys").modules["google.colab._message"]'


@pytest.fixture
def colab(bare_kernel: LiveKernel) -> Iterator[LiveKernel]:
    """A kernel with nbcoder as Colab starts it; what is pretended is no cell of the notebook's."""
    assert bare_kernel.run(_COLAB).ok
    assert bare_kernel.run("%load_ext nbcoder").ok
    yield bare_kernel
    bare_kernel.run(_GONE)


def _cell(cell_id: str, source: str, count: int = 1) -> dict[str, Any]:
    """As Colab writes it: a list of lines, and its id in the metadata."""
    shared = {"metadata": {"id": cell_id}, "execution_count": count, "outputs": []}
    return {"cell_type": "code", "source": source.splitlines(keepends=True), **shared}


def _ask(kernel: LiveKernel, engine: ScriptedEngine, page: str) -> tuple[Executed, str]:
    """Ask while the page answers so; what the cell gave, and what the engine was told."""
    # Not what the user ran: as a cell that speaks to us, it is told to nobody.
    kernel.run(f"%nbcoder help\n{_MESSAGE}.page = lambda: {page}")
    engine.script(_ANSWER)
    executed = kernel.run(_ASK, metadata={"colab": {"cell_id": "here"}})
    return executed, str(engine.bodies[-1]["messages"][1]["content"])


def test_the_model_is_told_of_the_unsaved_page_above_the_cell_that_asks(
    colab: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    cells = [
        _cell("above", "numbers = [1, 2]  # never run"),
        _cell("here", _ASK),
        _cell("below", "not_yet = 'written below'"),
    ]
    executed, told = _ask(colab, scripted_engine, json.dumps({"ipynb": {"cells": cells}}))
    assert executed.next_cell == _ANSWER
    assert "numbers = [1, 2]  # never run" in told
    assert "written below" not in told
    assert "%%generate" not in told


def test_the_page_is_asked_once_for_a_request_and_not_waited_for_for_long(
    colab: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    _ask(colab, scripted_engine, "{'ipynb': {'cells': []}}")
    _ask(colab, scripted_engine, "{'ipynb': {'cells': []}}")
    asked = colab.run(f"{_MESSAGE}.asked").result
    assert asked == "[('get_ipynb', 3), ('get_ipynb', 3)]"


@pytest.mark.parametrize(
    "page", ["None", "1 / 0", "{'error': 'no'}", "{'ipynb': {'cells': [None]}}", "{'ipynb': 'text'}"]
)
def test_a_page_that_does_not_answer_leaves_what_was_run(
    colab: LiveKernel, scripted_engine: ScriptedEngine, page: str
) -> None:
    colab.run("numbers = [3, 4]  # was run", metadata={"colab": {"cell_id": "above"}})
    executed, told = _ask(colab, scripted_engine, page)
    assert executed.next_cell == _ANSWER
    assert "numbers = [3, 4]  # was run" in told


def test_in_vs_code_a_kernel_of_colab_is_not_kept_waiting(
    colab: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    colab.run("__vsc_ipynb_file__ = 'elsewhere.ipynb'")
    executed, _ = _ask(colab, scripted_engine, "{'ipynb': {'cells': []}}")
    colab.run("del __vsc_ipynb_file__")
    assert executed.next_cell == _ANSWER
    assert colab.run(f"{_MESSAGE}.asked").result == "[]"


def test_a_cell_that_failed_is_found_on_the_page_with_those_that_depend_on_it(
    colab: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    broken, reader = "total = sum(number)", "print(total)"
    colab.run("number = 3\ntotal = 0")
    colab.run(reader, metadata={"colab": {"cell_id": "reader"}})
    colab.run(broken, metadata={"colab": {"cell_id": "broken"}})
    page = {"ipynb": {"cells": [_cell("broken", broken), _cell("reader", reader), _cell("here", "%fix")]}}
    colab.run(f"{_MESSAGE}.page = lambda: {json.dumps(page)}")
    scripted_engine.script("total = sum([number])")
    shown = colab.run("%fix", metadata={"colab": {"cell_id": "here"}})
    models = [m["content"]["data"]["state"] for m in shown.messages if m["msg_type"] == "comm_msg"]
    offers = [state["answer"]["offer"] for state in models if "offer" in state.get("answer", {})]
    assert offers[-1]["target"] == "broken"
    assert [one["cellId"] for one in offers[-1]["dependants"]] == ["reader"]
    assert offers[-1]["context"]["source"] == "live"
    assert _WIDGET in shown.displayed[-1]
