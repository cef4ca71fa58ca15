from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from nbconvert.exporters import HTMLExporter, MarkdownExporter, TemplateExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.scripted_engine import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live_kernel import LiveKernel
    from tests.scripted_engine import ScriptedEngine


def _asked(engine: ScriptedEngine) -> str:
    """What the engine was last asked, in the user's turn."""
    return str(engine.bodies[-1]["messages"][1]["content"])


def test_the_answer_arrives_as_the_next_cell(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("```python\ntotal = 6 * 7\ntotal\n```")
    assert kernel.run("%%generate\nmultiply six by seven").next_cell == "total = 6 * 7\ntotal"


def test_the_answer_is_shown_while_it_comes(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    lines = [f"line_{number} = {number}" for number in range(20)]
    scripted_engine.script(Reply("```python\n" + "\n".join(lines), delay=0.01))
    shown = kernel.run("%%generate\ntwenty variables").shown
    counts = [text.count("line_") for text in shown]
    assert counts == sorted(counts)
    assert len(set(counts)) > 3
    assert counts[-1] == 20


def test_nothing_changes_before_the_cell_is_run(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run("before = set(dir())")
    scripted_engine.script("```python\nimport os\nmade = 1\n```")
    kernel.run("%%generate\nmake a variable")
    assert kernel.run("[n for n in dir() if n not in before and n[0] != '_']").result == "['before']"


def test_the_request_may_stand_on_the_line_alone(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("1 + 1")
    assert kernel.run("%%generate what is one?").next_cell == "1 + 1"
    assert "what is one?" in _asked(scripted_engine)


def test_line_and_body_make_one_request(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("1 + 1")
    kernel.run("%%generate --seed 5 count\n  the rows")
    assert "count\nthe rows" in _asked(scripted_engine)
    assert scripted_engine.bodies[-1]["seed"] == 5


@pytest.mark.parametrize(
    "text",
    [
        "use {} and {name} and {{double}}",
        "100 % of %s and %(name)s",
        "$HOME and $name and ${name}",
        "a `backtick` and ```python\nfence\n```",
        "größer, 数据, 🐍, \u202eright to left",
        "C:\\new\\table and \\n and \\u0041",
        "x" * 100_000,
    ],
    ids=["braces", "percent", "dollar", "backticks", "unicode", "backslashes", "100 kB"],
)
def test_no_text_is_expanded_or_formatted(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, text: str
) -> None:
    kernel.run("name = 'EXPANDED'")
    scripted_engine.script("1 + 1")
    executed = kernel.run(f"%%generate\n{text}")
    assert executed.next_cell == "1 + 1", executed.error
    assert text.strip() in _asked(scripted_engine)


@pytest.mark.parametrize("code", ["f'{a}' + '%s' % 'b' + '${c}'", "t = '''```python\nx\n```'''", "s = 'ß🐍'"])
def test_an_answer_arrives_unchanged(kernel: LiveKernel, scripted_engine: ScriptedEngine, code: str) -> None:
    scripted_engine.respond_with(lambda _: Reply(f"```python\n{code}\n```"))
    assert kernel.run("%%generate\nmake a variable").next_cell == code


def test_an_empty_request_is_refused_in_one_line(kernel: LiveKernel) -> None:
    executed = kernel.run("%%generate")
    assert executed.error.startswith("NoSuggestion")
    assert executed.traceback.count("\n") == 0


@pytest.mark.parametrize("line", ["--temperatur 0.2", "--top-p 3", "--seed many", "--max-tokens 0"])
def test_a_wrong_option_is_refused_in_one_line(kernel: LiveKernel, line: str) -> None:
    executed = kernel.run(f"%%generate {line}\nx")
    assert executed.error.startswith("SettingsError")
    assert executed.traceback.count("\n") == 0


def test_options_reach_the_engine(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("1 + 1")
    kernel.run("%%generate -t 0.5 --top-p 0.9 --top-k 7 --seed=3 --max-tokens 50\nx")
    body = scripted_engine.bodies[-1]
    wanted = {"temperature": 0.5, "top_p": 0.9, "top_k": 7, "seed": 3, "max_tokens": 50}
    assert {name: body[name] for name in wanted} == wanted


def test_what_nobody_set_in_the_kernel_follows_the_settings_file(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    file = "__import__('pathlib').Path(__import__('os').environ['NBCODER_HOME'], 'config.toml')"
    kernel.run("%config NBCoder.max_tokens = 77")
    kernel.run(f"_ = {file}.write_text('temperature = 0.4\\nmax_tokens = 55')")
    try:
        scripted_engine.script("1 + 1")
        kernel.run("%%generate\nx")
    finally:
        kernel.run(f"{file}.unlink()")
    assert scripted_engine.bodies[-1]["temperature"] == 0.4
    assert scripted_engine.bodies[-1]["max_tokens"] == 77


def test_control_texts_in_notebook_request_and_failing_cell_arrive_harmless_and_come_back(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    served = scripted_engine.models
    scripted_engine.models = [served[0] | {"id": "qwen2.5-coder-0.5b-instruct"}]

    def copies(body: dict[str, Any]) -> Reply:
        said = str(body["messages"][1]["content"])
        line = [line for line in said.splitlines() if line.startswith("len(")][-1]
        return Reply(f"```python\n{line.split(' / ')[0]}\n```")

    scripted_engine.respond_with(copies)
    try:
        kernel.run("len('a<|im_end|>b')")
        generated = kernel.run("%%generate\nmore like <|im_start|>")
        asked = [_asked(scripted_engine)]
        kernel.run("len('<|im_end|>') / 0")
        mended = kernel.run("%fix")
        asked.append(_asked(scripted_engine))
    finally:
        scripted_engine.models = served
    assert generated.next_cell == "len('a<|im_end|>b')"
    assert mended.next_cell == "len('<|im_end|>')"
    assert not [text for text in asked if "<|im_end|>" in text or "<|im_start|>" in text]
    assert "more like <\u200b|im_start|>" in asked[0]


@pytest.mark.parametrize(
    ("model", "thought"),
    [
        (
            "gpt-oss-20b",
            "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
        ),
        ("kimi-k2-thinking", "<think>{}</think>"),
        ("seed-coder-8b-reasoning", "{}</think>\n"),
    ],
)
def test_what_a_model_thinks_is_neither_shown_nor_offered(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, model: str, thought: str
) -> None:
    plan = "I plan:\n```python\nplanned = 1\n```\n"
    served = scripted_engine.models
    scripted_engine.models = [served[0] | {"id": model}]
    try:
        scripted_engine.script(Reply(thought.format(plan) + "```python\nlen('answer')\n```", delay=0.005))
        executed = kernel.run("%%generate\nx")
    finally:
        scripted_engine.models = served
    assert executed.next_cell == "len('answer')"
    # An end without a beginning cannot be told from an answer before it comes.
    assert thought.startswith("{}") or not any("planned" in text for text in executed.shown)
    assert "planned" not in executed.shown[-1]


def test_an_interrupt_stops_the_answer_and_frees_the_engine_within_a_second(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script(Reply("```python\n" + "x = 1\n" * 50, delay=0.02, stall_after=20))
    stopped = 0.0

    def interrupt_when_streaming(message: dict[str, Any]) -> None:
        nonlocal stopped
        if "x = 1" in message["content"].get("data", {}).get("text/markdown", "") and not stopped:
            stopped = time.monotonic()
            kernel.interrupt()

    executed = kernel.run("%%generate\nmany lines", watch=interrupt_when_streaming)
    scripted_engine.wait_until(lambda engine: engine.running == 0 and engine.aborted == 1)
    assert time.monotonic() - stopped < 1
    assert "stopped" in executed.shown[-1]
    assert executed.traceback.strip() == "nbcoder: stopped; nothing was changed."
    assert kernel.run("1 + 1").result == "2"


def test_an_answer_without_code_is_one_line(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("I cannot help with that, sorry.")
    executed = kernel.run("%%generate\nx")
    assert executed.error.startswith("UnusableAnswer")
    assert executed.next_cell is None


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply("```python\nx = 1", cut_after=1), "StreamCut"),
        (Reply(status=500), "EngineFailed"),
        (Reply(status=401), "EngineUnauthorized"),
    ],
)
def test_a_failing_engine_is_one_line_and_the_next_request_works(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, reply: Reply, error: str
) -> None:
    scripted_engine.script(reply, "x = 2")
    executed = kernel.run("%%generate\nmake x")
    assert executed.error.startswith(error)
    assert executed.traceback.count("\n") == 0
    assert kernel.run("%%generate\nmake x").next_cell == "x = 2"


def test_settings_can_be_changed_in_the_notebook(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script("1 + 1")
    assert kernel.run("%config NBCoder.temperature = 0.25").ok
    kernel.run("%%generate\nx")
    assert scripted_engine.bodies[-1]["temperature"] == 0.25


def test_status_shows_every_setting_but_no_key(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run("%config NBCoder.engine_key = 'sesame'")
    printed = kernel.run("%nbcoder").printed
    assert scripted_engine.url in printed
    assert "idle_minutes = 30.0" in printed
    assert "sesame" not in printed


def test_unloading_takes_everything_back(kernel: LiveKernel) -> None:
    assert kernel.run("%unload_ext nbcoder").ok
    assert "not found" in kernel.run("%nbcoder").printed + kernel.run("%nbcoder").error
    assert kernel.run("%load_ext nbcoder\n%nbcoder").ok


def test_loading_is_light(bare_kernel: LiveKernel) -> None:
    heavy = {"httpx", "torch", "transformers", "pandas", "numpy", "huggingface_hub", "rich", "nbformat"}
    heavy |= {"nbcoder.suggest.suggester", "nbcoder.context.collect"}
    bare_kernel.run("import sys, time; before = set(sys.modules)")
    bare_kernel.run("start, worked = time.perf_counter(), time.process_time()")
    bare_kernel.run("%load_ext nbcoder")
    seconds = float(bare_kernel.run("time.perf_counter() - start").result)
    own_seconds = float(bare_kernel.run("time.process_time() - worked").result)
    assert bare_kernel.run(f"(set(sys.modules) - before) & {heavy}").result == "set()"
    assert seconds < 0.5  # 0.15 s on a quiet machine; measured in docs/measurements.md
    assert own_seconds < 0.2


@pytest.fixture
def in_vs_code(kernel: LiveKernel) -> Iterator[None]:
    kernel.run("__vsc_ipynb_file__ = 'none.ipynb'")
    yield
    kernel.run("del __vsc_ipynb_file__")


_WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.mark.usefixtures("in_vs_code")
def test_in_vs_code_the_answer_comes_in_a_widget_and_is_kept_as_markdown(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("total = 6 * 7\ntotal")
    executed = kernel.run("%%generate\nmultiply six by seven")
    assert executed.next_cell == "total = 6 * 7\ntotal"
    assert all(_WIDGET in bundle for bundle in executed.displayed)
    assert "total = 6 * 7" in executed.displayed[-1]["text/markdown"]


@pytest.mark.usefixtures("in_vs_code")
@pytest.mark.parametrize("exporter", [MarkdownExporter, HTMLExporter])
def test_a_saved_widget_reads_as_its_markdown_where_widgets_are_not_shown(
    kernel: LiveKernel, scripted_engine: ScriptedEngine, exporter: type[TemplateExporter]
) -> None:
    scripted_engine.script("total = 6 * 7\ntotal")
    saved = new_output("display_data", data=kernel.run("%%generate\nsix by seven").displayed[-1])
    assert _WIDGET in saved.data
    page, _ = exporter().from_notebook_node(new_notebook(cells=[new_code_cell("", outputs=[saved])]))
    shown = re.sub("<[^>]+>", "", page.partition("<main>")[2] or page)
    assert "in the next cell" in shown
    assert "total = 6 * 7\ntotal" in shown
    assert "model_id" not in page


@pytest.mark.usefixtures("in_vs_code")
def test_a_widget_whose_request_failed_does_not_go_on_waiting(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.respond_with(lambda _: Reply(""))
    executed = kernel.run("%%generate\ntwo")
    assert "holds no code" in executed.error
    assert _WIDGET not in executed.displayed[-1]
    assert "stopped" in executed.displayed[-1]["text/markdown"]


@pytest.mark.usefixtures("in_vs_code")
def test_the_widget_can_be_switched_off(kernel: LiveKernel, scripted_engine: ScriptedEngine) -> None:
    kernel.run("%config NBCoder.panel = 'off'")
    scripted_engine.script("1 + 1")
    assert not any(_WIDGET in bundle for bundle in kernel.run("%%generate\ntwo").displayed)


def test_where_widgets_may_not_be_shown_there_is_none(
    kernel: LiveKernel, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script("1 + 1")
    assert not any(_WIDGET in bundle for bundle in kernel.run("%%generate\ntwo").displayed)


def test_a_setting_takes_only_the_words_that_it_knows(kernel: LiveKernel) -> None:
    told = kernel.run("%config NBCoder.panel = 'maybe'")
    assert "expected any of ['on', 'off', 'auto']" in told.error + told.printed
    assert kernel.run("%config NBCoder.panel = 'off'").ok
