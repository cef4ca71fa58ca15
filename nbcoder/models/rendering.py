"""A family's chat template rendered here, for an engine elsewhere that has none for its model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.engine.requests import ChatRequest, Message, TextRequest
from nbcoder.models.chat import chat_template_file

if TYPE_CHECKING:
    from nbcoder.engine.client import HttpEngine
    from nbcoder.models.families import Family

__all__ = ["lacks_template", "render"]


def lacks_template(engine: HttpEngine, family: Family) -> bool:
    """Whether ``engine`` refuses conversations, as vLLM does where its model has no chat template.

    Our own engine is given one when it starts, so only one elsewhere is asked.
    """
    if not family.template or Path(engine.info().root or "/nowhere").is_dir():
        return False
    return engine.tokens(ChatRequest((Message("user", "Hello"),))) is None and bool(engine.tokens("Hello"))


def render(request: ChatRequest, family: Family) -> TextRequest:
    """``request`` as the text that the family's own template makes of it; the engine puts BOS before it."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - hardly ever needed

    file = chat_template_file(family)
    assert file is not None  # noqa: S101 - `lacks_template` looked
    template = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(
        file.read_text(encoding="utf-8")
    )
    turns = [{"role": message.role, "content": message.content} for message in request.messages]
    text = template.render(messages=turns, add_generation_prompt=True, **dict(request.template_options))
    return TextRequest(text + request.prefill, request.sampling, request.priority)
