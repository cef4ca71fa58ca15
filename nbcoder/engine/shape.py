"""What a model's folder says about its size: weights, cache per token, context."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbcoder.errors import BrokenModel

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ModelShape", "read_shape"]

_BYTES_PER_NUMBER = 2
_KEY_AND_VALUE = 2
_TOKENS_OF_A_STATE = 4096
"""A model without attention keeps one state for each request; it is counted as if spread over these."""
_STATE_CONTEXT = 262144
_OLD_NAMES = {
    "num_attention_heads": "n_head",
    "num_hidden_layers": "n_layer",
    "hidden_size": "n_embd",
    "max_position_embeddings": "n_positions",
}
"""What GPT-2 and its descendants, such as StarCoder, call the same."""


@dataclass(frozen=True)
class ModelShape:
    """``weight_bytes`` as on the disk, ``kv_bytes`` of cache for each token, ``context`` in tokens,
    ``heads`` of attention, whether it ``sees`` pictures too, and whether its weights are plain
    numbers (``is_plain``), not quantised.
    """

    weight_bytes: int
    kv_bytes: int
    context: int
    heads: int
    sees: bool = False
    is_plain: bool = True


def read_shape(model: Path) -> ModelShape:
    """The shape of the model in the folder ``model``.

    Raises
    ------
    BrokenModel
        Its configuration or its weights are missing or unreadable.
    """
    try:
        config = json.loads((model / "config.json").read_text(encoding="utf-8"))
        weights = [*model.glob("*.safetensors")] or [*model.glob("*.bin")]
        weight_bytes = sum(path.stat().st_size for path in weights)
    except (OSError, ValueError) as error:
        raise _broken(model, f"config.json cannot be read ({error})") from error
    if not weight_bytes:
        raise _broken(model, "it has no weights (*.safetensors)")
    try:
        return _shape(config, weight_bytes)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise _broken(model, f"config.json lacks or garbles {error}") from error


def _broken(model: Path, what: str) -> BrokenModel:
    return BrokenModel(f"the model in {model} is broken: {what}. Fetch it again with `nbcoder model pull`.")


def _shape(config: dict[str, Any], weight_bytes: int) -> ModelShape:
    # Models that also see keep what concerns text apart.
    text: dict[str, Any] = config.get("text_config", config)
    text = {name: text[old] for name, old in _OLD_NAMES.items() if old in text} | text
    has_attention = "state_size" not in text or "num_attention_heads" in text
    heads = int(text["num_attention_heads"] if has_attention else text["num_heads"])
    numbers = _numbers_per_token(text, heads) if has_attention else _numbers_of_state(text, heads)
    return ModelShape(
        weight_bytes=weight_bytes,
        kv_bytes=int(text["num_hidden_layers"]) * numbers * _BYTES_PER_NUMBER,
        context=int(text["max_position_embeddings"] if has_attention else _STATE_CONTEXT),
        heads=heads,
        sees="vision_config" in config,
        is_plain="quantization_config" not in config,
    )


def _numbers_per_token(text: dict[str, Any], heads: int) -> int:
    """Numbers that one layer keeps of one token."""
    if rank := text.get("kv_lora_rank"):  # DeepSeek keeps one compressed vector for all heads
        return int(rank) + int(text["qk_rope_head_dim"])
    kv_heads = 1 if text.get("multi_query") else int(text.get("num_key_value_heads") or heads)
    head_size = int(text.get("head_dim") or int(text["hidden_size"]) // heads)
    return kv_heads * head_size * _KEY_AND_VALUE


def _numbers_of_state(text: dict[str, Any], heads: int) -> int:
    return max(1, heads * int(text["head_dim"]) * int(text["state_size"]) // _TOKENS_OF_A_STATE)
