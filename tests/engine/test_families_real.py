"""Every architecture that vLLM builds on a CPU, with a tiny model: from the magic to the real vLLM and back.

The models are made by `tests/models/make_tiny.py`; each answers any prompt with the cell ``1``.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from nbcoder.engine import connect
from nbcoder.engine.bodies import stream_body
from nbcoder.engine.install import find_installed
from nbcoder.engine.process import stop
from nbcoder.engine.requests import ChatRequest, Message, Sampling
from nbcoder.models.control import neutralise
from nbcoder.models.recognise import family_of_engine
from nbcoder.progress import Silent
from nbcoder.settings import Settings
from tests.live_kernel import LiveKernel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbcoder.engine.client import HttpEngine
    from nbcoder.engine.requests import EngineInfo
    from nbcoder.models.speaker import Speaker

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

_MAKER = Path(__file__).parent.parent / "models" / "make_tiny.py"
_TABLE: dict[str, Any] = tomllib.loads(_MAKER.with_name("tiny.toml").read_text(encoding="utf-8"))["models"]
_ALWAYS = ("llama", "gpt_bigcode")
"""One whose infilling needs token ids, and one that vLLM runs through transformers."""


class _Elsewhere:
    """The same engine, as if the model's folder were on another machine and its name unknown."""

    def __init__(self, engine: Speaker) -> None:
        self._engine = engine
        self.tokens = engine._engine.tokens

    def info(self) -> EngineInfo:
        return replace(self._engine.info(), model="default", root="")


def _prompt(engine: Speaker) -> str:
    """What the engine makes of a conversation where it renders by itself."""
    messages = (Message("system", "You write Python."), Message("user", "one, please"))
    asked = stream_body(engine.spoken(ChatRequest(messages, Sampling(max_tokens=9))), engine.info().model)
    del asked["stream_options"]
    client = engine._engine._client
    told = client.post(
        "/v1/chat/completions", json=asked | {"stream": False, "return_token_ids": True}
    ).json()
    ids = {"model": engine.info().model, "tokens": told["prompt_token_ids"]}
    return str(client.post("/detokenize", json=ids).json()["prompt"])


def _named(name: str) -> Any:
    marks = [] if name in _ALWAYS else [pytest.mark.families]
    if reason := _TABLE[name].get("breaks"):
        marks.append(pytest.mark.xfail(reason=reason, strict=True))
    return pytest.param(name, marks=marks)


@pytest.fixture
def tiny(request: pytest.FixtureRequest, engine_home: Path, tmp_path: Path) -> Iterator[Path]:
    """The folder of a tiny model; the engine that serves it is stopped afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBCODER_HOME", str(engine_home))
        installed = find_installed()
        assert installed is not None
        stop()
        subprocess.run([installed.python, _MAKER, tmp_path, request.param], check=True, capture_output=True)
        yield tmp_path / request.param
        stop()


@pytest.mark.parametrize("tiny", [_named(name) for name in _TABLE], indirect=True)
def test_an_architecture_answers_a_request_a_failure_and_a_hole(tiny: Path, engine_home: Path) -> None:
    expected = _TABLE[tiny.name]
    env = {
        "NBCODER_HOME": str(engine_home),
        "NBCODER_MODEL": str(tiny),
        "IPYTHONDIR": str(tiny.parent),
    }
    with LiveKernel(tiny.parent, env, timeout=300) as kernel:
        assert kernel.run("%load_ext nbcoder").ok
        generated = kernel.run("%%generate --max-tokens 16\none, please")
        assert generated.next_cell == "1", generated.error
        kernel.run("1 / 0")
        mended = kernel.run("%fix")
        assert mended.next_cell == "1", mended.error
    with connect(Settings(model=str(tiny)), Silent()) as engine:
        assert engine.info().family == expected["family"]
        assert ("tokens" if engine.family.infilling else "chat") == expected["infilling"]
        with engine.infill("x = ", "\nprint(x)\n") as filling:
            for _ in filling:
                pass
        assert filling.text == "1"
        assert filling.finish_reason == "stop"
        if "template" in expected:
            heard = family_of_engine(cast("HttpEngine", _Elsewhere(engine)))
            assert heard.template_options == engine.family.template_options
        if "vocabulary" in expected:
            made = next((engine_home / "data").glob("vllm-cache/harmony/*.tiktoken"))
            assert hashlib.sha256(made.read_bytes()).hexdigest() == expected["vocabulary"]
        if "prompt" in expected:
            assert re.sub(r"\d{4}-\d\d-\d\d", "DATE", _prompt(engine)) == expected["prompt"].lstrip()
        control = engine.family.control
        told = engine._engine.tokens(neutralise("\n".join(control), engine.family))
        assert told is not None
        assert not set(control).intersection(told.texts)
