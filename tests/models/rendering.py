"""Chat templates rendered as transformers renders them for vLLM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from nbcoder.models.chat import adapt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nbcoder.engine.requests import Message
    from nbcoder.models.families import Family

_MARK = "CONTINUE_FINAL_MESSAGE_TAG "

# What transformers passes to the template: `bos_token` and `eos_token` of the tokenizer.
LLAMA = {"bos_token": "<s>", "eos_token": "</s>"}
GPT2 = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}
QWEN: dict[str, str] = {"eos_token": "<|im_end|>"}
DEEPSEEK = {"bos_token": "<｜begin▁of▁sentence｜>", "eos_token": "<｜end▁of▁sentence｜>"}
SEED = {"bos_token": "<[begin▁of▁sentence]>", "eos_token": "<[end▁of▁sentence]>"}
GEMMA = {"bos_token": "<bos>", "eos_token": "<eos>"}
LLAMA3 = {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}


def render(
    template: Path, family: Family, messages: Sequence[Message], tokens: dict[str, str], *, prefill: str = ""
) -> str:
    """The prompt that ``messages`` become, with an answer begun by ``prefill``."""
    turns: list[dict[str, str]] = [
        {"role": message.role, "content": message.content} for message in adapt(messages, family)
    ]
    options: dict[str, Any] = dict(family.template_options) | tokens
    if prefill:
        turns.append({"role": "assistant", "content": prefill + _MARK})
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols]
    )
    environment.globals["raise_exception"] = _refuse
    compiled = environment.from_string(template.read_text(encoding="utf-8"))
    text: str = compiled.render(messages=turns, add_generation_prompt=not prefill, **options)
    return text[: text.rindex(_MARK)] if prefill else text


def _refuse(message: str) -> NoReturn:
    raise ValueError(message)
