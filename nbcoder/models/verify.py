"""Is a model folder whole? Found out from headers and indexes, without reading the weights."""

from __future__ import annotations

import json
import re
import struct
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from nbcoder.errors import BrokenModel

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

__all__ = ["verify", "verify_small"]

_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_TOKENIZERS = (("tokenizer.json",), ("tokenizer.model",), ("vocab.json", "merges.txt"), ("tekken.json",))
_UNIFORM = frozenset({"LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM"})
"""Architectures all of whose layers have the same tensors."""
_LAYER = re.compile(r"(?P<stem>.*\.layers)\.(?P<number>\d+)\.(?P<rest>.+)")
_FIRST_PIECE = b"\n"
_LARGEST_HEADER = 100 * 10**6  # the limit of safetensors itself


def verify(path: Path) -> None:
    """Check that the folder holds a configuration, a tokenizer and every tensor that is promised.

    Raises
    ------
    BrokenModel
        Something is missing or unreadable; the message names it.
    """
    for problem in _problems(path):
        raise BrokenModel(
            f"the model in {path} is broken: {problem}. Get it again: `nbcoder model remove`, then "
            "`nbcoder model pull`."
        )


def verify_small(path: Path) -> None:
    """Check all but the weights, before those are fetched.

    Raises
    ------
    BrokenModel
        Something is missing or unreadable; the message is only what.
    """
    problems = (_read_json(path / "config.json")[1], *_tokenizer_problems(path))
    if problem := next(filter(None, problems), ""):
        raise BrokenModel(problem)


def _problems(path: Path) -> Iterator[str]:
    """What is wrong, the first thing first; made lazily, for each check relies on those before it."""
    if not path.is_dir():
        yield "there is no such folder"
        return
    config, problem = _read_json(path / "config.json")
    if problem:
        yield problem
        return
    yield from _tokenizer_problems(path)
    yield from _weight_problems(path, config)


def _tokenizer_problems(path: Path) -> Iterator[str]:
    for names in _TOKENIZERS:
        if all((path / name).is_file() for name in names):
            yield from filter(None, (_tokenizer_problem(path / name) for name in names))
            return
    yield "it has no tokenizer (tokenizer.json or tokenizer.model)"


def _tokenizer_problem(file: Path) -> str:
    if file.suffix == ".model":
        # SentencePiece's format begins with its first piece.
        return "" if file.read_bytes()[:1] == _FIRST_PIECE else f"{file.name} is unreadable"
    content, problem = _read_json(file)
    if not problem and file.name == "tokenizer.json" and not (content.get("model") or {}).get("vocab"):
        return f"{file.name} holds no vocabulary"
    return problem


def _weight_problems(path: Path, config: Mapping[str, Any]) -> Iterator[str]:
    index = next((path / name for name in _INDEXES if (path / name).is_file()), None)
    promised: dict[str, str] = {}
    if index is not None:
        content, problem = _read_json(index)
        promised = content.get("weight_map", {})
        if problem or not isinstance(promised, dict):
            yield problem or f"{index.name} has no weight_map"
            return
    files = sorted(set(promised.values())) or [file.name for file in _unindexed(path)]
    if not files:
        yield "it has no weights (*.safetensors)"
    present: dict[str, Collection[str]] = {}
    for name in files:
        tensors, problem = _read_tensors(path / name)
        if problem:
            yield problem
            return
        present[name] = tensors
    yield from _missing_tensors(promised, present, config)


def _unindexed(path: Path) -> list[Path]:
    return sorted(path.glob("*.safetensors")) or sorted(path.glob("pytorch_model*.bin"))


def _missing_tensors(
    promised: Mapping[str, str], present: Mapping[str, Collection[str]], config: Mapping[str, Any]
) -> Iterator[str]:
    for tensor, file in promised.items():
        if file.endswith(".safetensors") and tensor not in present[file]:
            yield f"tensor {tensor} is missing in {file}"
    if _UNIFORM.isdisjoint(config.get("architectures") or ()):
        return
    every = {tensor for tensors in present.values() for tensor in tensors}
    layers: dict[tuple[str, str], set[int]] = defaultdict(set)
    for match in filter(None, map(_LAYER.fullmatch, every)):
        layers[match["stem"], match["rest"]].add(int(match["number"]))
    for (stem, rest), numbers in layers.items():
        if absent := set(range(config.get("num_hidden_layers", 0))) - numbers:
            yield f"tensor {stem}.{min(absent)}.{rest} is missing"


def _read_tensors(file: Path) -> tuple[Collection[str], str]:
    """Names of the tensors in one file of weights, or what is wrong with it.

    Only safetensors tell their names; the older kind is a pickle, which is not opened.
    """
    if not file.is_file():
        return (), f"{file.name} is missing"
    if file.suffix != ".safetensors":
        return (), "" if file.stat().st_size else f"{file.name} is empty"
    try:
        header, data_start = _read_safetensors_header(file)
        ends = {
            name: int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"
        }
    except (OSError, ValueError, TypeError, LookupError, struct.error):
        return (), f"{file.name} is unreadable"
    missing = data_start + max(ends.values(), default=0) - file.stat().st_size
    if missing > 0:
        last = max(ends, key=lambda name: ends[name])
        return (), f"{file.name} is cut off: {missing} bytes are missing, tensor {last} with them"
    return ends, ""


def _read_safetensors_header(file: Path) -> tuple[dict[str, Any], int]:
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        if length > _LARGEST_HEADER:
            raise ValueError("header too large")
        header = json.loads(stream.read(length))
    if not isinstance(header, dict):
        raise TypeError("header is no object")
    return header, 8 + length


def _read_json(file: Path) -> tuple[dict[str, Any], str]:
    """The object in a JSON file, or what is wrong with the file."""
    try:
        content = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}, f"{file.name} is missing"
    except (OSError, ValueError):
        return {}, f"{file.name} is unreadable"
    return (content, "") if isinstance(content, dict) else ({}, f"{file.name} holds no JSON object")
