"""What vLLM would fetch from the network for gpt-oss comes from the model's own files."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from nbcoder.errors import BrokenModel
from nbcoder.models.harmony import write_vocabulary

if TYPE_CHECKING:
    from pathlib import Path


def test_the_vocabulary_is_written_in_tiktokens_format(tmp_path: Path) -> None:
    # As GPT-2 writes them: a space is Ġ, a line's end Ċ, and é in UTF-8 the bytes C3 A9.
    ranks = {"ĠA": 1, "!": 0, "Ċ": 2, "Ã©": 3, "<|start|>": 9}
    content = {"model": {"vocab": ranks}, "added_tokens": [{"content": "<|start|>", "id": 9}]}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    written = write_vocabulary(tmp_path, tmp_path / "harmony") / "o200k_base.tiktoken"
    lines = [line.split() for line in written.read_text().splitlines()]
    assert [(base64.b64decode(token), int(rank)) for token, rank in lines] == [
        (b"!", 0),
        (b" A", 1),
        (b"\n", 2),
        ("é".encode(), 3),
    ]


@pytest.mark.parametrize("content", ["", "{}", '{"model": {"vocab": {"字": 0}}, "added_tokens": []}'])
def test_a_tokenizer_of_another_kind_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(BrokenModel, match=r"tokenizer\.json cannot be read"):
        write_vocabulary(tmp_path, tmp_path / "harmony")
