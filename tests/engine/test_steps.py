"""What a start is doing, by the log."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nbcoder.engine.steps import step_of

_LOG = (Path(__file__).parent / "logs" / "killcore.txt").read_text()


def test_the_steps_of_a_real_start_come_in_their_order() -> None:
    steps = list(dict.fromkeys(filter(None, map(step_of, _LOG.splitlines()))))
    assert steps == [
        "reading the model's configuration",
        "starting vLLM's processes",
        "loading weights",
        "loading weights, 0 of 1 files",
        "loading weights, 1 of 1 files",
        "preparing weights",
        "taking memory for the cache",
        "opening the server",
    ]


def test_of_several_lines_the_last_step_counts_also_where_a_bar_overwrites_itself() -> None:
    bar = "Loading safetensors checkpoint shards:  {}% Completed | {}/4 [00:00<?, ?it/s]"
    assert step_of(bar.format(25, 1) + "\r" + bar.format(50, 2)) == "loading weights, 2 of 4 files"


@given(st.text())
def test_no_text_is_taken_for_a_step_by_an_error(text: str) -> None:
    assert step_of(text) is None or step_of(text)
