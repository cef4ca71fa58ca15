"""The vocabulary that vLLM reads and writes gpt-oss's channels with, made from the model's own files.

vLLM would fetch it from the network when the first request comes. It is the model's vocabulary itself, in the
format of tiktoken: a line for each token, its bytes in base64 and its rank.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from nbcoder.errors import BrokenModel

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_vocabulary"]

_FILE = "o200k_base.tiktoken"


def write_vocabulary(model: Path, target: Path) -> Path:
    """Write the vocabulary of the model in the folder ``model`` into the folder ``target``, and return that.

    Raises
    ------
    BrokenModel
        The model's tokenizer.json cannot be read, or is of another kind.
    """
    try:
        tokenizer = json.loads((model / "tokenizer.json").read_text(encoding="utf-8"))
        special = {token["content"] for token in tokenizer["added_tokens"]}
        ranks = {token: rank for token, rank in tokenizer["model"]["vocab"].items() if token not in special}
        lines = [
            f"{_bytes_in_base64(token)} {ranks[token]}\n" for token in sorted(ranks, key=ranks.__getitem__)
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenModel(
            f"the model in {model} is broken: its tokenizer.json cannot be read ({error!r}). "
            "Fetch it again with `nbcoder model pull`."
        ) from error
    target.mkdir(parents=True, exist_ok=True)
    part = target / f"{_FILE}.part"
    part.write_text("".join(lines), encoding="ascii")
    part.replace(target / _FILE)
    return target


def _bytes_in_base64(token: str) -> str:
    return base64.b64encode(bytes(_BYTES[letter] for letter in token)).decode("ascii")


def _letters() -> dict[str, int]:
    """The byte that each letter stands for in vocabularies of the GPT-2 kind; most for their own."""
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(256 + at): byte for at, byte in enumerate(hidden)}


_BYTES = _letters()
