"""Holes filled by the model's own tokens, and by a chat model that is shown them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcoder.bench.fillers import make_fillers
from nbcoder.engine.client import HttpEngine
from nbcoder.models.families import family
from nbcoder.models.speaker import Speaker
from nbcoder.settings import Settings

if TYPE_CHECKING:
    from tests.scripted_engine import ScriptedEngine


def test_a_model_with_infilling_tokens_fills_a_hole_in_both_ways(scripted_engine: ScriptedEngine) -> None:
    with Speaker(HttpEngine(scripted_engine.address, Settings()), family("qwen-coder-instruct")) as engine:
        tokens, hole = make_fillers(engine)
        scripted_engine.script("a + b\nprint(total)", " a + b\nprint(total)")
        assert tokens.infill("total = ", "\nprint(total)").code == "a + b"
        prompt = "<|fim_prefix|>total = <|fim_suffix|>\nprint(total)<|fim_middle|>"
        assert scripted_engine.bodies[-1]["prompt"] == prompt
        assert hole.infill("total = ", "\nprint(total)").code == "a + b"
        assert scripted_engine.bodies[-1]["messages"][-1]["content"] == "```python\ntotal ="


def test_a_model_without_such_tokens_has_one_way(scripted_engine: ScriptedEngine) -> None:
    with Speaker(HttpEngine(scripted_engine.address, Settings()), family("llama-3")) as engine:
        assert [filler.label.mode for filler in make_fillers(engine)] == ["hole"]
