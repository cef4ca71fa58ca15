"""Turn a GGUF file into a bf16 model folder: safetensors, config, tokenizer, chat template.

A script for the Python of the engine's environment, where torch, transformers and gguf are; nbcoder's own
environment has none of them. `nbcoder.models.convert` runs it and reads what it prints, one JSON object a
line: ``say`` (a line for the user), ``total`` and ``done`` (bytes of the result), ``error`` (why it gave up).

Architectures whose GGUF tensors are the original ones under other names are streamed: unpacked in pieces by
several threads straight into their place in the result, so that memory stays small and a 1.5B model takes
seconds. Everything else goes through transformers' own, slower loader.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_STREAMED = frozenset({"qwen2"})
"""Architectures that llama.cpp renames only: no tensor is permuted, split or shifted by one."""

_PIECE = 1 << 18
"""Weights unpacked at once by one thread: the temporaries stay in the processor's cache."""

_MOST_THREADS = 8  # more would wait for each other, for Python's lock
_ALIGNMENT = 8
_SPECIAL_TOKENS = {"bos": "bos", "eos": "eos", "padding": "pad"}
_SAME_MATRIX = 0.12
"""Relative difference up to which two quantised tensors are taken for one: 4-bit noise is 0.08, and tensors
that were trained apart differ by more than 1."""


class Unusable(Exception):
    """The file cannot be converted; the text says why, on one line."""


