"""Conversations in the form that a family was trained on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.engine.requests import Manner, Message
from nbcoder.models.control import neutralise
from nbcoder.models.fences import split_code
from nbcoder.models.files import chat_template, speaks_natively
from nbcoder.models.python_source import error_line
from nbcoder.notebook import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbcoder.models.families import Family

__all__ = ["adapt", "chat_template_file", "manner", "plain_newlines"]

_TEMPLATES = Path(__file__).with_name("templates")
_GAP = "\n\n"


def chat_template_file(family: Family, folder: Path | None = None) -> Path | None:
    """The Jinja file to start the server with; None where the repository or vLLM brings the format.

    The template of the model's own files wins. vLLM renders gpt-oss and Mistral's own tokenizer by itself
    and refuses a template beside them.

    Raises
    ------
    BrokenModel
        A file in ``folder`` cannot be read.
    """
    if not family.template:
        return None
    if folder and (chat_template(folder) is not None or speaks_natively(folder)):
        return None
    return _TEMPLATES / f"{family.template}.jinja"


def manner(family: Family) -> Manner:
    """How the family is asked for code: in an opened fence where it can go on from one."""
    fenced = Manner() if family.prefill else Manner(prefill="", stop=())
    return replace(
        fenced,
        stop=(*fenced.stop, *family.stop),
        top_p=family.sampling.top_p,
        top_k=family.sampling.top_k,
        thinking_tokens=family.thinking_tokens,
    )


def adapt(messages: Iterable[Message], family: Family) -> tuple[Message, ...]:
    """The same conversation as the family's template takes it; to be done once, just before sending.

    Empty messages go, system messages become one or are folded into a turn of the user, turns alternate
    where they have to, and control texts in any message are made harmless (see `restore`).
    """
    clean = [
        Message(message.role, neutralise(text, family))
        for message in messages
        if (text := plain_newlines(message.content)).strip()
    ]
    system = _GAP.join(message.content for message in clean if message.role == "system")
    turns = [message for message in clean if message.role != "system"]
    if family.turns == "notebook":
        turns = [cell for message in turns for cell in _as_cells(message)]
    if family.turns != "free":
        turns = _merged(turns)
    if family.turns == "single" and turns:
        turns = [Message("user", _GAP.join(message.content for message in turns))]
    return tuple(_with_system(system, turns, family))


def _with_system(system: str, turns: list[Message], family: Family) -> list[Message]:
    if not system:
        return turns
    if family.system == "own":
        return [Message("system", system + family.system_end), *turns]
    users = [index for index, message in enumerate(turns) if message.role == "user"]
    if not users or (family.system == "first" and users[0]):
        return [Message("user", system), *turns]
    at = users[0 if family.system == "first" else -1]
    folded = replace(turns[at], content=system + _GAP + turns[at].content)
    return [*turns[:at], folded, *turns[at + 1 :]]


def _merged(turns: Sequence[Message]) -> list[Message]:
    """Neighbours of the same role as one turn."""
    merged: list[Message] = []
    for turn in turns:
        if merged and merged[-1].role == turn.role:
            merged[-1] = replace(turn, content=merged[-1].content + _GAP + turn.content)
        else:
            merged.append(turn)
    return merged


def _as_cells(message: Message) -> Iterable[Message]:
    """Text as turns of the user, fenced code and cells in percent format as turns of the assistant."""
    for text, is_code in split_code(message.content):
        if message.role == "assistant" and not is_code:
            yield Message("assistant", text)
            continue
        if is_code:
            yield Message("assistant", text)
        elif percent.has_headers(text):
            yield from _percent_cells(text)
        else:
            yield Message("user", text)


def _percent_cells(text: str) -> Iterable[Message]:
    for cell in percent.parse(text):
        code, prose = _code_and_rest(cell.source) if cell.type == "code" else ("", cell.source)
        if code:
            yield Message("assistant", code)
        if prose:
            yield Message("user", prose)


def _code_and_rest(source: str) -> tuple[str, str]:
    """Whole paragraphs of code, and what follows them: the request stands right below the last cell."""
    wrong = error_line(source)
    if wrong is None:
        return source, ""
    above = "\n".join(source.split("\n")[: wrong - 1])
    end = above.rfind("\n\n") + 1 if above.strip() and not above.endswith("\n") else len(above)
    return source[:end].strip("\n"), source[end:].strip("\n")


def plain_newlines(text: str) -> str:
    """With plain newlines: a carriage return breaks Code Llama's tokens and costs every model some."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
