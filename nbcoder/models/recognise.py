"""Which family a folder of model files is of, by what is in its files rather than by its name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nbcoder.models.catalogue import find
from nbcoder.models.families import families, family
from nbcoder.models.files import look
from nbcoder.models.infilling import form_of_tokens

if TYPE_CHECKING:
    from pathlib import Path

    from nbcoder.models.families import Family, Signs
    from nbcoder.models.files import Clues

__all__ = ["family_of", "recognise"]

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


def recognise(folder: Path) -> Family:
    """The family that the files in ``folder`` show most signs of.

    Names decide only between families whose files look alike (Phind and Code Llama's base models).

    Raises
    ------
    BrokenModel
        A file cannot be read.
    """
    clues = look(folder)
    fitting = [each for each in families().values() if each.signs and _fits(each.signs, clues)]
    best = max(fitting, key=lambda each: _weight(each.signs), default=family("chat"))
    return best if best.name not in ("chat", "base") else _general(best, clues)


def _general(best: Family, clues: Clues) -> Family:
    for name in clues.names:
        if model := find(name):
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
    return (
        template
        and (not signs.type or clues.type in signs.type)
        and clues.tokens.issuperset(signs.tokens)
        and clues.tokens.isdisjoint(signs.lacks)
    )


def _weight(signs: Signs | None) -> int:
    if signs is None:
        return 0
    template = 2 if isinstance(signs.template, str) else int(signs.template is not None)
    return bool(signs.type) + 2 * len(signs.tokens) + len(signs.lacks) + template
