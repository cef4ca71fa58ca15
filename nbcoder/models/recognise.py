"""Which family a model is of: by what is in its files, or by what an engine elsewhere tells of it."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.engine.requests import ChatRequest, Message
from nbcoder.models.catalogue import find, find_alike
from nbcoder.models.families import families, family
from nbcoder.models.files import Clues, look
from nbcoder.models.infilling import form_of_tokens

if TYPE_CHECKING:
    from nbcoder.engine.client import HttpEngine
    from nbcoder.models.families import Family, Signs

__all__ = ["family_of", "family_of_engine", "recognise"]

_THINKING_SWITCH = "enable_thinking"


def family_of(name: str, folder: Path | None = None) -> Family:
    """How to speak to the model of that name or in that folder.

    A name of the catalogue decides; else the folder's files; without either it is some chat model.

    Raises
    ------
    BrokenModel
        A file in the folder cannot be read.
    """
    if model := find(name):
        return family(model.family)
    return recognise(folder) if folder else family("chat")


def family_of_engine(engine: HttpEngine) -> Family:
    """How to speak to the model that an engine serves, by what the engine tells of it.

    The names it gives decide where we know them; then the files of the model, where they are on this
    machine; then what its tokenizer and its chat template make of our texts. An engine that tells nothing
    of that is spoken to plainly.

    Raises
    ------
    EngineError
        It does not answer.
    """
    info = engine.info()
    for name in (info.model, info.root):
        if model := find(name) or find_alike(name):
            return family(model.family)
    if info.root and (Path(info.root) / "config.json").is_file():
        return recognise(Path(info.root))
    clues = _heard(engine, (info.model, info.root))
    if clues is None:
        # Only vLLM is known to go on from an answer that was begun for the model.
        return replace(family("chat"), prefill=bool(info.version), stop_tokens=())
    best = _best(clues)
    if _THINKING_SWITCH in (clues.template or "") and not best.template_options:
        # Without its type, a family that thinks looks like its sister that does not.
        return replace(best, template_options=((_THINKING_SWITCH, False),))
    return best


def _heard(engine: HttpEngine, names: tuple[str, ...]) -> Clues | None:
    """What the engine's tokenizer knows, and how its template begins an answer; None if it does not say."""
    wanted = {token for each in families().values() if each.signs for token in _all_tokens(each.signs)}
    tokens = engine.tokens("\n".join(sorted(wanted)))
    if tokens is None:
        return None
    asked = ChatRequest((Message("user", "Hello"),))
    template = _rendered(engine, asked)
    if template is not None:
        quiet = replace(asked, template_options=((_THINKING_SWITCH, False),))
        if _rendered(engine, quiet) != template:
            template += _THINKING_SWITCH
    return Clues("", frozenset(wanted.intersection(tokens.texts)), template, names)


def _rendered(engine: HttpEngine, request: ChatRequest) -> str | None:
    """The prompt that the engine makes of a conversation, about; None where it has no template."""
    tokens = engine.tokens(request)
    if tokens is None:
        return None
    text = "".join(tokens.texts)
    return text.replace("\u0120", " ").replace("\u010a", "\n").replace("\u2581", " ").replace("<0x0A>", "\n")


def _all_tokens(signs: Signs) -> tuple[str, ...]:
    return (*signs.tokens, *signs.lacks)


def recognise(folder: Path) -> Family:
    """The family that the files in ``folder`` show most signs of.

    Names decide only between families whose files look alike (Phind and Code Llama's base models).

    Raises
    ------
    BrokenModel
        A file cannot be read.
    """
    folder = folder.resolve()
    stamps = tuple(sorted((path.name, path.stat().st_mtime_ns) for path in folder.glob("*.json")))
    return _recognised(folder, stamps)


@functools.lru_cache(maxsize=16)
def _recognised(folder: Path, stamps: tuple[tuple[str, int], ...]) -> Family:  # noqa: ARG001 - of the cache's key
    """Reading a large vocabulary takes a tenth of a second, and every request asks."""
    return _best(look(folder))


def _best(clues: Clues) -> Family:
    fitting = [each for each in families().values() if each.signs and _fits(each.signs, clues)]
    best = max(fitting, key=lambda each: _weight(each.signs), default=family("chat"))
    return best if best.name not in ("chat", "base") else _general(best, clues)


def _general(best: Family, clues: Clues) -> Family:
    for name in clues.names:
        if model := find(name) or find_alike(name):
            return family(model.family)
    if best.instruct:
        switch = _THINKING_SWITCH in (clues.template or "")
        return replace(best, template_options=((_THINKING_SWITCH, False),)) if switch else best
    # A base model has the infilling tokens only if it was trained with them; chat models inherit them.
    return replace(best, infilling=form_of_tokens(clues.tokens))


def _fits(signs: Signs, clues: Clues) -> bool:
    if isinstance(signs.template, str):
        template = signs.template in (clues.template or "")
    else:
        template = signs.template in (None, clues.template is not None)
    # An engine does not tell the type; a family that shows in nothing else cannot be heard.
    is_type = (
        clues.type in signs.type if clues.type else bool(signs.tokens or isinstance(signs.template, str))
    )
    return (
        template
        and (not signs.type or is_type)
        and clues.tokens.issuperset(signs.tokens)
        and clues.tokens.isdisjoint(signs.lacks)
    )


def _weight(signs: Signs | None) -> int:
    if signs is None:
        return 0
    template = 2 if isinstance(signs.template, str) else int(signs.template is not None)
    return bool(signs.type) + 2 * len(signs.tokens) + len(signs.lacks) + template
