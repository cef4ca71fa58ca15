"""What a model's folder says about its size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nbcoder.engine.shape import ModelShape, read_shape
from nbcoder.errors import BrokenModel

if TYPE_CHECKING:
    from pathlib import Path

_QWEN = {
    "hidden_size": 896,
    "max_position_embeddings": 32768,
    "num_attention_heads": 14,
    "num_hidden_layers": 24,
    "num_key_value_heads": 2,
}


def _write(folder: Path, config: Any, weights: int = 100) -> Path:
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model-1.safetensors").write_bytes(bytes(weights))
    (folder / "model-2.safetensors").write_bytes(bytes(weights))
    return folder


def test_the_small_model_takes_12_kib_of_cache_for_each_token(tmp_path: Path) -> None:
    expected = ModelShape(weight_bytes=200, kv_bytes=12288, context=32768, heads=14)
    assert read_shape(_write(tmp_path, _QWEN)) == expected


def test_heads_may_have_a_size_of_their_own(tmp_path: Path) -> None:
    assert read_shape(_write(tmp_path, _QWEN | {"head_dim": 128})).kv_bytes == 24 * 2 * 128 * 2 * 2


def test_a_model_that_also_sees_keeps_its_sizes_apart(tmp_path: Path) -> None:
    assert read_shape(_write(tmp_path, {"text_config": _QWEN})).kv_bytes == 12288


def test_starcoder_has_one_key_and_value_for_all_heads_and_names_of_its_own(tmp_path: Path) -> None:
    # bigcode/starcoder config.json
    starcoder = {
        "n_embd": 6144,
        "n_head": 48,
        "n_layer": 40,
        "n_positions": 8192,
        "multi_query": True,
    }
    shape = read_shape(_write(tmp_path, starcoder))
    assert (shape.kv_bytes, shape.context, shape.heads) == (40 * 128 * 2 * 2, 8192, 48)


def test_deepseek_v2_keeps_one_compressed_vector_for_each_token(tmp_path: Path) -> None:
    compressed = {"kv_lora_rank": 512, "qk_rope_head_dim": 64}
    assert read_shape(_write(tmp_path, _QWEN | compressed)).kv_bytes == 24 * (512 + 64) * 2


def test_a_model_without_attention_has_a_state_instead_of_a_cache(tmp_path: Path) -> None:
    # mistralai/Mamba-Codestral-7B-v0.1 config.json
    mamba = {
        "hidden_size": 4096,
        "num_hidden_layers": 64,
        "num_heads": 128,
        "head_dim": 64,
        "state_size": 128,
    }
    shape = read_shape(_write(tmp_path, mamba))
    assert shape.context == 262144
    assert shape.kv_bytes == 64 * (128 * 64 * 128 // 4096) * 2


def test_old_weights_count_where_there_are_no_new_ones(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(_QWEN))
    (tmp_path / "pytorch_model.bin").write_bytes(bytes(70))
    assert read_shape(tmp_path).weight_bytes == 70


@pytest.mark.parametrize(
    "config",
    [{}, [], 7, None, _QWEN | {"hidden_size": "x"}, _QWEN | {"num_attention_heads": 0}, {"text_config": 3}],
)
def test_a_configuration_without_sizes_is_a_broken_model(tmp_path: Path, config: Any) -> None:
    with pytest.raises(BrokenModel, match=r"config\.json"):
        read_shape(_write(tmp_path, config))


def test_a_folder_without_configuration_or_weights_is_a_broken_model(tmp_path: Path) -> None:
    with pytest.raises(BrokenModel, match=r"config\.json"):
        read_shape(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(_QWEN))
    with pytest.raises(BrokenModel, match="no weights"):
        read_shape(tmp_path)
