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


@dataclass(frozen=True)
class ModelShape:
    """``weight_bytes`` as on the disk, ``kv_bytes`` of cache for each token, ``context`` in tokens,
    ``heads`` of attention.
    """

    weight_bytes: int
    kv_bytes: int
    context: int
    heads: int


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
    heads = int(text["num_attention_heads"])
    kv_heads = int(text.get("num_key_value_heads") or heads)
    head_size = int(text.get("head_dim") or int(text["hidden_size"]) // heads)
    numbers = int(text["num_hidden_layers"]) * kv_heads * head_size * _KEY_AND_VALUE
    return ModelShape(
        weight_bytes=weight_bytes,
        kv_bytes=numbers * _BYTES_PER_NUMBER,
        context=int(text["max_position_embeddings"]),
        heads=heads,
    )
