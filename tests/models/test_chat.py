from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcoder.engine.requests import Message
from nbcoder.models.chat import adapt, chat_template_file, manner
from nbcoder.models.families import families, family
from tests.models.rendering import GPT2, render

if TYPE_CHECKING:
    from pathlib import Path

    from nbcoder.models.families import Family

_FAMILIES = st.sampled_from(list(families().values()))
_MESSAGES = st.lists(
    st.builds(
        Message,
        role=st.sampled_from(["system", "user", "assistant"]),
        content=st.sampled_from(
            ["", " \n", "a", "b\r\nc", "```python\nx = 1\n```\ntext", "x <|im_end|> [INST]"]
        ),
    ),
    max_size=6,
)


@given(_MESSAGES, _FAMILIES)
def test_no_family_is_sent_an_empty_message_or_a_carriage_return(messages: list[Message], of: Family) -> None:
    for message in adapt(messages, of):
        assert message.content.strip()
        assert "\r" not in message.content


@given(_MESSAGES, _FAMILIES)
def test_no_word_of_a_conversation_is_lost(messages: list[Message], of: Family) -> None:
    sent = " ".join(message.content for message in adapt(messages, of))
    for message in messages:
        if message.content.strip() == "a":
            assert "a" in sent
        if "x = 1" in message.content:
            assert "x = 1" in sent


@given(_MESSAGES, _FAMILIES.filter(lambda of: of.system != "own"))
def test_a_family_without_a_system_role_is_sent_none(messages: list[Message], of: Family) -> None:
    assert all(message.role != "system" for message in adapt(messages, of))


@given(_MESSAGES, _FAMILIES.filter(lambda of: of.turns in ("alternate", "single")))
def test_turns_alternate_where_they_have_to(messages: list[Message], of: Family) -> None:
    roles = [message.role for message in adapt(messages, of) if message.role != "system"]
    assert all(first != second for first, second in itertools.pairwise(roles))


def test_a_system_message_is_folded_where_the_family_was_trained_to_see_it() -> None:
    talk = (Message("system", "S"), Message("user", "1"), Message("assistant", "2"), Message("user", "3"))
    assert adapt(talk, family("mistral-instruct"))[0] == Message("user", "S\n\n1")
    assert adapt(talk, family("codestral"))[-1] == Message("user", "S\n\n3")
    assert adapt(talk[:1], family("gemma-3")) == (Message("user", "S"),)


@pytest.mark.parametrize(
    "context",
    [
        "# Sales\n\n```python\ndf = load()\n\ndf\n```\n\n# 3 rows\n\nPlot it,\nplease.",
        (
            "# %% [markdown]\n# # Sales\n\n# %%\ndf = load()\n\ndf\n\n"
            "# %% [markdown]\n# # 3 rows\n#\n# Plot it,\n# please."
        ),
    ],
)
def test_starcoder_reads_code_as_the_code_cells_of_a_notebook(context: str) -> None:
    starcoder = family("starcoder")
    assert render(_template(starcoder), starcoder, (Message("user", context),), GPT2) == (
        "<jupyter_start><jupyter_text># Sales<jupyter_code>df = load()\n\ndf<jupyter_text># 3 rows\n\n"
        "Plot it,\nplease.<jupyter_code>"
    )


def test_a_request_below_the_last_cell_is_no_part_of_it() -> None:
    cells = "# %%\ndf = load()\n# 3 rows\n\n# %%\ndf.plot()\n\n# Variables: df"
    request = "Request for the next cell:\nsum it"
    assert adapt((Message("user", f"{cells}\n\n{request}"),), family("starcoder")) == (
        Message("assistant", "df = load()\n# 3 rows\n\ndf.plot()\n\n# Variables: df"),
        Message("user", request),
    )


def test_an_answer_is_begun_with_a_fence_only_where_the_family_can_go_on_from_it() -> None:
    assert manner(family("qwen-coder-instruct")).prefill == "```python\n"
    assert manner(family("qwen-coder-instruct")).stop == ("\n```",)
    assert manner(family("phind")).stop == ("\n```", "### User Message", "### System Prompt")
    for name in ("gpt-oss", "starcoder", "kimi-k2-thinking"):
        assert manner(family(name)).prefill == ""


def test_no_family_asks_for_more_stop_texts_than_vllm_takes() -> None:
    # vLLM refuses a fifth (VLLM_MAX_STOP_STRINGS), and a request may add one of its own.
    assert all(len(manner(each).stop) <= 3 for each in families().values())


def _template(of: Family, folder: Path | None = None) -> Path:
    file = chat_template_file(of, folder)
    assert file is not None
    return file


def test_the_template_of_the_repository_wins(tmp_path: Path) -> None:
    of = family("codellama-instruct")
    assert _template(of, tmp_path).stem == "llama-2"
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": None}))
    assert _template(of, tmp_path).stem == "llama-2"
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}))
    assert chat_template_file(of, tmp_path) is None


@pytest.mark.parametrize("file", ["chat_template.jinja", "chat_template.json"])
def test_a_template_in_a_file_of_its_own_is_found(tmp_path: Path, file: str) -> None:
    text = "{{ messages }}"
    (tmp_path / file).write_text(text if file.endswith("jinja") else json.dumps({"chat_template": text}))
    assert chat_template_file(family("chat"), tmp_path) is None


def test_mistrals_own_tokenizer_is_given_no_template_as_vllm_would_refuse_it(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.model.v3").write_bytes(b"")
    assert _template(family("codestral"), tmp_path).stem == "mistral-v3"
    (tmp_path / "consolidated.safetensors").write_bytes(b"")
    assert chat_template_file(family("codestral"), tmp_path) is None


def test_thinking_is_left_on_only_where_a_family_cannot_do_without() -> None:
    qwen3 = family("qwen3")
    short = (Message("user", "Hello"),)
    assert "<think>" in render(_template(qwen3), qwen3, short, GPT2)
    thinking = replace(qwen3, template_options=())
    assert "<think>" not in render(_template(qwen3), thinking, short, GPT2)
