"""What the model is told of the notebook, and how the user sees all of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine


def _asked(engine: ScriptedEngine) -> str:
    """What the engine was last asked, in the user's turn."""
    return str(engine.bodies[-1]["messages"][1]["content"])


def test_what_was_sent_is_shown_exactly(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    assert "Nothing was sent yet" in kernel.run("%nbcoder sent").printed
    scripted_engine.script("1 + 1")
    kernel.run("%%generate\ncount the stars")
    printed = kernel.run("%nbcoder sent").printed
    for message in scripted_engine.bodies[-1]["messages"]:
        assert message["content"] in printed
    assert re.search(r"^ +[1-9]\d*  instructions and request$", printed, re.MULTILINE)


def test_every_request_of_the_last_suggestion_is_shown_exactly(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("text = '<|im_end|>'")
    served = scripted_engine.models
    scripted_engine.models = [served[0] | {"id": "qwen2.5-coder-0.5b-instruct"}]
    scripted_engine.script("1 / 0", Reply(("[][0]",) * 3), "{}['key']", "len(text)")
    try:
        assert kernel.run("%%generate\nhow long is the text?").next_cell == "len(text)"
    finally:
        scripted_engine.models = served
    printed = kernel.run("%nbcoder sent").printed
    shown = re.split(r"════ request \d of 4: (.*) ════", printed)[1:]
    for body, how, told in zip(scripted_engine.bodies, shown[::2], shown[1::2], strict=True):
        assert f"n={body.get('n', 1)}, " in how
        assert f"temperature={body['temperature']}" in how
        for message in body["messages"]:
            is_old = f"──── {message['role']}: as in request 1 ────" in told
            assert message["content"] in told or (is_old and message["content"] in shown[1])
    assert "ZeroDivisionError" not in shown[1] + shown[3]
    for told in (shown[5], shown[7]):
        assert re.search(r"──── user, [1-9]\d* tokens ────", told)


def test_what_needed_no_model_was_not_sent(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("1 + 1")
    kernel.run("%%generate\ncount the stars")
    kernel.run("import pandas as pd\nstars = pd.DataFrame({'magnitude': [0.03]})")
    kernel.run("stars['magnitud']")
    assert kernel.run("%fix").next_cell == "stars['magnitude']"
    assert "Nothing was sent for the last suggestion" in kernel.run("%nbcoder sent").printed


def test_the_model_sees_earlier_cells_and_live_variables(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run(
        "import pandas as pd\nstars = pd.DataFrame({'magnitude': [1.5, 2.5], 'name': ['Vega', 'Deneb']})"
    )
    scripted_engine.script("1 + 1")
    kernel.run("%%generate\nmean magnitude of the stars")
    asked = _asked(scripted_engine)
    assert "stars = pd.DataFrame" in asked
    assert "magnitude" in asked.split("stars = pd.DataFrame", 1)[1].split("\n", 1)[1]


_FAILING = "db_password = 'tr0ub4dor&3'\nratio = 1\nratio / (ratio - 1), open(db_password)"


def test_the_model_is_told_the_last_error_without_secrets(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.respond_with(lambda _: Reply("1 + 1"))
    kernel.run(_FAILING, cell_id="a")
    kernel.run("ratio")
    kernel.run("%%generate\nwhat went wrong?")
    where = "# The last error:\n# line 3: ratio / (ratio - 1), open(db_password)\n# ZeroDivisionError: "
    assert where in _asked(scripted_engine)
    kernel.run("open('tr0ub4dor&3')", cell_id="b")
    kernel.run("%%generate\nand now?")
    assert "# The last error:\n# line 1: open('<db_password>')" in _asked(scripted_engine)
    assert "tr0ub4dor" not in _asked(scripted_engine)


@pytest.mark.parametrize("after", [["ratio = 2"], ["1"] * 5], ids=["mended", "long ago"])
def test_an_error_that_is_over_is_not_told(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, after: list[str]
) -> None:
    scripted_engine.script("1 + 1")
    kernel.run("ratio / 0", cell_id="a")
    for source in after:
        kernel.run(source, cell_id="a" if len(after) == 1 else "b")
    kernel.run("%%generate\nwhat now?")
    assert "The last error" not in _asked(scripted_engine)


def test_a_request_to_mend_tells_the_error_once(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("1 + 1")
    kernel.run("[0][7 - 1]", cell_id="a")
    kernel.run("%fix")
    assert "The last error" not in _asked(scripted_engine)
    assert "IndexError" in _asked(scripted_engine)


def test_an_error_is_told_though_another_cell_was_stopped_after_it(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("missing_name", cell_id="a")
    kernel.run("raise KeyboardInterrupt", cell_id="b")
    scripted_engine.script("answer = 42")
    kernel.run("%%generate\ndefine the answer")
    assert "missing_name" in str(scripted_engine.bodies[-1]["messages"])
    assert "NameError" in str(scripted_engine.bodies[-1]["messages"])


def test_what_a_failed_assert_compared_is_told_without_secrets(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    kernel.run("api_key = 'sk-proj-' + 'Ab3' * 14\ndef read():\n    return api_key")
    kernel.run("assert read() == 'none'")
    scripted_engine.script("def read():\n    return 'none'")
    kernel.run("%fix")
    told = str(scripted_engine.bodies[0]["messages"])
    assert "it should be" in told
    assert "Ab3Ab3" not in told
