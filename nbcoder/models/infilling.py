"""Text between a prefix and a suffix, asked for with the tokens that a family was trained with.

Where a family has no such tokens, a chat model is asked to fill a marked hole. The engine's own ``suffix``
parameter is no way: vLLM has it for one family only.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from nbcoder.engine.requests import ChatRequest, Message, Sampling, TextRequest
from nbcoder.models.catalogue import infilling_tables
from nbcoder.models.chat import adapt, plain_newlines
from nbcoder.models.control import neutralise, restore
from nbcoder.models.families import end_token_ids, token_ids
from nbcoder.models.fences import Block, split
from nbcoder.models.repeated_suffix import cut_repeated_suffix
from nbcoder.models.thoughts import said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nbcoder.models.families import Family

__all__ = ["form_of_tokens", "infill", "read_infill"]


@dataclass(frozen=True)
class Form:
    """One way to write prefix and suffix down, with special tokens before each part.

    ``psm``: prefix, suffix, then the model writes the middle. ``spm``: suffix, prefix, then the middle.
    """

    order: Literal["psm", "spm"]
    prefix: str
    suffix: str
    middle: str
    ends: tuple[str, ...]
    """Special tokens that end the middle, beside the model's own end token."""
    ids: tuple[int, int, int, int] | None = None
    """BOS, prefix, suffix, middle (-1: none), where text does not give these tokens and ids have to."""
    end_ids: tuple[int, ...] = ()


@functools.cache
def _forms() -> dict[str, Form]:
    return {name: _form(table) for name, table in infilling_tables().items()}


def _form(table: dict[str, Any]) -> Form:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    return Form(**values)


# Told apart by a token that no other form has; qwen's own come last, as others share them.
_TELLING = (
    ("▁<PRE>", "codellama"),
    ("<[fim-suffix]>", "seed"),
    ("<｜fim▁begin｜>", "deepseek"),
    ("[SUFFIX]", "mistral"),
    ("<fim-prefix>", "santacoder"),
    ("<|file_separator|>", "codegemma"),
    ("<|start_of_role|>", "granite"),
    ("<|fim_prefix|>", "qwen"),
    ("<file_sep>", "starcoder2"),
    ("<fim_prefix>", "starcoder"),
)
_IN_CHAT = "You are a code completion assistant."
_HOLE = "{{HOLE}}"
_HOLE_SYSTEM = (
    f"You complete code in an editor. The user sends code with a hole, marked {_HOLE}. Answer with exactly "
    "the text that belongs in the hole, keeping the indentation: no explanation, no code fence, and nothing "
    "of the code before or after it."
)
_HOLE_TAGS = ("<fill>", "</fill>")
_GO_ON_SYSTEM = "You complete code in an editor. Answer with Python code only, in one ```python block."
_GO_ON = "Write code that ends where these lines go on, and that fits them:"
_FENCE, _FENCE_END = "```python\n", "\n```"
_MARKED = re.compile(r"\n[^\n]*\w{2}[^\n]*")
"""A line that says something, with the line break before it."""


def form_of_tokens(tokens: Iterable[str]) -> str:
    """The infilling form that a tokenizer with these tokens has; '' if none."""
    known = set(tokens)
    return next((form for token, form in _TELLING if token in known), "")


def infill(
    family: Family,
    before: str,
    after: str,
    encode: Callable[[str], Sequence[int]],
    sampling: Sampling | None = None,
) -> TextRequest | ChatRequest:
    """The request for what stands between ``before`` and ``after``.

    ``encode`` gives the ids of a text with the model's own tokenizer, without BOS, or none where the engine
    does not tell them; it is called for the tokens that end the middle (worth caching), and for the code
    itself where a form is built of ids. What of ``sampling.stop`` is white space holds for models with
    infilling tokens alone.
    The answer goes through `read_infill`.
    """
    sampling = sampling or Sampling(temperature=0.0, max_tokens=64)
    form = _forms()[family.infilling] if family.infilling else None
    if form is None or (form.ids and not encode("☺")):
        return _hole(family, before, after, encode, sampling)
    before, after = (neutralise(plain_newlines(text), family) for text in (before, after))
    ends = tuple(dict.fromkeys((*form.end_ids, *token_ids(form.ends, encode))))
    sampling = replace(sampling, stop_token_ids=(*sampling.stop_token_ids, *ends))
    if form.ids:
        parts = tuple(encode(before)), _encode_infix(after, encode)
        return TextRequest(_as_ids(form.order, form.ids, *parts), sampling)
    text = _as_text(form, before, after)
    if family.infilling_in_chat:
        return ChatRequest((Message("system", _IN_CHAT), Message("user", text)), sampling)
    return TextRequest(text, sampling)


