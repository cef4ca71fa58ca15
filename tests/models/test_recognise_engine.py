"""An engine elsewhere is spoken to as what it tells of its model lets one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from nbcoder.engine.client import HttpEngine, Tokens
from nbcoder.engine.requests import ChatRequest, EngineInfo
from nbcoder.models.recognise import family_of_engine
from nbcoder.settings import Settings
from tests.models.folders import model_folder

if TYPE_CHECKING:
    from pathlib import Path

    from nbcoder.models.families import Family
    from tests.scripted_engine import ScriptedEngine

_CHATML = "<|im_start|>user\u010aHello<|im_end|>\u010a<|im_start|>assistant\u010a"


@dataclass
class _Engine:
    """Answers as vLLM's ``/v1/models`` and ``/tokenize`` do."""

    name: str = "default"
    root: str = ""
    known: tuple[str, ...] = ()
    """Special tokens of its tokenizer."""
    prompt: str | None = None
    """What its template makes of a conversation, in the tokenizer's own letters; None: it has none."""
    quiet_prompt: str = ""
    """The same with thinking switched off, where that makes a difference."""
    asked: list[object] = field(default_factory=list)

    def info(self) -> EngineInfo:
        return EngineInfo(self.name, 8192, "0.32.0", root=self.root)

    def tokens(self, prompt: str | ChatRequest) -> Tokens | None:
        self.asked.append(prompt)
        if isinstance(prompt, str):
            texts = [text if text in self.known else "other" for text in prompt.split("\n")]
            return Tokens(tuple(range(len(texts))), tuple(texts))
        text = self.quiet_prompt if self.quiet_prompt and prompt.template_options else self.prompt
        return None if text is None else Tokens((0,), (text,))


def _family(engine: _Engine) -> Family:
    return family_of_engine(cast("HttpEngine", engine))


@pytest.mark.parametrize(
    ("name", "root", "expected"),
    [
        ("qwen3-8b", "", "qwen3"),
        ("default", "bigcode/starcoder", "starcoder"),
        ("default", "/models/CodeLlama-13b-hf", "codellama"),
        ("lab/gpt-oss-20b", "", "gpt-oss"),
    ],
)
def test_a_name_that_we_know_decides(name: str, root: str, expected: str) -> None:
    engine = _Engine(name, root)
    assert _family(engine).name == expected
    assert not engine.asked


def test_files_on_this_machine_are_looked_at(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine", "gpt_bigcode", tokens=["<fim_prefix>", "<jupyter_code>"])
    assert _family(_Engine(root=str(folder))).name == "starcoder"


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        (_Engine(known=("<fim_prefix>", "<jupyter_code>")), "starcoder"),
        (_Engine(known=("▁<PRE>",)), "codellama"),
        (_Engine(known=("<｜fim▁begin｜>",)), "deepseek-coder"),
        (_Engine(known=("[INST]", "[SUFFIX]")), "codestral"),
        (_Engine(known=("<|im_start|>", "<|fim_prefix|>"), prompt=_CHATML), "qwen-coder-instruct"),
        (
            _Engine(
                known=("<|start_of_role|>", "<|fim_prefix|>"),
                prompt="<|start_of_role|>user<|end_of_role|>Hello",
            ),
            "granite",
        ),
        (
            _Engine(known=("<｜fim▁begin｜>",), prompt="###\u0120Instruction:\u010aHello"),
            "deepseek-coder-instruct",
        ),
        (_Engine(prompt="\u2581Hello"), "chat"),
        (_Engine(), "base"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_its_tokens_and_its_template_are_listened_to(engine: _Engine, expected: str) -> None:
    assert _family(engine).name == expected


def test_thinking_is_switched_off_where_that_changes_the_prompt() -> None:
    for known in ((), ("<|im_start|>", "<|fim_prefix|>")):
        thinks = _Engine(known=known, prompt=_CHATML, quiet_prompt=_CHATML + "<think></think>")
        assert _family(thinks).template_options == (("enable_thinking", False),)
    assert _family(_Engine(prompt=_CHATML)).template_options == ()


def test_an_engine_that_tells_nothing_is_spoken_to_plainly(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.pages["/version"] = {}
    with HttpEngine(scripted_engine.address, Settings()) as engine:
        plain = family_of_engine(engine)
    assert (plain.name, plain.prefill, plain.stop_tokens) == ("chat", False, ())
