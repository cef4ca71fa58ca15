"""What each family is sent for infilling; each expectation names where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from nbcoder.engine.requests import ChatRequest, Message, Sampling, TextRequest
from nbcoder.models.families import families, family
from nbcoder.models.infilling import form_of_tokens, infill, read_infill

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEFORE = "def add(a, b):\n    return "
_AFTER = "\n\nadd(1, 2)\n"


def _no_ids(text: str) -> Sequence[int]:
    """A tokenizer that knows no special token: every text is several tokens."""
    return (0, len(text))


@dataclass(frozen=True)
class _Golden:
    source: str
    prompt: str
    families: tuple[str, ...]


_TEXT = [
    _Golden(
        "QwenLM/Qwen2.5-Coder README",
        f"<|fim_prefix|>{_BEFORE}<|fim_suffix|>{_AFTER}<|fim_middle|>",
        ("qwen-coder", "qwen-coder-instruct"),
    ),
    _Golden(
        "google/codegemma-2b README; BOS is added by the server",
        f"<|fim_prefix|>{_BEFORE}<|fim_suffix|>{_AFTER}<|fim_middle|>",
        ("codegemma",),
    ),
    _Golden(
        "ibm-granite/granite-4.0 README",
        f"<|fim_prefix|>{_BEFORE}<|fim_suffix|>{_AFTER}<|fim_middle|>",
        ("granite",),
    ),
    _Golden(
        "bigcode/starcoder and bigcode/starcoder2-3b README, ibm-granite/granite-3b-code-base README",
        f"<fim_prefix>{_BEFORE}<fim_suffix>{_AFTER}<fim_middle>",
        ("starcoder", "starcoder2", "granite-code"),
    ),
    _Golden(
        "deepseek-ai/DeepSeek-Coder README",
        f"<｜fim▁begin｜>{_BEFORE}<｜fim▁hole｜>{_AFTER}<｜fim▁end｜>",
        ("deepseek-coder",),
    ),
    _Golden(
        "Seed-Coder technical report: suffix, prefix, middle",
        f"<[fim-suffix]>{_AFTER}<[fim-prefix]>{_BEFORE}<[fim-middle]>",
        ("seed-coder",),
    ),
]
_BY_IDS = ("codellama", "codellama-instruct", "mistral-instruct-v3", "codestral")
_IN_CHAT = ("qwen3-coder", "qwen3-coder-next")
_CASES = [pytest.param(name, golden.prompt, id=name) for golden in _TEXT for name in golden.families]


def test_every_family_that_infills_is_here() -> None:
    here = {case.values[0] for case in _CASES} | set(_BY_IDS) | set(_IN_CHAT)
    assert here == {name for name, each in families().items() if each.infilling}


@pytest.mark.parametrize(("name", "prompt"), _CASES)
def test_prefix_and_suffix_are_written_as_the_family_was_trained(name: str, prompt: str) -> None:
    request = infill(family(name), _BEFORE, _AFTER, _no_ids)
    assert isinstance(request, TextRequest)
    assert request.prompt == prompt


@pytest.mark.parametrize(("name", "kind"), [("codellama", TextRequest), ("codellama-instruct", ChatRequest)])
def test_without_the_engines_ids_a_form_of_ids_is_not_tried(name: str, kind: type) -> None:
    assert isinstance(infill(family(name), _BEFORE, _AFTER, lambda _: ()), kind)


# Code Llama's tokenizer on the one example that Meta's and transformers' code encode alike.
_META_BEFORE = 'def remove_non_ascii(s: str) -> str:\n    """ '
_META_AFTER = "\n    return result\n"
_META_IDS = {
    _META_BEFORE: "822 3349 29918 5464 29918 294 18869 29898 29879 29901 851 29897 1599 851 29901 13 1678 "
    "9995 29871",
    "☺": "29871 30607",
    "☺" + _META_AFTER: "29871 30607 13 1678 736 1121 13",
    "▁<EOT>": "32010",
}


def _code_llama(text: str) -> Sequence[int]:
    return tuple(map(int, _META_IDS[text].split()))