def read_infill(family: Family, text: str, before: str, after: str) -> str:
    """What to insert between ``before`` and ``after``, of the ``text`` that the model answered."""
    text, before = plain_newlines(restore(text, family)), plain_newlines(before)
    if not family.infilling and family.instruct:
        text = _continued(text, before) if family.prefill else _from_hole(said(text), before)
    return cut_repeated_suffix(text, before, plain_newlines(after))


def _as_text(form: Form, before: str, after: str) -> str:
    if form.order == "psm":
        return f"{form.prefix}{before}{form.suffix}{after}{form.middle}"
    return f"{form.suffix}{after}{form.prefix}{before}{form.middle}"


def _as_ids(
    order: str, ids: tuple[int, ...], before: tuple[int, ...], after: tuple[int, ...]
) -> tuple[int, ...]:
    bos, prefix, suffix, middle = ids
    head, tail = (prefix, *before), (suffix, *after)
    built = (bos, *head, *tail, middle) if order == "psm" else (bos, *tail, *head, middle)
    return tuple(token for token in built if token >= 0)


def _encode_infix(text: str, encode: Callable[[str], Sequence[int]]) -> tuple[int, ...]:
    """Ids of ``text`` as it is inside other text: SentencePiece would put a space before its first word."""
    mark = tuple(encode("☺"))
    return tuple(encode("☺" + text))[len(mark) :]


def _hole(
    family: Family, before: str, after: str, encode: Callable[[str], Sequence[int]], sampling: Sampling
) -> ChatRequest | TextRequest:
    if not family.instruct:
        text = neutralise(plain_newlines(before), family)
        return TextRequest(text, replace(sampling, stop=(*sampling.stop, "\n\n")))
    ends = (*sampling.stop_token_ids, *end_token_ids(family, encode))
    request = (_going_on if family.prefill else _filling)(
        family, plain_newlines(before), plain_newlines(after)
    )
    # The white space before the filling is the model's own, so none of it may end the answer.
    stop = tuple(dict.fromkeys((*filter(str.strip, sampling.stop), *request.sampling.stop)))
    return replace(
        request,
        sampling=replace(sampling, stop=stop, stop_token_ids=ends),
        template_options=family.template_options,
    )


def _going_on(family: Family, before: str, after: str) -> ChatRequest:
    """The answer is begun with all that stands before the hole, and has to lead to what follows it.

    A small model that is asked for the filling alone writes the function anew; it goes on well from code.
    White space at the end of what was begun is left to the model, as templates and tokenizers differ in it.
    """
    following = after.strip("\n")
    task = f"{_GO_ON}\n{_FENCE}{following}{_FENCE_END}" if following else "Write Python code."
    messages = (Message("system", _GO_ON_SYSTEM), Message("user", task))
    next_line = _MARKED.search(after)
    stop = (
        (_FENCE_END, next_line[0]) if next_line and not after[: next_line.start()].strip() else (_FENCE_END,)
    )
    begun = neutralise(f"{_FENCE}{before.rstrip()}", family)
    return ChatRequest(adapt(messages, family), Sampling(stop=stop), prefill=begun)


def _filling(family: Family, before: str, after: str) -> ChatRequest:
    """The filling alone is asked for, of a model whose answer cannot be begun for it."""
    opening, closing = _HOLE_TAGS
    task = f"Write what belongs in {_HOLE} between {opening} and {closing}."
    messages = (Message("system", _HOLE_SYSTEM), Message("user", f"{before}{_HOLE}{after}\n\n{task}"))
    return ChatRequest(adapt(messages, family), Sampling(stop=(closing,)))


def _continued(text: str, before: str) -> str:
    """What goes on from ``before`` in an answer that was begun with it, without its last white space."""
    text = text.removeprefix(_FENCE + before.rstrip()).partition(_FENCE_END)[0]
    left = before[len(before.rstrip()) :]
    if "\n" not in left:
        return text.removeprefix(left)
    indent = left.rpartition("\n")[2]
    return text.lstrip("\n").removeprefix(indent) if text.startswith("\n") else text.removeprefix(left)


def _from_hole(text: str, before: str) -> str:
    """The filling that a chat model wrote, without tags, fences, and the line it stands in."""
    opening, closing = _HOLE_TAGS
    text = text.rpartition(opening)[2].partition(closing)[0]
    if "```" in text:
        text = next((part.text for part in split(text) if isinstance(part, Block)), text)
    line = before.rpartition("\n")[2]
    if line.strip() and text.lstrip().startswith(line.lstrip()):
        text = text.lstrip().removeprefix(line.lstrip())
    return text
