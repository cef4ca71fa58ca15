from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from nbcoder.errors import BrokenModel
from nbcoder.models.families import families
from nbcoder.models.recognise import family_of, recognise
from tests.models.folders import model_folder

if TYPE_CHECKING:
    from pathlib import Path

_CHATML = "{{ '<|im_start|>' + m.role }}"
_QWEN = ["<|im_start|>", "<|im_end|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|repo_name|>"]
_BIGCODE = [
    "<|endoftext|>",
    "<fim_prefix>",
    "<fim_middle>",
    "<fim_suffix>",
    "<jupyter_code>",
    "<jupyter_text>",
]
_MISTRAL_V3 = ["<s>", "</s>", "[INST]", "[/INST]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]"]
_DEEPSEEK = ["<｜begin▁of▁sentence｜>", "<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<|EOT|>"]
_SEED = ["<[begin▁of▁sentence]>", "<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>"]
_GLM = ["[gMASK]", "<sop>", "<|user|>", "<|observation|>"]
_KIMI = ["<|im_system|>", "<|im_user|>", "<|im_middle|>", "<|im_end|>"]
_LLAMA3 = ["<|begin_of_text|>", "<|start_header_id|>", "<|eot_id|>"]
_PIECES = ["▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"]
_INST = "{{ '[INST] ' + m.content + ' [/INST]' }}"
_SYS = "{{ '[INST] <<SYS>>' + m.content }}"

_FOLDERS: dict[str, dict[str, Any]] = {
    "qwen-coder-instruct": {"model_type": "qwen2", "tokens": _QWEN, "template": _CHATML},
    "qwen-coder": {"model_type": "qwen2", "tokens": _QWEN},
    "qwen3-coder": {"model_type": "qwen3_moe", "tokens": _QWEN, "template": _CHATML + "<function=f>"},
    "qwen3-coder-next": {"model_type": "qwen3_next", "tokens": _QWEN, "template": _CHATML + "<function=f>"},
    "qwen3": {"model_type": "qwen3", "tokens": _QWEN, "template": _CHATML + "{% if enable_thinking %}"},
    "codellama-instruct": {"model_type": "llama", "pieces": _PIECES, "template": _SYS},
    "codellama": {"model_type": "llama", "pieces": _PIECES},
    "llama-2-chat": {"model_type": "llama", "tokens": ["<s>"], "template": _SYS},
    "codellama-70b-instruct": {"model_type": "llama", "tokens": ["<step>"], "template": "Source: assistant"},
    "wizardcoder-python": {"model_type": "llama", "tokens": ["<s>", "[PAD]"]},
    "wizardcoder": {"model_type": "gpt_bigcode", "tokens": [*_BIGCODE, "[PAD]"]},
    "mistral-instruct": {"model_type": "mistral", "tokens": ["<s>"], "template": _INST},
    "mistral-instruct-v3": {"model_type": "mistral", "tokens": _MISTRAL_V3, "template": _INST},
    "codestral": {"model_type": "mistral", "tokens": _MISTRAL_V3},
    "mistral": {"model_type": "mistral", "tokens": ["<s>", "</s>"]},
    "codestral-mamba": {"model_type": "mamba2", "tokens": _MISTRAL_V3},
    "devstral": {"model_type": "mistral", "tokens": ["[INST]", "[SYSTEM_PROMPT]"], "template": _INST},
    "starcoder": {"model_type": "gpt_bigcode", "tokens": _BIGCODE},
    "starcoder2": {"model_type": "starcoder2", "tokens": [*_BIGCODE, "<file_sep>"]},
    "starcoder2-instruct": {"model_type": "starcoder2", "tokens": _BIGCODE, "template": "### Instruction\n"},
    "deepseek-coder-instruct": {"model_type": "llama", "tokens": _DEEPSEEK, "template": "### Instruction:\n"},
    "deepseek-coder": {"model_type": "llama", "tokens": _DEEPSEEK},
    "deepseek-coder-v2-instruct": {
        "model_type": "deepseek_v2",
        "tokens": _DEEPSEEK,
        "template": "'User: ' + m",
    },
    "granite-code-instruct": {"model_type": "llama", "tokens": _BIGCODE, "template": "Question:\n"},
    "granite-code": {"model_type": "llama", "tokens": _BIGCODE},
    "granite": {
        "model_type": "granitemoehybrid",
        "tokens": ["<|start_of_role|>", "<|fim_prefix|>"],
        "template": "<|start_of_role|>",
    },
    "gpt-oss": {"model_type": "gpt_oss", "tokens": ["<|start|>"], "template": "<|start|>"},
    "seed-coder-instruct": {"model_type": "llama", "tokens": _SEED, "template": "<[begin▁of▁sentence]>"},
    "seed-coder-reasoning": {
        "model_type": "llama",
        "tokens": _SEED,
        "template": "<[begin▁of▁sentence]><think>",
    },
    "seed-coder": {"model_type": "llama", "tokens": _SEED},
    "codegemma-it": {"model_type": "gemma", "tokens": ["<|fim_prefix|>"], "template": "<start_of_turn>"},
    "codegemma": {"model_type": "gemma", "tokens": ["<|fim_prefix|>", "<|file_separator|>"]},
    "gemma-3": {"model_type": "gemma3_text", "template": "<start_of_turn>"},
    "smollm2": {"model_type": "llama", "tokens": ["<|im_start|>", "<jupyter_script>"], "template": _CHATML},
    "smollm3": {"model_type": "smollm3", "tokens": ["<|im_start|>"], "template": _CHATML + "enable_thinking"},
    "llama-3": {"model_type": "llama", "tokens": _LLAMA3, "template": "<|start_header_id|>"},
    "glm": {"model_type": "glm4_moe", "tokens": _GLM, "template": "[gMASK]<sop>"},
    "glm-5": {"model_type": "glm_moe_dsa", "tokens": _GLM, "template": "[gMASK]<sop>"},
    "kimi-k2": {"model_type": "kimi_k2", "tokens": _KIMI, "template": "<|im_middle|>"},
    "kimi-k2-thinking": {"model_type": "kimi_k2", "tokens": _KIMI, "template": "<|im_middle|><think>"},
    "chat": {"model_type": "phi3", "tokens": ["<|user|>"], "template": "<|user|>"},
    "base": {"model_type": "gpt_neox"},
}