@pytest.mark.parametrize("name", ["codellama", "codellama-instruct"])
def test_code_llama_is_sent_the_ids_of_the_published_example(name: str) -> None:
    # transformers, test of the Code Llama tokenizer, and meta-llama/codellama llama/generation.py
    expected = (
        "1 32007 822 3349 29918 5464 29918 294 18869 29898 29879 29901 851 29897 1599 851 29901 13 1678 9995 "
        "29871 32008 13 1678 736 1121 13 32009"
    )
    request = infill(family(name), _META_BEFORE, _META_AFTER, _code_llama)
    assert isinstance(request, TextRequest)
    assert request.prompt == tuple(map(int, expected.split()))
    assert request.sampling.stop_token_ids == (32010, 2)


def _letters(text: str) -> Sequence[int]:
    """As SentencePiece does it: a space before the first word, here as id 3."""
    return (3, *map(ord, text))


@pytest.mark.parametrize("name", ["codestral", "mistral-instruct-v3"])
def test_mistral_is_sent_the_suffix_first_and_by_ids(name: str) -> None:
    # mistral_common 1.13.1, InstructTokenizerV2.encode_fim: BOS [SUFFIX] suffix [PREFIX] prefix
    request = infill(family(name), "ab", "c", _letters)
    assert isinstance(request, TextRequest)
    assert request.prompt == (1, 13, ord("c"), 11, 3, ord("a"), ord("b"))
    assert request.sampling.stop_token_ids == (2, 11, 13)


@pytest.mark.parametrize("name", _IN_CHAT)
def test_qwen3_coder_is_sent_its_infilling_tokens_in_a_turn_of_the_user(name: str) -> None:
    # QwenLM/Qwen3-Coder README, fill in the middle with the instruct model
    request = infill(family(name), "a", "b", _no_ids)
    assert isinstance(request, ChatRequest)
    assert request.messages == (
        Message("system", "You are a code completion assistant."),
        Message("user", "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>"),
    )


def test_the_tokens_that_end_the_middle_are_sent_as_the_tokenizer_numbers_them() -> None:
    # QwenLM/Qwen2.5-Coder README: the ids of its special tokens
    ids = {
        "<|endoftext|>": 151643,
        "<|im_end|>": 151645,
        "<|fim_prefix|>": 151659,
        "<|fim_middle|>": 151660,
        "<|fim_suffix|>": 151661,
        "<|fim_pad|>": 151662,
        "<|repo_name|>": 151663,
        "<|file_sep|>": 151664,
    }
    request = infill(
        family("qwen-coder"), "", "", lambda text: (ids[text],), Sampling(stop_token_ids=(7,), max_tokens=9)
    )
    assert request.sampling.stop_token_ids == (7, *ids.values())
    assert request.sampling.max_tokens == 9


def test_control_texts_and_carriage_returns_in_the_code_do_no_harm() -> None:
    qwen = family("qwen-coder")
    request = infill(qwen, "a = '<|fim_middle|>'\r\nb = ", "\r\nc", _no_ids)
    assert request == TextRequest(
        "<|fim_prefix|>a = '<\u200b|fim_middle|>'\nb = <|fim_suffix|>\nc<|fim_middle|>", request.sampling
    )
    assert read_infill(qwen, "'<\u200b|fim_middle|>'", "a = ", "") == "'<|fim_middle|>'"


@pytest.mark.parametrize("name", ["llama-3", "gemma-3", "phind", "wizardcoder", "qwen3", "smollm2"])
def test_a_chat_model_without_infilling_tokens_goes_on_from_the_prefix_towards_the_suffix(name: str) -> None:
    request = infill(family(name), "x = [\n    ", "\n]\nprint(x)", _no_ids)
    assert isinstance(request, ChatRequest)
    assert request.prefill == "```python\nx = ["
    assert "\n]\nprint(x)\n```" in request.messages[-1].content
    assert request.sampling.stop[0] == "\n```"
    assert request.template_options == family(name).template_options