def _tell(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


# --- reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tensor:
    """Where one tensor lies in the file; ``shape`` has the slowest dimension first, as torch has it."""

    name: str
    shape: tuple[int, ...]
    kind: int
    start: int


@dataclass(frozen=True)
class Header:
    """What a GGUF file says about its tensors; of an array of strings only the length is kept."""

    fields: Mapping[str, Any]
    tensors: Mapping[str, Tensor]

    @property
    def architecture(self) -> str:
        """The model's architecture in llama.cpp's words."""
        return str(self.fields.get("general.architecture", "unknown"))


class _Cursor:
    """Reads one value after the other; gguf's own reader takes 8 s for a vocabulary of 150,000."""

    _FORMATS = ("B", "b", "H", "h", "I", "i", "f", "?", None, None, "Q", "q", "d")
    _STRING = 8
    _ARRAY = 9

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self.at = 0

    def take(self, format_: str) -> Any:  # noqa: ANN401 - whatever the format says
        values = struct.unpack_from("<" + format_, self._data, self.at)
        self.at += struct.calcsize("<" + format_)
        return values[0] if len(values) == 1 else list(values)

    def text(self) -> str:
        length = self.take("Q")
        self.at += length
        return self._data[self.at - length : self.at].decode("utf-8", errors="replace")

    def value(self, kind: int) -> Any:  # noqa: ANN401 - whatever the file holds
        if kind == self._STRING:
            return self.text()
        if kind == self._ARRAY:
            return self._array()
        return self.take(str(self._FORMATS[kind]))

    def _array(self) -> Any:  # noqa: ANN401 - a list of numbers, or a length
        kind, length = self.take("I"), self.take("Q")
        if kind != self._STRING:
            return [self.value(kind) for _ in range(length)]
        for _ in range(length):
            size = self.take("Q")
            self.at += size
        return length


def read_header(path: Path) -> Header:
    """The header of a GGUF file.

    Raises
    ------
    Unusable
        It is no GGUF file, or it ends before its header does.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] != b"GGUF":
            raise Unusable(f"{path.name} is not a GGUF file")
        cursor = _Cursor(data)
        cursor.at = 4
        try:
            return _read_header(cursor)
        except (struct.error, LookupError, ArithmeticError, TypeError) as error:
            raise Unusable(f"{path.name} is cut off or damaged: its header cannot be read") from error


def _read_header(cursor: _Cursor) -> Header:
    version = cursor.take("I")
    if version not in {2, 3}:
        raise Unusable(f"GGUF version {version} is not known")
    tensor_count, field_count = cursor.take("Q"), cursor.take("Q")
    fields = {}
    for _ in range(field_count):
        key = cursor.text()
        fields[key] = cursor.value(cursor.take("I"))
    rows = []
    for _ in range(tensor_count):
        name = cursor.text()
        shape = tuple(cursor.take("Q") for _ in range(cursor.take("I")))[::-1]
        rows.append((name, shape, cursor.take("I"), cursor.take("Q")))
    alignment = fields.get("general.alignment", 32)
    data_start = -(-cursor.at // alignment) * alignment
    return Header(fields, {row[0]: Tensor(*row[:3], data_start + row[3]) for row in rows})


# --- unpacking ----------------------------------------------------------------------------------------------


class _Unpacker:
    """The tensors of one GGUF file as bf16."""

    def __init__(self, path: Path) -> None:
        import numpy as np  # noqa: PLC0415 - only in the engine's environment

        self._data = np.memmap(path, mode="r", dtype=np.uint8)

    def check(self, tensors: Iterable[Tensor]) -> None:
        """Raise `Unusable` unless each tensor lies wholly in the file and is of a known type."""
        for tensor in tensors:
            block, size = self._block(tensor)
            if tensor.start + math.prod(tensor.shape) // block * size > len(self._data):
                raise Unusable(f"the file is cut off: tensor {tensor.name} is not wholly there")

    def bits(self, tensor: Tensor) -> float:
        """Bits for each weight."""
        block, size = self._block(tensor)
        return 8 * size / block

    def pieces(self, tensor: Tensor) -> Iterator[tuple[int, int]]:
        """First weight and number of weights of each piece."""
        block, _ = self._block(tensor)
        weights = math.prod(tensor.shape)
        step = max(_PIECE // block, 1) * block
        for first in range(0, weights, step):
            yield first, min(step, weights - first)

    def floats(self, tensor: Tensor, first: int, count: int) -> Any:  # noqa: ANN401 - a numpy array, float32, flat
        """``count`` weights from the ``first`` on; both are multiples of the block."""
        from gguf import GGMLQuantizationType, dequantize  # type: ignore[import-not-found]  # noqa: PLC0415

        block, size = self._block(tensor)
        start = tensor.start + first // block * size
        packed = self._data[start : start + count // block * size]
        # As a single row: dequantize takes 16 rows at a time, which is slow for short ones.
        return dequantize(packed.reshape(1, -1), GGMLQuantizationType(tensor.kind)).reshape(-1)

    def bf16(self, tensor: Tensor, first: int, count: int) -> memoryview:
        """The same as bytes of bf16, rounded to nearest even."""
        import torch  # type: ignore[import-not-found]  # noqa: PLC0415 - only in the engine's environment

        values = torch.tensor(self.floats(tensor, first, count)).to(torch.bfloat16)
        return memoryview(values.view(torch.uint8).numpy())

    @staticmethod
    def _block(tensor: Tensor) -> tuple[int, int]:
        from gguf import GGML_QUANT_SIZES, GGMLQuantizationType  # noqa: PLC0415 - in the engine's environment

        try:
            block, size = GGML_QUANT_SIZES[GGMLQuantizationType(tensor.kind)]
        except (KeyError, ValueError) as error:
            raise Unusable(f"tensor {tensor.name} has the unknown type {tensor.kind}") from error
        return int(block), int(size)


def _tie_output(header: Header, unpacker: _Unpacker) -> Header:
    """Drop the output layer where it is the embedding once more, and keep the finer of the two.

    llama.cpp's quantiser stores a tied output layer apart, in more bits.
    """
    import numpy as np  # noqa: PLC0415 - only in the engine's environment

    embedding, output = header.tensors.get("token_embd.weight"), header.tensors.get("output.weight")
    if embedding is None or output is None or embedding.shape != output.shape:
        return header
    rows, width = output.shape
    difference = square = 0.0
    for row in range(0, rows, max(rows // 2048, 1)):
        one, other = (unpacker.floats(tensor, row * width, width) for tensor in (embedding, output))
        difference += float(np.square(one - other).sum())
        square += float(np.square(other).sum())
    if difference >= _SAME_MATRIX**2 * square:
        return header
    finer = max(output, embedding, key=unpacker.bits)
    tensors = {name: tensor for name, tensor in header.tensors.items() if name != output.name}
    _tell(say="The output layer is the embedding, quantised again: the finer of the two serves as both.")
    return Header(header.fields, tensors | {embedding.name: finer})


# --- writing ------------------------------------------------------------------------------------------------


def _write_tensors(path: Path, tensors: Mapping[str, Tensor], unpacker: _Unpacker) -> None:
    """A safetensors file of ``tensors`` by their new names, written piece by piece in any order."""
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    starts, end = {}, 0
    for name, tensor in tensors.items():
        starts[name], end = end, end + 2 * math.prod(tensor.shape)
        entries[name] = {"dtype": "BF16", "shape": tensor.shape, "data_offsets": (starts[name], end)}
    head = json.dumps(entries, separators=(",", ":")).encode()
    head += b" " * (-len(head) % _ALIGNMENT)
    data_start = 8 + len(head)

    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        file.flush()
        file.truncate(data_start + end)

        def convert(piece: tuple[str, int, int]) -> int:
            name, first, count = piece
            data = unpacker.bf16(tensors[name], first, count)
            _write_at(file.fileno(), data, data_start + starts[name] + 2 * first)
            return len(data)

        pieces = [(name, *piece) for name, tensor in tensors.items() for piece in unpacker.pieces(tensor)]
        with ThreadPoolExecutor(min(len(os.sched_getaffinity(0)), _MOST_THREADS)) as pool:
            _tell(total=end)
            _report(pool.map(convert, pieces))


def _write_at(file: int, data: memoryview, position: int) -> None:
    while data:
        written = os.pwrite(file, data, position)
        data, position = data[written:], position + written


def _report(sizes: Iterator[int]) -> None:
    done, told = 0, time.monotonic()
    for size in sizes:
        done += size
        if time.monotonic() - told > 0.1:  # noqa: PLR2004 - seconds between two lines
            _tell(done=done)
            done, told = 0, time.monotonic()
    _tell(done=done)


# --- the two ways -------------------------------------------------------------------------------------------


def _stream(header: Header, unpacker: _Unpacker, target: Path) -> Any:  # noqa: ANN401 - a tokenizer class
    """Convert without building the model; returns the class of its tokenizer."""
    import torch  # noqa: PLC0415 - only in the engine's environment
    import transformers  # type: ignore[import-not-found]  # noqa: PLC0415

    torch.set_num_threads(1)
    header = _tie_output(header, unpacker)
    config = _config(header)
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    config.architectures, config.dtype = [type(model).__name__], "bfloat16"
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    if config.tie_word_embeddings:
        shapes.pop("lm_head.weight", None)
    _write_tensors(target / "model.safetensors", _renamed(header, shapes), unpacker)
    config.save_pretrained(target)
    transformers.GenerationConfig.from_model_config(config).save_pretrained(target)
    return transformers.TOKENIZER_MAPPING[type(config)]


def _config(header: Header) -> Any:  # noqa: ANN401 - a configuration of transformers
    """The model's configuration, by transformers' own tables; what the file does not state is said."""
    from transformers import AutoConfig  # noqa: PLC0415 - only in the engine's environment
    from transformers.integrations import ggml  # type: ignore[import-not-found]  # noqa: PLC0415

    architecture = header.architecture
    table = {
        f"{architecture}.{key}": name for key, name in ggml.GGUF_CONFIG_MAPPING[architecture].items() if name
    }
    table |= {f"tokenizer.ggml.{key}_token_id": f"{name}_token_id" for key, name in _SPECIAL_TOKENS.items()}
    values = dict(ggml.GGUF_CONFIG_DEFAULTS_MAPPING.get(architecture, {}))
    values |= {name: header.fields[key] for key, name in table.items() if key in header.fields}
    values.setdefault("vocab_size", header.tensors["token_embd.weight"].shape[0])
    if missing := sorted(set(table.values()) - set(values)):
        _tell(say=f"The file does not state {', '.join(missing)}: the architecture's usual values are taken.")
    tied = "output.weight" not in header.tensors
    return AutoConfig.for_model(architecture, tie_word_embeddings=tied, **values)


def _renamed(header: Header, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """The file's tensors by the model's names; every one that the model needs, in its shape."""
    from gguf import MODEL_ARCH_NAMES, get_tensor_name_map  # noqa: PLC0415 - only in the engine's environment

    architecture = next(key for key, name in MODEL_ARCH_NAMES.items() if name == header.architecture)
    names = get_tensor_name_map(architecture, header.fields[f"{header.architecture}.block_count"])
    found = {}
    for name, shape in shapes.items():
        stem, _, suffix = name.rpartition(".")
        tensor = header.tensors.get(f"{names.get_name(stem)}.{suffix}")
        if tensor is None:
            raise Unusable(f"the file lacks the tensor {name}")
        if tensor.shape != shape:
            raise Unusable(f"tensor {name} has the shape {tensor.shape}, but {shape} is needed")
        found[name] = tensor
    return found


def _load_and_save(source: Path, target: Path) -> Any:  # noqa: ANN401 - a tokenizer class
    """Convert by building the model in memory, as transformers does for every architecture it knows."""
    import torch  # noqa: PLC0415 - only in the engine's environment
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig  # noqa: PLC0415

    _tell(say="This architecture is converted in memory, which takes minutes for a large model.")
    model = AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
    )
    if hasattr(model.config, "quantization_config"):  # save_pretrained refuses what still counts as quantised
        del model.config.quantization_config
    model.save_pretrained(target)
    return AutoTokenizer


def convert(source: Path, target: Path) -> None:
    """Convert ``source`` into the existing, empty folder ``target``.

    Raises
    ------
    Unusable
        The file is cut off, damaged, lacks a tensor or is of an unknown kind.
    """
    header = read_header(source)
    unpacker = _Unpacker(source)
    unpacker.check(header.tensors.values())
    if header.architecture in _STREAMED:
        tokenizer_class = _stream(header, unpacker, target)
    else:
        tokenizer_class = _load_and_save(source, target)
    tokenizer = tokenizer_class.from_pretrained(source.parent, gguf_file=source.name)
    tokenizer.save_pretrained(target)
    if not tokenizer.chat_template:
        _tell(say="The file holds no chat template.")


def main() -> int:
    """Convert the file of the first argument into the folder of the second; 0 when it is done."""
    source, target = map(Path, sys.argv[1:])
    try:
        convert(source.resolve(), target)
    except Unusable as error:
        _tell(error=str(error))
        return 1
    except OSError as error:
        _tell(error=str(error), errno=error.errno)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
