"""Writes docs/models.md from the catalogue: which models there are, and how each family is spoken to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nbcoder.models.catalogue import catalogue
from nbcoder.models.families import families

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbcoder.models.catalogue import Model
    from nbcoder.models.families import Family

PAGE = Path(__file__).parent.parent / "docs" / "models.md"

_HEAD = """# Models

Made by `python scripts/models_page.py` from `nbcoder/models/catalogue.toml`.

`nbcoder model list` shows what fits into the memory that is free on your machine, what is downloaded and what
runs. `nbcoder model use NAME` chooses: a name of the tables below, a repository of the Hugging Face hub, a
folder, or a GGUF file. A model that is not listed is recognised by its configuration, its tokens and its chat
template, and so is what an engine elsewhere serves.

The chat template of the model's own files wins; where there is none, ours is given to vLLM. Gated models need
their terms accepted at the hub and `HF_TOKEN`. Memory is that of the weights; vLLM takes 4 GB more on a CPU,
and 15 % and its cache on a GPU. What needs more than one machine is used as an engine elsewhere, by
`NBCODER_ENGINE_URL`; so is what runs code of its repository (Kimi). The vocabulary that vLLM would
fetch from the network for gpt-oss is made from the model's own files. Models with Mamba2 layers (Codestral
Mamba, Granite 4 h) need a GPU: on a CPU, vLLM 0.32 fails at prompts beyond 256 tokens.
"""
_MODELS = ("model", "repository", "parameters", "weights", "context", "licence")
_SPEECH = (
    "family",
    "template without one of its own",
    "system message",
    "answer begun",
    "thinking",
    "infilling",
)
_SYSTEM = {"own": "own role", "first": "in the first request", "last": "in the last request"}


def page() -> str:
    """The whole page."""
    warned = dict.fromkeys(model.licence_note for model in catalogue() if model.licence_note)
    notes = {note: number for number, note in enumerate(warned, 1)}
    parts = [_HEAD, "## Names\n", _table(_MODELS, (_model(model, notes) for model in catalogue()))]
    parts += ["\n" + "\n".join(f"{number}. {note}" for note, number in notes.items()) + "\n"]
    parts += ["## How each family is spoken to\n", _table(_SPEECH, map(_speech, families().values())), ""]
    return "\n".join(parts)


def _model(model: Model, notes: dict[str, int]) -> tuple[str, ...]:
    note = f" ({notes[model.licence_note]})" if model.licence_note else ""
    gated = ", gated" if model.gated else ""
    return (
        f"`{model.name}`",
        model.repo,
        f"{model.parameters:g} B",
        f"{model.weight_bytes / 1e9:.1f} GB",
        f"{model.context:,}",
        f"{model.licence}{note}{gated}",
    )


def _speech(family: Family) -> tuple[str, ...]:
    thinking = "off, or low" if family.template_options else "taken out" if family.thinking_tokens else ""
    tokens = (
        f"tokens, {family.infilling}" if family.infilling else "chat" if family.instruct else "prefix only"
    )
    return (
        family.title,
        f"`{family.template}`" if family.template else "vLLM's own",
        _SYSTEM[family.system],
        "yes" if family.prefill else "no",
        thinking,
        tokens + (", in chat" if family.infilling_in_chat else ""),
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