def test_an_answer_that_reaches_the_suffix_is_stopped() -> None:
    for after, stop in (
        ("\n    return total\n", "\n    return total"),
        ("\n\n\nprint(x)", "\nprint(x)"),
        (")\nprint(x)", None),
        ("", None),
    ):
        request = infill(family("llama-3"), "x = 1", after, _no_ids)
        assert request.sampling.stop == ("\n```", *filter(None, [stop]))


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "without what was begun"])
@pytest.mark.parametrize(
    ("before", "answer", "filling"),
    [
        ("x = [1,", " 2,", " 2,"),
        ("x = ", " 1", "1"),
        ("x = ", "1", "1"),
        ("def f():\n    ", "\n    return 1\n```\nDone.", "return 1"),
        ("def f():\n", "\n    return 1", "    return 1"),
        ("def f():\n    ", "\n\n    return 1", "return 1"),
        ("text = '<|eot_id|>'\nother = ", " '<\u200b|eot_id|>'", "'<|eot_id|>'"),
    ],
)
def test_what_a_chat_model_adds_is_inserted(
    before: str, answer: str, filling: str, *, streamed: bool
) -> None:
    llama = family("llama-3")
    request = infill(llama, before, "", _no_ids)
    assert isinstance(request, ChatRequest)
    begun = "" if streamed else request.prefill
    assert read_infill(llama, begun + answer, before, "") == filling


def test_a_model_whose_answer_cannot_be_begun_is_asked_to_fill_a_hole() -> None:
    request = infill(family("gpt-oss"), "x = [1,", " 3]", _no_ids)
    assert isinstance(request, ChatRequest)
    assert "x = [1,{{HOLE}} 3]" in request.messages[-1].content
    assert "</fill>" in request.sampling.stop
    assert request.prefill == ""


@pytest.mark.parametrize(
    "answer",
    [
        "<fill> 2,",
        "<fill> 2,</fill>",
        "<think>\nhm\n</think>\n<fill> 2,</fill> I filled it.",
        "<fill>```python\n 2,\n```",
        "<fill>x = [1, 2,</fill>",
    ],
)
def test_only_the_filling_of_the_hole_is_inserted(answer: str) -> None:
    assert read_infill(family("gpt-oss"), answer, "x = [1,", " 3]") == " 2,"


def test_a_base_model_without_infilling_tokens_goes_on_from_the_prefix() -> None:
    request = infill(family("mistral"), "x = ", "\ny", _no_ids)
    assert isinstance(request, TextRequest)
    assert request.prompt == "x = "


def test_what_is_repeated_of_the_suffix_is_cut() -> None:
    assert read_infill(family("qwen-coder"), "a + b\n\nadd(1, 2)\n", _BEFORE, _AFTER) == "a + b"


_TOKENS = [
    (("▁<PRE>", "▁<SUF>", "<s>"), "codellama"),
    (("<|fim_prefix|>", "<|im_start|>"), "qwen"),
    (("<|fim_prefix|>", "<|file_separator|>"), "codegemma"),
    (("<|fim_prefix|>", "<|start_of_role|>"), "granite"),
    (("<fim_prefix>", "<reponame>"), "starcoder"),
    (("<fim_prefix>", "<file_sep>"), "starcoder2"),
    (("<fim-prefix>",), "santacoder"),
    (("<｜fim▁begin｜>",), "deepseek"),
    (("[SUFFIX]", "[INST]"), "mistral"),
    (("<[fim-suffix]>",), "seed"),
    (("<s>", "</s>"), ""),
]


@pytest.mark.parametrize(("tokens", "form"), _TOKENS)
def test_the_infilling_form_shows_in_the_tokens(tokens: tuple[str, ...], form: str) -> None:
    assert form_of_tokens(tokens) == form


def test_every_form_can_be_sent_by_a_model_that_was_only_recognised() -> None:
    for _, form in _TOKENS[:-1]:
        request = infill(replace(family("base"), infilling=form), "a", "b", _letters)
        assert isinstance(request, TextRequest)
