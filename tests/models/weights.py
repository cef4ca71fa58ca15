"""Tiny models in every form weights come in, a stand-in for the converter, a watched progress."""

from __future__ import annotations

import hashlib
import json
import random
import struct
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbcoder.models.catalogue import PackageSource
from tests.engine.package_index import make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ROOT = Path(__file__).parents[2]

# --- a model folder -----------------------------------------------------------------------------------------


def tensor_names(layers: int = 2) -> list[str]:
    """The tensors of a model whose layers have two each."""
    inner = [
        f"model.layers.{layer}.{rest}.weight"
        for layer in range(layers)
        for rest in ("mlp.up_proj", "input_layernorm")
    ]
    return ["model.embed_tokens.weight", *inner, "model.norm.weight"]


def safetensors(names: Sequence[str], size: int = 8) -> bytes:
    """A file of safetensors with ``size`` bytes of bf16 for each name."""
    header = {
        name: {"dtype": "BF16", "shape": [size // 2], "data_offsets": [at * size, (at + 1) * size]}
        for at, name in enumerate(names)
    }
    head = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    return struct.pack("<Q", len(head)) + head + bytes(size * len(names))


def write_model(folder: Path, architecture: str = "Qwen2ForCausalLM") -> Path:
    """A whole model in two shards with an index."""
    folder.mkdir(parents=True, exist_ok=True)
    names = tensor_names()
    shards = {"model-1.safetensors": names[:3], "model-2.safetensors": names[3:]}
    for shard, inside in shards.items():
        (folder / shard).write_bytes(safetensors(inside))
    index = {"weight_map": {name: shard for shard, inside in shards.items() for name in inside}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text(json.dumps({"architectures": [architecture], "num_hidden_layers": 2}))
    (folder / "tokenizer.json").write_text('{"model": {"vocab": {"a": 0}}}')
    return folder


# --- a GGUF file --------------------------------------------------------------------------------------------

_F32, _Q8_0 = 0, 8


@dataclass(frozen=True)
class Matrix:
    """A tensor to be written, slowest dimension first; quantised to Q8_0 if it has several dimensions."""

    shape: tuple[int, ...]
    values: Sequence[float]

    @property
    def kind(self) -> int:
        return _F32 if len(self.shape) == 1 else _Q8_0

    def packed(self) -> bytes:
        if self.kind == _F32:
            return struct.pack(f"<{len(self.values)}f", *self.values)
        return b"".join(_q8_block(self.values[at : at + 32]) for at in range(0, len(self.values), 32))


def _q8_block(values: Sequence[float]) -> bytes:
    scale = max(map(abs, values)) / 127 or 1.0
    return struct.pack("<e32b", scale, *(max(-127, min(127, round(value / scale))) for value in values))


def gguf(fields: Mapping[str, Any], tensors: Mapping[str, Matrix]) -> bytes:
    """A GGUF file, version 3."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields))
    head += b"".join(_string(key) + _value(value) for key, value in fields.items())
    data = b""
    for name, tensor in tensors.items():
        head += _string(name) + struct.pack("<I", len(tensor.shape))
        head += struct.pack(f"<{len(tensor.shape)}QIQ", *reversed(tensor.shape), tensor.kind, len(data))
        data += _padded(tensor.packed())
    return _padded(head) + data


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 32)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    kind, data = _typed(value)
    return struct.pack("<I", kind) + data


def _typed(value: Any) -> tuple[int, bytes]:
    match value:
        case bool():
            return 7, struct.pack("<?", value)
        case int():
            return 4, struct.pack("<I", value)
        case float():
            return 6, struct.pack("<f", value)
        case str():
            return 8, _string(value)
    items = [_typed(item) for item in value]
    kind = items[0][0] if items else 4
    return 9, struct.pack("<IQ", kind, len(items)) + b"".join(data for _, data in items)


def byte_alphabet() -> list[str]:
    """How a byte-level vocabulary writes the 256 bytes."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


def qwen2_fields(layers: int = 2) -> dict[str, Any]:
    """What llama.cpp writes of a small Qwen2: byte-level tokenizer, template, sizes."""
    tokens = [*byte_alphabet(), "<|endoftext|>", "<|im_start|>", "<|im_end|>", "Ġt"]
    return {
        "general.architecture": "qwen2",
        "general.name": "tiny",
        "qwen2.block_count": layers,
        "qwen2.context_length": 512,
        "qwen2.embedding_length": 64,
        "qwen2.feed_forward_length": 96,
        "qwen2.attention.head_count": 4,
        "qwen2.attention.head_count_kv": 2,
        "qwen2.rope.freq_base": 1000000.0,
        "qwen2.attention.layer_norm_rms_epsilon": 1e-6,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * 256 + [3, 3, 3, 1],
        "tokenizer.ggml.merges": ["Ġ t"],
        "tokenizer.ggml.eos_token_id": 258,
        "tokenizer.ggml.padding_token_id": 256,
        "tokenizer.ggml.bos_token_id": 256,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": "{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}",
    }


def qwen2_tensors(layers: int = 2, *, tied: bool = True) -> dict[str, Matrix]:
    """Random weights for `qwen2_fields`; ``tied`` means that the output layer is the embedding again."""
    chance = random.Random(5)  # noqa: S311 - weights need no secrecy

    def matrix(*shape: int) -> Matrix:
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        return Matrix(shape, [chance.gauss(0, 0.02) for _ in range(count)])

    embedding = matrix(260, 64)
    tensors = {"token_embd.weight": embedding, "output.weight": embedding if tied else matrix(260, 64)}
    for layer in range(layers):
        block = f"blk.{layer}."
        tensors |= {
            block + name: matrix(64) for name in ("attn_norm.weight", "ffn_norm.weight", "attn_q.bias")
        }
        tensors |= {block + name: matrix(32) for name in ("attn_k.bias", "attn_v.bias")}
        tensors |= {block + name: matrix(64, 64) for name in ("attn_q.weight", "attn_output.weight")}
        tensors |= {block + name: matrix(32, 64) for name in ("attn_k.weight", "attn_v.weight")}
        tensors |= {block + name: matrix(96, 64) for name in ("ffn_gate.weight", "ffn_up.weight")}
        tensors[block + "ffn_down.weight"] = matrix(64, 96)
    return tensors | {"output_norm.weight": matrix(64)}


# --- wheels -------------------------------------------------------------------------------------------------

_CODE = b"import pathlib\npathlib.Path(__file__).with_name('was_run').touch()\nraise SystemExit('run!')\n"


def part_wheels(name: str, parts: Sequence[bytes]) -> dict[str, bytes]:
    """Wheels, by file name, that hold one part each, and code that nobody may run."""
    wheels = {}
    for number, data in enumerate(parts, 1):
        package = f"{name.replace('-', '_')}_part{number}"
        files = {f"{package}/__init__.py": _CODE, f"{package}/data/part{number:02}.bin": data}
        wheels[f"{package}-1.0-py3-none-any.whl"] = make_wheel(f"{name}-part{number}", "1.0", files)
    return wheels


def package_source(name: str, parts: Sequence[bytes]) -> PackageSource:
    """What the catalogue would say of `part_wheels`."""
    whole = b"".join(parts)
    return PackageSource(
        f"{name}-part{{part}}", "1.0", len(parts), len(whole), hashlib.sha256(whole).hexdigest()
    )


# --- the converter and the progress -------------------------------------------------------------------------


def write_converter(path: Path, code: str) -> Path:
    """A program that is started as the engine's Python would be: ``-I SCRIPT SOURCE TARGET``.

    ``code`` finds ``source`` and ``target`` as paths and `tell` to report.
    """
    path.write_text(
        f"#!{sys.executable}\n"
        "import json, os, pathlib, signal, sys, time\n"
        "isolated, script, source, target = sys.argv[1], *map(pathlib.Path, sys.argv[2:])\n"
        "def tell(**message): print(json.dumps(message), flush=True)\n"
        f"{code}\n"
    )
    path.chmod(0o755)
    return path


def write_working_converter(path: Path) -> Path:
    """One that makes a model folder, and adds a line to ``conversions`` beside itself for each call."""
    return write_converter(
        path,
        "with open(os.path.dirname(__file__) + '/conversions', 'a') as log: print(source.name, file=log)\n"
        f"sys.path.insert(0, {json.dumps(str(_ROOT))})\n"
        "from tests.models.weights import write_model\n"
        "tell(say='at work'); tell(total=100); tell(done=40); write_model(target); tell(done=60)",
    )


@dataclass
class Watched:
    """A progress that remembers what it was told."""

    said: list[str] = field(default_factory=list)
    bars: list[WatchedBar] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    @contextmanager
    def bar(self, text: str, total: float | None = None, unit: str = "bytes") -> Iterator[WatchedBar]:
        bar = WatchedBar(text, total, unit)
        self.bars.append(bar)
        yield bar


@dataclass
class WatchedBar:
    """One bar of `Watched`."""

    text: str
    total: float | None
    unit: str
    done: float = 0

    def advance(self, amount: float = 1) -> None:
        self.done += amount

    def note(self, text: str) -> None:
        """Nobody looks."""
