"""Converting with the engine's own environment: tiny files of random weights."""

from __future__ import annotations

import json
import os
import struct
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from nbcoder.engine.install import find_installed
from nbcoder.errors import BrokenModel
from nbcoder.models.convert import convert
from nbcoder.models.verify import verify
from tests.models.weights import Matrix, Watched, gguf, qwen2_fields, qwen2_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

# What transformers makes of the same file, by its own loader.
_REFERENCE = """
import sys
from pathlib import Path
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
source, target = map(Path, sys.argv[1:])
model = AutoModelForCausalLM.from_pretrained(
    source.parent, gguf_file=source.name, quantization_config=GgufConfig(dequantize=True), dtype="bfloat16"
)
if hasattr(model.config, "quantization_config"):
    del model.config.quantization_config
model.save_pretrained(target)
AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(target)
"""

# What a converted folder gives: tokens there and back, the chat template, the likeliest next tokens.
_TRY = """
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
ids = tokenizer("a tä\\u4f60 <|im_end|>").input_ids
with torch.no_grad():
    best = model(torch.tensor([ids])).logits.argmax(-1)[0].tolist()
template = tokenizer.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False)
print(json.dumps([ids, tokenizer.decode(ids), template, best]))
"""


@pytest.fixture(scope="session")
def converter() -> Path:
    """The engine environment's Python; looked up before each test gets a home of its own."""
    installed = find_installed()
    if installed is None:
        pytest.skip("the engine is not installed")
    return installed.python


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def _write(folder: Path, tensors: Mapping[str, Matrix], **fields: object) -> Path:
    path = folder / "tiny.gguf"
    path.write_bytes(gguf(qwen2_fields() | fields, tensors))
    return path


def _tensors(folder: Path) -> dict[str, tuple[list[int], bytes]]:
    data = (folder / "model.safetensors").read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__")
    return {
        name: (entry["shape"], data[8 + length :][slice(*entry["data_offsets"])])
        for name, entry in header.items()
    }


def _run(converter: Path, code: str, *arguments: Path) -> str:
    environ = os.environ | {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    command: list[str | Path] = [converter, "-I", "-W", "ignore", "-c", code, *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout


def _config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text())
    config.pop("_model_name_or_path", None)
    return config


def test_the_streamed_result_is_the_one_of_transformers(
    tmp_path: Path, target: Path, converter: Path
) -> None:
    source = _write(tmp_path, qwen2_tensors(tied=False))
    reference = tmp_path / "reference"
    convert(source, target, converter, Watched())
    _run(converter, _REFERENCE, source, reference)
    verify(target)
    assert _tensors(target) == _tensors(reference)
    assert _config(target) == _config(reference)
    assert (target / "tokenizer.json").read_bytes() == (reference / "tokenizer.json").read_bytes()
    assert (target / "chat_template.jinja").read_bytes() == (reference / "chat_template.jinja").read_bytes()


def test_an_output_layer_that_is_the_embedding_is_tied_again(
    tmp_path: Path, target: Path, converter: Path
) -> None:
    progress = Watched()
    convert(_write(tmp_path, qwen2_tensors(tied=True)), target, converter, progress)
    assert _config(target)["tie_word_embeddings"] is True
    tensors = _tensors(target)
    assert "lm_head.weight" not in tensors
    assert progress.bars[-1].done == progress.bars[-1].total == sum(len(data) for _, data in tensors.values())
    ids, text, template, best = json.loads(_run(converter, _TRY, target))
    assert (text, ids[-1], template) == ("a tä\u4f60 <|im_end|>", 258, "<|im_start|>hi<|im_end|>")
    assert len(best) == len(ids)


def test_a_missing_tensor_is_named(tmp_path: Path, target: Path, converter: Path) -> None:
    tensors = qwen2_tensors()
    del tensors["blk.1.ffn_up.weight"]
    with pytest.raises(BrokenModel, match=r"lacks the tensor model\.layers\.1\.mlp\.up_proj\.weight"):
        convert(_write(tmp_path, tensors), target, converter, Watched())


def test_a_tensor_of_another_shape_is_named(tmp_path: Path, target: Path, converter: Path) -> None:
    tensors = qwen2_tensors() | {"output_norm.weight": Matrix((32,), [1.0] * 32)}
    with pytest.raises(BrokenModel, match=r"tensor model\.norm\.weight has the shape \(32,\)"):
        convert(_write(tmp_path, tensors), target, converter, Watched())


def test_a_file_that_is_cut_off_is_named(tmp_path: Path, target: Path, converter: Path) -> None:
    source = _write(tmp_path, qwen2_tensors())
    source.write_bytes(source.read_bytes()[:-100])
    with pytest.raises(BrokenModel, match=r"cut off: tensor output_norm\.weight"):
        convert(source, target, converter, Watched())


def test_what_the_file_does_not_state_is_said(tmp_path: Path, target: Path, converter: Path) -> None:
    fields = qwen2_fields()
    del fields["qwen2.rope.freq_base"], fields["tokenizer.chat_template"]
    source = tmp_path / "tiny.gguf"
    source.write_bytes(gguf(fields, qwen2_tensors()))
    progress = Watched()
    convert(source, target, converter, progress)
    said = " ".join(progress.said)
    assert "rope_theta" in said
    assert "chat template" in said


def test_an_architecture_that_is_not_only_renamed_goes_through_transformers(
    tmp_path: Path, target: Path, converter: Path
) -> None:
    biases = ("attn_q.bias", "attn_k.bias", "attn_v.bias")
    tensors = {name: tensor for name, tensor in qwen2_tensors().items() if not name.endswith(biases)}
    fields = {key.replace("qwen2.", "llama."): value for key, value in qwen2_fields().items()}
    fields |= {"general.architecture": "llama", "llama.rope.dimension_count": 16, "llama.vocab_size": 260}
    source = tmp_path / "tiny.gguf"
    source.write_bytes(gguf(fields, tensors))
    reference = tmp_path / "reference"
    convert(source, target, converter, Watched())
    _run(converter, _REFERENCE, source, reference)
    verify(target)
    assert _tensors(target) == _tensors(reference)
