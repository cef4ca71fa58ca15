"""Makes tiny models with random weights and a real tokenizer of the right kind, one for each architecture.

Run by the Python of the engine's environment, which has transformers: ``python make_tiny.py FOLDER [NAME]``.
Each model has the layout, the special tokens and the ids of its family, so that the real vLLM serves it, and
its prompts are built, as with the real one. Only the answers mean nothing.
"""

from __future__ import annotations

import argparse
import inspect
import json
import math
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found] # these are in the engine's environment only
import transformers  # type: ignore[import-not-found]
from tokenizers import (  # type: ignore[import-not-found]
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

_TEXT_TOKENS = 1500
_LAYOUT = {
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 4096,
}
_BIGCODE_TOKENS = (
    "<|endoftext|>",
    "<fim_prefix>",
    "<fim_middle>",
    "<fim_suffix>",
    "<fim_pad>",
    "<filename>",
    "<gh_stars>",
    "<issue_start>",
    "<issue_comment>",
    "<issue_closed>",
    "<jupyter_start>",
    "<jupyter_text>",
    "<jupyter_code>",
    "<jupyter_output>",
    "<empty_output>",
    "<commit_before>",
    "<commit_msg>",
    "<commit_after>",
    "<reponame>",
)
_QWEN_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
_MISTRAL_TOKENS = (
    "<unk>",
    "<s>",
    "</s>",
    "[INST]",
    "[/INST]",
    "[TOOL_CALLS]",
    "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]",
    "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
    "[IMG]",
    "[PREFIX]",
    "[MIDDLE]",
    "[SUFFIX]",
)
_CHATML = (
    "{% for m in messages %}"
    "{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@dataclass(frozen=True)
class Tiny:
    """One tiny model: the class of its configuration, its tokens, and what differs from the common layout."""

    config: str
    tokens: tuple[str, ...]
    """Special tokens; they have the first ids."""
    bos: str
    eos: str
    sentencepiece: bool = False
    late: dict[str, int] = field(default_factory=dict)
    """Special tokens at ids beyond those of the text; the ids between are filled up."""
    template: str = ""
    layout: dict[str, Any] = field(default_factory=dict)


_LLAMA_TOKENS = ("<unk>", "<s>", "</s>")
_CODE_LLAMA_LATE = {"▁<PRE>": 32007, "▁<SUF>": 32008, "▁<MID>": 32009, "▁<EOT>": 32010}
TINY = {
    "llama": Tiny("LlamaConfig", _LLAMA_TOKENS, "<s>", "</s>", sentencepiece=True, late=_CODE_LLAMA_LATE),
    "mistral": Tiny("MistralConfig", _MISTRAL_TOKENS, "<s>", "</s>", sentencepiece=True),
    "qwen2": Tiny("Qwen2Config", _QWEN_TOKENS, "<|endoftext|>", "<|im_end|>", template=_CHATML),
    "gpt_bigcode": Tiny(
        "GPTBigCodeConfig",
        _BIGCODE_TOKENS,
        "<|endoftext|>",
        "<|endoftext|>",
        layout={
            "n_embd": 128,
            "n_inner": 256,
            "n_layer": 2,
            "n_head": 2,
            "n_positions": 4096,
            "multi_query": True,
        },
    ),
    "starcoder2": Tiny(
        "Starcoder2Config", (*_BIGCODE_TOKENS, "<file_sep>", "<repo_name>"), "<|endoftext|>", "<|endoftext|>"
    ),
    "qwen3": Tiny(
        "Qwen3Config", _QWEN_TOKENS, "<|endoftext|>", "<|im_end|>", layout={"head_dim": 64}, template=_CHATML
    ),
    "qwen3_moe": Tiny(
        "Qwen3MoeConfig",
        _QWEN_TOKENS,
        "<|endoftext|>",
        "<|im_end|>",
        template=_CHATML,
        layout={"head_dim": 64, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 128},
    ),
    "gemma": Tiny(
        "GemmaConfig",
        (
            "<pad>",
            "<eos>",
            "<bos>",
            "<unk>",
            "<start_of_turn>",
            "<end_of_turn>",
            "<|fim_prefix|>",
            "<|fim_suffix|>",
            "<|fim_middle|>",
            "<|file_separator|>",
        ),
        "<bos>",
        "<eos>",
        sentencepiece=True,
        layout={"head_dim": 64},
    ),
    "gemma3_text": Tiny(
        "Gemma3TextConfig",
        ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"),
        "<bos>",
        "<eos>",
        sentencepiece=True,
        layout={"head_dim": 64, "sliding_window": 512},
    ),
    "granite": Tiny(
        "GraniteConfig",
        (
            "<|end_of_text|>",
            "<|start_of_role|>",
            "<|end_of_role|>",
            "<|fim_prefix|>",
            "<|fim_middle|>",
            "<|fim_suffix|>",
            "<|fim_pad|>",
        ),
        "<|end_of_text|>",
        "<|end_of_text|>",
    ),
    "smollm3": Tiny(
        "SmolLM3Config",
        ("<|begin_of_text|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>"),
        "<|begin_of_text|>",
        "<|im_end|>",
        template=_CHATML,
    ),
    "deepseek_v2": Tiny(
        "DeepseekV2Config",
        (
            "<｜begin▁of▁sentence｜>",
            "<｜end▁of▁sentence｜>",
            "<｜fim▁begin｜>",
            "<｜fim▁hole｜>",
            "<｜fim▁end｜>",
            "<|EOT|>",
        ),
        "<｜begin▁of▁sentence｜>",
        "<｜end▁of▁sentence｜>",
        layout={
            "kv_lora_rank": 512,
            "q_lora_rank": None,
            "qk_nope_head_dim": 32,
            "qk_rope_head_dim": 64,
            "v_head_dim": 32,
            "n_routed_experts": 4,
            "n_shared_experts": 1,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 64,
            "first_k_dense_replace": 1,
            "num_key_value_heads": 2,
        },
    ),
    "glm4_moe": Tiny(
        "Glm4MoeConfig",
        ("<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"),
        "<|endoftext|>",
        "<|endoftext|>",
        layout={
            "head_dim": 64,
            "n_routed_experts": 4,
            "n_shared_experts": 1,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 64,
            "first_k_dense_replace": 1,
            "n_group": 1,
            "topk_group": 1,
        },
    ),
}


def make_tiny(name: str, folder: Path) -> Path:
    """Write the tiny model of that name to ``folder``, with weights drawn from a fixed seed."""
    tiny = TINY[name]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _sentencepiece(tiny) if tiny.sentencepiece else _byte_level(tiny)
    vocabulary = _filled_up(tokenizer, tiny)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=vocabulary,
        bos_token=tiny.bos,
        eos_token=tiny.eos,
        clean_up_tokenization_spaces=False,
    )
    if tiny.template:
        fast.chat_template = tiny.template
    fast.save_pretrained(folder)
    layout = tiny.layout if "n_embd" in tiny.layout else _LAYOUT | tiny.layout
    config = getattr(transformers, tiny.config)(
        vocab_size=math.ceil(len(fast) / 64) * 64,
        bos_token_id=fast.bos_token_id,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.eos_token_id,
        **layout,
    )
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder, safe_serialization=True)
    return folder


