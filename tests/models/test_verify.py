from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.errors import BrokenModel
from nbcoder.models.verify import verify
from tests.models.weights import safetensors, tensor_names, write_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


def _complaint(folder: Path) -> str:
    with pytest.raises(BrokenModel) as caught:
        verify(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def _as_one_file(model: Path, names: list[str]) -> None:
    for path in [*model.glob("*.safetensors"), model / "model.safetensors.index.json"]:
        path.unlink()
    (model / "model.safetensors").write_bytes(safetensors(names))


def test_a_whole_model_in_shards_is_fine(model: Path) -> None:
    verify(model)


def test_a_whole_model_in_one_file_is_fine(model: Path) -> None:
    _as_one_file(model, tensor_names())
    verify(model)


@pytest.mark.parametrize("name", ["config.json", "model-2.safetensors"])
def test_a_missing_file_is_named(model: Path, name: str) -> None:
    (model / name).unlink()
    assert f"{name} is missing" in _complaint(model)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors.index.json"])
@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b""])
def test_a_damaged_json_file_is_named(model: Path, name: str, content: bytes) -> None:
    (model / name).write_bytes(content)
    assert name in _complaint(model)


def test_a_missing_tokenizer_is_named(model: Path) -> None:
    (model / "tokenizer.json").unlink()
    assert "no tokenizer" in _complaint(model)


def test_another_form_of_tokenizer_is_fine(model: Path) -> None:
    (model / "tokenizer.json").unlink()
    (model / "tokenizer.model").write_bytes(b"\n\x0e\n\x05<unk>")
    verify(model)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("tokenizer.json", b'{"added_tokens": []}', "holds no vocabulary"),
        ("tokenizer.json", b'{"model": {"vocab": {}}}', "holds no vocabulary"),
        ("tokenizer.model", b"<html>not found</html>", "unreadable"),
        ("tokenizer.model", b"", "unreadable"),
        ("tekken.json", b"version https://git-lfs", "unreadable"),
    ],
)
def test_a_corrupt_tokenizer_is_named(model: Path, name: str, content: bytes, problem: str) -> None:
    (model / "tokenizer.json").unlink()
    (model / name).write_bytes(content)
    assert f"{name} " in _complaint(model)
    assert problem in _complaint(model)


def test_a_tensor_that_the_index_promises_and_the_shard_lacks_is_named(model: Path) -> None:
    (model / "model-1.safetensors").write_bytes(safetensors(tensor_names()[1:3]))
    assert "tensor model.embed_tokens.weight is missing in model-1.safetensors" in _complaint(model)


def test_a_tensor_that_one_layer_of_many_lacks_is_named(model: Path) -> None:
    _as_one_file(model, [name for name in tensor_names() if name != "model.layers.1.mlp.up_proj.weight"])
    assert "tensor model.layers.1.mlp.up_proj.weight is missing" in _complaint(model)


def test_layers_may_differ_in_architectures_where_they_do(model: Path) -> None:
    write_model(model, architecture="Qwen3MoeForCausalLM")
    _as_one_file(model, [name for name in tensor_names() if name != "model.layers.1.mlp.up_proj.weight"])
    verify(model)


def test_a_folder_without_weights_is_refused(model: Path) -> None:
    for path in [*model.glob("*.safetensors"), model / "model.safetensors.index.json"]:
        path.unlink()
    assert "no weights" in _complaint(model)


def test_no_folder_at_all_is_refused(tmp_path: Path) -> None:
    assert "no such folder" in _complaint(tmp_path / "nowhere")


def test_the_older_kind_of_weights_is_looked_at_but_not_opened(model: Path) -> None:
    _as_one_file(model, tensor_names())
    (model / "model.safetensors").unlink()
    weights = model / "pytorch_model.bin"
    weights.write_bytes(b"a pickle")
    verify(model)
    weights.write_bytes(b"")
    assert "pytorch_model.bin is empty" in _complaint(model)


@given(data=st.data())
def test_a_file_of_weights_that_is_cut_anywhere_is_noticed(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    model = write_model(tmp_path_factory.mktemp("cut") / "model")
    whole = (model / "model-1.safetensors").read_bytes()
    length = data.draw(st.integers(0, len(whole) - 1))
    (model / "model-1.safetensors").write_bytes(whole[:length])
    assert "model-1.safetensors" in _complaint(model)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda header: header["model.norm.weight"].pop("data_offsets"),
        lambda header: header["model.norm.weight"].update(data_offsets=["a", "b"]),
        lambda header: header.update({"model.norm.weight": 5}),
    ],
)
def test_a_header_that_makes_no_sense_is_noticed(
    model: Path, spoil: Callable[[dict[str, object]], object]
) -> None:
    data = safetensors(tensor_names())
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    spoil(header)
    head = json.dumps(header).encode()
    _as_one_file(model, [])
    (model / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + data[8 + length :])
    assert "model.safetensors is unreadable" in _complaint(model)
