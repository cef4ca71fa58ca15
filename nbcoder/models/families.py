"""How each family of models is spoken to; the data is in ``catalogue.toml``."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from nbcoder.engine.requests import Sampling
from nbcoder.models.catalogue import family_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Family", "Signs", "end_token_ids", "families", "family", "token_ids"]


@dataclass(frozen=True)
class Signs:
    """What the files of a model show when it is of a family."""

    type: tuple[str, ...] = ()
    """Any of these is ``model_type`` in config.json; empty: whatever it is."""
    tokens: tuple[str, ...] = ()
    """All of these are in the tokenizer."""
    lacks: tuple[str, ...] = ()
    """None of these is."""
    template: str | bool | None = None
    """A text in the chat template; True: there is one; False: there is none; None: whatever it is."""


@dataclass(frozen=True)
class Family:
    """One way of speaking to a model. See the head of ``catalogue.toml`` for what the values mean."""

    name: str
    title: str
    template: str
    system: Literal["own", "first", "last"] = "own"
    system_end: str = ""
    turns: Literal["free", "alternate", "single", "notebook"] = "free"
    instruct: bool = True
    prefill: bool = True
    template_options: tuple[tuple[str, object], ...] = ()
    infilling: str = ""
    infilling_in_chat: bool = False
    stop: tuple[str, ...] = ()
    stop_tokens: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    thinking_tokens: int = 0
    harmony: bool = False
    signs: Signs | None = None


@functools.cache
def families() -> dict[str, Family]:
    """Every family by name, in the order of the file."""
    return {name: _family(name, table) for name, table in family_tables().items()}


def family(name: str) -> Family:
    """The family of that name.

    Raises
    ------
    KeyError
        There is none: a mistake in the program, as names come from the catalogue.
    """
    return families()[name]


_OF_MODELS = ("licence", "licence_note", "gated", "context", "default", "models")


def _family(name: str, table: dict[str, Any]) -> Family:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in table.items()
        if key not in (*_OF_MODELS, "signs", "sampling", "template_options")
    }
    signs = table.get("signs")
    return Family(
        name=name,
        template_options=tuple(table.get("template_options", {}).items()),
        sampling=Sampling(**table["sampling"]),
        signs=_signs(signs) if signs else None,
        **values,
    )


def _signs(table: dict[str, Any]) -> Signs:
    lists = {key: tuple(table.get(key, ())) for key in ("type", "tokens", "lacks")}
    return Signs(**lists, template=table.get("template"))


def end_token_ids(of: Family, encode: Callable[[str], Sequence[int]]) -> tuple[int, ...]:
    """Ids of the special tokens that end an answer of this family, as far as the tokenizer knows them."""
    return token_ids(of.stop_tokens, encode)


def token_ids(tokens: Sequence[str], encode: Callable[[str], Sequence[int]]) -> tuple[int, ...]:
    """Ids of those ``tokens`` that the tokenizer reads as one token each."""
    encoded = (tuple(encode(token)) for token in tokens)
    return tuple(ids[0] for ids in encoded if len(ids) == 1)