def _byte_level(tiny: Tiny) -> Tokenizer:
    """Of the GPT-2 kind."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    _train(tokenizer, tiny, pre_tokenizers.ByteLevel.alphabet())
    return tokenizer


def _sentencepiece(tiny: Tiny) -> Tokenizer:
    """Of the Llama kind: spaces are ``▁``, one is put before the text, unknown characters are bytes."""
    unknown = tiny.tokens[tiny.tokens.index("<unk>")]
    tokenizer = Tokenizer(models.BPE(unk_token=unknown, byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("(?<=[^▁])(?=▁)|\n"), "isolated")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    _train(tokenizer, tiny, [], tuple(f"<0x{byte:02X}>" for byte in range(256)))
    return tokenizer


def _train(tokenizer: Tokenizer, tiny: Tiny, alphabet: list[str], more: tuple[str, ...] = ()) -> None:
    trainer = trainers.BpeTrainer(
        vocab_size=_TEXT_TOKENS + len(more),
        special_tokens=[*tiny.tokens, *more],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    source = sorted(Path(sysconfig.get_path("stdlib")).glob("[a-f]*.py"))
    tokenizer.train([str(path) for path in source], trainer)


def _filled_up(tokenizer: Tokenizer, tiny: Tiny) -> Tokenizer:
    """With the late special tokens at their ids, and the bytes as plain pieces."""
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = [
        each for each in content["added_tokens"] if not each["content"].startswith("<0x")
    ]
    if tiny.late:
        vocabulary = content["model"]["vocab"]
        for number in range(len(vocabulary), min(tiny.late.values())):
            vocabulary[f"<filler{number}>"] = number
    full = Tokenizer.from_str(json.dumps(content))
    full.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in tiny.late])
    for token, number in tiny.late.items():
        assert full.token_to_id(token) == number
    return full


def main() -> None:
    """Make the tiny models that are named, or all."""
    parser = argparse.ArgumentParser(description=inspect.getdoc(make_tiny))
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(TINY))
    asked = parser.parse_args()
    for name in asked.names or TINY:
        sys.stdout.write(f"{make_tiny(name, asked.folder / name)}\n")


if __name__ == "__main__":
    main()
