"""Folders that look like those of real models, as far as their family shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def model_folder(
    folder: Path,
    model_type: str,
    *,
    tokens: Iterable[str] = (),
    pieces: Iterable[str] = (),
    template: str | None = None,
    **config: Any,
) -> Path:
    """A folder with the files that tell a family; ``tokens`` are added ones, ``pieces`` of the vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    added = [{"id": number, "content": token, "special": True} for number, token in enumerate(tokens)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = {"added_tokens": added, "model": {"type": "BPE", "vocab": vocabulary}}
    (folder / "config.json").write_text(json.dumps({"model_type": model_type} | config))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": template} if template else {}))
    return folder