@pytest.mark.parametrize("name", _FOLDERS)
def test_a_family_shows_in_its_files_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    assert recognise(model_folder(tmp_path / "some-model", **_FOLDERS[name])).name == name


def test_every_family_with_signs_is_here() -> None:
    assert set(_FOLDERS) == {name for name, each in families().items() if each.signs}


def test_a_name_decides_only_where_the_files_look_like_any_other_models(tmp_path: Path) -> None:
    plain = model_folder(
        tmp_path / "Phind-CodeLlama-34B-v2", "llama", _name_or_path="Phind/Phind-CodeLlama-34B-v2"
    )
    assert recognise(plain).name == "phind"
    wrong = model_folder(tmp_path / "codellama-7b-instruct", "qwen2", tokens=_QWEN, template=_CHATML)
    assert recognise(wrong).name == "qwen-coder-instruct"


def test_a_model_of_the_catalogue_is_spoken_to_by_its_name(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "x", "qwen2", tokens=_QWEN, template=_CHATML)
    assert family_of("WizardLM/WizardCoder-15B-V1.0").name == "wizardcoder"
    assert family_of("CODELLAMA-7B-INSTRUCT", folder).name == "codellama-instruct"
    assert family_of("somebody/finetune", folder).name == "qwen-coder-instruct"
    assert family_of("somebody/finetune").name == "chat"


def test_an_unknown_base_model_infills_with_the_tokens_it_has(tmp_path: Path) -> None:
    assert recognise(model_folder(tmp_path, "stablelm", tokens=_BIGCODE)).infilling == "starcoder"
    # A chat model may only have inherited them.
    chat = model_folder(tmp_path, "stablelm", tokens=_BIGCODE, template="{{ messages }}")
    assert recognise(chat).infilling == ""


def test_an_unknown_hybrid_model_is_asked_not_to_think(tmp_path: Path) -> None:
    folder = model_folder(tmp_path, "new_one", template="{% if enable_thinking %}<think>{% endif %}")
    assert recognise(folder).template_options == (("enable_thinking", False),)


def test_tokens_are_found_in_every_kind_of_tokenizer_file(tmp_path: Path) -> None:
    config = {"model_type": "mistral"}
    for number, (file, content) in enumerate(
        {
            "tekken.json": json.dumps(
                {"special_tokens": [{"token_str": "[INST]"}, {"token_str": "[SYSTEM_PROMPT]"}]}
            ),
            "tokenizer_config.json": json.dumps(
                {"added_tokens_decoder": {"17": {"content": "[SYSTEM_PROMPT]"}}}
            ),
            "added_tokens.json": json.dumps({"[SYSTEM_PROMPT]": 17}),
            "tokenizer.model.v7": "\x0a\x0f[SYSTEM_PROMPT]\x15",
        }.items()
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(config))
        (folder / file).write_text(content)
        assert recognise(folder).name == "devstral", file


def test_a_repository_in_mistrals_own_format_needs_no_config(tmp_path: Path) -> None:
    (tmp_path / "params.json").write_text(json.dumps({"dim": 5120}))
    (tmp_path / "tekken.json").write_text(json.dumps({"special_tokens": [{"token_str": "[SYSTEM_PROMPT]"}]}))
    assert recognise(tmp_path).name == "devstral"


@pytest.mark.parametrize(
    "file", ["config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.json"]
)
@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]"])
def test_a_damaged_file_is_named_in_one_line(tmp_path: Path, file: str, content: bytes) -> None:
    model_folder(tmp_path, "llama")
    (tmp_path / file).write_bytes(content)
    with pytest.raises(BrokenModel, match=file) as raised:
        recognise(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_folder_without_a_model_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(BrokenModel, match=r"has no config\.json"):
        recognise(tmp_path)
