"""The exact prompt that each family is given; each expectation names where it comes from.

Sources: ``X/README`` is the repository's own documentation, ``X template`` the chat template among that
model's files, ``X code`` the reference code that the makers published.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from nbcoder.engine.requests import Message
from nbcoder.models.chat import adapt, chat_template_file, manner
from nbcoder.models.families import families, family
from tests.models.rendering import DEEPSEEK, GEMMA, GPT2, LLAMA, LLAMA3, QWEN, SEED, render

_TALK = (
    Message("system", "You write cells."),
    Message("user", "Hello"),
    Message("assistant", "Hi there"),
    Message("user", "Who are you?"),
)
_SHORT = (Message("user", "Hello"),)


@dataclass(frozen=True)
class _Golden:
    source: str
    tokens: dict[str, str]
    talk: str
    """Of a conversation with a system message and two turns of the user."""
    short: str
    """Of a single message of the user."""
    families: tuple[str, ...] = field(default_factory=tuple)


_CHATML = (
    "<|im_start|>system\nYou write cells.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n"
    "<|im_start|>assistant\nHi there<|im_end|>\n<|im_start|>user\nWho are you?<|im_end|>\n<|im_start|>"
    "assistant\n"
)
_ALPACA = (
    "Below is an instruction that describes a task. "
    "Write a response that appropriately completes the request.\n\n"
)
_DEEPSEEK_PREAMBLE = (
    "You are an AI programming assistant, utilizing the Deepseek Coder model, developed by Deepseek "
    "Company, and you only answer questions related to computer science. For politically sensitive "
    "questions, security and privacy issues, and other non-computer science questions, you will refuse "
    "to answer\n"
)
_STARCODER2 = (
    "<|endoftext|>You are an exceptionally intelligent coding assistant that consistently delivers "
    "accurate and "
    "reliable responses to user instructions.\n\n"
)
_CONTINUED = "You write cells.\n\nHello\n\nHi there\n\nWho are you?\n\n"
_NO_THOUGHT = "<think>\n\n</think>\n\n"

_GOLDEN = {
    "Qwen2.5-Coder": _Golden(
        "Qwen/Qwen2.5-Coder-0.5B-Instruct template",
        QWEN,
        _CHATML,
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
        ("qwen-coder-instruct",),
    ),
    "Qwen3-Coder": _Golden(
        "Qwen/Qwen3-Coder README: ChatML, no system message of its own, no thinking",
        QWEN,
        _CHATML,
        "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
        ("qwen3-coder", "qwen3-coder-next", "chat"),
    ),
    "Qwen3": _Golden(
        "Qwen/Qwen3-8B template with enable_thinking=false, which SmolLM3's follows",
        QWEN,
        _CHATML + _NO_THOUGHT,
        "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n" + _NO_THOUGHT,
        ("qwen3", "smollm3"),
    ),
    "Code Llama": _Golden(
        "meta-llama/codellama code, llama/generation.py: BOS before each turn, EOS after each answer, "
        "contents stripped",
        LLAMA,
        "<s>[INST] <<SYS>>\nYou write cells.\n<</SYS>>\n\nHello [/INST] Hi there </s><s>[INST] Who are "
        "you? [/INST]",
        "<s>[INST] Hello [/INST]",
        ("codellama-instruct", "llama-2-chat"),
    ),
    "Code Llama 70B": _Golden(
        "meta-llama/codellama code, llama/generation.py and the codellama/CodeLlama-70b-Instruct-hf template",
        LLAMA,
        "<s>Source: system\n\n You write cells. <step> Source: user\n\n Hello <step> Source: assistant\n"
        "Destination: user\n\n Hi there <step> Source: user\n\n Who are you? <step> "
        "Source: assistant\nDestination: user\n\n ",
        "<s>Source: user\n\n Hello <step> Source: assistant\nDestination: user\n\n ",
        ("codellama-70b-instruct",),
    ),
    "WizardCoder on Llama": _Golden(
        "nlpxucan/WizardLM README of WizardCoder, whose code adds Llama's BOS",
        LLAMA,
        f"<s>{_ALPACA}### Instruction:\nYou write cells.\n\nHello\n\nHi there\n\nWho are you?\n\n### "
        "Response:",
        f"<s>{_ALPACA}### Instruction:\nHello\n\n### Response:",
        ("wizardcoder-python",),
    ),
    "WizardCoder on StarCoder": _Golden(
        "nlpxucan/WizardLM README of WizardCoder; StarCoder's tokenizer adds no BOS",
        GPT2,
        f"{_ALPACA}### Instruction:\nYou write cells.\n\nHello\n\nHi there\n\nWho are you?\n\n### Response:",
        f"{_ALPACA}### Instruction:\nHello\n\n### Response:",
        ("wizardcoder",),
    ),
    "Phind v1": _Golden(
        "Phind/Phind-CodeLlama-34B-v1 README: the task, then a colon and a line break, no markup",
        LLAMA,
        "<s>You write cells.\n\nHello\n\nHi there\n\nWho are you?: \n",
        "<s>Hello: \n",
        ("phind-v1",),
    ),
    "Phind v2": _Golden(
        "Phind/Phind-CodeLlama-34B-v2 README",
        LLAMA,
        "<s>### System Prompt\nYou write cells.\n\n### User Message\nHello\n\n### Assistant\nHi there\n\n"
        "### User Message\nWho are you?\n\n### Assistant\n",
        "<s>### System Prompt\nYou are an intelligent programming assistant.\n\n### User Message\nHello\n\n"
        "### Assistant\n",
        ("phind",),
    ),
    "Mistral v0.1": _Golden(
        "mistral_common 1.13.1 code, InstructTokenizerV1: the system prompt before the first user turn",
        LLAMA,
        "<s>[INST] You write cells.\n\nHello [/INST]Hi there</s>[INST] Who are you? [/INST]",
        "<s>[INST] Hello [/INST]",
        ("mistral-instruct",),
    ),
    "Mistral v0.3": _Golden(
        "mistralai/Mistral-7B-Instruct-v0.3 template: the system prompt before the last user turn",
        LLAMA,
        "<s>[INST] Hello[/INST] Hi there</s>[INST] You write cells.\n\nWho are you?[/INST]",
        "<s>[INST] Hello[/INST]",
        ("mistral-instruct-v3", "codestral", "codestral-mamba"),
    ),
    "Devstral": _Golden(
        "mistral_common 1.13.1 code, InstructTokenizerV7 with tekken",
        LLAMA,
        "<s>[SYSTEM_PROMPT]You write cells.[/SYSTEM_PROMPT][INST]Hello[/INST]Hi there</s>[INST]Who are "
        "you?[/INST]",
        "<s>[INST]Hello[/INST]",
        ("devstral",),
    ),
    "StarCoder": _Golden(
        "StarCoder paper, appendix on data formats, with the token <jupyter_start> as the tokenizer "
        "spells it",
        GPT2,
        "<jupyter_start><jupyter_text>You write cells.\n\nHello<jupyter_code>Hi there<jupyter_text>Who "
        "are you?"
        "<jupyter_code>",
        "<jupyter_start><jupyter_text>Hello<jupyter_code>",
        ("starcoder", "starcoder2"),
    ),
    "base models with a BOS": _Golden(
        "plain continuation: nothing but the text",
        LLAMA,
        f"<s>{_CONTINUED}",
        "<s>Hello\n\n",
        ("codellama", "codellama-python", "mistral"),
    ),
    "base models without a BOS": _Golden(
        "plain continuation: nothing but the text",
        GPT2,
        _CONTINUED,
        "Hello\n\n",
        ("qwen-coder", "granite-code", "base"),
    ),
    "DeepSeek-Coder base": _Golden(
        "plain continuation: nothing but the text",
        DEEPSEEK,
        f"<｜begin▁of▁sentence｜>{_CONTINUED}",
        "<｜begin▁of▁sentence｜>Hello\n\n",
        ("deepseek-coder",),
    ),
    "CodeGemma base": _Golden(
        "plain continuation: nothing but the text",
        GEMMA,
        f"<bos>{_CONTINUED}",
        "<bos>Hello\n\n",
        ("codegemma",),
    ),
    "Seed-Coder base": _Golden(
        "plain continuation: nothing but the text",
        SEED,
        f"<[begin▁of▁sentence]>{_CONTINUED}",
        "<[begin▁of▁sentence]>Hello\n\n",
        ("seed-coder",),
    ),
    "StarCoder2 Instruct": _Golden(
        "bigcode/starcoder2-15b-instruct-v0.1 README and template: single turn",
        GPT2,
        f"{_STARCODER2}### Instruction\nYou write cells.\n\nHello\n\nHi there\n\nWho are you?\n\n### "
        "Response\n",
        f"{_STARCODER2}### Instruction\nHello\n\n### Response\n",
        ("starcoder2-instruct",),
    ),
    "DeepSeek-Coder": _Golden(
        "deepseek-ai/deepseek-coder-33b-instruct template; our system message ends with the newline it "
        "leaves out",
        DEEPSEEK,
        "<｜begin▁of▁sentence｜>You write cells.\n### Instruction:\nHello\n### Response:\nHi there\n<|EOT|>\n"
        "### Instruction:\nWho are you?\n### Response:\n",
        f"<｜begin▁of▁sentence｜>{_DEEPSEEK_PREAMBLE}### Instruction:\nHello\n### Response:\n",
        ("deepseek-coder-instruct",),
    ),
    "DeepSeek-Coder-V2": _Golden(
        "deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct template and README: no space after the last colon",
        DEEPSEEK,
        "<｜begin▁of▁sentence｜>You write cells.\n\nUser: Hello\n\nAssistant: Hi there<｜end▁of▁sentence｜>"
        "User: Who are you?\n\nAssistant:",
        "<｜begin▁of▁sentence｜>User: Hello\n\nAssistant:",
        ("deepseek-coder-v2-instruct",),
    ),
    "Granite Code": _Golden(
        "ibm-granite/granite-8b-code-instruct template",
        GPT2,
        "System:\nYou write cells.\n\nQuestion:\nHello\n\nAnswer:\nHi there\n\nQuestion:\nWho are "
        "you?\n\nAnswer:\n",
        "Question:\nHello\n\nAnswer:\n",
        ("granite-code-instruct",),
    ),
    "Granite 4": _Golden(
        "ibm-granite/granite-3.0-8b-instruct template, which Granite 4's follows",
        GPT2,
        "<|start_of_role|>system<|end_of_role|>You write cells.<|end_of_text|>\n"
        "<|start_of_role|>user<|end_of_role|>Hello<|end_of_text|>\n"
        "<|start_of_role|>assistant<|end_of_role|>Hi there<|end_of_text|>\n"
        "<|start_of_role|>user<|end_of_role|>Who are you?<|end_of_text|>\n<|start_of_role|>"
        "assistant<|end_of_role|>",
        "<|start_of_role|>user<|end_of_role|>Hello<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>",
        ("granite",),
    ),
    "Seed-Coder": _Golden(
        "ByteDance-Seed/Seed-Coder-8B-Instruct template",
        SEED,
        "<[begin▁of▁sentence]>system\nYou write cells.\n\n<[end▁of▁sentence]><[begin▁of▁sentence]>user\nHello"
        "<[end▁of▁sentence]><[begin▁of▁sentence]>assistant\nHi there<[end▁of▁sentence]>"
        "<[begin▁of▁sentence]>user\nWho are you?<[end▁of▁sentence]><[begin▁of▁sentence]>assistant\n",
        "<[begin▁of▁sentence]>user\nHello<[end▁of▁sentence]><[begin▁of▁sentence]>assistant\n",
        ("seed-coder-instruct", "seed-coder-reasoning"),
    ),
    "Gemma": _Golden(
        "google/gemma-7b-it template, with the system message folded as google/gemma-3-1b-it's does",
        GEMMA,
        "<bos><start_of_turn>user\nYou write cells.\n\nHello<end_of_turn>\n<start_of_turn>model\nHi "
        "there<end_of_turn>\n"
        "<start_of_turn>user\nWho are you?<end_of_turn>\n<start_of_turn>model\n",
        "<bos><start_of_turn>user\nHello<end_of_turn>\n<start_of_turn>model\n",
        ("gemma-3", "codegemma-it"),
    ),
    "SmolLM2": _Golden(
        "HuggingFaceTB/SmolLM2-1.7B-Instruct template",
        QWEN,
        _CHATML,
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
        ("smollm2",),
    ),
    "Llama 3": _Golden(
        "meta-llama/Meta-Llama-3-8B-Instruct template",
        LLAMA3,
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nYou write cells.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nHi there<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nWho are you?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ("llama-3",),
    ),
    "GLM 4.5": _Golden(
        "zai-org/GLM-4.5 template with enable_thinking=false",
        QWEN,
        "[gMASK]<sop><|system|>\nYou write cells.<|user|>\nHello/nothink<|assistant|>\n"
        "<think></think>\nHi there"
        "<|user|>\nWho are you?/nothink<|assistant|>\n<think></think>",
        "[gMASK]<sop><|user|>\nHello/nothink<|assistant|>\n<think></think>",
        ("glm",),
    ),
    "GLM 5": _Golden(
        "zai-org/GLM-5.1 template with enable_thinking=false",
        QWEN,
        "[gMASK]<sop><|system|>You write cells.<|user|>Hello<|assistant|></think>Hi there<|user|>Who are you?"
        "<|assistant|></think>",
        "[gMASK]<sop><|user|>Hello<|assistant|></think>",
        ("glm-5",),
    ),
    "Kimi K2": _Golden(
        "moonshotai/Kimi-K2-Instruct template",
        QWEN,
        "<|im_system|>system<|im_middle|>You write cells.<|im_end|><|im_user|>user<|im_middle|>"
        "Hello<|im_end|>"
        "<|im_assistant|>assistant<|im_middle|>Hi there<|im_end|><|im_user|>user<|im_middle|>Who are "
        "you?<|im_end|>"
        "<|im_assistant|>assistant<|im_middle|>",
        "<|im_system|>system<|im_middle|>You are a helpful assistant<|im_end|><|im_user|>"
        "user<|im_middle|>Hello"
        "<|im_end|><|im_assistant|>assistant<|im_middle|>",
        ("kimi-k2", "kimi-k2-thinking"),
    ),
}
_CASES = [
    pytest.param(name, golden, id=f"{name} ({of})")
    for of, golden in _GOLDEN.items()
    for name in golden.families
]


def test_every_family_has_its_prompt_here() -> None:
    rendered_by_vllm = {"gpt-oss"}
    assert {case.values[0] for case in _CASES} | rendered_by_vllm == set(families())


@pytest.mark.parametrize(("name", "golden"), _CASES)
def test_a_conversation_becomes_the_prompt_of_its_family(name: str, golden: _Golden) -> None:
    template = chat_template_file(family(name))
    assert template is not None
    assert render(template, family(name), _TALK, golden.tokens) == golden.talk
    assert render(template, family(name), _SHORT, golden.tokens) == golden.short


@pytest.mark.parametrize(("name", "golden"), _CASES)
def test_an_answer_can_be_begun_right_after_the_prompt(name: str, golden: _Golden) -> None:
    template = chat_template_file(family(name))
    assert template is not None
    begun = render(template, family(name), _SHORT, golden.tokens, prefill="```python\n")
    # These put a space, or the thought that is none, between prompt and answer.
    between = {"llama-2": " ", "mistral-v3": " ", "deepseek-v2": " ", "glm-4.5": "\n"}.get(template.stem, "")
    assert begun == f"{golden.short}{between}```python\n"


def test_gpt_oss_is_left_to_vllm_which_takes_the_first_system_message_as_the_developers() -> None:
    # vLLM 0.32 renders model_type gpt_oss by harmony; a template beside it would not be read.
    gpt_oss = family("gpt-oss")
    assert chat_template_file(gpt_oss) is None
    assert adapt(_TALK, gpt_oss) == _TALK
    assert gpt_oss.template_options == (("reasoning_effort", "low"),)
    assert manner(gpt_oss).prefill == ""


def test_every_template_is_used() -> None:
    file = chat_template_file(family("chat"))
    assert file is not None
    assert {path.stem for path in file.parent.iterdir()} == {f.template for f in families().values()} - {""}
